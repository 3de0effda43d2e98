"""Charts of a bench, drawn from the numbers of its JSON file and from nothing else.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from featmatch.evaluation.bench.summary import LIMITS
from featmatch.report.bench.text import settings_lines
from featmatch.report.drawing.layout import RoundedLayout

Document = Mapping[str, Any]
Summary = Mapping[str, Any]

# The color-blind can tell apart the colors of Okabe & Ito; shapes help where there are more.
_COLORS = ("#D55E00", "#009E73", "#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_WIDTH, _HEIGHT = 4.6, 3.1  # inches, of a panel
_MIN_COLUMNS, _MAX_COLUMNS = 2, 3
_LEGEND, _LINE, _LETTER = 0.3, 0.14, 0.056  # inches: heights, and the width of a small letter

_CURVES = {
    "homography_curve": ("homography", "error (px)", "share of pairs"),
    "accuracy": ("mean matching accuracy", "tolerance (px)", "right matches / matches"),
    "epipolar_curve": ("fundamental matrix", "distance (px)", "labeled points near their lines"),
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
    names = [
        (suite, name)
        for suite, summaries in _suites(document).items()
        for name in _CURVES
        if any(summary[name] is not None for summary in summaries)
    ]
    figure, panels = _panels(document, names)
    for (suite, name), axes in panels.items():
        title, x, y = _CURVES[name]
        for summary in _suites(document)[suite]:
            if summary[name] is not None:
                axes.plot(LIMITS[name], summary[name], **_style(document, summary["method"]))
        _name(axes, f"{suite}: {title}", x, y)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _time(document: Document) -> Figure:
    names = [
        (suite, name)
        for suite, summaries in _suites(document).items()
        for name, score in _SCORES.items()
        if any(score(summary) is not None for summary in summaries)
    ]
    figure, panels = _panels(document, names)
    for (suite, name), axes in panels.items():
        times = []
        for summary in _suites(document)[suite]:
            seconds, score = summary["seconds"]["median"], _SCORES[name](summary)
            if score is not None:
                style = _style(document, summary["method"]) | {"linestyle": "none", "markersize": 8}
                axes.plot(seconds, score, clip_on=False, **style)
                times.append(seconds)
        _name(axes, f"{suite}: {name}", "median seconds a pair", "")
        _as_times(axes, times)
    return figure


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
    document: Document, names: Sequence[tuple[str, str]]
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Make a panel for each suite and measure, with the methods and the settings below."""
    num_columns = min(_MAX_COLUMNS, max(_MIN_COLUMNS, len(names)))
    num_rows = max(1, ceil(len(names) / num_columns))
    width = num_columns * _WIDTH
    notes = [
        line
        for setting in settings_lines(document)
        for line in textwrap.wrap(setting, int(width / _LETTER), subsequent_indent="    ")
    ]
    note_height = _LINE * (len(notes) + 0.5)
    below = note_height + _LEGEND
    height = num_rows * _HEIGHT + below
    figure = Figure(
        figsize=(width, height),
        dpi=130,
        layout=RoundedLayout(rect=(0, below / height, 1, 1 - below / height)),
    )
    figure.text(0.01, 0.4 * _LINE / height, "\n".join(notes), fontsize=7, color="#595959")
    grid = figure.subplots(num_rows, num_columns, squeeze=False).flat
    panels = dict(zip(names, grid, strict=False))
    for axes in [axes for axes in figure.axes if axes not in panels.values()]:
        axes.set_visible(False)
    _add_legend(figure, document, note_height / height)
    return figure, panels


def _add_legend(figure: Figure, document: Document, bottom: float) -> None:
    """Name the methods once for all panels."""
    entries = [Line2D([], [], **_style(document, method)) for method in document["methods"]]
    figure.legend(
        handles=entries,
        loc="lower left",
        bbox_to_anchor=(0, bottom),
        ncols=len(entries),
        frameon=False,
        fontsize=8,
    )


def _style(document: Document, method: str) -> dict[str, Any]:
    methods = list(document["methods"])
    place = methods.index(method)
    # Later ones are drawn over it, so it is made larger.
    above = 1 - place / max(1, len(methods) - 1)
    return {
        "color": _COLORS[place % len(_COLORS)],
        "marker": _MARKERS[place % len(_MARKERS)],
        "markersize": 4 + 5 * above,
        "linewidth": 1.2 + 3 * above,
        "label": method,
    }


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
