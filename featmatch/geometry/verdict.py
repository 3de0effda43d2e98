"""The verdict: whether two images show the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, log1p

from featmatch.geometry.evidence import Evidence
from featmatch.geometry.models import LABELS
from featmatch.geometry.plausibility import MIRRORS
from featmatch.types import Verdict

ACCEPTED_BELOW = -8.0
"""log10 of the false alarms under which images are said to show the same thing."""

_STEEPNESS = 1.78


def judge(
    chosen: Evidence,
    all_evidence: Sequence[Evidence],
    num_matches: int,
    num_keypoints: tuple[int, int],
) -> Verdict:
    """Judge two images by the models that were found for them.

    Parameters
    ----------
    chosen : Evidence
        Of the model that is reported.
    all_evidence : sequence of Evidence
        At least one. Images that share one plane show the same thing, whatever the model asked
        for; so where the chosen model says nothing, the strongest one decides. A model that no
        camera could have seen is not believed. Nor is any other, if the flawed one is the
        strongest, or is a map that mirrors with at least half of the strongest one's exponent: a
        fundamental matrix fits a mirrored plane too.
    num_matches : int
        Matches that the models were looked for in.
    num_keypoints : (int, int)
        Of image 0 and image 1.

    Returns
    -------
    Verdict
        Accepted if the number of false alarms is at most 1e-8 and the model is believed.
    """
    best = min(all_evidence, key=lambda one: one.log10_false_alarms)
    bound = min(ACCEPTED_BELOW, best.log10_false_alarms / 2)
    mirrors = [
        one for one in all_evidence if one.flaw == MIRRORS and one.geometry.homography is not None
    ]
    suspect = next((one for one in mirrors if one.log10_false_alarms <= bound), best)
    if not _is_evidence(suspect):
        reason = _why_nothing(chosen, num_matches, num_keypoints)
        return Verdict(
            False, confidence(suspect.log10_false_alarms), suspect.log10_false_alarms, reason
        )
    if suspect.flaw:
        reason = f"{_support(suspect, num_matches)}, but it {suspect.flaw}, which no camera does"
        return Verdict(False, confidence(0.0), suspect.log10_false_alarms, reason)
    shown = chosen if _is_evidence(chosen) and not chosen.flaw else best
    surprise = shown.log10_false_alarms
    reason = (
        f"{_support(shown, num_matches)}; unrelated images would agree so well "
        f"once in 10^{-surprise:,.0f} pairs"
    )
    if shown is not chosen:
        label = LABELS[chosen.geometry.kind]
        doubt = chosen.geometry.reason if not chosen.geometry else f"chance explains the {label}"
        reason += f"; but {f'the {label} {chosen.flaw}' if chosen.flaw else doubt}"
    return Verdict(True, confidence(surprise), surprise, reason)


def _is_evidence(evidence: Evidence) -> bool:
    return evidence.log10_false_alarms <= ACCEPTED_BELOW


def _why_nothing(chosen: Evidence, num_matches: int, num_keypoints: tuple[int, int]) -> str:
    if 0 in num_keypoints:
        image = num_keypoints.index(0)
        return f"image {image} has no keypoints (it is blank, masked, or too small)"
    if not num_matches:
        return "no keypoints look alike"
    if not chosen.geometry:
        return chosen.geometry.reason
    return f"{_support(chosen, num_matches)}, no more than chance explains"


def _support(evidence: Evidence, num_matches: int) -> str:
    geometry = evidence.geometry
    agreeing = f"{geometry.num_inliers:,} of {num_matches:,} matches"
    return f"{agreeing} agree with one {LABELS[geometry.kind]}"


def confidence(log10_false_alarms: float) -> float:
    """Probability that the images show the same thing; 0.5 at the bound of acceptance."""
    evidence = max(0.0, -log10_false_alarms)
    return 1 / (1 + exp(-_STEEPNESS * (log1p(evidence) - log(1 - ACCEPTED_BELOW))))
