"""Precision over recall as the ratio test is relaxed: how well descriptors tell points apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.compare.pair import Pair
from featmatch.evaluation.metrics.accuracy import transfer_errors
from featmatch.evaluation.metrics.bootstrap import MIN_SAMPLES, Interval
from featmatch.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall
from featmatch.geometry.residuals import transfer
from featmatch.matching.matcher import Matcher
from featmatch.types import Array, Features

_ROWS_AT_ONCE = 512  # of the matrix of all pairs of keypoints
_NUM_RESAMPLES = 300
_ENDS = (0.025, 0.975)  # of a 95 % interval


@dataclass(frozen=True)
class PrecisionCurve:
    """The curve, the area below it with its interval, and the precision of chance.

    Parameters
    ----------
    drawn : PrecisionRecall
    average_precision : Interval
        Without a value where no keypoint has a counterpart.
    chance : float or None
        Precision of pairing keypoints at random.
    """

    drawn: PrecisionRecall
    average_precision: Interval
    chance: float | None


_NOTHING = PrecisionCurve(PrecisionRecall((), (), None), Interval(None, None, None), None)


def precision_curve(
    pair: Pair,
    features0: Features,
    features1: Features,
    matcher: Matcher,
    tolerance: float,
    *,
    seed: int,
) -> PrecisionCurve:
    """Take the matches from the surest to the least sure, and see how many are right.

    Parameters
    ----------
    pair : Pair
    features0, features1 : Features
        Of its images.
    matcher : Matcher
        Its ratio is not used.
    tolerance : float
        Pixels up to which a match is right.
    seed : int
        Of the interval: keypoints of image 0 are drawn again and again.

    Returns
    -------
    PrecisionCurve
        Of nothing where the pair has no homography.
    """
    if pair.homography is None:
        return _NOTHING
    mapped = transfer(pair.homography, features0.keypoints.astype(np.float64))
    num_near = _num_near(mapped[np.isfinite(mapped).all(axis=1)], features1.keypoints, tolerance)
    num_possible = int(np.count_nonzero(num_near))
    if not num_possible:
        return _NOTHING
    matches = replace(matcher, max_ratio=1.0).match(features0, features1)
    points0 = features0.keypoints[matches.indices[:, 0]]
    points1 = features1.keypoints[matches.indices[:, 1]]
    correct = transfer_errors(points0, points1, pair.homography) <= tolerance
    drawn = precision_recall(matches.ratios, correct, num_possible)
    low, high = _interval(matches.ratios, correct, num_possible, np.random.default_rng(seed))
    chance = float(num_near.sum()) / (len(features0) * len(features1))
    return PrecisionCurve(drawn, Interval(drawn.average_precision, low, high), chance)


def _interval(
    ratios: Array, correct: npt.NDArray[np.bool_], num_possible: int, rng: np.random.Generator
) -> tuple[float | None, float | None]:
    """Find the ends, as keypoints with a counterpart or a match are drawn again and again."""
    right = correct[np.argsort(ratios, kind="stable")]
    num_missed = num_possible - int(right.sum())
    num_drawn = len(right) + num_missed
    if num_drawn < MIN_SAMPLES:
        return None, None
    draws = rng.multinomial(num_drawn, np.full(num_drawn, 1 / num_drawn), size=_NUM_RESAMPLES)
    taken = draws[:, : len(right)]
    num_right = np.cumsum(taken * right, axis=1)
    precision = num_right / np.maximum(np.cumsum(taken, axis=1), 1)
    possible = (taken * right).sum(axis=1) + draws[:, len(right) :].sum(axis=1)
    areas = (taken * right * precision).sum(axis=1) / np.maximum(possible, 1)
    low, high = np.quantile(areas, _ENDS)
    return float(low), float(high)


def _num_near(points: Array, others: Array, tolerance: float) -> npt.NDArray[np.int64]:
    """Count the others that are at most `tolerance` from each point."""
    counts = np.zeros(len(points), np.int64)
    other_x, other_y = np.ascontiguousarray(np.transpose(others))
    for start in range(0, len(points), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        x, y = points[rows, :1] - other_x, points[rows, 1:] - other_y
        counts[rows] = np.count_nonzero(x * x + y * y <= tolerance**2, axis=1)
    return counts
