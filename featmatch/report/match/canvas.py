"""The figure around a picture: its images, file names, headline and legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D

from featmatch.geometry.outlines import image_border
from featmatch.images.image import Image
from featmatch.report.match.layout import HEADER, MARGIN, Layout, Panel, arrange

PIXEL_WIDTH = 1600
"""Width in pixels of every figure that is saved at its own dpi."""

INK = "#1a1a1a"
_FAINT = "#595959"
_CHARACTER = 0.0085  # width of a common character in inches, for each point of its font size


@dataclass(frozen=True, eq=False)
class Canvas:
    """A figure with images in it, ready to be drawn on.

    Attributes
    ----------
    figure : Figure
    layout : Layout
    axes : tuple of Axes
        One an image, in pixels of the original.
    overlay : Axes
        Over the whole figure and above the images, in inches from its top left corner.
    """

    figure: Figure
    layout: Layout
    axes: tuple[Axes, ...]
    overlay: Axes

    def legend(self, entries: Sequence[Line2D]) -> None:
        """Explain below the images what is drawn; nothing without entries."""
        if not entries:
            return
        self.figure.legend(
            handles=entries,
            loc="lower left",
            bbox_to_anchor=(MARGIN / self.layout.width, 0.1 / self.layout.height),
            ncols=len(entries),
            fontsize=10.5,
            labelcolor=INK,
            frameon=False,
            borderaxespad=0,
            borderpad=0,
        )


def show_images(images: Sequence[Image], *, title: str, subtitle: str) -> Canvas:
    """Arrange images in a new figure, each below its file name, under a headline."""
    layout = arrange([image.size for image in images])
    figure = Figure(
        figsize=(layout.width, layout.height), dpi=PIXEL_WIDTH / layout.width, facecolor="white"
    )
    overlay = figure.add_axes((0, 0, 1, 1), zorder=2)
    overlay.set(xlim=(0, layout.width), ylim=(layout.height, 0), autoscale_on=False)
    overlay.set_axis_off()
    _write_headline(overlay, title, subtitle, layout.width - 2 * MARGIN)
    axes = []
    for panel, image in zip(layout.panels, images, strict=True):
        axes.append(_show(figure, layout, panel, image))
        overlay.text(
            panel.left,
            panel.top - 0.09,
            _label(image, panel.label_width),
            fontsize=10,
            color=_FAINT,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
            zorder=3,
            parse_math=False,
        )
    return Canvas(figure, layout, tuple(axes), overlay)


def entry(label: str, **style: object) -> Line2D:
    """Make an entry of the legend from the style of a line."""
    return Line2D([], [], label=label, **style)  # type: ignore[arg-type]


def _write_headline(overlay: Axes, title: str, subtitle: str, room: float) -> None:
    """Write a large line, and one that gets smaller than normal if it is long."""
    fontsize = min(12.0, room / (_CHARACTER * max(len(subtitle), 1)))
    style: dict[str, Any] = {"color": INK, "parse_math": False}
    overlay.text(MARGIN, HEADER - 0.48, title, fontsize=20, fontweight="bold", **style)
    overlay.text(MARGIN, HEADER - 0.12, subtitle, fontsize=fontsize, **style)


def _show(figure: Figure, layout: Layout, panel: Panel, image: Image) -> Axes:
    """Show an image in its panel, in the coordinates of the original's pixels."""
    bottom = layout.height - panel.top - panel.height
    rectangle = (
        panel.left / layout.width,
        bottom / layout.height,
        panel.width / layout.width,
        panel.height / layout.height,
    )
    axes = figure.add_axes(rectangle, xticks=[], yticks=[])
    (left, top), _, (right, lower), _ = image_border(panel.size)
    axes.imshow(
        image.pixels,
        cmap="gray",
        vmin=0,
        vmax=255 if image.pixels.dtype == np.uint8 else 1,
        origin="upper",
        extent=(left, right, lower, top),
        aspect="auto",
    )
    axes.set_autoscale_on(False)
    axes.spines[:].set_visible(False)
    return axes


def _label(image: Image, room: float) -> str:
    """File name and size; a name that is too long for the room loses its beginning."""
    width, height = image.size
    size = f"   {width:,} × {height:,} px"
    length = max(int(room / (10 * _CHARACTER)) - len(size), 12)
    name = image.name if len(image.name) <= length else "…" + image.name[1 - length :]
    return _drawable(name) + size


def _drawable(text: str) -> str:
    """Replace what the font lacks, such as control characters, by a white square."""
    known = get_font(findfont(FontProperties(family=mpl.rcParams["font.family"]))).get_charmap()
    return "".join(
        letter if letter.isprintable() and ord(letter) in known else "□" for letter in text
    )
