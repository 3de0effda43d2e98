"""Why the verdict of a comparison is what it is, in two or three sentences from its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from featmatch.compare.comparison import Comparison
from featmatch.compare.contrast import Contrast
from featmatch.compare.methods import MethodScores
from featmatch.compare.scores import TOLERANCE
from featmatch.compare.verdict_findings import MIN_FACTOR, clear_order, has_keypoints
from featmatch.compare.verdict_words import called, listed, of, pixels, sentence


def reasons(comparison: Comparison) -> str:
    """Tell by what rule somebody did best, what made it so, and who is more exact and faster.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        Empty where nobody did best.
    """
    verdict, contrast = comparison.verdict, comparison.contrast
    if not verdict.best:
        return ""
    told = [f"best is who has clearly the most right matches (within {TOLERANCE:g} px)"]
    if len(verdict.best) == 1:
        told.append(_what_made_it(contrast, verdict.best[0]))
    known = comparison.pair.origin != "estimated"  # else the reference is off by as much
    aside = [_most_exact(contrast.methods) if known else "", _fastest(contrast.methods)]
    told.append("; ".join(text for text in aside if text))
    return " ".join(sentence(text) for text in told if text)


def _what_made_it(contrast: Contrast, best: str) -> str:
    """Tell whether another's points do better too with the descriptors of the best."""
    other = "orb" if best != "orb" else "cnn"
    swap = {(one.points, one.descriptors): one for one in contrast.swap}
    pairs = [(other, other), (other, best), (best, other)]
    if not all(pair in swap and swap[pair].num_correct is not None for pair in pairs):
        return ""
    own, described, placed = (swap[pair].num_correct or 0 for pair in pairs)
    scores = {name: swap[other, name].matching_score for name in (other, best)}
    told = (
        f"{of(other)} points with {of(best)} descriptors get {described:,} right instead of "
        f"{own:,}, {of(best)} points with {of(other)} descriptors {placed:,}"
    )
    is_by_descriptors = clear_order(scores)[0] == best and described > placed
    return f"{told}: it is the descriptors" if is_by_descriptors else told


def _most_exact(methods: Sequence[MethodScores]) -> str:
    """Tell whose homography is nearest to the truth in every search."""
    errors = {m.name: m.homography_error for m in methods if m.homography_error.median is not None}
    if len(errors) < 2:
        return ""
    first, second = sorted(errors, key=lambda name: errors[name].median or 0)[:2]
    highest, lowest = errors[first].high, errors[second].low
    if errors[first].num_failed or highest is None or lowest is None or highest >= lowest:
        return ""
    return f"{of(first)} homography is the most exact ({pixels(errors[first].median or 0)})"


def _fastest(methods: Sequence[MethodScores]) -> str:
    """Tell who takes clearly less time than the rest."""
    times = {m.name: m.extract_seconds + m.match_seconds for m in methods if has_keypoints(m)}
    if len(times) < 2:
        return ""
    least = min(times.values())
    fast = [name for name in times if times[name] < MIN_FACTOR * least]
    spent = ", ".join(f"{called(name)} {1000 * time:,.0f}" for name, time in times.items())
    if len(fast) == len(times):
        return f"none was clearly faster here ({spent} ms)"
    verb = "was the fastest here" if len(fast) == 1 else "took the least time here"
    return f"{listed([called(name) for name in fast])} {verb} ({spent} ms)"
