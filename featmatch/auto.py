"""The method ``"auto"``: methods in turn, the cheapest first, until another would gain nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from featmatch.features.orb import ORB
from featmatch.images.view import View
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.methods import METHODS, with_options
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult, Stop
from featmatch.verification import MatchOptions

Effort = Literal["fast", "normal", "thorough"]

SURE = 0.7
"""Confidence in the model at which no other method is tried: a map is polished on the images, and
lines through exact keypoints gain little from more of them."""

SURE_OF_CORNERS = 0.9
"""The same for lines through the corners of the first step, which lie less exactly."""

LIKELY = 0.4
"""Confidence in a map from which it is worth to ask whether other methods find the same; below it
is a guess."""

EQUALLY_PROBABLE = 0.15
"""Differences in the confidence in a model that say nothing: it is no more exact."""


@dataclass(frozen=True)
class PlannedStep:
    """A method that may be tried.

    Attributes
    ----------
    pipeline : Pipeline
        The method.
    cost : float
        How long it typically takes, as a multiple of the first step's time.
    sure_of_lines : float
        Confidence in a model of lines at which no other step is taken; in a map it is `SURE`.
    """

    pipeline: Pipeline
    cost: float
    sure_of_lines: float = SURE

    def is_sure(self, result: MatchResult) -> bool:
        """Whether images are accepted, and the model as good as other methods would find it."""
        enough = self.sure_of_lines if result.homography is None else SURE
        return result.verdict.accepted and result.verdict.model_confidence >= enough


@dataclass(frozen=True)
class Plan:
    """The methods that are tried in turn, and when to stop.

    Attributes
    ----------
    steps : tuple of PlannedStep
        At least one; the first is always taken.
    to_the_end : bool
        Take all steps, however sure the first ones are.
    """

    steps: tuple[PlannedStep, ...]
    to_the_end: bool = False


_ORB = PlannedStep(
    replace(METHODS["orb"], extractor=ORB(max_keypoints=2000, num_candidates=10_000)),
    1.0,
    SURE_OF_CORNERS,
)
_SIFT = PlannedStep(with_options(METHODS["sift"], {"neighborhoods": Neighborhoods()}), 2.5)
_CNN = PlannedStep(METHODS["cnn"], 3.0)
_AFFINE_SIFT = PlannedStep(METHODS["affine-sift"], 8.0)

PLANS: Mapping[Effort, Plan] = MappingProxyType(
    {
        "fast": Plan((_ORB, _SIFT)),
        "normal": Plan((_ORB, _SIFT, _CNN, _AFFINE_SIFT)),
        "thorough": Plan(
            (
                PlannedStep(METHODS["orb"], 1.0),
                replace(_SIFT, pipeline=replace(_SIFT.pipeline, one_at_a_time=True), cost=2.0),
                replace(_CNN, cost=2.0),
                replace(_AFFINE_SIFT, cost=6.0),
            ),
            to_the_end=True,
        ),
    }
)
"""Effort -> what ``method="auto"`` does."""


def match_in_steps(
    plan: Plan,
    view0: View,
    view1: View,
    options: MatchOptions | None = None,
    *,
    max_seconds: float | None = None,
) -> MatchResult:
    """Match two images by one method after the other, until one is sure, or none gets surer.

    Parameters
    ----------
    plan : Plan
    view0, view1 : View
    options : MatchOptions, optional
        None takes the defaults.
    max_seconds : float, optional
        No step is begun that would probably not end within this time from the start. None sets no
        limit.

    Returns
    -------
    MatchResult
        Of the method whose model is the most trustworthy; its `steps` are all that were tried, and
        `stopped` says why no others were.
    """
    results: list[MatchResult] = []
    confirmed: list[MatchResult] = []

    def confirm(result: MatchResult) -> MatchResult:
        if result in confirmed:
            return result
        number = results.index(result)
        pipeline = plan.steps[number].pipeline
        results[number] = pipeline.confirm(result, view0, view1, options)
        confirmed.append(results[number])
        return results[number]

    def answer(stopped: Stop) -> MatchResult:
        while (best := _most_trusted(results)) not in confirmed:
            confirm(best)
        steps = tuple(step for result in results for step in result.steps)
        return replace(best, steps=steps, stopped=stopped)

    for step in plan.steps:
        if results and max_seconds is not None:
            spent = sum(result.steps[0].seconds for result in results)
            first = results[0].steps[0].seconds
            if spent + step.cost / plan.steps[0].cost * first > max_seconds:
                return answer("out of time")
        results.append(step.pipeline.match(view0, view1, options, confirm=False))
        if plan.to_the_end:
            continue
        if step.is_sure(results[-1]) and step.is_sure(confirm(results[-1])):
            return answer("sure")
        if is_no_surer(results) and is_no_surer([confirm(result) for result in results]):
            return answer("no surer")
    return answer("last step")


def is_no_surer(results: Sequence[MatchResult]) -> bool:
    """Whether the last step found a map that is about as probable as the surest one before.

    Then the scene is probably not quite flat, or changed: that is why no map of it is sure, and
    other keypoints seldom find a better one. A map that is not likely is left to them.
    """
    *before, last = results
    maps = [result for result in before if result.verdict and result.homography is not None]
    if not maps or not last.verdict or last.homography is None:
        return False
    surest = max(result.verdict.model_confidence for result in maps)
    gain = last.verdict.model_confidence - surest
    return surest >= LIKELY and abs(gain) <= EQUALLY_PROBABLE


def _most_trusted(results: Sequence[MatchResult]) -> MatchResult:
    """Choose among the results that accept the images, whose models are about equally probable.

    Of maps the one that more patches of the images agree with; else the one with more evidence, as
    of models that are not believed.
    """
    accepted = [result for result in results if result.verdict]
    if not accepted:
        return max(results, key=_evidence)
    surest = max(result.verdict.model_confidence for result in accepted)
    equals = [
        result
        for result in accepted
        if result.verdict.model_confidence >= surest - EQUALLY_PROBABLE
    ]
    if any(result.homography is None for result in equals):
        return max(equals, key=_evidence)
    return max(equals, key=lambda result: (_agreement(result), _evidence(result)))


def _evidence(result: MatchResult) -> tuple[float, int]:
    return -result.verdict.log10_false_alarms, result.num_inliers


def _agreement(result: MatchResult) -> float:
    return result.models["homography"].patch_agreement or 0.0
