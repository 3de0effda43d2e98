"""Matching on demand: methods in turn, the cheapest first, until the answer is sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from featmatch.features.orb import ORB
from featmatch.images.image import Image, ImageSource
from featmatch.methods import METHODS
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult, Stop

Effort = Literal["fast", "normal", "thorough"]

SURE_MAP = 0.7
SURE_LINES = 0.93
"""Confidence in the model at which no other method is tried: in a map, which is polished on the
images and gains little from better matches, and in a model of lines, which gains from more."""


@dataclass(frozen=True)
class Rung:
    """A step of a ladder.

    Attributes
    ----------
    pipeline : Pipeline
        The method.
    cost : float
        How long it typically takes, as a multiple of the first rung's time.
    """

    pipeline: Pipeline
    cost: float


_FIRST = Rung(
    replace(METHODS["orb"], extractor=ORB(max_keypoints=2000, num_candidates=10_000)), 1.0
)

LADDERS: Mapping[Effort, tuple[Rung, ...]] = MappingProxyType(
    {
        "fast": (_FIRST, Rung(METHODS["cnn"], 2.5)),
        "normal": (_FIRST, Rung(METHODS["cnn"], 2.5), Rung(METHODS["affine-sift"], 5.0)),
        "thorough": (
            Rung(METHODS["orb"], 1.0),
            Rung(replace(METHODS["sift"], one_at_a_time=True), 2.0),
            Rung(METHODS["cnn"], 2.0),
            Rung(METHODS["affine-sift"], 4.0),
        ),
    }
)
"""Effort -> the methods that ``method="auto"`` tries in turn."""


def match_on_demand(
    rungs: Sequence[Rung],
    image0: ImageSource | Image,
    image1: ImageSource | Image,
    *,
    max_seconds: float | None = None,
    to_the_end: bool = False,
    **options: Any,
) -> MatchResult:
    """Match two images by one method after the other, until one is sure of its answer.

    Parameters
    ----------
    rungs : sequence of Rung
        At least one; the first is always taken.
    image0, image1
        See `featmatch.match`.
    max_seconds : float, optional
        No method is begun that would probably not end within this time from the start. None sets
        no limit.
    to_the_end : bool
        Try all methods, however sure the first ones are.
    **options
        Of `Pipeline.match`.

    Returns
    -------
    MatchResult
        Of the method whose model is the most trustworthy; its `steps` are all that were tried, and
        `stopped` says why no others were.
    """
    results: list[MatchResult] = []
    spent = 0.0
    for rung in rungs:
        if results and max_seconds is not None:
            first = results[0].steps[0].seconds
            if spent + rung.cost / rungs[0].cost * first > max_seconds:
                return _best(results, "out of time")
        if results:  # files are read once
            image0, image1 = results[0].image0, results[0].image1
        results.append(rung.pipeline.match(image0, image1, **options))
        spent += results[-1].steps[0].seconds
        if is_sure(results[-1]) and not to_the_end:
            return _best(results, "sure")
    return _best(results, "last step")


def is_sure(result: MatchResult) -> bool:
    """Whether the images are accepted, and the model is as good as other methods would find it."""
    enough = SURE_LINES if result.homography is None else SURE_MAP
    return result.verdict.accepted and result.verdict.model_confidence >= enough


def _best(results: Sequence[MatchResult], stopped: Stop) -> MatchResult:
    best = max(results, key=_trust)
    return replace(
        best,
        seconds={**best.seconds, "read": results[0].seconds["read"]},
        steps=tuple(step for result in results for step in result.steps),
        stopped=stopped,
    )


def _trust(result: MatchResult) -> tuple[bool, float, float, int]:
    """Rank by the confidence in the model, to a tenth: it is no more exact; then by evidence."""
    verdict = result.verdict
    evidence = -verdict.log10_false_alarms
    return verdict.accepted, round(verdict.model_confidence, 1), evidence, result.num_inliers
