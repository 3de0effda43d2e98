"""The verdict in one line: who did best here, or that all failed, and one sentence why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from featmatch.compare.methods import MethodScores
from featmatch.compare.pair import Pair
from featmatch.compare.seed_errors import FAILED
from featmatch.compare.verdict_findings import above_chance, clear_order
from featmatch.compare.verdict_words import (
    called,
    count_between,
    listed,
    of,
    percent,
    sentence,
)
from featmatch.evaluation.metrics.bootstrap import Interval

Outcome = Literal["best", "even", "failed", "unrelated", "unjudged", "nothing"]

MIN_POINTS = 10
"""Keypoints in an image, and right matches, below which there is nothing to judge by."""


@dataclass(frozen=True)
class ContestVerdict:
    """What a comparison comes to.

    Parameters
    ----------
    outcome : {"best", "even", "failed", "unrelated", "unjudged", "nothing"}
        One method did best; some did equally well; all failed; the images do not match; they match,
        but nothing tells which matches are right; there is nothing to find in an image.
    best : tuple of str
        Names of the methods that did best; none where nothing can be said.
    headline : str
        A sentence.
    why : str
        Another; empty where there is no reason to give.
    details : tuple of str
        What else was measured, in sentences.
    """

    outcome: Outcome
    best: tuple[str, ...]
    headline: str
    why: str
    details: tuple[str, ...] = ()


def headline(pair: Pair, methods: Sequence[MethodScores]) -> ContestVerdict:
    """Tell who did best: who has clearly the most right matches, of those that did not fail.

    A method fails with fewer than `MIN_POINTS` right matches, or where the true homography is known
    and most searches for it are off by more than `FAILED` pixels.

    Parameters
    ----------
    pair : Pair
    methods : sequence of MethodScores

    Returns
    -------
    ContestVerdict
        Without details.
    """
    empty = images_without_points([method.num_keypoints for method in methods])
    if empty:
        where = "either image" if len(empty) == 2 else f"image {empty[0]}"
        told = f"nothing to find here: none of the three finds {MIN_POINTS} points in {where}"
        return ContestVerdict("nothing", (), sentence(told), "")
    if pair.homography is None and pair.fundamental is None:
        return _unjudged(pair)
    good = sorted((m for m in methods if not failed(m)), key=_num_right, reverse=True)
    if not good:
        return _all_failed(pair, methods)
    ties = [m for m in good if not _is_clearly_less(m, good[0])]
    names = tuple(method.name for method in ties)
    rest = [_against(method) for method in methods if method not in ties]
    beaten = f", against {listed(rest)}" if rest else ""
    if len(ties) == 1:
        told = f"{called(names[0])} did best here: {_right(good[0])} right matches{beaten}"
        return ContestVerdict("best", names, sentence(told), _why(good[0], good[1:]))
    counts = listed([_right(method) for method in ties])
    told = (
        f"{listed([called(name) for name in names])} did equally well here: {counts} right "
        f"matches{beaten}"
    )
    return ContestVerdict("even", names, sentence(told), _why(ties[0], ties[1:]))


def failed(method: MethodScores) -> bool:
    """Tell whether a method has too few right matches, or no homography that is of use."""
    return _num_right(method) < MIN_POINTS or method.homography_error.failed


def images_without_points(num_keypoints: Sequence[Sequence[int]]) -> list[int]:
    """Tell in which of the images 0 and 1 no method has `MIN_POINTS`, by the numbers of each."""
    return [image for image in (0, 1) if all(num[image] < MIN_POINTS for num in num_keypoints)]


def _unjudged(pair: Pair) -> ContestVerdict:
    if pair.origin == "matched":
        told = "the images match, but nothing tells which single matches are right"
        return ContestVerdict("unjudged", (), sentence(told), sentence(pair.reason))
    told = "these images have nothing in common that could be matched"
    return ContestVerdict("unrelated", (), sentence(told), sentence(pair.reason))


def _all_failed(pair: Pair, methods: Sequence[MethodScores]) -> ContestVerdict:
    counts = listed([f"{called(method.name)} {_num_right(method)}" for method in methods])
    told = f"all three failed here: right matches {counts}"
    if all(_num_right(method) >= MIN_POINTS for method in methods):
        told = f"all three failed here: no homography comes within {FAILED:g} px of the truth"
    shares = [above_chance(method) for method in methods]
    again = [
        f"{called(method.name)} {percent(method.repeatability_3.value or 0)}"
        for method, share in zip(methods, shares, strict=True)
        if share.low is not None and share.low > 0
    ]
    why = ""
    if again:
        why = (
            f"points are still found again more often than by chance ({listed(again)}), but their "
            "descriptors no longer tell which is which"
        )
    elif pair.homography is not None:
        why = "no method finds its points again more often than chance would"
    return ContestVerdict("failed", (), sentence(told), sentence(why) if why else "")


def _why(winner: MethodScores, others: Sequence[MethodScores]) -> str:
    """Compare the winner with the next: in finding points again, and in telling them apart."""
    if not others:
        return "The others failed."
    other = others[0]
    told = []
    again = {m.name: above_chance(m) for m in (winner, other)}
    if all(share.value is not None for share in again.values()):
        shares = [percent(m.repeatability_3.value or 0) for m in (winner, other)]
        told.append(f"finds its points again {_order(again)} ({' against '.join(shares)})")
    apart = {m.name: m.average_precision for m in (winner, other)}
    if all(area.value is not None for area in apart.values()):
        areas = [f"{area.value:.2f}" for area in apart.values()]
        told.append(
            f"tells them apart {_order(apart)} by their descriptors "
            f"(average precision {' against '.join(areas)})"
        )
    if not told:
        counts = [
            f"{_num_right(m):,} of {m.num_matches:,} matches right "
            f"({percent(m.accuracy_3.value or 0)})"
            for m in (winner, other)
        ]
        told.append(f"has {' against '.join(counts)}")
    opposed = len(told) == 2 and {_order(again), _order(apart)} == {_BETTER, _WORSE}
    joined = (", but " if opposed else " and ").join(told)
    surer = _finds_more(winner, others)
    return sentence(f"beside {called(other.name)}, {called(winner.name)} {joined}{surer}")


def _finds_more(winner: MethodScores, others: Sequence[MethodScores]) -> str:
    """Name those that find their points again more often than the winner, for all that."""
    more = [
        m
        for m in others[1:]
        if clear_order({m.name: above_chance(m), winner.name: above_chance(winner)})[0] == m.name
    ]
    if not more:
        return ""
    shares = listed([percent(m.repeatability_3.value or 0) for m in more])
    finds = "finds its" if len(more) == 1 else "find their"
    return f"; {listed([called(m.name) for m in more])} {finds} points again more often ({shares})"


_BETTER, _WORSE, _EVEN = "better", "less well", "about as well"


def _order(values: Mapping[str, Interval]) -> str:
    """Put in words how the first of two intervals stands to the second."""
    higher, lower = clear_order(values)
    first = next(iter(values))
    return _BETTER if higher == first else _WORSE if lower == first else _EVEN


def _num_right(method: MethodScores) -> int:
    return method.num_correct or 0


def _is_clearly_less(method: MethodScores, best: MethodScores) -> bool:
    if method is best:
        return False
    values = {"method": method.right_matches, "best": best.right_matches}
    return clear_order(values)[0] == "best"


def _right(method: MethodScores) -> str:
    return count_between(method.right_matches)


def _against(method: MethodScores) -> str:
    counted = f"{of(method.name)} {_num_right(method)}"
    return f"{counted} (failed)" if failed(method) else counted
