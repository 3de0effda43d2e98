"""A picture of training pairs, to see what the network is asked to learn.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke

from featmatch.checks import check_integer
from featmatch.errors import ArgumentError
from featmatch.learned.training.pair_geometry import border_in_image1, correspondences
from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.views import Gray

_WIDTH, _DPI = 1600, 100  # of the figure, in pixels
_MARGIN, _GAP = 24, 4  # around pairs, between the two images of one; in pixels of the figure
_MAX_COLUMNS = 3
_COLORS = mpl.colormaps["turbo"]
_CASED = [Stroke(linewidth=4, foreground="black", alpha=0.6), Normal()]


def pairs_picture(pairs: Sequence[TrainingPair], num_correspondences: int = 20) -> Figure:
    """Draw pairs, image 0 on the left, with points of the scene in the same color in both images.

    The points are a grid over the part of image 0 that image 1 shows too. The yellow line in
    image 1 is the border of image 0.

    Parameters
    ----------
    pairs : sequence of TrainingPair
        One or more.
    num_correspondences : int
        Most points of a pair to be drawn; 0 for none.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window; 1600 pixels wide if saved at its own dpi.

    Raises
    ------
    ValueError, TypeError
        There is no pair, or the number of points is not an integer from 0 to 10,000.
    """
    if not pairs:
        raise ArgumentError("pairs: expected at least one, got none")
    check_integer("num_correspondences", num_correspondences, 0, 10_000)
    num_columns = min(len(pairs), _MAX_COLUMNS)
    num_rows = ceil(len(pairs) / num_columns)
    pair_width = (_WIDTH - _MARGIN * (num_columns + 1)) / num_columns
    side = (pair_width - _GAP) / 2
    height = num_rows * (side + _MARGIN) + _MARGIN
    figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    for index, pair in enumerate(pairs):
        row, column = divmod(index, num_columns)
        left = _MARGIN + column * (pair_width + _MARGIN)
        bottom = height - (row + 1) * (side + _MARGIN)
        axes0, axes1 = (
            _show(figure, image, (x / _WIDTH, bottom / height, side / _WIDTH, side / height))
            for image, x in ((pair.image0, left), (pair.image1, left + side + _GAP))
        )
        x, y = border_in_image1(pair).T
        axes1.plot(x, y, color="#F0E442", linewidth=1.8, path_effects=_CASED)
        points0, points1 = correspondences(pair, num_correspondences)
        colors = _COLORS(np.linspace(0.05, 0.95, len(points0)))
        for axes, points in ((axes0, points0), (axes1, points1)):
            axes.scatter(
                points[:, 0], points[:, 1], s=42, c=colors, edgecolors="white", linewidths=1
            )
    return figure


def _show(figure: Figure, image: Gray, place: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(place, xticks=[], yticks=[])
    axes.imshow(image, cmap="gray", vmin=0, vmax=1, aspect="auto")
    axes.set_autoscale_on(False)
    axes.spines[:].set_visible(False)
    return axes
