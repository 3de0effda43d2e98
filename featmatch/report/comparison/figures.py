"""Charts of a comparison, drawn from the numbers of its JSON file and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from featmatch.report.drawing.plot import Bar, Panel, Plot, Series, Table
from featmatch.report.drawing.sheet import Sheet

Document = Mapping[str, Any]

# The color-blind can tell apart the colors of Okabe & Ito.
_COLORS = {"orb": "#D55E00", "sift": "#009E73", "cnn": "#0072B2"}
_FIELD_COLORS = {"size": "#56B4E9", "effective_size": "#0072B2"}
_HEIGHT, _ROW = 230.0, 24.0  # pt, of a panel and of a row in it
_LAYER_TITLES = 160.0  # pt
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


def plot_figure(name: str, document: Document) -> Plot:
    """Choose what one of the charts of a comparison shows.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    document : mapping
        What `Comparison.to_dict` returns, or what was read from comparison.json.

    Returns
    -------
    Plot
    """
    return FIGURES[name](document)


def draw_figure(name: str, document: Document) -> Sheet:
    """Draw one of the charts of a comparison; see `plot_figure`."""
    return plot_figure(name, document).draw()


def _accuracy(document: Document) -> Plot:
    contrast = document["contrast"]
    tolerances = contrast["tolerances"]
    accuracies = [
        Series(
            method["label"],
            tolerances,
            method["accuracy"] or [None] * len(tolerances),
            _COLORS[method["name"]],
        )
        for method in contrast["methods"]
    ]
    precisions = [
        Series(method["label"], method["recall"], method["precision"], _COLORS[method["name"]])
        for method in contrast["methods"]
    ]
    whole = (0.0, 1.02)
    return Plot(
        (
            Panel(
                "matching accuracy",
                "tolerance (px)",
                "right matches / matches",
                accuracies,
                y_limits=whole,
                legend=True,
            ),
            Panel("descriptors", "recall", "precision", precisions, y_limits=whole),
        ),
        2,
        _HEIGHT,
    )


def _swap(document: Document) -> Plot:
    contrast = document["contrast"]
    names = [method["name"] for method in contrast["methods"]]
    labels = [method["label"] for method in contrast["methods"]]
    scores = {(score["points"], score["descriptors"]): score for score in contrast["swap"]}
    tables = [
        Table(
            title,
            "descriptors of",
            "points of",
            labels,
            [[_value(scores[p, d][measure]) for d in names] for p in names],
        )
        for measure, title in _SWAPPED.items()
    ]
    return Plot(tables, len(tables), _HEIGHT)


def _change(name: str) -> Callable[[Document], Plot]:
    def plot(document: Document) -> Plot:
        change = next(change for change in document["changes"] if change["name"] == name)
        unit = f" ({change['unit']})" if change["unit"] else ""
        factors, values = name in _BY_FACTORS, change["values"]
        limits = (min(values) / 1.1, max(values) * 1.1) if factors else (min(values), max(values))
        panels = [
            Panel(
                title,
                f"{change['label']}{unit}",
                series=[_curve(document, curve, measure, values) for curve in change["curves"]],
                x_limits=limits,
                factors=factors,
                legend=measure == "accuracy",
            )
            for measure, title in _MEASURES.items()
        ]
        return Plot(panels, 2, _HEIGHT)

    return plot


def _curve(document: Document, curve: Document, measure: str, values: Sequence[float]) -> Series:
    method, _, variant = curve["method"].partition(", ")
    heights = curve[measure]
    if measure == "corner_error":
        heights = [None if h is None else min(h, _MAX_CORNER_ERROR) for h in heights]
    label = _label(document, method) + (f", {variant}" if variant else "")
    return Series(label, values, heights, _COLORS[method], dashed=bool(variant))


def _feature_maps(document: Document) -> Plot:
    layers = document["feature_maps"]["layers"]
    titles = [layer["title"] for layer in layers]
    panels: list[Panel] = []
    for measure, title in (
        ("auroc_random", "ORB's points / random"),
        ("auroc_edges", "ORB's points / equal edges"),
    ):
        dots = [
            Series(
                "",
                layer[measure],
                [row] * len(layer[measure]),
                _COLORS["cnn"],
                line=False,
                opacity=0.5,
            )
            for row, layer in enumerate(layers)
        ]
        panels.append(
            Panel(
                title,
                "AUROC of each map",
                series=dots,
                rows=[""] * len(layers) if panels else titles,
                x_limits=(0, 1),
                marks=[(0.5, "#808080", "")],
            )
        )
    rows = list(range(len(layers)))
    probes = [
        Series(label, [layer[name] for layer in layers], rows, color, line=False)
        for name, label, color in (
            ("probe_average_precision", "trained", _COLORS["orb"]),
            ("probe_untrained", "untrained", _COLORS["sift"]),
            ("probe_chance", "chance", "#57606a"),
        )
    ]
    panels.append(
        Panel(
            "linear probe for ORB's points",
            "average precision",
            series=probes,
            rows=[""] * len(layers),
            x_limits=(0, 1),
            legend=True,
        )
    )
    return Plot(panels, 3, _ROW * len(layers) + 90, left=_LAYER_TITLES, between=22)


def _receptive_fields(document: Document) -> Plot:
    fields = document["receptive_fields"]
    bars = [
        Bar(row + shift, layer[measure], _FIELD_COLORS[measure], 0.38, label)
        for measure, label, shift in (
            ("size", "theoretical", -0.2),
            ("effective_size", "effective", 0.2),
        )
        for row, layer in enumerate(fields["layers"])
    ]
    titles = [layer["title"] for layer in fields["layers"]]
    panel = Panel(
        "receptive fields",
        "side (px)",
        bars=bars,
        rows=titles,
        marks=[(fields["orb_patch"], _COLORS["orb"], "ORB's patch")],
        legend=True,
    )
    return Plot([panel], 1, _ROW * len(titles) + 90, left=_LAYER_TITLES)


def _cost(document: Document) -> Plot:
    methods = document["contrast"]["methods"]
    costs = {
        ("find and describe, both images", "ms"): [1000 * m["extract_seconds"] for m in methods],
        ("match", "ms"): [1000 * m["match_seconds"] for m in methods],
        ("a descriptor", "bytes"): [m["num_bytes"] for m in methods],
    }
    panels = [
        Panel(
            title,
            unit,
            bars=[
                Bar(row, value, _COLORS[method["name"]])
                for row, (value, method) in enumerate(zip(values, methods, strict=True))
            ],
            rows=[method["label"] for method in methods],
        )
        for (title, unit), values in costs.items()
    ]
    return Plot(panels, 3, 150)


_CHANGES = ("rotation", "scale", "blur", "noise", "brightness", "jpeg")

FIGURES: Mapping[str, Callable[[Document], Plot]] = MappingProxyType(
    {"accuracy": _accuracy, "swap": _swap}
    | {name: _change(name) for name in _CHANGES}
    | {"feature_maps": _feature_maps, "receptive_fields": _receptive_fields, "cost": _cost}
)
"""Name of a chart -> the function of a document that tells what is drawn."""


def _label(document: Document, name: str) -> str:
    methods = document["contrast"]["methods"]
    return next((str(method["label"]) for method in methods if method["name"] == name), name)


def _value(score: Any) -> float | None:
    value: float | None = score["value"] if isinstance(score, Mapping) else score
    return value
