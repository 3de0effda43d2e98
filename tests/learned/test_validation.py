"""Validation: scores that are known beforehand."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from tiny_training import NETWORK, blank_pair, shifted_pair

from featmatch.learned.network.network import FeatureNetwork, turned
from featmatch.learned.training import validation
from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.points import MARGIN
from featmatch.learned.training.relation import OnePlane
from featmatch.learned.training.validation import MAX_ERROR, validate


@pytest.fixture
def network():
    return FeatureNetwork(NETWORK, np.random.default_rng(0)).eval()


@pytest.fixture
def telling():
    """A network whose descriptors tell all points of a texture apart."""
    options = replace(NETWORK, channels=(16, 16, 16, 16), descriptor_size=32)
    return FeatureNetwork(options, np.random.default_rng(0)).eval()


def moved(pair, x):
    """The same pair, with a homography that is wrong by x pixels."""
    shift = np.array([(1.0, 0, x), (0, 1, 0), (0, 0, 1)])
    return replace(pair, relation=OnePlane(shift @ pair.relation.homography))


def test_a_view_finds_all_of_itself(telling):
    found = validate(telling, [shifted_pair(64)])
    assert found == {
        "match_rate": 1.0,
        "matching_score": 1.0,
        "localization_error": pytest.approx(0, abs=1e-5),  # both views may be in other vector lanes
    }


def test_a_shift_by_the_stride_changes_little(telling):
    found = validate(telling, [shifted_pair(160, x=16)])  # only the border is seen differently
    assert found["match_rate"] > 0.8
    assert found["matching_score"] > 0.8


def test_matches_in_wrong_places_do_not_count(telling):
    pair = shifted_pair(64)
    near, far = (validate(telling, [moved(pair, x)]) for x in (MAX_ERROR - 0.1, MAX_ERROR + 0.1))
    assert near["matching_score"] > 0.9  # what falls into the margin is no keypoint of view 1
    assert far["matching_score"] < 0.1


def test_keypoints_beside_their_places_are_off_by_so_much(telling):
    found = validate(telling, [moved(shifted_pair(64), 0.5)])
    assert found["localization_error"] == pytest.approx(0.5, abs=0.01)


def test_keypoints_at_no_common_place_are_off_by_the_most(telling):
    found = validate(telling, [moved(shifted_pair(64), 1000.0), blank_pair(64)])
    assert found["localization_error"] == MAX_ERROR


def test_a_turn_that_the_views_do_not_have_spoils_both(telling):
    found = validate(telling, [replace(shifted_pair(64), turn=1)])
    assert found["match_rate"] < 0.3
    assert found["matching_score"] < 0.3


def test_descriptors_of_a_turned_view_have_moved_on_by_as_many_parts(telling, monkeypatch):
    views, describe = cycle([False, True]), telling.describe

    def describe_turned(maps, points):
        found = describe(maps, points)
        return turned(found, 4, 1) if next(views) else found

    monkeypatch.setattr(telling, "describe", describe_turned)
    right, wrong = (validate(telling, [replace(shifted_pair(64), turn=turn)]) for turn in (1, 3))
    assert right["match_rate"] == right["matching_score"] == 1.0
    assert max(wrong["match_rate"], wrong["matching_score"]) < 0.3


def test_of_two_keypoints_with_one_match_the_other_scores_nothing():
    """Both are near enough to it, but it prefers the first."""
    pair = shifted_pair(64)
    points0 = np.array([(30.0, 30), (31, 30), (2, 2)])  # the last is on the border
    descriptors0 = np.array([(1.0, 0), (0.8, 0.6), (0, 1)])
    for points1, descriptors1, expected in (
        (points0[:1], descriptors0[:1], 0.5),
        (points0, descriptors0, 1.0),
        (points0[2:], descriptors0[2:], 0.0),
        (points0[:0], descriptors0[:0], 0.0),
    ):
        score = validation._matching_score(points0, points1, descriptors0, descriptors1, pair)
        assert score == expected


def test_views_of_different_things_are_at_the_level_of_chance(telling):
    size = 192
    pairs = [
        TrainingPair(
            shifted_pair(size, seed=seed).image0,
            shifted_pair(size, seed=99).image0,
            OnePlane(np.eye(3)),
            0,
        )
        for seed in range(4)
    ]
    found = validate(telling, pairs)
    # of N points each, one and one are each other's nearest with a chance of 1 / (2 N - 1)
    num_points = round(size**2 / 100)
    assert found["match_rate"] < 10 / (2 * num_points - 1)
    # a match that is no better than a random place is within the error with this chance
    area = np.pi * MAX_ERROR**2 / (size - 2 * MARGIN) ** 2
    assert found["matching_score"] < 10 * area


def test_the_values_are_means_over_the_pairs(network):
    pairs = [shifted_pair(64, x=8), shifted_pair(64, y=24, seed=1)]
    alone = [validate(network, [pair]) for pair in pairs]
    both = validate(network, pairs)
    for name, value in both.items():
        assert value == pytest.approx(np.mean([found[name] for found in alone]))


def test_validation_gives_the_same_values_again(network):
    pairs = [shifted_pair(64, x=8)]
    assert validate(network, pairs) == validate(network, pairs)


@pytest.mark.parametrize(
    "pair", [blank_pair(), shifted_pair(48, x=48), shifted_pair(16)], ids=["blank", "apart", "tiny"]
)
def test_poor_pairs_have_values(network, pair):
    found = validate(network, [pair])
    assert 0 <= found.pop("localization_error") <= MAX_ERROR
    for value in found.values():
        assert 0 <= value <= 1


def test_a_flat_map_of_logits_has_no_keypoints_and_scores_nothing(network):
    last = network.score_head.layers[-1]
    last.weight.data[...] = 0
    found = validate(network, [shifted_pair(64)])
    assert found["match_rate"] > 0.9
    assert found["matching_score"] == 0
