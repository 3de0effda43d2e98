"""What the verdict says of changes: who still gives the right homography when others do not."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from featmatch.compare.alterations import ALTERATIONS
from featmatch.compare.changes import Change, ChangeCurve
from featmatch.compare.survival import MAX_ERROR
from featmatch.compare.wording import called, listed

_IN_WORDS = {"jpeg": "JPEG compression"}


def under_change(changes: Sequence[Change]) -> str:
    """Tell whether ORB or the network holds out longer as an image changes.

    A method holds out up to the first value, going away from the unaltered image, at which its
    homography is missing or off by more than 3 pixels.

    Parameters
    ----------
    changes : sequence of Change

    Returns
    -------
    str
        Empty if there are no changes.
    """
    outcomes: dict[str, list[str]] = {}
    for change in changes:
        steps = {curve.method: _steps(change, curve) for curve in change.curves}
        outcome = _outcome(steps["orb"], steps["cnn"])
        outcomes.setdefault(outcome, []).append(_IN_WORDS.get(change.name, change.name))
    told = [f"{outcome} in {listed(names)}" for outcome, names in sorted(outcomes.items())]
    if not told:
        return ""
    rule = f"as image 0 is changed more and more (broken: off by more than {MAX_ERROR:g} px)"
    return f"{rule}: {'; '.join([*told, *_upright(changes)])}"


def _outcome(orb: float, learned: float) -> str:
    if orb == learned == 0:
        return "ORB and the network fail even on the unaltered image"
    if orb == learned:
        return (
            f"ORB and the network {'hold throughout' if orb == inf else 'break at the same step'}"
        )
    longer, shorter = ("orb", "cnn") if orb > learned else ("cnn", "orb")
    return f"{called(longer)} holds out longer than {called(shorter)}"


def _steps(change: Change, curve: ChangeCurve) -> float:
    """Return the number of values between the unaltered image and the first at which it breaks."""
    if curve.breaks_at is None:
        return inf
    neutral = ALTERATIONS[change.name].neutral
    return abs(change.values.index(curve.breaks_at) - change.values.index(neutral))


def _upright(changes: Sequence[Change]) -> list[str]:
    """Tell what rotation does to the network if its descriptors are not turned."""
    return [
        f"without turning its descriptors the network breaks at {curve.breaks_at:g}{change.unit}"
        for change in changes
        for curve in change.curves
        if curve.method == "cnn, upright" and curve.breaks_at
    ]
