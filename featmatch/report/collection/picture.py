"""A collection as a picture: the matrix of its pairs, and its graph."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator

from featmatch.collection.contents import CollectionContents
from featmatch.collection.graph import MatchGraph
from featmatch.collection.overview import Overview
from featmatch.collection.records import PairSummary
from featmatch.report.collection.layout import place_images
from featmatch.report.drawing.pictures import save_picture

# The color-blind can tell apart the colors of Okabe & Ito; bridges are the red of none of them.
_COLORS = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#7F6000")
_ALONE, _LINK, _BRIDGE, _INK = "#8c8c8c", "#9aa3ad", "#d00000", "#1a1a1a"
_WIDTH, _HEIGHT, _DPI = 14.0, 6.6, 120
_MATRIX, _BAR = (0.04, 0.09, 0.38, 0.84), (0.425, 0.17, 0.012, 0.68)  # of the figure: x, y, sides
_GRAPH = (0.5, 0.03, 0.48, 0.9)
_STEPS = (1, 2, 3, 5, 7)  # marks of a decade: one lies between any number and twice as much
_SMALL_DOT, _LARGE_DOT = 12.0, 90.0  # square points
_MOST_CELLS = 1000  # of a side of the matrix: larger ones are drawn coarser


def draw_collection(collection: CollectionContents, overview: Overview) -> Figure:
    """Draw the matrix of inliers in the order of names, and the graph with its components.

    Parameters
    ----------
    collection : CollectionContents
    overview : Overview
        Of this collection.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window.
    """
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI)
    matrix, bar, links = map(figure.add_axes, (_MATRIX, _BAR, _GRAPH))
    scenes = [pair for pair in collection.pairs if pair.kind == "scene"]
    names = [image.name for image in collection.images if image.status == "read"]
    shown = _draw_matrix(matrix, names, scenes)
    ticks = LogLocator(subs=_STEPS)
    figure.colorbar(shown, cax=bar, label="inliers", ticks=ticks, format="{x:,.0f}")
    bar.minorticks_off()
    _draw_graph(links, overview.graph, scenes)
    return figure


def write_picture(
    collection: CollectionContents, overview: Overview, path: str | PathLike[str]
) -> None:
    """Draw it into a file that ends in .png, .svg or .pdf, whole or not at all.

    Raises
    ------
    ArgumentError
        The ending is another.
    OutputError
        The file cannot be written.
    """
    save_picture(draw_collection(collection, overview), path)


def _draw_matrix(axes: Axes, names: Sequence[str], scenes: Sequence[PairSummary]) -> AxesImage:
    step = max(1, -(-len(names) // _MOST_CELLS))
    side = max(1, -(-len(names) // step))
    place = {name: index // step for index, name in enumerate(names)}
    cells = np.zeros((side, side))
    for pair in scenes:
        row, column = place[pair.name0], place[pair.name1]
        cells[row, column] = cells[column, row] = max(cells[row, column], pair.num_inliers)
    most = max(cells.max(), 10.0)
    shown = axes.imshow(
        np.ma.masked_equal(cells, 0),
        cmap="viridis",
        norm=LogNorm(max(1.0, cells[cells > 0].min(initial=most) / 2), most),
        interpolation="nearest",
        extent=(0.5, len(names) + 0.5, len(names) + 0.5, 0.5) if names else None,
    )
    axes.set_title("Pairs of the same scene", fontsize=11, color=_INK)
    axes.set_xlabel("image, in the order of names")
    return shown


def _draw_graph(axes: Axes, graph: MatchGraph, scenes: Sequence[PairSummary]) -> None:
    places, height = place_images(graph, scenes)
    links = [[places[pair.name0], places[pair.name1]] for pair in scenes]
    bridges = [[places[name0], places[name1]] for name0, name1 in graph.weak_links]
    alpha = float(np.clip(300 / max(1, len(links)), 0.06, 0.6))
    axes.add_collection(LineCollection(links, colors=_LINK, linewidths=0.7, alpha=alpha))
    axes.add_collection(LineCollection(bridges, colors=_BRIDGE, linewidths=1.6))
    size = float(np.clip(3000 / max(1, len(places)), _SMALL_DOT, _LARGE_DOT))
    for number, part in enumerate(graph.components):
        color = _COLORS[number % len(_COLORS)] if len(part) > 1 else _ALONE
        x, y = zip(*(places[name] for name in part), strict=True)
        axes.scatter(x, y, s=size, c=color, edgecolors="white", linewidths=0.5, zorder=3)
    axes.set(xlim=(0, 1), ylim=(height, 0), aspect="equal")
    axes.set_axis_off()
    axes.set_title(
        f"Components: {len(graph.groups):,}; images alone: {len(graph.alone):,}; only links "
        f"between two sides (red): {len(bridges):,}",
        fontsize=11,
        color=_INK,
    )
