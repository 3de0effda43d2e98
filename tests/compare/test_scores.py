"""Scores of matches, against closed forms and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from comparison_cases import BLANK, features_at, pair_of, working
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from featmatch import Matcher
from featmatch.compare.contenders import contenders
from featmatch.compare.scores import TOLERANCE, UNKNOWN, match_errors, score_matches
from featmatch.compare.seed_errors import NUM_SEEDS, SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.images.image import read_image

MATCHER = Matcher(max_ratio=0.9)
IMAGE = read_image(np.zeros((160, 200), np.uint8))
GRID = np.stack(np.meshgrid(np.arange(30, 180, 24), np.arange(30, 140, 20)), -1).reshape(-1, 2)
SHIFT = np.array([(1, 0, 5), (0, 1, -3), (0, 0, 1)], float)
SIDEWAYS = np.array([(0, 0, 0), (0, 0, -1), (0, 1, 0)], float)  # same row in both images

NO_ERRORS = SeedErrors(None, None, None, 0, 0)


def scores_of(pair, features0, features1, matcher=MATCHER):
    matches = matcher.match(features0, features1)
    return score_matches(pair, features0, features1, matcher, matches, seed=0)


def moved(errors, homography=SHIFT):
    """Features at a grid, and where a shift takes them but for errors along x."""
    points1 = GRID + homography[:2, 2]
    points1[:, 0] += errors
    return features_at(GRID), features_at(points1)


def test_a_perfect_match():
    scores = scores_of(pair_of(IMAGE, IMAGE, SHIFT), *moved(0))
    num = len(GRID)
    assert (scores.num_matches, scores.num_correct, scores.num_inliers) == (num, num, num)
    assert scores.accuracy == (1.0,) * 10
    assert scores.accuracy_3 == scores.matching_score == Interval(1.0, 1.0, 1.0)
    assert scores.homography_error.high == pytest.approx(0, abs=1e-6)
    assert scores.average_precision.value == pytest.approx(1)
    assert scores.right_matches == Interval(num, num, num)
    assert scores.chance_precision == pytest.approx(1 / num)
    np.testing.assert_array_equal(scores.matches[:, :2], GRID)
    np.testing.assert_array_equal(scores.matches[:, 2:], GRID + SHIFT[:2, 2])
    assert scores.correct.all()


def test_accuracy_counts_errors_up_to_each_tolerance():
    errors = np.arange(len(GRID)) % 12  # 0 to 11 px
    scores = scores_of(pair_of(IMAGE, IMAGE, SHIFT), *moved(errors))
    expected = [(errors <= tolerance).mean() for tolerance in range(1, 11)]
    np.testing.assert_allclose(scores.accuracy, expected)
    assert scores.num_correct == (errors <= TOLERANCE).sum()
    np.testing.assert_array_equal(scores.correct, errors <= TOLERANCE)
    assert scores.accuracy_3.value == scores.accuracy[2]
    assert scores.accuracy_3.low < scores.accuracy_3.value < scores.accuracy_3.high


def test_the_matching_score_counts_visible_points_only():
    """A shift by half of the image: of 5 points of each row, 2 have their place in image 1."""
    points = np.stack(np.meshgrid(np.arange(20, 180, 36), np.arange(20, 140, 20)), -1)
    features = features_at(points.reshape(-1, 2))
    half = np.array([(1, 0, 100), (0, 1, 0), (0, 0, 1)], float)
    scores = scores_of(pair_of(IMAGE, IMAGE, half), features, features)
    assert scores.num_matches == len(features)
    assert (scores.num_correct, scores.matching_score.value) == (0, 0.0)
    moved_points = features.keypoints + half[:2, 2]
    scores = scores_of(pair_of(IMAGE, IMAGE, half), features, features_at(moved_points))
    assert scores.num_correct == len(features)
    assert scores.matching_score.value == 1.0


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31 - 1))
def test_average_precision_is_that_of_scikit_learn(seed):
    """Over all keypoints with a counterpart: those that are not matched lower it."""
    rng = np.random.default_rng(seed)
    descriptors = [rng.normal(size=(len(GRID), 8)).astype(np.float32) for _ in range(2)]
    descriptors[1] = descriptors[0] + 0.8 * descriptors[1]
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in descriptors]
    features0, features1 = features_at(GRID, unit[0]), features_at(GRID + SHIFT[:2, 2], unit[1])
    scores = scores_of(pair_of(IMAGE, IMAGE, SHIFT), features0, features1)
    every = Matcher(max_ratio=1.0).match(features0, features1)
    correct = every.indices[:, 0] == every.indices[:, 1]
    expected = average_precision_score(correct, -every.ratios) if correct.any() else 0.0
    assert scores.average_precision.value == pytest.approx(expected * correct.sum() / len(GRID))
    assert scores.recall[-1] == pytest.approx(correct.mean() * len(every) / len(GRID))
    assert scores.precision[-1] == pytest.approx(correct.mean())


def test_chance_precision_counts_all_pairs_that_are_near():
    """Each of 4 points has all 3 of the others at its place."""
    features0 = features_at([(50, 50)] * 4)
    features1 = features_at([(50, 50)] * 3 + [(90, 90)] * 2)
    scores = scores_of(pair_of(IMAGE, IMAGE, np.eye(3)), features0, features1)
    assert scores.chance_precision == pytest.approx(12 / 20)


def test_a_wrong_model_has_an_error_and_no_model_has_none():
    pair = pair_of(IMAGE, IMAGE, SHIFT)
    off = np.array([(1, 0, 22), (0, 1, 2), (0, 0, 1)], float)
    error = scores_of(pair, *moved(0, off)).homography_error
    length = np.hypot(*(off - SHIFT)[:2, 2])
    assert (error.median, error.num_failed) == (pytest.approx(length, abs=1e-4), 0)
    few = features_at(GRID[:3])
    scores = scores_of(pair, few, few)
    assert (scores.num_matches, scores.num_inliers, scores.coverage) == (3, 0, 0)
    assert scores.homography_error == SeedErrors(None, None, None, NUM_SEEDS, NUM_SEEDS)


def test_a_model_of_another_place_has_failed():
    off = np.array([(1, 0, 60), (0, 1, 4), (0, 0, 1)], float)
    error = scores_of(pair_of(IMAGE, IMAGE, SHIFT), *moved(0, off)).homography_error
    assert error.failed
    assert error == SeedErrors(None, None, None, NUM_SEEDS, NUM_SEEDS)


def test_coverage_is_that_of_inliers():
    """Points in one corner, another in each cell of a coarse grid that does not agree."""
    scores = scores_of(pair_of(IMAGE, IMAGE, SHIFT), *moved(0))
    assert scores.coverage == pytest.approx(len(GRID) / 192)


def test_a_fundamental_matrix_judges_by_rows():
    rows = np.arange(len(GRID)) % 5  # px off the row
    points1 = GRID + np.column_stack([np.full(len(GRID), 7), rows])
    pair = pair_of(IMAGE, IMAGE, fundamental=SIDEWAYS)
    np.testing.assert_allclose(match_errors(pair, GRID, points1), rows)
    scores = scores_of(pair, features_at(GRID), features_at(points1))
    assert scores.num_correct == (rows <= 3).sum()
    np.testing.assert_allclose(scores.accuracy[:3], [(rows <= t).mean() for t in (1, 2, 3)])
    assert scores.matching_score == UNKNOWN
    assert scores.homography_error == NO_ERRORS
    assert scores.average_precision == UNKNOWN
    assert scores.chance_precision is None
    assert scores.precision == scores.recall == ()


def test_without_geometry_only_counts_are_known():
    scores = scores_of(pair_of(IMAGE, IMAGE), *moved(0))
    assert scores.num_matches == scores.num_inliers == len(GRID)
    assert scores.num_correct is scores.accuracy is scores.correct is None
    assert scores.accuracy_3 == scores.matching_score == UNKNOWN


@pytest.mark.parametrize("empty", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("homography", [SHIFT, None])
def test_nothing_to_match(empty, homography):
    features = [features_at([] if image in empty else GRID) for image in (0, 1)]
    scores = scores_of(pair_of(IMAGE, IMAGE, homography), *features)
    assert (scores.num_matches, scores.num_inliers, scores.coverage) == (0, 0, 0)
    assert scores.matches.shape == (0, 4)
    assert scores.homography_error.median is scores.chance_precision is None
    assert scores.average_precision == UNKNOWN
    if homography is not None:
        assert (scores.num_correct, scores.accuracy) == (0, (0.0,) * 10)
        assert scores.accuracy_3 == UNKNOWN
        assert scores.matching_score.value == (None if 0 in empty else 0.0)


@pytest.mark.parametrize("contender", contenders(200), ids=lambda contender: contender.name)
def test_a_cut_out_is_matched_well(contender):
    gray = working().gray()
    image0, image1 = read_image(gray[:, :-24]), read_image(gray[8:, 24:])
    cut = np.array([(1, 0, -24), (0, 1, -8), (0, 0, 1)], float)
    features = contender.features(image0), contender.features(image1)
    scores = scores_of(pair_of(image0, image1, cut), *features, contender.matcher)
    assert scores.accuracy[2] > 0.75
    assert scores.average_precision.value > 0.6
    assert scores.homography_error.high < 1.5
    assert scores.matching_score.value > 0.5


def test_the_border_is_left_out_of_the_common_part():
    """Keypoints whose place is in the border of the other image were not looked for there."""
    inside, outside = [(100, 80), (60, 60)], [(185, 80)]
    pair = pair_of(IMAGE, IMAGE, np.eye(3))
    alone = scores_of(pair, features_at(inside), features_at(inside))
    more = scores_of(pair, features_at(inside + outside), features_at(inside))
    assert alone.matching_score == more.matching_score
    assert alone.matching_score.value == 1.0


def test_blank_images():
    for contender in contenders(50):
        features = contender.features(read_image(BLANK))
        scores = scores_of(pair_of(IMAGE, IMAGE, np.eye(3)), features, features, contender.matcher)
        assert scores.num_matches == 0
