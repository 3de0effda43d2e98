"""Do two images show the same thing?"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, log1p

from featmatch.geometry.evidence import Evidence, strongest
from featmatch.types import Verdict

ACCEPTED_BELOW = -8.0
"""log10 of the false alarms under which images are said to show the same thing."""

_STEEPNESS = 1.78


def judge(
    evidence: Sequence[Evidence], num_matches: int, num_keypoints: tuple[int, int]
) -> Verdict:
    """Judge two images by the models that were found for them.

    Parameters
    ----------
    evidence : sequence of Evidence
        At least one. A map that explains the matches best but that no camera could have seen
        (mirrored, folded) is not believed, nor is another model that fits the same matches.
    num_matches : int
        Matches that the models were looked for in.
    num_keypoints : (int, int)
        Of image 0 and image 1.

    Returns
    -------
    Verdict
        Accepted if the best model's number of false alarms is below 1e-8.
    """
    best = strongest(evidence)
    if best.flaw:
        return Verdict(False, confidence(0.0), 0.0, f"the best {best.geometry.kind} {best.flaw}")
    surprise, geometry = best.log10_false_alarms, best.geometry
    if 0 in num_keypoints:
        reason = f"image {num_keypoints.index(0)} has no keypoints"
    elif not num_matches:
        reason = "no keypoints look alike"
    elif not geometry:
        reason = geometry.reason
    else:
        reason = f"{geometry.num_inliers} of {num_matches} matches agree with one {geometry.kind}"
        if surprise <= ACCEPTED_BELOW:
            reason += f"; by chance, one pair of images in 10^{-surprise:.0f} would do so"
        else:
            reason += ", no more than chance explains"
    return Verdict(surprise <= ACCEPTED_BELOW, confidence(surprise), surprise, reason)


def confidence(log10_false_alarms: float) -> float:
    """Probability that the images show the same thing; 0.5 at the bound of acceptance."""
    evidence = max(0.0, -log10_false_alarms)
    return 1 / (1 + exp(-_STEEPNESS * (log1p(evidence) - log(1 - ACCEPTED_BELOW))))
