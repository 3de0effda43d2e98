"""The verdict: whether two images show the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, log1p

from featmatch.geometry.evidence import Evidence, strongest
from featmatch.geometry.models import LABELS
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
        At least one. The strongest decides: images that share one plane show the same thing,
        whatever the model asked for. But a map that explains the matches best and that no camera
        could have seen (mirrored, folded) is not believed, nor is another model that fits the same
        matches.
    num_matches : int
        Matches that the models were looked for in.
    num_keypoints : (int, int)
        Of image 0 and image 1.

    Returns
    -------
    Verdict
        Accepted if the number of false alarms is at most 1e-8.
    """
    best = strongest(all_evidence)
    surprise = best.log10_false_alarms
    accepted = surprise <= ACCEPTED_BELOW and not best.flaw
    if accepted and chosen.geometry:
        reason = (
            f"{_support(chosen, num_matches)}; unrelated images would agree so well "
            f"once in 10^{-surprise:,.0f} pairs"
        )
    elif accepted:
        reason = f"{_support(best, num_matches)}, but {chosen.geometry.reason}"
    elif surprise <= ACCEPTED_BELOW:
        reason = f"{_support(best, num_matches)}, but it {best.flaw}, which no camera does"
        surprise = 0.0
    elif 0 in num_keypoints:
        reason = f"image {num_keypoints.index(0)} has no keypoints"
    elif not num_matches:
        reason = "no keypoints look alike"
    elif not chosen.geometry:
        reason = chosen.geometry.reason
    else:
        reason = f"{_support(chosen, num_matches)}, no more than chance explains"
    return Verdict(accepted, confidence(surprise), surprise, reason)


def _support(evidence: Evidence, num_matches: int) -> str:
    geometry = evidence.geometry
    agreeing = f"{geometry.num_inliers:,} of {num_matches:,} matches"
    return f"{agreeing} agree with one {LABELS[geometry.kind]}"


def confidence(log10_false_alarms: float) -> float:
    """Probability that the images show the same thing; 0.5 at the bound of acceptance."""
    evidence = max(0.0, -log10_false_alarms)
    return 1 / (1 + exp(-_STEEPNESS * (log1p(evidence) - log(1 - ACCEPTED_BELOW))))
