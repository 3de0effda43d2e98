"""The verdict: whether two images show the same thing, and whether the model of it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from featmatch.geometry.calibration import model_probability, same_scene_probability
from featmatch.geometry.evidence import SURE_AGREEMENT, Evidence
from featmatch.geometry.models import label_of
from featmatch.geometry.plausibility import Flaw
from featmatch.geometry.sharing import Sharing
from featmatch.types import Kind, Verdict

ACCEPTED_BELOW = -5.0
"""log10 of the false alarms under which images are said to show the same thing: by it, one pair of
100,000 unrelated ones may be; of some hundreds that were tried none came near it."""

MIRRORED_SHARE = 0.85
"""Of `log10_false_alarms`: towers that are symmetric were seen to reach 0.77."""


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
        for; so where the chosen model says nothing, the strongest plausible one decides. None is
        plausible beside a map that has a flaw and is the strongest; or that mirrors and has at
        least half of the strongest one's `log10_false_alarms`: fundamental matrices fit mirrored
        planes too.
    num_matches : int
        Matches that the models were looked for in.
    num_keypoints : (int, int)
        Of image 0 and image 1.

    Returns
    -------
    Verdict
        Accepted, as a scene until more is known (`as_shared`), if a model is plausible and its
        number of false alarms is at most 1e-5. A model of images that probably do not show the same
        is not probably right: its confidence is never the larger.
    """
    strongest = min(all_evidence, key=_log10)
    forbidding, best = _forbidding(all_evidence), _best_plausible(all_evidence)
    if best is None or not _is_evidence(best):
        confidence = same_scene_probability(plausible_log10(all_evidence))
        doubted = forbidding if forbidding and not strongest.flaw else strongest
        return Verdict(
            kind="none",
            confidence=confidence,
            log10_false_alarms=doubted.log10_false_alarms,
            reason=_why_not(doubted, num_matches)
            if _is_evidence(doubted)
            else _why_nothing(chosen, num_matches, num_keypoints),
            model_confidence=min(confidence, model_probability(chosen)),
        )
    shown = chosen if _is_evidence(chosen) and chosen.plausible else best
    log10 = shown.log10_false_alarms
    reason = (
        f"{_support(shown, num_matches)}; unrelated images would agree so well "
        f"once in 10^{-log10:,.0f} pairs"
    )
    if shown.inverted:
        reason += "; bright and dark have changed places, as in a negative"
    num_rivals = len(shown.rivals)
    if num_rivals:
        reason += f"; ambiguous: {num_rivals} other {_maps(num_rivals)} as well, as patterns do"
    if shown is not chosen:
        reason += f"; but {_doubt(chosen)}"
    confidence = same_scene_probability(best.log10_false_alarms)
    return Verdict(
        kind="scene",
        confidence=confidence,
        log10_false_alarms=log10,
        reason=reason,
        model_confidence=min(confidence, model_probability(chosen)),
        ambiguous=bool(num_rivals),
    )


def unless_mirrored(
    verdict: Verdict, models: Mapping[Kind, Evidence], mirrored: Mapping[Kind, Evidence]
) -> Verdict:
    """Reject images if image 0 agrees with the mirror image of image 1 about as well.

    Then one of them is the other's mirror image, or what they share is a pattern that repeats: of
    bricks or windows, whose halves look like each other in a mirror. Symmetric buildings agree with
    their mirror images too, but less so, and a plane of theirs is found in the image as it is.

    Parameters
    ----------
    verdict : Verdict
        That accepts the images.
    models, mirrored : mapping of str to Evidence
        The homography and the fundamental matrix between image 0 and image 1, and between image 0
        and the mirror image of image 1.

    Returns
    -------
    Verdict
        The one given, unless a mirrored model has nearly all of its `log10_false_alarms`.
    """
    unflawed = (one.log10_false_alarms for one in mirrored.values() if not one.flaw)
    mirrored_log10 = min(unflawed, default=0.0)
    plane, reflected = models["homography"], mirrored["homography"]
    agreement = plane.patch_agreement or 0.0 if plane.plausible else 0.0
    if mirrored_log10 > MIRRORED_SHARE * verdict.log10_false_alarms or agreement > max(
        SURE_AGREEMENT, reflected.patch_agreement or 0.0
    ):
        return verdict
    better = mirrored_log10 < verdict.log10_false_alarms
    meaning = "which no camera does" if better else "as patterns do that repeat"
    reason = (
        f"image 0 agrees {'better' if better else 'nearly as well'} with the mirror image of "
        f"image 1, as unrelated images would once in 10^{-mirrored_log10:,.0f} pairs against "
        f"once in 10^{-verdict.log10_false_alarms:,.0f}, {meaning}"
    )
    return Verdict("none", same_scene_probability(0.0), verdict.log10_false_alarms, reason)


def as_shared(verdict: Verdict, sharing: Sharing) -> Verdict:
    """Return a verdict that accepts the images, with what they share.

    What was laid over both is no reason to say that they show the same.
    """
    if sharing.kind == "scene":
        return verdict
    if sharing.kind == "part":
        return replace(verdict, kind="part", reason=f"{verdict.reason}; they {sharing.reason}")
    reason = f"the images {sharing.reason}"
    return Verdict("none", same_scene_probability(0.0), verdict.log10_false_alarms, reason)


def plausible_log10(all_evidence: Sequence[Evidence]) -> float:
    """`log10_false_alarms` of the strongest model that is plausible; 0 without one."""
    best = _best_plausible(all_evidence)
    return 0.0 if best is None else best.log10_false_alarms


def _best_plausible(all_evidence: Sequence[Evidence]) -> Evidence | None:
    if _forbidding(all_evidence):
        return None
    return min((one for one in all_evidence if one.plausible), key=_log10, default=None)


def _log10(evidence: Evidence) -> float:
    return evidence.log10_false_alarms


def _is_evidence(evidence: Evidence) -> bool:
    return evidence.log10_false_alarms <= ACCEPTED_BELOW


def _forbidding(all_evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the map, if there is one, that no other model is plausible beside."""
    strongest = min(map(_log10, all_evidence))
    for one in all_evidence:
        least = strongest / 2 if one.flaw is Flaw.MIRRORS else strongest
        is_strong = one.flaw is not None and _log10(one) <= least
        if one.geometry.homography is not None and _is_evidence(one) and is_strong:
            return one
    return None


def _why_nothing(chosen: Evidence, num_matches: int, num_keypoints: tuple[int, int]) -> str:
    if 0 in num_keypoints:
        image = num_keypoints.index(0)
        return (
            f"image {image} has no keypoints (it is blank, masked or too small, or none are kept)"
        )
    if not num_matches:
        return "no keypoints look alike"
    if not chosen.geometry:
        return chosen.geometry.reason
    return f"{_support(chosen, num_matches)}, no more than chance explains"


def _why_not(doubted: Evidence, num_matches: int) -> str:
    """Say why a model is not plausible that chance does not explain."""
    support = f"{_support(doubted, num_matches)}, but it"
    if doubted.flaw is Flaw.SCATTERS:
        return f"{support} {doubted.flaw.text}, as patterns do that repeat"
    return f"{support} {doubted.flaw.text if doubted.flaw else 'is doubtful'}, which no camera does"


def _doubt(chosen: Evidence) -> str:
    """Say why the chosen model is not the one that the images were accepted for."""
    label = label_of(chosen.geometry.kind)
    if not chosen.geometry:
        return chosen.geometry.reason
    if chosen.flaw:
        return f"the {label} {chosen.flaw.text}"
    return f"chance explains the {label}"


def _maps(num: int) -> str:
    return "map fits" if num == 1 else "maps fit"


def _support(evidence: Evidence, num_matches: int) -> str:
    geometry = evidence.geometry
    agreeing = f"{geometry.num_inliers:,} of {num_matches:,} matches"
    support = f"{agreeing} agree with one {label_of(geometry.kind)}"
    if evidence.num_elsewhere:
        support += f", and {evidence.num_elsewhere:,} with the same some periods further, where"
        support += " colors differ"
    return support
