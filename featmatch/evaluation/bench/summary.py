"""What a paper reports of many pairs: areas under curves, means and medians."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from featmatch.evaluation.bench.pair_score import TOLERANCES, PairScore
from featmatch.evaluation.metrics.accuracy import accuracy_curve
from featmatch.evaluation.metrics.homography_error import area_under_curve

HOMOGRAPHY_LIMITS = (3, 5, 10)
"""Pixels up to which the area under the curve of homography errors is taken."""
POSE_LIMITS = (5, 10, 20)
"""Degrees up to which the area under the curve of pose errors is taken."""
POSE_TOLERANCES = tuple(range(1, 21))
"""Degrees at which the curve of pose errors is given."""
LIMITS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("homography_auc", "corner_auc"), HOMOGRAPHY_LIMITS),
        **dict.fromkeys(("homography_curve", "epipolar_curve", "accuracy"), TOLERANCES),
        "pose_auc": POSE_LIMITS,
        "pose_curve": POSE_TOLERANCES,
    }
)
"""Name of a measure that has several values -> the pixels or degrees that they belong to."""

Curve = tuple[float, ...]


@dataclass(frozen=True)
class Spread:
    """Mean and median of a measure over pairs.

    Parameters
    ----------
    mean, median : float
        Infinite where errors are: without a model for one pair, or for half of them.
    """

    mean: float
    median: float


@dataclass(frozen=True)
class BenchSummary:
    """A method on a suite, or on a group of its pairs; None where there is no truth for a measure.

    Each measure is over the pairs that have it, see `PairScore`. Curves and areas are in [0, 1].

    Parameters
    ----------
    suite, method : str
    group : str
        Empty for all pairs of the suite.
    num_pairs : int
    num_measured : mapping of str to int
        Pairs of each kind: planar, twoview, pose, related, unrelated.
    homography_auc, corner_auc : tuple of float or None
        Areas under the curves of the homography and the corner errors up to 3, 5 and 10 pixels.
    homography_error : Spread or None
        In pixels.
    homography_curve : tuple of float or None
        Share of pairs with a homography error of at most 1 to 10 pixels.
    epipolar_accuracy : Spread or None
        Mean share of labeled points within 1 to 10 pixels of their epipolar lines.
    epipolar_curve : tuple of float or None
        The mean share at each of these.
    pose_auc : tuple of float or None
        Area under the curve of pose errors up to 5, 10 and 20 degrees.
    pose_error_degrees : Spread or None
    pose_curve : tuple of float or None
        Share of pairs with a pose error of at most 1 to 20 degrees.
    repeatability, chance_repeatability, matching_score : Spread or None
        Within 3 pixels.
    accuracy : tuple of float or None
        Mean matching accuracy (MMA) at 1 to 10 pixels.
    accepted, false_accepts : float or None
        Shares of the pairs that the verdict takes for the same scene: of those that are, and of the
        unrelated ones.
    num_keypoints, num_matches, num_inliers : Spread
        Keypoints are those of one image.
    seconds : Spread
        A pair, from files to verdict.
    stage_seconds : mapping of str to float
        Median time of each stage of the answer.
    step_seconds : mapping of str to float
        Median time of each method tried, over the pairs that it was tried on.
    answered_by : mapping of str to int
        Number of answers of each method, of interest for ``"auto"``.
    num_processes : tuple of int
        Processes that were at work when the times were taken.
    """

    suite: str
    group: str
    method: str
    num_pairs: int
    num_measured: Mapping[str, int]
    homography_auc: Curve | None
    homography_error: Spread | None
    homography_curve: Curve | None
    corner_auc: Curve | None
    epipolar_accuracy: Spread | None
    epipolar_curve: Curve | None
    pose_auc: Curve | None
    pose_error_degrees: Spread | None
    pose_curve: Curve | None
    repeatability: Spread | None
    chance_repeatability: Spread | None
    accuracy: Curve | None
    matching_score: Spread | None
    accepted: float | None
    false_accepts: float | None
    num_keypoints: Spread
    num_matches: Spread
    num_inliers: Spread
    seconds: Spread
    stage_seconds: Mapping[str, float]
    step_seconds: Mapping[str, float]
    answered_by: Mapping[str, int]
    num_processes: tuple[int, ...]


def summarize(scores: Sequence[PairScore], group: str = "") -> BenchSummary:
    """Summarize the scores of one method on the pairs of one suite, or of a group of it.

    Parameters
    ----------
    scores : sequence of PairScore
        At least one, all of the same suite and method.
    group : str
        What the pairs have in common; empty for the whole suite.
    """

    def values(name: str) -> list[float]:
        measured = (getattr(score, name) for score in scores)
        return [value for value in measured if value is not None]

    related = [score.accepted for score in scores if score.kind != "unrelated"]
    unrelated = [score.accepted for score in scores if score.kind == "unrelated"]
    homography_errors, pose_errors = values("homography_error"), values("pose_error_degrees")
    return BenchSummary(
        suite=scores[0].suite,
        group=group,
        method=scores[0].method,
        num_pairs=len(scores),
        num_measured=Counter(score.kind for score in scores),
        homography_auc=_areas(homography_errors, HOMOGRAPHY_LIMITS),
        homography_error=_spread(homography_errors),
        homography_curve=_shares(homography_errors, TOLERANCES),
        corner_auc=_areas(values("corner_error"), HOMOGRAPHY_LIMITS),
        epipolar_accuracy=_spread(values("epipolar_accuracy")),
        epipolar_curve=_mean_curve([score.epipolar_curve for score in scores]),
        pose_auc=_areas(pose_errors, POSE_LIMITS),
        pose_error_degrees=_spread(pose_errors),
        pose_curve=_shares(pose_errors, POSE_TOLERANCES),
        repeatability=_spread(values("repeatability")),
        chance_repeatability=_spread(values("chance_repeatability")),
        accuracy=_mean_curve([score.accuracy for score in scores]),
        matching_score=_spread(values("matching_score")),
        accepted=float(np.mean(related)) if related else None,
        false_accepts=float(np.mean(unrelated)) if unrelated else None,
        num_keypoints=_spread_of((s.num_keypoints0 + s.num_keypoints1) / 2 for s in scores),
        num_matches=_spread_of(score.num_matches for score in scores),
        num_inliers=_spread_of(score.num_inliers for score in scores),
        seconds=_spread_of(score.seconds for score in scores),
        stage_seconds=_medians(scores, lambda score: score.stage_seconds),
        step_seconds=_medians(scores, lambda score: score.step_seconds),
        answered_by=Counter(score.answered_by for score in scores),
        num_processes=tuple(sorted({score.num_processes for score in scores})),
    )


def _areas(errors: Sequence[float], limits: Sequence[float]) -> Curve | None:
    return tuple(area_under_curve(errors, limit) for limit in limits) if errors else None


def _shares(errors: Sequence[float], tolerances: Sequence[float]) -> Curve | None:
    return tuple(accuracy_curve(errors, tolerances).tolist()) if errors else None


def _mean_curve(curves: Iterable[Curve | None]) -> Curve | None:
    measured = [curve for curve in curves if curve is not None]
    return tuple(np.mean(measured, axis=0).tolist()) if measured else None


def _spread(values: Sequence[float]) -> Spread | None:
    return _spread_of(values) if values else None


def _spread_of(values: Iterable[float]) -> Spread:
    numbers = list(values)
    return Spread(float(np.mean(numbers)), float(np.median(numbers)))


def _medians(
    scores: Sequence[PairScore], times_of: Callable[[PairScore], Mapping[str, float]]
) -> dict[str, float]:
    times: dict[str, list[float]] = {}
    for score in scores:
        for name, seconds in times_of(score).items():
            times.setdefault(name, []).append(seconds)
    return {name: float(np.median(seconds)) for name, seconds in times.items()}
