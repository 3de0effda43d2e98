"""The loss: its parts in closed form, and its gradient by central differences."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_training import NETWORK, blank_pair, shifted_pair

from featmatch import nn
from featmatch.learned import losses
from featmatch.learned.losses import (
    MARGIN,
    LossOptions,
    choose_points,
    pair_loss,
    project,
    round_trips,
)
from featmatch.learned.network import FeatureNetwork
from featmatch.learned.pairs import TrainingPair
from featmatch.learned.peaks import refine_peaks

OPTIONS = LossOptions(num_points=40, num_peaks=15)
POSITIONS_ONLY = replace(OPTIONS, position_weight=1.0, peak_weight=0.0)
SPREADS_ONLY = replace(OPTIONS, position_weight=0.0, peak_weight=1.0)
HOMOGRAPHY = np.array([(1.1, 0.05, -2), (-0.08, 0.95, 1), (1e-3, -5e-4, 1)])


def make_network(dtype=np.float32, **changes):
    return FeatureNetwork(replace(NETWORK, **changes), np.random.default_rng(0)).astype(dtype)


def loss_of(network, pairs, options=OPTIONS, seed=0):
    return pair_loss(network, pairs, options, np.random.default_rng(seed))


# --- geometry


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(0, 999))
def test_points_are_mapped_as_by_opencv(num_points, seed):
    rng = np.random.default_rng(seed)
    homography = HOMOGRAPHY + rng.normal(size=(3, 3)) * [(0.1, 0.1, 9), (0.1, 0.1, 9), (1e-3,) * 3]
    points = rng.uniform(0, 100, (num_points, 2))
    expected = cv2.perspectiveTransform(points[None], homography)[0]
    np.testing.assert_allclose(project(points, homography), expected, rtol=1e-9)
    mapped = project(nn.Tensor(points), homography)
    assert isinstance(mapped, nn.Tensor)
    np.testing.assert_allclose(mapped.data, expected, rtol=1e-9)


def test_mapping_points_has_the_right_gradient():
    points = np.random.default_rng(0).uniform(0, 50, (4, 2))
    check_gradients(lambda x: project(x, HOMOGRAPHY), points)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(0, 999))
def test_round_trips_are_those_of_a_search(num_points, size, seed):
    u, v = np.random.default_rng(seed).normal(size=(2, num_points, size))
    expected = []
    for place in range(num_points):
        there = max(range(num_points), key=lambda other: u[place] @ v[other])
        back = max(range(num_points), key=lambda other: u[other] @ v[place])
        expected.append(there == back == place)
    assert round_trips(u, v).tolist() == expected


# --- points


def test_points_are_the_peaks_that_both_views_show_then_random_places():
    pair = shifted_pair(64, x=20, y=10)
    peaks = np.array([(30, 30), (10, 40), (50, 20)])  # the second one is left of view 1
    points0, points1 = choose_points(pair, peaks, 50, np.random.default_rng(0))
    assert points0.shape == points1.shape == (50, 2)
    np.testing.assert_array_equal(points0[:2], [(30, 30), (50, 20)])
    np.testing.assert_allclose(points0 - points1, np.tile((20, 10), (50, 1)))
    for points in (points0, points1):
        assert points.min() > MARGIN - 1e-9
        assert points.max() < 63 - MARGIN + 1e-9


def test_there_are_no_points_without_a_common_part():
    points0, points1 = choose_points(
        shifted_pair(48, x=48), np.zeros((0, 2)), 50, np.random.default_rng(0)
    )
    assert points0.shape == points1.shape == (0, 2)


# --- the parts in closed form


def silenced():
    """A network with the same descriptor and the same logit, 0, everywhere."""
    network = make_network()
    for layer in (*network.laterals, network.score_head.layers[-1]):
        layer.weight.data[...] = 0
        layer.bias.data[...] = 0.0
    network.laterals[0].bias.data[...] = 1.0
    return network


def test_a_network_that_tells_nothing_apart_is_at_the_level_of_chance():
    num_points = OPTIONS.num_points
    pairs = [shifted_pair(48, seed=seed) for seed in (0, 1)]
    of_descriptors = replace(OPTIONS, score_weight=0.0)
    assert loss_of(silenced(), pairs, of_descriptors).item() == pytest.approx(
        2 * np.log(num_points), rel=1e-5
    )
    # a logit of 0 costs log 2 whether a point is found again or not; a flat map has no peaks
    assert loss_of(silenced(), pairs, replace(OPTIONS, score_weight=3.0)).item() == pytest.approx(
        2 * np.log(num_points) + 3 * np.log(2), rel=1e-5
    )


def test_the_loss_is_the_mean_over_the_pairs():
    network = make_network().eval()  # with fixed statistics, pairs do not touch
    one, other = shifted_pair(48, x=4), shifted_pair(48, y=6, seed=1)
    options = replace(OPTIONS, num_points=30)
    rng = np.random.default_rng(0)
    alone = [pair_loss(network, [pair], options, rng).item() for pair in (one, other)]
    assert loss_of(network, [one, other], options).item() == pytest.approx(np.mean(alone), rel=1e-4)


def test_the_second_view_is_turned_back():
    network = make_network().eval()
    pair = shifted_pair(64)
    options = replace(OPTIONS, score_weight=0.0, position_weight=0.0, peak_weight=0.0)
    same = loss_of(network, [pair], options).item()
    others = [loss_of(network, [replace_turn(pair, turn)], options).item() for turn in (1, 2, 3, 4)]
    assert min(others[:3]) > same + 0.5
    assert others[3] == pytest.approx(same)  # four turns of a ring of four


def replace_turn(pair, turn):
    return TrainingPair(pair.image0, pair.image1, pair.homography, turn)


def refined(points, spreads=None):
    """What `refine_peaks` would return."""
    points = np.array(points, np.float64).reshape(-1, 2)
    spreads = np.zeros(len(points)) if spreads is None else np.array(spreads, np.float64)
    return nn.Tensor(points), nn.Tensor(spreads)


def test_the_position_part_is_the_mean_distance_of_peaks_that_are_near():
    shift = np.array([(1.0, 0, 7), (0, 1, 0), (0, 0, 1)])
    peaks0 = refined([(10, 10), (20, 20), (30, 10)])
    peaks1 = refined([(17.3, 10.4), (27, 25.5), (37, 8)])  # 0.5, 5.5 and 2 pixels away
    found = losses._position_loss(peaks0, peaks1, shift, POSITIONS_ONLY)
    assert found.item() == pytest.approx((0.5 + 2) / 2, rel=1e-5)


def test_positions_are_compared_in_both_views():
    double = np.diag([2.0, 2.0, 1.0])
    found = losses._position_loss(
        refined([(10, 10)]),
        refined([(20, 22)]),
        double,
        replace(POSITIONS_ONLY, position_weight=3.0),
    )
    assert found.item() == pytest.approx(3 * (2 + 1) / 2, rel=1e-5)


def test_the_peak_part_is_the_mean_spread_even_if_none_is_near():
    peaks0, peaks1 = refined([(0, 0), (9, 9)], [1.0, 2.0]), refined([(50, 50)], [0.5])
    found = losses._position_loss(peaks0, peaks1, np.eye(3), replace(OPTIONS, peak_weight=0.4))
    assert found.item() == pytest.approx(0.4 * (1.5 + 0.5) / 2, rel=1e-6)
    assert losses._position_loss(peaks0, peaks1, np.eye(3), SPREADS_ONLY).item() == 1.0


@pytest.mark.parametrize("missing", [0, 1])
def test_without_peaks_there_is_nothing_to_weigh(missing):
    both = [refined([(3, 3)], [1.0])] * 2
    both[missing] = refined([])
    assert losses._position_loss(*both, np.eye(3), OPTIONS).item() == 0


@pytest.mark.parametrize(
    "pair", [blank_pair(), shifted_pair(48, x=48), shifted_pair(16)], ids=["blank", "apart", "tiny"]
)
def test_poor_pairs_have_a_loss_and_gradients(pair):
    network = make_network()
    loss = loss_of(network, [pair, shifted_pair(len(pair.image0))])
    assert np.isfinite(loss.item())
    for gradient in nn.grad(loss, network.parameters()):
        assert np.isfinite(gradient).all()


# --- gradients


def test_the_position_loss_has_the_right_gradient():
    logits = np.random.default_rng(0).normal(size=(2, 14, 15, 1))
    peaks0, peaks1 = np.array([(5, 5), (11, 9)]), np.array([(4, 6), (10, 11), (12, 3)])

    def loss(logits0, logits1):
        return losses._position_loss(
            refine_peaks(logits0, peaks0),
            refine_peaks(logits1, peaks1),
            np.array([(1.05, 0, -1), (0.02, 1, 0.5), (0, 1e-3, 1)]),
            OPTIONS,
        )

    check_gradients(loss, logits[:1], logits[1:], tolerance=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_whole_loss_has_the_right_gradient(monkeypatch, training):
    """For some weights of every layer; the peaks, and what was found again, are held fixed."""
    peaks = np.array([(10, 12), (21, 9), (30, 33), (14, 35)])
    monkeypatch.setattr(losses, "find_peaks", lambda *_, **__: peaks)
    network = make_network(np.float64, activation="tanh").train(training)
    pair = shifted_pair(48, x=1, turn=1)
    found = round_trips(*np.random.default_rng(0).normal(size=(2, OPTIONS.num_points, 8)))
    monkeypatch.setattr(losses, "round_trips", lambda u, v: found[: len(u)])

    parameters = network.named_parameters()
    gradients = nn.grad(loss_of(network, [pair]), list(parameters.values()))
    rng, step = np.random.default_rng(0), 1e-5
    for (name, parameter), gradient in zip(parameters.items(), gradients, strict=True):
        index = tuple(int(rng.integers(size)) for size in parameter.shape)
        values = []
        for change in (step, -step):
            parameter.data[index] += change
            values.append(loss_of(network, [pair]).item())
            parameter.data[index] -= change
        expected = (values[0] - values[1]) / (2 * step)
        assert gradient[index] == pytest.approx(expected, rel=1e-6, abs=1e-8), name


def test_descent_lowers_the_loss():
    network, pair = make_network(), shifted_pair(64, x=5, y=3)
    optimizer = nn.Adam(network.parameters(), lr=1e-2)
    before = loss_of(network, [pair]).item()
    for _ in range(30):
        optimizer.step(nn.grad(loss_of(network, [pair]), network.parameters()))
    assert loss_of(network, [pair]).item() < before - 1


# --- options


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_points": 0}, "num_points: expected 1 to 100,000, got 0"),
        ({"num_peaks": -1}, "num_peaks: expected 1 to 100,000, got -1"),
        ({"temperature": 0.01}, "temperature: expected 0.025 to 1, got 0.01"),
        ({"score_weight": -1}, "score_weight: expected 0 to 1000, got -1"),
        ({"position_weight": float("nan")}, "position_weight: expected 0 to 1000, got nan"),
        ({"peak_weight": 1001}, "peak_weight: expected 0 to 1000, got 1001"),
        ({"max_distance": -0.5}, "max_distance: expected 0 to 1000, got -0.5"),
    ],
)
def test_a_wrong_option_is_told(changes, words):
    with pytest.raises(ValueError) as error:
        LossOptions(**changes)
    assert str(error.value) == words
