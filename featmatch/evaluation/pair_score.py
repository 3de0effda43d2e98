"""One method on one pair with ground truth: what it did, how right that is, how long it took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from featmatch.api import match
from featmatch.errors import SuiteError
from featmatch.evaluation.accuracy import (
    accuracy_curve,
    epipolar_errors,
    matching_score,
    transfer_errors,
)
from featmatch.evaluation.homography_error import corner_error, mean_distance
from featmatch.evaluation.overlap import Overlap, overlap
from featmatch.evaluation.pose import estimate_pose, pose_error
from featmatch.evaluation.repeatability import chance_repeatability, repeatability
from featmatch.evaluation.suites import SuitePair, Truth
from featmatch.features.options import check_integer
from featmatch.geometry.search import check_seed
from featmatch.pipeline import Model
from featmatch.result import MatchResult
from featmatch.types import Array

TOLERANCES = tuple(range(1, 11))
"""Pixels at which accuracies are measured."""
MAX_ERROR = 3.0
"""Pixels within which keypoints are repeated and matches are right, in single numbers."""
MODELS: Mapping[Truth, Model] = {
    "planar": "homography",
    "twoview": "fundamental",
    "pose": "fundamental",
    "negative": "auto",
}
"""The model that a method is asked for, by the kind of the pair."""
_PLANE_MEASURES = (
    *("homography_error", "corner_error", "repeatability", "chance_repeatability"),
    *("accuracy", "matching_score"),
)
_GRID = 20  # points along each side of image 0 whose transfer is looked at


@dataclass(frozen=True)
class MatchOptions:
    """How `featmatch.match` is called for every pair.

    Parameters
    ----------
    seed : int
        Of the random search.
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off.
    max_keypoints : int or None
        The most keypoints in an image; None leaves the default of each method.
    """

    seed: int = 0
    max_size: int = 1600
    max_keypoints: int | None = None

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_integer("max_size", self.max_size, 0, 2**31 - 1)
        if self.max_keypoints is not None:
            check_integer("max_keypoints", self.max_keypoints, 0, 2**31 - 1)


@dataclass(frozen=True)
class PairScore:
    """What a method did on a pair; measures that the pair has no truth for are None.

    Parameters
    ----------
    suite, pair, group, kind : str
        See `SuitePair`.
    method : str
        As it was asked for.
    answered_by : str
        The method whose answer it is: for ``"auto"``, the step that it ended with.
    accepted : bool
        The verdict: the images show the same thing.
    confidence : float
        Of the verdict, in [0, 1].
    num_keypoints0, num_keypoints1, num_matches, num_inliers : int
    homography_error : float or None
        Mean transfer error in pixels of image 1: of the labelled points, or else of a grid of 20 x
        20 points over image 0, of those that image 1 shows. Infinite without a model. For planar
        pairs.
    corner_error : float or None
        See `featmatch.evaluation.homography_error.corner_error`. For planar pairs whose homography
        is known.
    epipolar_curve : tuple of float or None
        Share of the labelled points within 1 to 10 pixels of the epipolar lines that the method's
        fundamental matrix gives; zeros without a model. For twoview and pose pairs with points.
    pose_error_degrees : float or None
        See `featmatch.evaluation.pose`. Infinite without a pose. For pose pairs.
    repeatability : float or None
        Within 3 pixels. For planar pairs whose homography is known; None also if nothing is found
        in the common part. So are the next three.
    chance_repeatability : float or None
        Of as many keypoints strewn at random.
    accuracy : tuple of float or None
        Share of the matches that are right within 1 to 10 pixels; zeros without matches.
    matching_score : float or None
        Right matches (3 pixels) / keypoints of image 0 that image 1 could have.
    seconds : float
        Wall time of the whole call, from files to verdict.
    stage_seconds : mapping of str to float
        Of the answer: read, extract, match, estimate.
    step_seconds : mapping of str to float
        Of each method tried, in order.
    num_jobs : int
        Processes that were at work, which share the machine.
    """

    suite: str
    pair: str
    group: str
    kind: Truth
    method: str
    answered_by: str
    accepted: bool
    confidence: float
    num_keypoints0: int
    num_keypoints1: int
    num_matches: int
    num_inliers: int
    homography_error: float | None
    corner_error: float | None
    epipolar_curve: tuple[float, ...] | None
    pose_error_degrees: float | None
    repeatability: float | None
    chance_repeatability: float | None
    accuracy: tuple[float, ...] | None
    matching_score: float | None
    seconds: float
    stage_seconds: Mapping[str, float]
    step_seconds: Mapping[str, float]
    num_jobs: int

    @property
    def epipolar_accuracy(self) -> float | None:
        """Mean of the epipolar curve, or None."""
        return None if self.epipolar_curve is None else float(np.mean(self.epipolar_curve))


def score_pair(
    suite: str, pair: SuitePair, method: str, options: MatchOptions, num_jobs: int = 1
) -> PairScore:
    """Match a pair and measure the answer.

    Parameters
    ----------
    suite : str
        Name of the pair's suite.
    pair : SuitePair
    method : str
        ``"auto"`` or a name in `featmatch.METHODS`. It is asked for the model that the kind of the
        pair calls for: a homography, a fundamental matrix, or its own choice for unrelated images.
    options : MatchOptions
    num_jobs : int
        Processes at work, to be told with the times.

    Returns
    -------
    PairScore

    Raises
    ------
    ImageReadError, MissingExtraError, WeightsError, TypeError
        See `featmatch.match`.
    SuiteError
        The pair's homography takes nothing of image 0 into image 1.
    """
    start = time.perf_counter()
    result = match(
        pair.image0,
        pair.image1,
        method=method,
        model=MODELS[pair.kind],
        seed=options.seed,
        max_size=options.max_size,
        max_keypoints=options.max_keypoints,
    )
    seconds = time.perf_counter() - start
    return PairScore(
        suite=suite,
        pair=pair.name,
        group=pair.group,
        kind=pair.kind,
        method=method,
        answered_by=result.method,
        accepted=result.verdict.accepted,
        confidence=result.verdict.confidence,
        num_keypoints0=len(result.features0),
        num_keypoints1=len(result.features1),
        num_matches=len(result.matches),
        num_inliers=result.num_inliers,
        **_plane_measures(pair, result),
        epipolar_curve=_epipolar_curve(pair, result),
        pose_error_degrees=_pose_error(pair, result),
        seconds=seconds,
        stage_seconds=dict(result.seconds),
        step_seconds={step.method: step.seconds for step in result.steps},
        num_jobs=num_jobs,
    )


def _plane_measures(pair: SuitePair, result: MatchResult) -> dict[str, Any]:
    """Measure what the truth about a plane allows to be measured."""
    measures: dict[str, Any] = dict.fromkeys(_PLANE_MEASURES)
    if pair.kind != "planar":
        return measures
    found = result.homography
    if pair.points is not None:
        errors = [np.inf] if found is None else transfer_errors(pair.points0, pair.points1, found)
        measures["homography_error"] = float(np.mean(errors))
    if pair.homography is None:
        return measures
    common = overlap(pair.homography, result.image0.size, result.image1.size)
    if pair.points is None:
        seen = _seen_grid(pair, result, common)
        measures["homography_error"] = mean_distance(found, pair.homography, seen)
    measures["corner_error"] = corner_error(found, pair.homography, result.image0.size)
    return measures | _match_measures(pair, result, common)


def _match_measures(pair: SuitePair, result: MatchResult, common: Overlap) -> dict[str, Any]:
    assert pair.homography is not None
    errors = transfer_errors(result.points0, result.points1, pair.homography)
    flags = matching_score(
        common.shows0(result.features0.keypoints), result.matches.indices[:, 0], errors <= MAX_ERROR
    )
    repeated = repeatability(
        result.features0.keypoints,
        result.features1.keypoints,
        pair.homography,
        result.image0.size,
        result.image1.size,
        MAX_ERROR,
    )
    return {
        "repeatability": repeated.value,
        "chance_repeatability": chance_repeatability(
            repeated.num_visible0, repeated.num_visible1, common.area1, MAX_ERROR
        ),
        "accuracy": tuple(accuracy_curve(errors, TOLERANCES).tolist()),
        "matching_score": float(flags.mean()) if len(flags) else None,
    }


def _seen_grid(pair: SuitePair, result: MatchResult, common: Overlap) -> Array:
    """Spread points over image 0, and keep those that image 1 shows."""
    right, bottom = np.array(result.image0.size) - 1
    x, y = np.meshgrid(np.linspace(0, right, _GRID), np.linspace(0, bottom, _GRID))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    seen = points[common.shows0(points)]
    if not len(seen):
        raise SuiteError(
            f"{pair.image0}: the homography of the pair {pair.name} takes nothing of it into "
            f"{pair.image1}; correct the homography, or make the pair a negative one"
        )
    return seen


def _epipolar_curve(pair: SuitePair, result: MatchResult) -> tuple[float, ...] | None:
    if pair.kind not in ("twoview", "pose") or pair.points is None:
        return None
    if result.fundamental is None:
        return (0.0,) * len(TOLERANCES)
    errors = epipolar_errors(pair.points0, pair.points1, result.fundamental)
    return tuple(accuracy_curve(errors, TOLERANCES).tolist())


def _pose_error(pair: SuitePair, result: MatchResult) -> float | None:
    if pair.intrinsics0 is None or pair.intrinsics1 is None or pair.pose is None:
        return None
    estimated = estimate_pose(result.points0, result.points1, pair.intrinsics0, pair.intrinsics1)
    return float(np.degrees(pose_error(estimated, pair.pose)))
