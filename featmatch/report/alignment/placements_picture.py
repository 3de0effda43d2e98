"""A picture of an object, and of the scenes that show it with an outline at each place."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from featmatch.geometry.outlines import image_border
from featmatch.images.image import Image
from featmatch.report.alignment.placed import Located, Placed
from featmatch.report.alignment.placements_text import placements_line
from featmatch.report.match.canvas import INK, entry, show_images
from featmatch.types import Array

MAX_SCENES = 3
"""The most scenes in a picture, those with the surest places: more would be too small to see."""

# The color-blind can tell apart the colors of Okabe & Ito.
_COLORS = ("#F0E442", "#56B4E9", "#E69F00", "#CC79A7", "#009E73", "#D55E00")
_LINE = 2.0  # points
_CASING = [Stroke(linewidth=2 * _LINE, foreground="black", alpha=0.7), Normal()]


def plot_placements(found: Located) -> Figure:
    """Draw an object, and the scenes that show it.

    Each place has its outline and its number, which count from the surest on in every scene; the
    corner of the object's top left is a dot. Without any place, the first scene is shown.

    Parameters
    ----------
    found : Located

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window; 1600 pixels wide if saved at its own dpi.
    """
    numbers = _shown(found)
    images = [found.sought, *(found.scenes[number] for number in numbers)]
    num = len(found)
    title = f"Found {'once' if num == 1 else f'{num:,} times'}" if num else "Not found"
    canvas = show_images(images, title=title, subtitle=_subtitle(found, images))
    _draw(canvas.axes[0], image_border(found.sought.size), _COLORS[0])
    for axes, number in zip(canvas.axes[1:], numbers, strict=True):
        for place, placement in enumerate(found.in_scene(number)):
            _draw_placement(axes, placement, place)
    canvas.legend(_legend(found))
    return canvas.figure


def _shown(found: Located) -> list[int]:
    """Numbers of the scenes to show, in their order."""
    with_places = [number for number in range(len(found.scenes)) if found.in_scene(number)]
    surest = sorted(with_places, key=lambda number: found.in_scene(number)[0].log10_false_alarms)
    return sorted(surest[:MAX_SCENES]) or [0]


def _subtitle(found: Located, images: list[Image]) -> str:
    num = sum(bool(found.in_scene(number)) for number in range(len(found.scenes)))
    line = placements_line(found)
    return line if num <= MAX_SCENES else f"{line}; the {len(images) - 1} surest are shown"


def _draw_placement(axes: Axes, placement: Placed, place: int) -> None:
    color = _COLORS[place % len(_COLORS)]
    _draw(axes, placement.outline, color, dashed=placement.kind == "depth")
    if placement.kind == "plane" and len(placement.outline) == 4:
        axes.plot(*placement.outline[0], marker="o", markersize=4, color=color, markeredgecolor=INK)
    x, y = placement.outline.mean(axis=0)
    axes.text(
        x,
        y,
        str(place + 1),
        fontsize=9,
        color=INK,
        horizontalalignment="center",
        verticalalignment="center_baseline",
        clip_on=True,
        bbox={"boxstyle": "circle,pad=0.2", "facecolor": color, "edgecolor": INK},
    )


def _draw(axes: Axes, outline: Array, color: str, *, dashed: bool = False) -> None:
    axes.plot(
        *np.vstack([outline, outline[:1]]).T,
        color=color,
        linewidth=_LINE,
        linestyle="--" if dashed else "-",
        path_effects=_CASING,
    )


def _legend(found: Located) -> list[Line2D]:
    kinds = {placement.kind for placement in found}
    legend = []
    if "plane" in kinds:
        label = "outline of the object, from its top left (dot)"
        style = {"linewidth": _LINE, "path_effects": _CASING, "marker": "o", "markersize": 4}
        legend.append(entry(label, color=_COLORS[0], **style))
    if "depth" in kinds:
        label = "box of the matches that agree"
        style = {"linewidth": _LINE, "path_effects": _CASING, "linestyle": "--"}
        legend.append(entry(label, color=_COLORS[0], **style))
    return legend
