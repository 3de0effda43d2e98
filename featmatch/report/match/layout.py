"""Where images stand in a figure: side by side or stacked, and how large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import numpy.typing as npt

Shape = tuple[float, float]

MARGIN = 0.3
HEADER = 1.0
"""Height in inches of the verdict and the numbers at the top."""

_FOOTER = 0.55  # legend
_LABEL = 0.3  # file name above an image
_GAP = 0.25  # between images
_ROOM = (11.4, 6.0)  # for the images in a figure of 12 x 7.5 inches, which is 16:10
_MAX_HEIGHT = 7.2  # of images that do not fill the width: taller than a slide, no wider
_MIN_WIDTH = 10.0  # of a figure, so that its texts fit
_MIN_COLUMN = 2.5  # so that a file name fits above the narrowest image
_MAX_ASPECT = 20.0  # beyond it an image is shown stretched, or it would be a hair
_MAX_UNLIKE = 2.0  # aspects that differ by more are shown at equal area


@dataclass(frozen=True)
class Panel:
    """The place of an image in a figure, in inches from the figure's top left corner.

    Parameters
    ----------
    left, top, width, height : float
        Of the image.
    size : (width, height)
        Of the original image in pixels.
    label_width : float
        Of the room above the image for its file name, which starts at `left`.
    """

    left: float
    top: float
    width: float
    height: float
    size: tuple[int, int]
    label_width: float

    def place(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map (N, 2) points from pixels of the original image to inches in the figure."""
        shown = (np.asarray(points, dtype=float) + 0.5) / self.size
        return shown * (self.width, self.height) + (self.left, self.top)


@dataclass(frozen=True)
class Layout:
    """Size of a figure in inches, the panels in it, and whether they stand one above another."""

    width: float
    height: float
    panels: tuple[Panel, ...]
    stacked: bool


def arrange(sizes: Sequence[tuple[int, int]]) -> Layout:
    """Arrange images side by side or stacked, whichever fills a slide of 16:10 better.

    Images of about the same aspect get the same height side by side, or the same width stacked,
    however different their numbers of pixels: a match is as easy to see in both. Images of very
    different aspects get the same area.

    Parameters
    ----------
    sizes : sequence of (width, height)
        Of the original images in pixels; one or more.

    Returns
    -------
    Layout
    """
    aspects = [min(max(width / height, 1 / _MAX_ASPECT), _MAX_ASPECT) for width, height in sizes]
    stacked = _misfit(aspects, stacked=True) < _misfit(aspects, stacked=False)
    shapes = _shapes(aspects, stacked)
    total_width, total_height = _extent(shapes, stacked)
    between = len(sizes) - 1
    room_width = _ROOM[0] - (0 if stacked else between * _GAP)
    room_height = _MAX_HEIGHT - (between * (_GAP + _LABEL) if stacked else 0)
    inches = min(room_width / total_width, room_height / total_height)
    shapes = [(width * inches, height * inches) for width, height in shapes]

    columns = [max(width, _MIN_COLUMN) for width, _ in shapes]
    content = max(columns) if stacked else sum(columns) + between * _GAP
    figure_width = max(content + 2 * MARGIN, _MIN_WIDTH)
    left = (figure_width - content) / 2
    panels = tuple((_stack if stacked else _row)(shapes, columns, sizes, left))
    bottom = max(panel.top + panel.height for panel in panels)
    return Layout(figure_width, bottom + _FOOTER, panels, stacked)


def _shapes(aspects: Sequence[float], stacked: bool) -> list[Shape]:
    """Width and height of each image, up to a common factor."""
    if max(aspects) > _MAX_UNLIKE * min(aspects):
        return [(sqrt(aspect), 1 / sqrt(aspect)) for aspect in aspects]
    return [(1.0, 1 / aspect) if stacked else (aspect, 1.0) for aspect in aspects]


def _extent(shapes: Sequence[Shape], stacked: bool) -> Shape:
    widths, heights = zip(*shapes, strict=True)
    return (max(widths), sum(heights)) if stacked else (sum(widths), max(heights))


def _misfit(aspects: Sequence[float], *, stacked: bool) -> float:
    """How much of the room stays empty, beside the images or below them."""
    width, height = _extent(_shapes(aspects, stacked), stacked)
    return abs(log(width / height * _ROOM[1] / _ROOM[0]))


def _row(
    shapes: Sequence[Shape],
    columns: Sequence[float],
    sizes: Sequence[tuple[int, int]],
    left: float,
) -> Iterator[Panel]:
    highest = max(height for _, height in shapes)
    for (width, height), column, size in zip(shapes, columns, sizes, strict=True):
        top = HEADER + _LABEL + (highest - height) / 2
        yield Panel(left, top, width, height, size, label_width=column)
        left += column + _GAP


def _stack(
    shapes: Sequence[Shape],
    columns: Sequence[float],
    sizes: Sequence[tuple[int, int]],
    left: float,
) -> Iterator[Panel]:
    top = HEADER + _LABEL
    content = max(columns)
    for (width, height), column, size in zip(shapes, columns, sizes, strict=True):
        indent = (content - column) / 2
        yield Panel(left + indent, top, width, height, size, label_width=content - indent)
        top += height + _GAP + _LABEL
