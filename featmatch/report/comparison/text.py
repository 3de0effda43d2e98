"""A comparison in words and in a table, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from featmatch.compare.comparison import Comparison
from featmatch.compare.methods import MethodScores
from featmatch.compare.seed_errors import SeedErrors
from featmatch.compare.verdict_words import count_between, over_seeds
from featmatch.escaping import printable
from featmatch.evaluation.metrics.bootstrap import Interval

_WIDTH = 88
_UNKNOWN = "–"


def comparison_summary(comparison: Comparison) -> str:
    """Tell the verdict, what was compared, and the scores of each method in a table."""
    pair, contrast = comparison.pair, comparison.contrast
    names = " and ".join(
        f"{printable(i.name)} ({i.size[0]} x {i.size[1]})" for i in (pair.image0, pair.image1)
    )
    verdict = comparison.verdict
    told = [verdict.headline, verdict.why, f"{names}: {pair.reason}."]
    lines = [line for text in told if text for line in textwrap.wrap(text, _WIDTH)]
    if verdict.outcome != "nothing":
        lines += ["", *_table(contrast.methods)]
    return "\n".join(lines)


def _table(methods: tuple[MethodScores, ...]) -> list[str]:
    cells = {name: [cell(method) for method in methods] for name, cell in _ROWS.items()}
    width = max(map(len, cells))
    columns = [
        max(len(method.label), *(len(row[i]) for row in cells.values()))
        for i, method in enumerate(methods)
    ]
    rows = {"": [method.label for method in methods], **cells}
    return [
        "  ".join([f"{name:<{width}}", *(f"{c:>{n}}" for c, n in zip(row, columns, strict=True))])
        for name, row in rows.items()
    ]


def _interval(interval: Interval) -> str:
    if interval.value is None:
        return _UNKNOWN
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f}-{interval.high:.2f})"


def _count(interval: Interval) -> str:
    return _UNKNOWN if interval.value is None else count_between(interval).replace(" to ", "-")


def _errors(errors: SeedErrors) -> str:
    return (
        over_seeds(errors).replace(" px", "").replace(" to ", "-") if errors.num_seeds else _UNKNOWN
    )


def _number(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)


_ROWS: dict[str, Callable[[MethodScores], str]] = {
    "points": lambda m: f"{m.num_keypoints[0]:,} | {m.num_keypoints[1]:,}",
    "repeatability, 3 px": lambda m: _interval(m.repeatability_3),
    "  by chance": lambda m: _number(m.chance_repeatability_3, ".2f"),
    "localization error, px": lambda m: _interval(m.localization_error),
    "matches": lambda m: f"{m.num_matches:,}",
    "right ones, 3 px": lambda m: _count(m.right_matches),
    "ratio test": lambda m: f"{m.max_ratio:g}",
    "matching accuracy": lambda m: _interval(m.accuracy_3),
    "matching score": lambda m: _interval(m.matching_score),
    "average precision": lambda m: _interval(m.average_precision),
    "inliers": lambda m: f"{m.num_inliers:,}",
    "homography error, px": lambda m: _errors(m.homography_error),
    "find and describe, ms": lambda m: f"{1000 * m.extract_seconds:.0f}",
    "match, ms": lambda m: f"{1000 * m.match_seconds:.0f}",
    "bytes a descriptor": lambda m: f"{m.num_bytes}",
}
