"""How good the matches of two sets of features are, as far as the geometry of the pair is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.compare.contenders import BORDER
from featmatch.compare.pair import Matrix, Pair
from featmatch.evaluation.metrics.accuracy import (
    accuracy_curve,
    epipolar_errors,
    matching_score,
    transfer_errors,
)
from featmatch.evaluation.metrics.bootstrap import Interval, bootstrap_mean
from featmatch.evaluation.metrics.coverage import coverage
from featmatch.evaluation.metrics.homography_error import corner_error
from featmatch.evaluation.metrics.overlap import Overlap, overlap
from featmatch.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.residuals import transfer
from featmatch.matching.matcher import Matcher
from featmatch.types import Array, Features, Matches

TOLERANCES = tuple(float(pixels) for pixels in range(1, 11))
"""Pixels at which the accuracy is measured."""

TOLERANCE = 3.0
"""Pixels up to which a match is called correct, and a keypoint found again."""

UNKNOWN = Interval(None, None, None)
"""What cannot be measured."""

_ROWS_AT_ONCE = 512  # of the matrix of all pairs of keypoints


@dataclass(frozen=True, eq=False)
class MatchScores:
    """What is known of the matches between two sets of features.

    Parameters
    ----------
    num_matches : int
    num_correct : int or None
        Matches that are off by at most 3 pixels; None if the geometry is not known.
    accuracy : tuple of float, or None
        Share of the matches that are off by at most 1, 2, ... 10 pixels; zeros without matches,
        None if the geometry is not known.
    accuracy_3 : Interval
        Share at 3 pixels.
    matching_score : Interval
        Share of the keypoints of image 0 that are matched correctly, of those whose place lies in
        image 1 as well. Unknown without a homography.
    num_inliers : int
        Matches that agree with the model estimated from them: a homography, or a fundamental matrix
        where the pair is known to have one.
    coverage : float
        Share of the cells of a grid over image 0 that hold an inlier.
    homography_error : float or None
        Mean distance in pixels between where the estimated homography and the true one take the
        corners of image 0; None without a true one or without a model.
    average_precision, chance_precision : float or None
        Area under the curve below, and the precision of pairing keypoints at random. None without a
        homography, or where no keypoint has a counterpart.
    precision, recall : tuple of float
        As the ratio test is relaxed, of the keypoints that are each other's nearest: the share of
        matches that is correct, and the share that is matched correctly of the keypoints of image 0
        with a counterpart. Empty where these are not known.
    matches : (M, 4) float32
        x and y in image 0, x and y in image 1.
    correct : (M,) bool or None
    """

    num_matches: int
    num_correct: int | None
    accuracy: tuple[float, ...] | None
    accuracy_3: Interval
    matching_score: Interval
    num_inliers: int
    coverage: float
    homography_error: float | None
    average_precision: float | None
    chance_precision: float | None
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    matches: npt.NDArray[np.float32]
    correct: npt.NDArray[np.bool_] | None


def score_matches(
    pair: Pair,
    features0: Features,
    features1: Features,
    matcher: Matcher,
    matches: Matches,
    *,
    seed: int,
) -> MatchScores:
    """Measure how good the matches of two sets of features are.

    Parameters
    ----------
    pair : Pair
    features0, features1 : Features
        Of its images.
    matcher : Matcher
    matches : Matches
        What it finds for them.
    seed : int
        Of the search for a model, and of the intervals.

    Returns
    -------
    MatchScores
    """
    points0 = features0.keypoints[matches.indices[:, 0]]
    points1 = features1.keypoints[matches.indices[:, 1]]
    errors = match_errors(pair, points0, points1)
    correct = None if errors is None else errors <= TOLERANCE
    geometry = Estimator().estimate(
        "homography" if pair.fundamental is None else "fundamental",
        Correspondences(points0, points1, matches.ratios),
        seed=seed,
    )
    curve, chance = _by_ratio(pair, features0, features1, matcher)
    return MatchScores(
        num_matches=len(matches),
        num_correct=None if correct is None else int(correct.sum()),
        accuracy=None if errors is None else tuple(accuracy_curve(errors, TOLERANCES).tolist()),
        accuracy_3=UNKNOWN if correct is None else bootstrap_mean(correct, seed=seed),
        matching_score=_matching_score(pair, features0, matches, correct, seed),
        num_inliers=geometry.num_inliers,
        coverage=coverage(points0[geometry.inliers], pair.image0.size),
        homography_error=_homography_error(pair, geometry.homography),
        average_precision=curve.average_precision,
        chance_precision=chance,
        precision=curve.precision,
        recall=curve.recall,
        matches=np.hstack([points0, points1]),
        correct=correct,
    )


def match_errors(pair: Pair, points0: Array, points1: Array) -> npt.NDArray[np.float64] | None:
    """Return how far each match is off in pixels, by the pair's map or else by its epipolar lines.

    Parameters
    ----------
    pair : Pair
    points0, points1 : (M, 2) float
        Matched points.

    Returns
    -------
    (M,) float64, or None
        None if the geometry of the pair is not known.
    """
    if pair.homography is not None:
        return transfer_errors(points0, points1, pair.homography)
    if pair.fundamental is not None:
        return epipolar_errors(points0, points1, pair.fundamental)
    return None


def common_part(pair: Pair) -> Overlap | None:
    """Find the part of the scene in which keypoints are allowed in both images.

    Returns
    -------
    Overlap or None
        None without a homography.
    """
    if pair.homography is None:
        return None
    return overlap(pair.homography, pair.image0.size, pair.image1.size, border=BORDER)


def _homography_error(pair: Pair, estimated: Matrix | None) -> float | None:
    if pair.homography is None:
        return None
    error = corner_error(estimated, pair.homography, pair.image0.size)
    return error if np.isfinite(error) else None


def _matching_score(
    pair: Pair, features0: Features, matches: Matches, correct: Array | None, seed: int
) -> Interval:
    common = common_part(pair)
    if common is None or correct is None:
        return UNKNOWN
    visible = common.shows0(features0.keypoints)
    return bootstrap_mean(matching_score(visible, matches.indices[:, 0], correct), seed=seed)


def _by_ratio(
    pair: Pair, features0: Features, features1: Features, matcher: Matcher
) -> tuple[PrecisionRecall, float | None]:
    """Precision over recall as the ratio test is relaxed, and the precision of chance."""
    nothing = PrecisionRecall((), (), None)
    if pair.homography is None:
        return nothing, None
    mapped = transfer(pair.homography, features0.keypoints.astype(np.float64))
    num_near = _num_near(mapped[np.isfinite(mapped).all(axis=1)], features1.keypoints)
    num_possible = np.count_nonzero(num_near)
    if not num_possible:
        return nothing, None
    matches = replace(matcher, max_ratio=1.0).match(features0, features1)
    points0 = features0.keypoints[matches.indices[:, 0]]
    points1 = features1.keypoints[matches.indices[:, 1]]
    correct = transfer_errors(points0, points1, pair.homography) <= TOLERANCE
    chance = float(num_near.sum()) / (len(features0) * len(features1))
    return precision_recall(matches.ratios, correct, int(num_possible)), chance


def _num_near(points: Array, others: Array) -> npt.NDArray[np.int64]:
    """Count the others that are at most `TOLERANCE` from each point."""
    counts = np.zeros(len(points), np.int64)
    other_x, other_y = np.ascontiguousarray(np.transpose(others))
    for start in range(0, len(points), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        x, y = points[rows, :1] - other_x, points[rows, 1:] - other_y
        counts[rows] = np.count_nonzero(x * x + y * y <= TOLERANCE**2, axis=1)
    return counts
