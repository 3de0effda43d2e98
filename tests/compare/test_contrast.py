"""The contrast on the sample pair and on pairs that give nothing to measure."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from comparison_cases import (
    BLANK,
    contrast_of,
    contrast_of_sample,
    pair_of,
    small_sample_pair,
    working,
)

from featmatch.compare.contenders import BORDER
from featmatch.compare.scores import UNKNOWN
from featmatch.compare.seed_errors import SeedErrors
from featmatch.evaluation.metrics.repeatability import repeatability
from featmatch.images.image import read_image

NAMES = ["orb", "sift", "cnn"]
NO_ERRORS = SeedErrors(None, None, None, 0, 0)
TIMES = {"extract_seconds", "match_seconds"}
every_method = pytest.mark.parametrize("name", NAMES)


def method_of(name):
    return contrast_of_sample().methods[NAMES.index(name)]


def noise(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return read_image(rng.integers(0, 256, (height, width)).astype(np.uint8))


def measured(image0, image1, homography=None, fundamental=None, max_keypoints=100):
    return contrast_of(pair_of(image0, image1, homography, fundamental), max_keypoints)


def test_the_rules_are_told():
    contrast = contrast_of_sample()
    assert (contrast.max_keypoints, contrast.border) == (150, BORDER)
    assert [method.max_ratio for method in contrast.methods] == [0.85, 0.85, 0.95]
    assert contrast.tolerances == tuple(range(1, 11))
    assert [method.name for method in contrast.methods] == NAMES
    pairs = [(scores.points, scores.descriptors) for scores in contrast.swap]
    assert pairs == [(points, words) for points in NAMES for words in NAMES]


@every_method
def test_numbers_agree_with_each_other(name):
    method = method_of(name)
    num0, num1 = method.num_keypoints
    assert method.points0.shape == (num0, 2)
    assert method.points1.shape == (num1, 2)
    assert method.scales0.shape == (num0,)
    assert max(num0, num1) <= 150
    assert method.matches.shape == (method.num_matches, 4)
    assert method.num_correct == method.correct.sum() == method.num_matches * method.accuracy[2]
    assert list(method.accuracy) == sorted(method.accuracy)
    assert method.accuracy_3.value == method.accuracy[2]
    assert 0 < method.num_inliers <= method.num_matches
    assert 0 < method.coverage <= method.num_inliers / 192
    assert method.recall == tuple(sorted(method.recall))
    assert len(method.precision) == len(method.recall) <= 100
    assert method.repeatability_1.value <= method.repeatability_3.value
    assert method.chance_repeatability_1 < method.chance_repeatability_3
    assert method.chance_precision < method.average_precision.low
    assert method.right_matches.low < method.num_correct < method.right_matches.high
    assert min(method.extract_seconds, method.match_seconds) > 0


@every_method
def test_every_method_is_better_than_chance(name):
    method = method_of(name)
    assert method.repeatability_3.low > method.chance_repeatability_3
    assert method.localization_error.high < 2  # px: of points strewn at random, two thirds of 3
    assert method.accuracy_3.low > 10 * method.chance_precision
    assert method.homography_error.num_failed == 0


@every_method
@pytest.mark.parametrize("max_error", [1, 3])
def test_repeatability_is_that_of_the_inner_frames(name, max_error):
    method = method_of(name)
    pair = small_sample_pair()
    sizes = pair.image0.size, pair.image1.size
    found = repeatability(
        method.points0, method.points1, pair.homography, *sizes, max_error, border=BORDER
    )
    assert getattr(method, f"repeatability_{max_error}").value == found.value


def test_own_points_with_own_descriptors_are_the_method_itself():
    contrast = contrast_of_sample()
    swap = {(scores.points, scores.descriptors): scores for scores in contrast.swap}
    for method in contrast.methods:
        own = swap[method.name, method.name]
        for name in ("num_keypoints", "num_matches", "num_correct", "accuracy_3", "matching_score"):
            assert getattr(own, name) == getattr(method, name)
        assert own.average_precision == method.average_precision
        assert own.homography_error == method.homography_error


def test_a_swap_keeps_the_points():
    contrast = contrast_of_sample()
    numbers = {method.name: method.num_keypoints for method in contrast.methods}
    for scores in contrast.swap:
        assert scores.num_keypoints == numbers[scores.points]
        assert scores.num_correct > 0


@pytest.mark.slow
def test_same_seed_same_numbers():
    again = contrast_of(small_sample_pair(), 150, seed=3)
    assert again.swap == contrast_of_sample().swap
    for method0, method1 in zip(again.methods, contrast_of_sample().methods, strict=True):
        for field in fields(method0):
            if field.name not in TIMES:
                value0, value1 = (getattr(method, field.name) for method in (method0, method1))
                np.testing.assert_equal(value0, value1)


def test_progress_goes_to_the_end():
    told = []
    pair = pair_of(noise(60, 80), noise(60, 80), np.eye(3))
    contrast_of(pair, 20, progress=told.append)
    assert told == [1 / 3, 2 / 3, 1]


def test_without_geometry_nothing_is_called_true():
    contrast = measured(working(), working("room_0"))
    for method in contrast.methods:
        assert method.num_matches > 0
        assert method.num_correct is method.accuracy is method.correct is None
        assert method.homography_error == NO_ERRORS
        assert method.average_precision == method.right_matches == UNKNOWN
        assert method.chance_repeatability_1 is method.chance_precision is None
        assert method.repeatability_3 == method.localization_error == method.accuracy_3 == UNKNOWN
    assert all(scores.num_correct is None for scores in contrast.swap)


def test_a_fundamental_matrix_gives_accuracies_alone():
    gray = working().gray()
    sideways = np.array([(0, 0, 0), (0, 0, -1), (0, 1, 0)], float)
    image0, image1 = read_image(gray[:, :-24]), read_image(gray[:, 24:])
    for method in measured(image0, image1, fundamental=sideways).methods:
        assert method.accuracy[2] > 0.7
        assert method.num_inliers > 20
        assert method.repeatability_3 == method.matching_score == UNKNOWN
        assert method.homography_error == NO_ERRORS
        assert method.average_precision == UNKNOWN


@pytest.mark.parametrize(
    ("image0", "image1"),
    [
        (read_image(BLANK), read_image(BLANK)),
        (noise(90, 120), read_image(BLANK)),
        (read_image(BLANK), noise(90, 120)),
        (noise(1, 1), noise(1, 1)),
        (noise(20, 30), noise(90, 120)),
        (noise(33, 33), noise(33, 33)),
    ],
    ids=["blank", "blank 1", "blank 0", "one pixel", "tiny 0", "tiny"],
)
@pytest.mark.parametrize("homography", [np.eye(3), None], ids=["known", "unknown"])
def test_images_without_keypoints(image0, image1, homography):
    contrast = measured(image0, image1, homography)
    for method in contrast.methods:
        assert 0 in method.num_keypoints
        assert (method.num_matches, method.num_inliers, method.coverage) == (0, 0, 0)
        assert method.num_correct == (None if homography is None else 0)
        assert method.homography_error.median is None
        assert method.average_precision == UNKNOWN
        assert not method.repeatability_3.value


def test_images_without_overlap():
    apart = np.array([(1, 0, 1000), (0, 1, 0), (0, 0, 1)], float)
    for method in measured(noise(90, 120), noise(90, 120, 1), apart).methods:
        assert method.num_correct == 0
        assert method.repeatability_3 == method.matching_score == UNKNOWN
        assert method.chance_repeatability_3 is None
        assert method.average_precision == UNKNOWN


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_seeds_out_of_range(seed):
    pair = pair_of(noise(40, 40), noise(40, 40))
    with pytest.raises(
        ValueError, match=r"^seed: expected an integer from 0 to 2,147,483,647, got"
    ):
        contrast_of(pair, 10, seed=seed)


def test_spread_points_are_measured_beside_the_strongest():
    contrast = contrast_of_sample()
    assert [scores.name for scores in contrast.spread] == NAMES
    for scores, method in zip(contrast.spread, contrast.methods, strict=True):
        assert scores.num_keypoints == pytest.approx(method.num_keypoints, abs=3)
        assert scores.repeatability_3 != method.repeatability_3
        assert scores.num_correct > 0
