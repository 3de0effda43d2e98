"""How good the matches of two sets of features are, as far as the geometry of the pair is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.compare.contenders import BORDER
from featmatch.compare.pair import Pair
from featmatch.compare.precision_curves import precision_curve
from featmatch.compare.seed_errors import NUM_SEEDS, SeedErrors, homography_errors
from featmatch.evaluation.metrics.accuracy import (
    accuracy_curve,
    epipolar_errors,
    matching_score,
    transfer_errors,
)
from featmatch.evaluation.metrics.bootstrap import Interval, bootstrap_mean
from featmatch.evaluation.metrics.coverage import coverage
from featmatch.evaluation.metrics.overlap import Overlap, overlap
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.matching.matcher import Matcher
from featmatch.types import Array, Features, Kind, Matches

TOLERANCES = tuple(float(pixels) for pixels in range(1, 11))
"""Pixels at which the accuracy is measured."""

TOLERANCE = 3.0
"""Pixels up to which a match is called correct, and a keypoint found again."""

UNKNOWN = Interval(None, None, None)
"""What cannot be measured."""


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
    right_matches : Interval
        Of `num_correct`, as other keypoints of image 0 could have made it.
    homography_error : SeedErrors
        Mean distance in pixels between where the estimated homography and the true one take the
        corners of image 0, over several seeds of the search for it.
    average_precision : Interval
        Area under the curve below, which needs no threshold. Unknown without a homography, or where
        no keypoint has a counterpart.
    chance_precision : float or None
        The precision of pairing keypoints at random.
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
    right_matches: Interval
    num_inliers: int
    coverage: float
    homography_error: SeedErrors
    average_precision: Interval
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
    num_seeds: int = NUM_SEEDS,
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
    num_seeds : int
        With which a homography is searched for.

    Returns
    -------
    MatchScores
    """
    points0 = features0.keypoints[matches.indices[:, 0]]
    points1 = features1.keypoints[matches.indices[:, 1]]
    errors = match_errors(pair, points0, points1)
    correct = None if errors is None else errors <= TOLERANCE
    matched = Correspondences(points0, points1, matches.ratios)
    kind: Kind = "homography" if pair.fundamental is None else "fundamental"
    geometry = Estimator().estimate(kind, matched, seed=seed)
    curve = precision_curve(pair, features0, features1, matcher, TOLERANCE, seed=seed)
    return MatchScores(
        num_matches=len(matches),
        num_correct=None if correct is None else int(correct.sum()),
        accuracy=None if errors is None else tuple(accuracy_curve(errors, TOLERANCES).tolist()),
        accuracy_3=UNKNOWN if correct is None else bootstrap_mean(correct, seed=seed),
        matching_score=_matching_score(pair, features0, matches, correct, seed),
        right_matches=_right_matches(features0, matches, correct, seed),
        num_inliers=geometry.num_inliers,
        coverage=coverage(points0[geometry.inliers], pair.image0.size),
        homography_error=homography_errors(pair, matched, seed, num_seeds),
        average_precision=curve.average_precision,
        chance_precision=curve.chance,
        precision=curve.drawn.precision,
        recall=curve.drawn.recall,
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


def _matching_score(
    pair: Pair, features0: Features, matches: Matches, correct: Array | None, seed: int
) -> Interval:
    common = common_part(pair)
    if common is None or correct is None:
        return UNKNOWN
    visible = common.shows0(features0.keypoints)
    return bootstrap_mean(matching_score(visible, matches.indices[:, 0], correct), seed=seed)


def _right_matches(
    features0: Features, matches: Matches, correct: Array | None, seed: int
) -> Interval:
    """Count the right matches; the interval comes from drawing the keypoints again."""
    if correct is None:
        return UNKNOWN
    num = len(features0)
    everyone = np.ones(num, bool)
    share = bootstrap_mean(matching_score(everyone, matches.indices[:, 0], correct), seed=seed)
    if share.low is None or share.high is None:
        return Interval(float(correct.sum()), None, None)
    return Interval(float(correct.sum()), num * share.low, num * share.high)
