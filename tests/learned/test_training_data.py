"""Photographs divided, made into pairs and told apart."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_real_pairs import known_pair
from tiny_training import photographs

from featmatch.learned.training import training_data
from featmatch.learned.training.local_relation import NearMatches
from featmatch.learned.training.pairs import PairOptions, make_pair
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.relation import ManyPlanes
from featmatch.learned.training.training_data import (
    draw_pairs,
    fingerprint,
    pairs_fingerprint,
    split,
    validation_pairs,
)

OPTIONS = PairOptions(size=32)
PHOTOS = photographs(3)


def assert_same(pairs, others):
    assert len(pairs) == len(others)
    for pair, other in zip(pairs, others, strict=True):
        np.testing.assert_array_equal(pair.image0, other.image0)
        np.testing.assert_array_equal(pair.image1, other.image1)
        np.testing.assert_array_equal(pair.relation.homography, other.relation.homography)
        assert pair.turn == other.turn


# --- for training, for validation


@settings(max_examples=30)
@given(st.integers(2, 500), st.floats(0.001, 0.5))
def test_every_photograph_is_for_one_purpose(count, share):
    for_training, for_validation = split(range(count), share)
    assert sorted(for_training + for_validation) == list(range(count))
    assert for_training
    assert for_validation
    assert len(for_validation) <= max(1, share * count + 0.5)


@pytest.mark.parametrize(
    ("count", "share", "chosen"),
    [(2, 0.04, [0]), (3, 0.04, [1]), (9, 0.2, [3, 5]), (100, 0.04, [20, 40, 59, 79])],
)
def test_those_for_validation_are_evenly_spread(count, share, chosen):
    assert split(range(count), share)[1] == chosen


@pytest.mark.parametrize(("count", "share"), [(1, 0.04), (1, 0.5), (5, 0.0)])
def test_all_may_serve_both(count, share):
    assert split(range(count), share) == (list(range(count)), list(range(count)))


def test_there_has_to_be_a_photograph():
    with pytest.raises(ValueError, match=r"^photographs: expected at least one, got none$"):
        split([], 0.1)


# --- pairs


def test_pairs_are_of_all_photographs():
    shades = (0, 100, 200)
    photos = [np.full((64, 64, 3), shade, np.uint8) for shade in shades]
    drawn = draw_pairs(photos, PairOptions(size=16, photometric=0), 60, np.random.default_rng(0))
    means = np.array([255 * pair.image0.mean() for pair in drawn])
    for shade in shades:
        assert 10 <= (np.abs(means - shade) < 3).sum() <= 30


def test_pairs_are_of_all_strengths_but_the_weakest(monkeypatch):
    strengths = []
    monkeypatch.setattr(training_data, "make_pair", lambda *given: strengths.append(given[-1]))
    draw_pairs(photographs(1), OPTIONS, 500, np.random.default_rng(0))
    assert 0.3 <= min(strengths) < 0.32
    assert 0.98 < max(strengths) <= 1
    assert np.mean(strengths) == pytest.approx(0.65, abs=0.03)


def test_drawing_depends_on_the_generator_alone():
    photos = photographs()
    first, second, other = (
        draw_pairs(photos, OPTIONS, 3, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert_same(first, second)
    assert any((a.image0 != b.image0).any() for a, b in zip(first, other, strict=True))


def test_validation_pairs_are_always_the_same_and_take_turns_with_the_photographs():
    photos = photographs(2)
    pairs = validation_pairs(photos, OPTIONS, seed=5)
    assert_same(pairs, validation_pairs(photos, OPTIONS, seed=5))
    assert len(pairs) == 32
    assert {pair.image0.shape for pair in pairs} == {(192, 192)}
    rng = np.random.default_rng(5)
    expected = [make_pair(photos[place % 2], rng, PairOptions(size=192)) for place in range(2)]
    assert_same(pairs[:2], expected)


# --- fingerprint


def test_the_fingerprint_is_of_shapes_and_pixels_in_their_order():
    photos = [np.arange(6, dtype=np.uint8).reshape(2, 3), np.zeros((1, 2, 3), np.uint8)]
    content = b"(2, 3)" + bytes(range(6)) + b"(1, 2, 3)" + bytes(6)
    assert fingerprint(photos) == hashlib.sha256(content).hexdigest()
    assert fingerprint([np.asfortranarray(photos[0]), photos[1]]) == fingerprint(photos)
    others = [photos[::-1], photos[:1], [photos[0].reshape(3, 2), photos[1]], []]
    assert len({fingerprint(other) for other in [photos, *others]}) == 5


# --- scenes


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.3, 5, 20), (1.0, 40, 40)])
def test_a_share_of_the_pairs_shows_scenes(share, low, high):
    rng = np.random.default_rng(0)
    pairs = draw_pairs(PHOTOS, OPTIONS, 40, rng, share)
    assert low <= sum(isinstance(pair.relation, ManyPlanes) for pair in pairs) <= high


def test_the_last_pairs_to_validate_with_show_scenes():
    pairs = validation_pairs(PHOTOS, OPTIONS, 0, 0.25)
    flat = validation_pairs(PHOTOS, OPTIONS, 0)
    assert [isinstance(pair.relation, ManyPlanes) for pair in pairs] == 24 * [False] + 8 * [True]
    assert_same(pairs[:24], flat[:24])


# --- real pairs


@pytest.mark.parametrize(("scenes", "real"), [(0.0, 0.0), (0.3, 0.3), (0.0, 1.0), (0.6, 0.4)])
def test_shares_of_the_pairs_show_scenes_and_two_photographs(scenes, real):
    drawn = draw_pairs(PHOTOS, OPTIONS, 60, np.random.default_rng(0), scenes, [known_pair()], real)
    for kind, share in ((ManyPlanes, scenes), (NearMatches, real)):
        number = sum(isinstance(pair.relation, kind) for pair in drawn)
        assert number == pytest.approx(60 * share, abs=12 if 0 < share < 1 else 0)


def test_real_pairs_that_are_not_asked_for_change_nothing():
    without, beside = (
        draw_pairs(PHOTOS, OPTIONS, 5, np.random.default_rng(1), 0.0, real)
        for real in ((), [known_pair()])
    )
    assert_same(without, beside)


def test_the_fingerprint_of_real_pairs_is_of_pixels_and_matches():
    first, second = known_pair(), known_pair(seed=1)
    moved = RealPair(first.image0, first.image1, first.points0 + 1e-9, first.points1)
    other = RealPair(first.image0, second.image1, first.points0, first.points1)
    lists = [[], [first], [second], [first, second], [second, first], [moved], [other]]
    assert len({pairs_fingerprint(real) for real in lists}) == len(lists)
    same = RealPair(first.image0.copy(), first.image1, first.points0, first.points1)
    assert pairs_fingerprint([same]) == pairs_fingerprint([first])
