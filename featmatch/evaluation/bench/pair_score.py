"""What a method did on one pair: how right it is, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from featmatch.checks import check_integer, check_seed
from featmatch.evaluation.bench.suites import Truth
from featmatch.types import VerdictKind

TOLERANCES = tuple(range(1, 11))
"""Pixels at which accuracies are measured."""


@dataclass(frozen=True)
class BenchOptions:
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
    verdict : {"scene", "part", "none"}
        Its kind.
    confidence, model_confidence, log10_false_alarms : float
        Of the verdict.
    num_keypoints0, num_keypoints1, num_matches, num_inliers : int
    homography_error : float or None
        Mean transfer error in pixels of image 1: of the labeled points, or else of a grid of 20 x
        20 points over image 0, of those that image 1 shows. Infinite without a model. For planar
        pairs.
    corner_error : float or None
        See `corner_error` of `featmatch.evaluation.metrics`. For planar pairs whose homography is
        known.
    epipolar_curve : tuple of float or None
        Share of the labeled points within 1 to 10 pixels of the epipolar lines that the method's
        fundamental matrix gives; zeros without a model. For twoview and pose pairs with points.
    pose_error_degrees : float or None
        See `featmatch.evaluation.metrics.pose`. Infinite without a pose. For pairs whose
        cameras are known.
    repeatability : float or None
        Within 3 pixels. For planar pairs whose homography is known; None also if nothing is found
        in the common part. So are the next three.
    chance_repeatability : float or None
        Expected for as many random points.
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
    num_processes : int
        Processes that were at work, which share the machine.
    """

    suite: str
    pair: str
    group: str
    kind: Truth
    method: str
    answered_by: str
    verdict: VerdictKind
    confidence: float
    model_confidence: float
    log10_false_alarms: float
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
    num_processes: int

    @property
    def accepted(self) -> bool:
        """Whether the images show or share the same thing, by the verdict."""
        return self.verdict != "none"

    @property
    def epipolar_accuracy(self) -> float | None:
        """Mean of the epipolar curve, or None."""
        return None if self.epipolar_curve is None else float(np.mean(self.epipolar_curve))
