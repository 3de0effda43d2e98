"""The parts of ``learned_choice.py``, on sets whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from choice_matcher import WAYS, load, save
from choice_network import NUM_INPUTS, SEEN, ChoiceNetwork, ContextNorm, chances, describe
from choice_pairs import MatchSets, join_sets, joined
from choice_scores import mean_difference
from choice_training import average_precision, balanced, loss, make_batch, mean_average_precision
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import nn
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features, Matches


def test_context_norm_against_its_closed_form():
    x = np.random.default_rng(0).normal(3, 2, (2, 50, 4)).astype(np.float32)
    norm = ContextNorm(4, attentive=False, rng=None)
    norm.weight.data[:], norm.bias.data[:] = 2, 1
    expected = 2 * (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-3) + 1
    np.testing.assert_allclose(norm(x).data, expected, rtol=1e-4, atol=1e-5)


def test_attention_to_all_alike_is_none():
    x = np.random.default_rng(0).normal(3, 2, (2, 50, 4)).astype(np.float32)
    attentive = ContextNorm(4, attentive=True, rng=np.random.default_rng(0))
    attentive.attention.weight.data[:] = 0
    plain = ContextNorm(4, attentive=False, rng=None)
    np.testing.assert_allclose(attentive(x).data, plain(x).data, atol=1e-5)


@pytest.mark.parametrize("attentive", [False, True])
def test_gradients_of_context_norm(attentive):
    rng = np.random.default_rng(1)
    norm = ContextNorm(3, attentive, rng).astype(np.float64)
    x = rng.normal(size=(2, 5, 3))
    if not attentive:
        check_gradients(norm, x)
        return

    def attend(x, weight):
        norm.attention.weight = weight
        return norm(x)

    check_gradients(attend, x, rng.normal(size=(3, 1)))


@settings(max_examples=20)
@given(st.sampled_from(list(SEEN)), st.booleans(), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_the_order_of_matches_does_not_matter(seen, attentive, num, seed):
    rng = np.random.default_rng(seed)
    network = ChoiceNetwork(seen, attentive, channels=8, blocks=2, rng=rng)
    inputs = rng.normal(size=(num, NUM_INPUTS)).astype(np.float32)
    order = rng.permutation(num)
    found = chances(network, inputs)
    np.testing.assert_allclose(chances(network, inputs[order]), found[order], atol=1e-4)


def test_of_no_matches_nothing_is_said():
    network = ChoiceNetwork("alone", rng=np.random.default_rng(0))
    assert chances(network, np.zeros((0, NUM_INPUTS), np.float32)).shape == (0,)


def test_weights_give_right_and_wrong_the_same_say():
    right = np.array([[1.0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]])
    weights = balanced(right)
    np.testing.assert_allclose(weights.mean(axis=1), 1)
    np.testing.assert_allclose((weights * right).sum(axis=1), [2, 0, 2])


def test_average_precision_by_hand():
    values, right = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])
    assert average_precision(values, right) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(values, np.zeros(4, bool)) == 0


def affine_sets(num_pairs, seed, num=200, num_right=60):
    """Right matches follow one affine map a pair, wrong ones go anywhere."""
    rng, sets = np.random.default_rng(seed), []
    for _ in range(num_pairs):
        inputs = np.zeros((num, NUM_INPUTS), np.float32)
        inputs[:, :4] = rng.uniform(-0.7, 0.7, (num, 4))
        matrix = np.eye(2) + rng.uniform(-0.2, 0.2, (2, 2))
        shift = rng.uniform(-0.2, 0.2, 2)
        inputs[:num_right, 2:4] = inputs[:num_right, :2] @ matrix.T + shift
        sets.append((inputs, np.arange(num) < num_right, np.zeros(num), 0))
    return joined(sets)


@pytest.mark.parametrize("seen", SEEN)
def test_a_network_is_kept_with_its_kind(seen, tmp_path):
    rng = np.random.default_rng(0)
    network = ChoiceNetwork(seen, attentive=True, channels=8, blocks=2, rng=rng)
    path = str(tmp_path / "network.npz")
    save(path, network)
    inputs = rng.normal(size=(30, NUM_INPUTS)).astype(np.float32)
    np.testing.assert_allclose(chances(load(path), inputs), chances(network, inputs), atol=0.01)


def test_it_learns_which_matches_follow_a_map(tmp_path):
    held_out = affine_sets(20, seed=1)
    sets = join_sets([affine_sets(50, seed=0), affine_sets(50, seed=2)])
    rng = np.random.default_rng(0)
    network = ChoiceNetwork("alone", channels=32, blocks=3, rng=rng)
    optimizer = nn.Adam(network.parameters(), lr=5e-3)
    data = nn.GeneratedBatches(lambda rng: make_batch(sets, rng), num_steps=160)
    nn.fit(network, loss, data, optimizer, nn.FitOptions(max_epochs=1), rng=rng)
    assert mean_average_precision(network, held_out) > 0.93  # 0.3 by chance
    path = str(tmp_path / "network.npz")
    save(path, network)
    assert mean_average_precision(load(path), held_out) > 0.93


def test_sets_are_kept(tmp_path):
    sets = affine_sets(3, seed=0)
    sets.save(tmp_path / "sets.npz")
    again = MatchSets.load(tmp_path / "sets.npz")
    assert [again.rows(pair) for pair in range(3)] == [
        slice(0, 200),
        slice(200, 400),
        slice(400, 600),
    ]
    np.testing.assert_array_equal(again.inputs, sets.inputs)


def made_features(points, angle):
    num = len(points)
    return Features(
        keypoints=points.astype(np.float32),
        descriptors=np.eye(num, 64, dtype=np.float32),
        scores=np.ones(num, np.float32),
        scales=np.full(num, 20, np.float32),
        angles=np.full(num, angle, np.float32),
        image_size=(400, 300),
        method="made",
    )


@pytest.mark.parametrize("num", [0, 1, 2, 40])
def test_turns_are_taken_out(num):
    points = np.random.default_rng(0).uniform((100, 50), (300, 250), (num, 2))
    middle = np.array([199.5, 149.5])
    quarter = np.array([[0, -1], [1, 0]])
    turned = (points - middle) @ quarter.T + middle
    pairs = np.column_stack([np.arange(num)] * 2)
    matches = Matches(pairs, *np.zeros((2, num), np.float32))
    described = describe(matches, made_features(points, 0.0), made_features(turned, np.pi / 2))
    inputs = described.inputs
    np.testing.assert_allclose(inputs[:, :2], inputs[:, 2:4], atol=1e-5)
    np.testing.assert_allclose(inputs[:, 4], 0, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_matches_that_it_chooses_are_those_of_a_matcher(way, tmp_path):
    path = str(tmp_path / "network.npz")
    save(path, ChoiceNetwork("alone", rng=np.random.default_rng(0)))
    points = np.random.default_rng(0).uniform((20, 20), (380, 280), (60, 2))
    features = made_features(points, 0.0), made_features(points + np.array((5, 3)), 0.0)
    choice = WAYS[way](weights=path, min_chance=1e-6)
    everything = TurnMatcher(num_turns=1, neighborhoods=choice).match(*features)
    neighborhoods = TurnMatcher(num_turns=1, neighborhoods=Neighborhoods()).match(*features)
    assert len(everything.candidates) == len(neighborhoods.candidates) == 60
    nothing = TurnMatcher(num_turns=1, neighborhoods=WAYS[way](weights=path, min_chance=1.0))
    assert len(nothing.match(*features)) == len(nothing.match(*features).seeds) == 0


def test_the_interval_of_a_mean_difference_is_that_of_a_normal_distribution():
    values = np.random.default_rng(0).normal(3, 10, 400)
    mean, low, high = mean_difference(values + 50, np.full(400, 50.0))
    half = 1.96 * values.std(ddof=1) / 20
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.15)
    assert mean_difference(np.arange(10) + 2.0, np.arange(10)) == (2.0, 2.0, 2.0)
