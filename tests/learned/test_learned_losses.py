"""The loss: its parts in closed form, and its gradient by central differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gradient_check import check_gradients
from tiny_training import NETWORK, blank_pair, shifted_pair

from featmatch import nn
from featmatch.learned.network.network import FeatureNetwork, turned
from featmatch.learned.training import losses
from featmatch.learned.training.local_relation import NearMatches
from featmatch.learned.training.losses import LossOptions, pair_loss, peak_loss
from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.points import MARGIN, choose_points, round_trips

OPTIONS = LossOptions(num_points=40, num_peaks=15)


def make_network(dtype=np.float32, **changes):
    return FeatureNetwork(replace(NETWORK, **changes), np.random.default_rng(0)).astype(dtype)


def loss_of(network, pairs, options=OPTIONS, seed=0):
    return pair_loss(network, pairs, options, np.random.default_rng(seed))


# --- the parts in closed form


def silenced():
    """A network with the same descriptor and the same logit, 0, everywhere."""
    network = make_network()
    for layer in (*network.laterals, network.score_head.layers[-1]):
        layer.weight.data[...] = 0
        layer.bias.data[...] = 0.0
    network.laterals[0].bias.data[...] = 1.0
    return network


def test_a_network_that_tells_nothing_apart_is_at_the_level_of_chance(monkeypatch):
    num_points = OPTIONS.num_points
    pairs = [shifted_pair(48, seed=seed) for seed in (0, 1)]
    of_descriptors = replace(OPTIONS, score_weight=0.0)
    assert loss_of(silenced(), pairs, of_descriptors).item() == pytest.approx(
        2 * np.log(num_points), rel=1e-5
    )
    # a flat map has no peaks; if it had, a logit of 0 would cost log 2, found again or not
    of_both = replace(OPTIONS, score_weight=3.0, peak_weight=0.0)
    assert loss_of(silenced(), pairs, of_both).item() == pytest.approx(2 * np.log(num_points))
    monkeypatch.setattr(losses, "find_peaks", lambda *_, **__: np.array([(20, 20), (30, 25)]))
    assert loss_of(silenced(), pairs, of_both).item() == pytest.approx(
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
    options = replace(OPTIONS, score_weight=0.0, peak_weight=0.0)
    same = loss_of(network, [pair], options).item()
    others = [loss_of(network, [replace_turn(pair, turn)], options).item() for turn in (1, 2, 3, 4)]
    assert min(others[:3]) > same + 0.5
    assert others[3] == pytest.approx(same)  # four turns of a ring of four


def test_descriptors_of_a_turned_view_have_moved_on_by_as_many_parts(monkeypatch):
    network, pair = make_network().eval(), shifted_pair(64)
    options = replace(OPTIONS, score_weight=0.0, peak_weight=0.0)
    same, describe = loss_of(network, [pair], options).item(), network.describe
    is_second = np.array([0, 1], np.float32).reshape(2, 1, 1)

    def describe_turned(maps, points):
        found = describe(maps, points)
        return found * (1 - is_second) + turned(found, 4, 1) * is_second

    monkeypatch.setattr(network, "describe", describe_turned)
    for turn, is_right in ((1, True), (3, False)):
        loss = loss_of(network, [replace_turn(pair, turn)], options).item()
        assert (loss == pytest.approx(same, rel=1e-4)) == is_right


def replace_turn(pair, turn):
    return TrainingPair(pair.image0, pair.image1, pair.relation, turn)


def window_nll(logits, x, y):
    """Of a whole pixel, written out."""
    window = logits[y - 4 : y + 5, x - 4 : x + 5]
    return np.log(np.exp(window).sum()) - logits[y, x]


def test_the_peak_part_is_the_likelihood_of_the_place_in_its_window():
    logits = np.random.default_rng(0).normal(size=(30, 30))
    places = np.array([(10.0, 12.0), (20, 9)])
    found = peak_loss(nn.Tensor(logits[None, ..., None]), places).item()
    expected = np.mean([window_nll(logits, 10, 12), window_nll(logits, 20, 9)])
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_place_between_pixels_shares_its_likelihood():
    logits = np.random.default_rng(0).normal(size=(30, 30))
    found = peak_loss(nn.Tensor(logits[None, ..., None]), np.array([(10.25, 12.0)])).item()
    at_place = 0.75 * logits[12, 10] + 0.25 * logits[12, 11]
    assert found == pytest.approx(window_nll(logits, 10, 12) + logits[12, 10] - at_place, rel=1e-9)


def test_a_flat_view_has_the_likelihood_of_chance_and_a_peak_nearly_none():
    flat = np.zeros((1, 30, 30, 1))
    place = np.array([(15.0, 15.0)])
    assert peak_loss(nn.Tensor(flat), place).item() == pytest.approx(np.log(81))
    flat[0, 15, 15] = 30
    assert peak_loss(nn.Tensor(flat), place).item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("places", [np.zeros((0, 2)), np.array([(1.0, 15.0), (15, 28)])])
def test_places_outside_or_on_the_border_are_left_out(places):
    assert peak_loss(nn.Tensor(np.zeros((1, 30, 30, 1))), places).item() == 0


def test_peaks_of_each_view_are_looked_for_in_the_other(monkeypatch):
    network, pair = make_network().eval(), shifted_pair(64, x=6, y=2)
    peaks, borders, chosen = iter([np.array([(30, 30)]), np.array([(40, 20)])]), [], []
    monkeypatch.setattr(
        losses, "find_peaks", lambda *_, border: borders.append(border) or next(peaks)
    )
    monkeypatch.setattr(
        losses, "choose_points", lambda *given: chosen.append(given[1]) or choose_points(*given)
    )
    monkeypatch.setattr(losses, "fit_peaks", lambda _, peaks: peaks.astype(float))
    wanted = []
    monkeypatch.setattr(losses, "peak_loss", lambda _, places: wanted.append(places) or 0.0)
    loss_of(network, [pair])
    shift = pair.relation.homography[:2, 2]
    np.testing.assert_allclose(np.concatenate(wanted), [np.add((30, 30), shift), (40, 20) - shift])
    np.testing.assert_array_equal(chosen, [[(30, 30)]])  # of the first view
    assert borders == [MARGIN, MARGIN]


@pytest.mark.parametrize(
    ("repeat_distance", "of_view1", "label"),
    [(0.0, (60, 60), 1), (3.0, (60, 60), 0), (3.0, (26, 28), 1), (1.5, (26, 28), 0)],
)
def test_a_peak_scores_where_the_other_view_has_one(monkeypatch, repeat_distance, of_view1, label):
    """The place of the peak (30, 30) in view 1 is (24, 28)."""
    peaks = iter([np.array([(30, 30)]), np.array([of_view1])])
    monkeypatch.setattr(losses, "find_peaks", lambda *_, border: next(peaks))
    monkeypatch.setattr(losses, "round_trips", lambda u, v: np.ones(len(u), bool))
    labels, entropy = [], nn.binary_cross_entropy_with_logits
    monkeypatch.setattr(
        losses.nn,
        "binary_cross_entropy_with_logits",
        lambda logits, found: labels.append(found) or entropy(logits, found),
    )
    options = LossOptions(num_points=64, num_peaks=20, repeat_distance=repeat_distance)
    loss_of(make_network().eval(), [shifted_pair(80, x=6, y=2)], options)
    np.testing.assert_array_equal(labels, [[[label], [label]]])


@pytest.mark.parametrize(
    "pair", [blank_pair(), shifted_pair(48, x=48), shifted_pair(16)], ids=["blank", "apart", "tiny"]
)
def test_poor_pairs_have_a_loss_and_gradients(pair):
    network = make_network()
    loss = loss_of(network, [pair, shifted_pair(len(pair.image0))])
    assert np.isfinite(loss.item())
    for gradient in nn.grad(loss, network.parameters(), allow_unused=True):
        assert np.isfinite(gradient).all()


# --- gradients


def test_the_peak_part_has_the_right_gradient():
    logits = np.random.default_rng(0).normal(size=(1, 16, 17, 1))
    places = np.array([(7.3, 8.1), (9.8, 7.5), (8.2, 8.9)])
    check_gradients(lambda x: peak_loss(x, places), logits)


@pytest.mark.parametrize("training", [True, False])
def test_the_whole_loss_has_the_right_gradient(monkeypatch, training):
    """For some weights of every layer; the peaks, and what was found again, are held fixed."""
    peaks = np.array([(10, 12), (21, 9), (30, 33), (14, 35)])
    monkeypatch.setattr(losses, "find_peaks", lambda *_, **__: peaks)
    monkeypatch.setattr(losses, "fit_peaks", lambda *_: peaks + 0.2)
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
        ({"num_points": 0}, "num_points: expected an integer from 1 to 100,000, got 0"),
        ({"num_peaks": -1}, "num_peaks: expected an integer from 1 to 100,000, got -1"),
        ({"temperature": 0.01}, "temperature: expected a number from 0.025 to 1, got 0.01"),
        ({"score_weight": -1}, "score_weight: expected a number from 0 to 1000, got -1"),
        ({"score_weight": float("nan")}, "score_weight: expected a number from 0 to 1000, got nan"),
        ({"peak_weight": 1001}, "peak_weight: expected a number from 0 to 1000, got 1001"),
    ],
)
def test_a_wrong_option_is_told(changes, words):
    with pytest.raises(ValueError) as error:
        LossOptions(**changes)
    assert str(error.value) == words


# --- what is known of few points alone


def known_near(points, size=96):
    """A pair of one texture of which it is known only near matches what corresponds."""
    pair = shifted_pair(size)
    return replace(pair, relation=NearMatches(points, points))


def test_what_is_not_known_is_not_asked():
    network = make_network()
    loss = loss_of(network, [known_near(np.zeros((3, 2)))])
    assert loss.item() == 0
    for gradient in nn.grad(loss, network.parameters(), allow_unused=True):
        assert gradient is None or not gradient.any()


def test_few_points_and_peaks_are_asked_where_they_are_known(monkeypatch):
    square = 40 + np.array([(0.0, 0.0), (12, 0), (0, 12), (12, 12)])
    pair, asked = known_near(square), []
    real = losses.matching_nll
    monkeypatch.setattr(
        losses, "matching_nll", lambda *given: asked.append(len(given[2])) or real(*given)
    )
    places = []
    of_peaks = losses.peak_loss
    monkeypatch.setattr(
        losses, "peak_loss", lambda x, given: places.append(given) or of_peaks(x, given)
    )
    loss = loss_of(make_network(), [pair], replace(OPTIONS, num_points=400))
    assert np.isfinite(loss.item())
    assert 5 < asked[0] < 100
    for given in places:
        known = given[np.isfinite(given).all(axis=1)]
        assert (np.abs(known - 46) < 16).all()
