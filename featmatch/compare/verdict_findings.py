"""What the verdict says of two sides: what each is better at, and who holds out under change.

A side is called clearly better only where the 95 % intervals of both do not overlap, and cheaper
only where the other takes half as much again. This tells of the images at hand, not of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from featmatch.compare.alterations import ALTERATIONS
from featmatch.compare.changes import Change, ChangeCurve
from featmatch.compare.methods import MethodScores
from featmatch.compare.scores import UNKNOWN
from featmatch.compare.survival import MAX_ERROR
from featmatch.compare.verdict_words import called, listed
from featmatch.evaluation.metrics.bootstrap import Interval

MIN_FACTOR = 1.5
"""How many times the other's time or bytes count as a clear difference."""


def against(hand: MethodScores, learned: MethodScores) -> str:
    """Tell in half a sentence what a hand-engineered method and the network are better at.

    Parameters
    ----------
    hand, learned : MethodScores

    Returns
    -------
    str
    """
    quality = list(_quality(hand, learned)) if has_keypoints(hand, learned) else []
    outcomes = quality + list(_costs(hand, learned))
    parts = []
    if not quality:
        parts.append("how well they do cannot be compared here")
    for name in (learned.name, hand.name):
        won = [aspect for aspect, winner in outcomes if winner == name]
        if won:
            parts.append(f"{called(name)} is clearly better here at {listed(won)}")
    even = [aspect for aspect, winner in outcomes if not winner]
    if even:
        parts.append(f"there is no clear difference in {listed(even)}")
    return f"{called(hand.name)} and {called(learned.name)}: {'; '.join(parts)}"


def has_keypoints(*methods: MethodScores) -> bool:
    """Tell whether all methods have keypoints in both images."""
    return all(all(method.num_keypoints) for method in methods)


def _quality(hand: MethodScores, learned: MethodScores) -> Iterator[tuple[str, str]]:
    """Yield what is known of both, and the name of who is clearly better at it, if anyone is."""
    both = (hand, learned)
    again = {method.name: above_chance(method) for method in both}
    if all(share.value is not None for share in again.values()):
        yield "finding the same points again", clear_order(again)[0]
    if all(share.low is not None and share.low > 0 for share in again.values()):
        yield (
            "placing points precisely",
            clear_order({method.name: method.localization_error for method in both})[1],
        )
    for aspect, scores in (
        ("matching points correctly", {method.name: method.matching_score for method in both}),
        ("keeping wrong matches out", {method.name: method.accuracy_3 for method in both}),
    ):
        if all(score.value is not None for score in scores.values()):
            yield aspect, clear_order(scores)[0]


def above_chance(method: MethodScores) -> Interval:
    """Return the repeatability of a method so that chance is 0 and finding every point is 1."""
    share, chance = method.repeatability_3, method.chance_repeatability_3
    if share.value is None or chance is None or chance >= 1:
        return UNKNOWN
    return Interval(
        *(
            None if part is None else (part - chance) / (1 - chance)
            for part in (share.value, share.low, share.high)
        )
    )


def _costs(hand: MethodScores, learned: MethodScores) -> Iterator[tuple[str, str]]:
    """Yield what both cost, and the name of who is clearly cheaper, if anyone is."""
    both = (hand, learned)
    if has_keypoints(*both):
        times = {
            method.name: 1000 * (method.extract_seconds + method.match_seconds) for method in both
        }
        yield _cheaper("speed", "ms for both images", times)
    sizes = {method.name: float(method.num_bytes) for method in both}
    yield _cheaper("small descriptors", "bytes", sizes)


def _cheaper(aspect: str, unit: str, costs: Mapping[str, float]) -> tuple[str, str]:
    least, most = sorted(costs, key=lambda name: costs[name])
    clear = costs[most] >= MIN_FACTOR * costs[least]
    spent = ", ".join(f"{called(name)} {cost:,.0f}" for name, cost in costs.items())
    return f"{aspect} ({spent} {unit})", least if clear else ""


def clear_order(values: Mapping[str, Interval]) -> tuple[str, str]:
    """Return which of two intervals lies above the other.

    Parameters
    ----------
    values : mapping of str to Interval
        Two of them, by name.

    Returns
    -------
    (str, str)
        The names of the higher and of the lower one; empty if they overlap or have no ends.
    """
    (name0, interval0), (name1, interval1) = values.items()
    if _is_above(interval0, interval1):
        return name0, name1
    if _is_above(interval1, interval0):
        return name1, name0
    return "", ""


def _is_above(a: Interval, b: Interval) -> bool:
    return a.low is not None and b.high is not None and a.low > b.high


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
    rule = (
        "as image 0 is changed more and more, judged by its homography "
        f"(broken: missing, or off by more than {MAX_ERROR:g} px)"
    )
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
