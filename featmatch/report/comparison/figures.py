"""Charts of a comparison, drawn from the numbers of its JSON file and from nothing else.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

Document = Mapping[str, Any]

# The color-blind can tell apart the colors of Okabe & Ito.
_COLORS = {"orb": "#D55E00", "sift": "#009E73", "cnn": "#0072B2"}
_WIDTH, _PANEL_HEIGHT = 10.0, 3.2  # inches
_ABOVE, _BELOW, _RIGHT = 0.35, 0.55, 0.2  # inches around panels, for titles and numbers
_LAYER_TITLES = 2.45  # inches
_MAX_CORNER_ERROR = 10.0  # pixels; larger ones are drawn there
_BY_FACTORS = ("scale", "brightness")  # changes whose amounts are factors
_MEASURES = {
    "accuracy": "right matches / matches",
    "repeatability": "repeatability, 3 px",
    "num_correct": "right matches",
    "corner_error": "homography error (px)",
}
_SWAPPED = {
    "num_correct": "right matches",
    "accuracy_3": "matching accuracy, 3 px",
    "average_precision": "average precision",
}


def draw_figure(name: str, document: Document) -> Figure:
    """Draw one of the charts of a comparison.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    document : mapping
        What `Comparison.to_dict` returns, or what was read from comparison.json.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window.
    """
    return FIGURES[name](document)


def _accuracy(document: Document) -> Figure:
    contrast = document["contrast"]
    figure, (accuracy, precision) = _panels(1, 2)
    for method in contrast["methods"]:
        style = {"color": _COLORS[method["name"]], "label": method["label"]}
        accuracy.plot(contrast["tolerances"], _drawable(method["accuracy"], 10), "o-", **style)
        precision.plot(method["recall"], method["precision"], **style)
    _name(accuracy, "matching accuracy", "tolerance (px)", "right matches / matches")
    _name(precision, "descriptors", "recall", "precision")
    for axes in (accuracy, precision):
        axes.set_ylim(0, 1.02)
    accuracy.legend(frameon=False)
    return figure


def _swap(document: Document) -> Figure:
    contrast = document["contrast"]
    names = [method["name"] for method in contrast["methods"]]
    labels = [method["label"] for method in contrast["methods"]]
    scores = {(score["points"], score["descriptors"]): score for score in contrast["swap"]}
    figure, panels = _panels(1, len(_SWAPPED))
    for axes, (measure, title) in zip(panels, _SWAPPED.items(), strict=True):
        values = [[_value(scores[p, d][measure]) for d in names] for p in names]
        table = np.array(values, np.float64)
        axes.imshow(table, cmap="Blues", vmin=0, vmax=1.5 * max(np.nanmax(table, initial=0), 1e-9))
        for row, column in product(range(len(names)), repeat=2):
            number = values[row][column]
            text = "–" if number is None else f"{number:.3g}"
            axes.text(column, row, text, ha="center", va="center")
        axes.set_xticks(range(len(names)), labels)
        axes.set_yticks(range(len(names)), labels)
        _name(axes, title, "descriptors of", "points of")
    return figure


def _change(name: str) -> Callable[[Document], Figure]:
    def draw(document: Document) -> Figure:
        change = next(change for change in document["changes"] if change["name"] == name)
        figure, panels = _panels(2, 2)
        for axes, (measure, title) in zip(panels, _MEASURES.items(), strict=True):
            for curve in change["curves"]:
                method, _, variant = curve["method"].partition(", ")
                values = _drawable(curve[measure], len(change["values"]))
                if measure == "corner_error":
                    values = np.minimum(values, _MAX_CORNER_ERROR)
                line = "o--" if variant else "o-"
                label = _label(document, method) + (f", {variant}" if variant else "")
                color = _COLORS[method]
                axes.plot(change["values"], values, line, markersize=4, color=color, label=label)
            unit = f" ({change['unit']})" if change["unit"] else ""
            _name(axes, title, f"{change['label']}{unit}", "")
            axes.set_ylim(bottom=0)
            if name in _BY_FACTORS:
                axes.set_xlim(min(change["values"]) / 1.1, max(change["values"]) * 1.1)
                axes.set_xscale("log", base=2)
                axes.xaxis.set_major_formatter(ScalarFormatter())
        panels[0].legend(frameon=False)
        return figure

    return draw


def _feature_maps(document: Document) -> Figure:
    layers = document["feature_maps"]["layers"]
    titles = [layer["title"] for layer in layers]
    places = np.arange(len(layers))
    figure, (random, edges, probe) = _panels(
        1, 3, height=0.36 * len(layers) + 1.4, left=_LAYER_TITLES, between=0.3
    )
    compared = {"auroc_random": random, "auroc_edges": edges}
    for measure, axes in compared.items():
        for place, layer in zip(places, layers, strict=True):
            values = layer[measure]
            axes.plot(values, [place] * len(values), "o", ms=4, alpha=0.5, color=_COLORS["cnn"])
        axes.axvline(0.5, color="gray", linewidth=1)
        axes.set_xlim(0, 1)
    _name(random, "ORB's points against random places", "AUROC of each map", "")
    _name(edges, "… against equally strong edges", "AUROC of each map", "")
    for measure, marker in (("probe_average_precision", "o"), ("probe_chance", "|")):
        values = _drawable([layer[measure] for layer in layers], len(layers))
        probe.plot(values, places, marker, color=_COLORS["orb"], label=measure.replace("_", " "))
    probe.set_xlim(0, 1)
    _name(probe, "linear probe for ORB's points", "average precision", "")
    probe.legend(frameon=False, fontsize=8, loc="lower left")
    for axes in (random, edges, probe):
        axes.set_yticks(places, titles if axes is random else [""] * len(layers))
        axes.set_ylim(len(layers) + 0.8, -0.5)  # with room for the legend
    return figure


def _receptive_fields(document: Document) -> Figure:
    fields = document["receptive_fields"]
    layers = fields["layers"]
    figure, (axes,) = _panels(1, 1, height=0.36 * len(layers) + 1.4, left=_LAYER_TITLES)
    places = np.arange(len(layers))
    for measure, shift, color in (("size", -0.2, "#56B4E9"), ("effective_size", 0.2, "#0072B2")):
        widths = [layer[measure] for layer in layers]
        label = {"size": "theoretical", "effective_size": "effective"}[measure]
        axes.barh(places + shift, widths, 0.38, color=color, label=label)
    axes.axvline(fields["orb_patch"], color=_COLORS["orb"], label="ORB's patch")
    axes.set_yticks(places, [layer["title"] for layer in layers])
    axes.invert_yaxis()
    _name(axes, "receptive fields", "side (px)", "")
    axes.legend(frameon=False)
    return figure


def _cost(document: Document) -> Figure:
    methods = document["contrast"]["methods"]
    labels = [method["label"] for method in methods]
    colors = [_COLORS[method["name"]] for method in methods]
    figure, (extract, match, size) = _panels(1, 3, height=2.2)
    extract.barh(labels, [1000 * method["extract_seconds"] for method in methods], color=colors)
    match.barh(labels, [1000 * method["match_seconds"] for method in methods], color=colors)
    size.barh(labels, [method["num_bytes"] for method in methods], color=colors)
    _name(extract, "find and describe, both images", "ms", "")
    _name(match, "match", "ms", "")
    _name(size, "a descriptor", "bytes", "")
    for axes in (extract, match, size):
        axes.invert_yaxis()
    return figure


_CHANGES = ("rotation", "scale", "blur", "noise", "brightness", "jpeg")

FIGURES: Mapping[str, Callable[[Document], Figure]] = MappingProxyType(
    {"accuracy": _accuracy, "swap": _swap}
    | {name: _change(name) for name in _CHANGES}
    | {"feature_maps": _feature_maps, "receptive_fields": _receptive_fields, "cost": _cost}
)
"""Name of a chart -> the function of a document that draws it."""


def _panels(
    rows: int,
    columns: int,
    *,
    height: float | None = None,
    left: float = 0.8,
    between: float | None = None,
) -> tuple[Figure, list[Axes]]:
    """Make panels, with inches to the left of the first and between all for what is written there.

    Matplotlib finds out by itself how many are needed, but lays all text out twice for it.
    """
    height = height or rows * _PANEL_HEIGHT
    between = left if between is None else between
    panel_width = (_WIDTH - left - _RIGHT - between * (columns - 1)) / columns
    panel_height = height / rows - _ABOVE - _BELOW
    figure = Figure(figsize=(_WIDTH, height), dpi=130)
    places = {
        "left": left / _WIDTH,
        "right": 1 - _RIGHT / _WIDTH,
        "bottom": _BELOW / height,
        "top": 1 - _ABOVE / height,
        "wspace": between / panel_width,
        "hspace": (_ABOVE + _BELOW) / panel_height,
    }
    return figure, list(figure.subplots(rows, columns, squeeze=False, gridspec_kw=places).flat)


def _name(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10, y=1)  # a place of its own need not be searched for
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def _label(document: Document, name: str) -> str:
    methods = document["contrast"]["methods"]
    return next((str(method["label"]) for method in methods if method["name"] == name), name)


def _value(score: Any) -> float | None:
    value: float | None = score["value"] if isinstance(score, Mapping) else score
    return value


def _drawable(values: Sequence[float | None] | None, count: int) -> np.ndarray:
    """Numbers to draw: a gap where there is none."""
    return np.array([np.nan] * count if values is None else values, np.float64)
