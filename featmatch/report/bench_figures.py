"""Charts of a bench, drawn from the numbers of its JSON file and from nothing else.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from featmatch.evaluation.summary import LIMITS
from featmatch.report.bench_text import settings_lines

Document = Mapping[str, Any]
Summary = Mapping[str, Any]

# The color-blind can tell apart the colors of Okabe & Ito; shapes help where there are more.
_COLORS = ("#D55E00", "#009E73", "#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_WIDTH, _HEIGHT = 4.6, 3.1  # inches, of a panel
_NOTE_HEIGHT = 0.14  # inches, of a line of the settings

_CURVES = {
    "homography_curve": ("homography", "error (px)", "share of pairs"),
    "accuracy": ("mean matching accuracy", "tolerance (px)", "right matches / matches"),
    "epipolar_curve": ("fundamental matrix", "distance (px)", "labelled points near their lines"),
    "pose_curve": ("pose", "error (degrees)", "share of pairs"),
}
"""Measure -> title, x and y of its curve."""

_SCORES: Mapping[str, Callable[[Summary], float | None]] = {
    "homography AUC, 5 px": lambda s: s["homography_auc"] and s["homography_auc"][1],
    "epipolar accuracy": lambda s: s["epipolar_accuracy"] and s["epipolar_accuracy"]["mean"],
    "pose AUC, 20 degrees": lambda s: s["pose_auc"] and s["pose_auc"][2],
    "false accepts": lambda s: s["false_accepts"],
}
"""What time is set against."""


def draw_bench(name: str, document: Document) -> Figure:
    """Draw one of the charts of a bench.

    Parameters
    ----------
    name : str
        One of `BENCH_FIGURES`.
    document : mapping
        What `bench_document` returns, or what was read from bench.json.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window.
    """
    return BENCH_FIGURES[name](document)


def _accuracy(document: Document) -> Figure:
    rows = {
        suite: [name for name in _CURVES if any(s[name] is not None for s in summaries)]
        for suite, summaries in _suites(document).items()
    }
    figure, panels = _panels(document, {suite: names for suite, names in rows.items() if names})
    for (suite, name), axes in panels.items():
        title, x, y = _CURVES[name]
        for summary in _suites(document)[suite]:
            if summary[name] is not None:
                axes.plot(LIMITS[name], summary[name], **_style(document, summary))
        _name(axes, f"{suite}: {title}", x, y)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _with_legend(figure, panels)


def _time(document: Document) -> Figure:
    rows = {
        suite: [name for name, score in _SCORES.items() if any(score(s) is not None for s in of)]
        for suite, of in _suites(document).items()
    }
    figure, panels = _panels(document, rows)
    for (suite, name), axes in panels.items():
        times = []
        for summary in _suites(document)[suite]:
            seconds, score = summary["seconds"]["median"], _SCORES[name](summary)
            if score is not None:
                style = _style(document, summary) | {"linestyle": "none", "markersize": 8}
                axes.plot(seconds, score, clip_on=False, **style)
                times.append(seconds)
        _name(axes, f"{suite}: {name}", "median seconds a pair", "")
        _as_times(axes, times)
    return _with_legend(figure, panels)


BENCH_FIGURES: Mapping[str, Callable[[Document], Figure]] = MappingProxyType(
    {"accuracy": _accuracy, "time": _time}
)
"""Name of a chart -> what draws it."""


def _suites(document: Document) -> dict[str, list[Summary]]:
    """Return the summaries of each suite as a whole."""
    suites: dict[str, list[Summary]] = {}
    for summary in document["summaries"]:
        if not summary["group"]:
            suites.setdefault(summary["suite"], []).append(summary)
    return suites


def _panels(
    document: Document, rows: Mapping[str, Sequence[str]]
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Make a panel for each measure of each suite, a row a suite, with the settings below."""
    notes = settings_lines(document)
    num_columns = max((len(names) for names in rows.values()), default=1)
    below = _NOTE_HEIGHT * (len(notes) + 1)
    height = max(1, len(rows)) * _HEIGHT + below
    figure = Figure(
        figsize=(max(2, num_columns) * _WIDTH, height),
        dpi=130,
        layout=ConstrainedLayoutEngine(rect=(0, below / height, 1, 1 - below / height)),
    )
    figure.text(0.01, 0.4 * _NOTE_HEIGHT / height, "\n".join(notes), fontsize=7, color="#595959")
    grid = figure.subplots(max(1, len(rows)), max(2, num_columns), squeeze=False)
    panels: dict[tuple[str, str], Axes] = {}
    for (suite, names), line in zip(rows.items(), grid, strict=False):
        panels |= {(suite, name): axes for name, axes in zip(names, line, strict=False)}
    for axes in grid.flat:
        axes.set_visible(any(axes is used for used in panels.values()))
    return figure, panels


def _style(document: Document, summary: Summary) -> dict[str, Any]:
    methods = list(document["methods"])
    place = methods.index(summary["method"])
    # Later ones are drawn over it, so it is made larger.
    above = 1 - place / max(1, len(methods) - 1)
    return {
        "color": _COLORS[place % len(_COLORS)],
        "marker": _MARKERS[place % len(_MARKERS)],
        "markersize": 4 + 5 * above,
        "linewidth": 1.2 + 3 * above,
        "label": summary["method"],
    }


def _with_legend(figure: Figure, panels: Mapping[tuple[str, str], Axes]) -> Figure:
    """Name the methods once, in the lower right corner."""
    entries = {
        str(label): line
        for axes in panels.values()
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="lower right",
        ncols=max(1, min(4, len(entries))),
        frameon=False,
        fontsize=8,
    )
    return figure


def _name(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_ylim(-0.03, 1.03)
    axes.grid(color="#e0e0e0", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _as_times(axes: Axes, seconds: Sequence[float]) -> None:
    """Make x logarithmic, with room on both sides and marks at 1, 2 and 5."""
    low, high = min(seconds) / 2, max(seconds) * 2
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    marks = np.outer(10.0**decades, (1, 2, 5)).ravel()
    axes.set_xscale("log")
    axes.set_xticks(marks[(marks >= low) & (marks <= high)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
