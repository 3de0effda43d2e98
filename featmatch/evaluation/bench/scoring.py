"""One method on one pair with ground truth: match the images and measure the answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from featmatch.api.match import match
from featmatch.errors import SuiteError
from featmatch.evaluation.bench.pair_score import TOLERANCES, BenchOptions, PairScore
from featmatch.evaluation.bench.suites import SuitePair, Truth
from featmatch.evaluation.metrics.accuracy import (
    accuracy_curve,
    epipolar_errors,
    matching_score,
    transfer_errors,
)
from featmatch.evaluation.metrics.homography_error import corner_error, mean_distance
from featmatch.evaluation.metrics.overlap import Overlap, overlap
from featmatch.evaluation.metrics.pose import estimate_pose, pose_error
from featmatch.evaluation.metrics.repeatability import chance_repeatability, repeatability
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.types import Array
from featmatch.verification import Model

MAX_ERROR = 3.0
"""Pixels within which keypoints are repeated and matches are right, in single numbers."""
MODELS: Mapping[Truth, Model] = {
    "planar": "homography",
    "twoview": "fundamental",
    "pose": "fundamental",
    "related": "auto",
    "unrelated": "auto",
}
"""The model that a method is asked for, by the kind of the pair."""
_PLANE_MEASURES = (
    *("homography_error", "corner_error", "repeatability", "chance_repeatability"),
    *("accuracy", "matching_score"),
)
_GRID = 20  # points along each side of image 0 whose transfer is looked at


def score_pair(
    suite: str,
    pair: SuitePair,
    method: str | Pipeline,
    options: BenchOptions,
    num_processes: int = 1,
    name: str | None = None,
) -> PairScore:
    """Match a pair and measure the answer.

    Parameters
    ----------
    suite : str
        Name of the pair's suite.
    pair : SuitePair
    method : str or Pipeline
        ``"auto"``, a name in `featmatch.METHODS`, or a pipeline. It is asked for the model that the
        kind of the pair calls for: a homography, a fundamental matrix, or its own choice where no
        geometry is known.
    options : BenchOptions
    num_processes : int
        Processes at work, to be told with the times.
    name : str, optional
        What the method is called; None takes the method's own name.

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
    name = name or (method.extractor.name if isinstance(method, Pipeline) else method)
    own_names = {result.method: name} if isinstance(method, Pipeline) else {}
    return PairScore(
        suite=suite,
        pair=pair.name,
        group=pair.group,
        kind=pair.kind,
        method=name,
        answered_by=own_names.get(result.method, result.method),
        verdict=result.verdict.kind,
        confidence=result.verdict.confidence,
        model_confidence=result.verdict.model_confidence,
        log10_false_alarms=result.verdict.log10_false_alarms,
        num_keypoints0=len(result.features0),
        num_keypoints1=len(result.features1),
        num_matches=len(result.matches),
        num_inliers=result.num_inliers,
        **_plane_measures(pair, result),
        epipolar_curve=_epipolar_curve(pair, result),
        pose_error_degrees=_pose_error(pair, result),
        seconds=seconds,
        stage_seconds=dict(result.seconds),
        step_seconds={
            own_names.get(step.method, step.method): step.seconds for step in result.steps
        },
        num_processes=num_processes,
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
            f"{pair.image1}; correct the homography, or make the pair an unrelated one"
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
