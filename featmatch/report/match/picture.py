"""A match and the features of an image as pictures.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.transforms import Bbox

from featmatch.errors import ArgumentError
from featmatch.geometry.models import label_of
from featmatch.geometry.outlines import epipolar_lines, image_border, warped_border, well_spread
from featmatch.geometry.shared_part import SharedPart
from featmatch.images.image import Image
from featmatch.report.match.canvas import INK, Canvas, entry, show_images
from featmatch.report.match.matched import Matched
from featmatch.report.match.style import MAX_LINES, WRONG, place_colors
from featmatch.report.match.text import VERDICTS
from featmatch.types import Array, Features, Points

Style = dict[str, Any]

MAX_CIRCLES = 200
"""The most keypoints drawn with their scale and angle."""

# The color-blind can tell apart the colors of Okabe & Ito.
_SKY, _GREEN, _YELLOW, _WHITE = "#56B4E9", "#009E73", "#F0E442", "#FFFFFF"
_ORANGE, _PURPLE = "#E69F00", "#CC79A7"
_EPIPOLAR = (_ORANGE, _SKY, _YELLOW, _PURPLE, _GREEN, WRONG, _WHITE)
_SOLID: Style = {"linewidth": 0.9, "alpha": 0.55, "linestyle": "-"}
_DASHED: Style = {"linewidth": 0.7, "alpha": 0.55, "linestyle": (0, (6, 4))}
_RING: Style = {"marker": "o", "s": 15, "edgecolors": "white", "linewidths": 0.6}
_CROSS: Style = {"marker": "x", "s": 9, "linewidths": 0.9}
_BADGE: Style = {"s": 150, "edgecolors": INK, "linewidths": 1, "zorder": 4}
_NUMBER: Style = {
    "fontsize": 9,
    "color": INK,
    "horizontalalignment": "center",
    "verticalalignment": "center_baseline",
    "zorder": 5,
}
_CASED: Style = {
    "linewidth": 2.0,
    "path_effects": [Stroke(linewidth=4, foreground="black", alpha=0.7), Normal()],
}


def plot_match(result: Matched, *, outliers: bool = False) -> Figure:
    """Draw two images, the inliers between them and the model.

    Lines join a well-spread choice of at most `MAX_LINES` inliers, dots mark all of them; their
    color tells their place in image 0. A map (homography, affine map, similarity) is shown as the
    outline of image 0 in image 1, an epipolar model as numbered points of image 0 and their lines
    in image 1; neither if the verdict is that the images do not match. Where they share one thing
    alone, its outline is shown in both.

    Parameters
    ----------
    result : Matched
    outliers : bool
        Draw the wrong matches too, dashed and beneath the inliers.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window; 1600 pixels wide if saved at its own dpi.
    """
    title = VERDICTS[result.verdict.kind].capitalize()
    canvas = show_images([result.image0, result.image1], title=title, subtitle=_summary(result))
    wrong = _draw_wrong_matches(canvas, result) if outliers else []
    legend = _draw_inliers(canvas, result) + wrong
    believed = result.verdict.accepted and result.num_inliers > 0
    if result.part is not None:
        legend += _draw_part(canvas, result.part)
    elif believed and result.homography is not None:
        legend += _draw_outline(canvas, result, result.homography)
    elif believed and result.fundamental is not None:
        legend += _draw_epipolar_lines(canvas, result, result.fundamental)
    canvas.legend(legend)
    return canvas.figure


def plot_features(image: Image, features: Features) -> Figure:
    """Draw an image and its keypoints.

    The strongest `MAX_CIRCLES` are circles of the scale's diameter with a tick along the angle,
    the others dots.

    Parameters
    ----------
    image : Image
    features : Features
        Of that image.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window; 1600 pixels wide if saved at its own dpi.

    Raises
    ------
    ValueError
        The features are those of an image of another size.
    """
    if tuple(features.image_size) != tuple(image.size):
        raise ArgumentError(
            f"features: expected those of an image of size {image.size}, got {features.image_size}"
        )
    num = len(features)
    title = f"{num:,} keypoint{'' if num == 1 else 's'}"
    canvas = show_images([image], title=title, subtitle=features.method)
    order = np.argsort(-features.scores, kind="stable")
    strongest, others = order[:MAX_CIRCLES], order[MAX_CIRCLES:]
    legend = []
    if len(others):
        x, y = features.keypoints[others].T
        canvas.axes[0].scatter(x, y, s=3, c=_SKY, linewidths=0)
        dot: Style = {"marker": "o", "markersize": 3, "linestyle": "none"}
        legend.append(entry(f"the other {len(others):,}", color=_SKY, **dot))
    if len(strongest):
        _draw_circles(canvas.axes[0], features, strongest)
        which = f"the {len(strongest)} strongest" if len(others) else "keypoints"
        circle: Style = {
            "marker": "o",
            "markersize": 9,
            "markerfacecolor": "none",
            "linestyle": "none",
        }
        label = f"{which}, with scale and angle"
        legend.insert(0, entry(label, color=_ORANGE, **circle))
    canvas.legend(legend)
    return canvas.figure


def _summary(result: Matched) -> str:
    percent = floor(1000 * result.verdict.confidence) / 10  # rounding up would promise 100 %
    found = result.verdict.reason
    if result.verdict and result.geometry:
        found = f"{result.num_inliers:,} of {len(result.matches):,} matches are inliers"
        found += f"  ·  {label_of(result.geometry.kind)}"
    return f"confidence {percent:g} %  ·  {found}  ·  {result.method}"


def _draw_inliers(canvas: Canvas, result: Matched) -> list[Line2D]:
    points = result.points0[result.inliers], result.points1[result.inliers]
    along = 1 if canvas.layout.stacked else 0  # the way of the lines, so that neighbors differ
    places = np.clip((points[0][:, along] + 0.5) / result.image0.size[along], 0, 1)
    colors = to_rgba_array(place_colors(places))
    count = _draw_matches(canvas, points, colors, _SOLID, _RING)
    key = entry(
        f"{count} inliers drawn",
        color=place_colors(np.array([0.5]))[0],
        marker="o",
        markersize=4,
        **_SOLID,
    )
    return [key] if count else []


def _draw_wrong_matches(canvas: Canvas, result: Matched) -> list[Line2D]:
    points = result.points0[~result.inliers], result.points1[~result.inliers]
    colors = to_rgba_array([WRONG] * len(points[0]))
    count = _draw_matches(canvas, points, colors, _DASHED, _CROSS)
    label = f"{count} wrong matches drawn"
    key = entry(label, color=WRONG, marker="x", markersize=4, **_DASHED)
    return [key] if count else []


def _draw_matches(
    canvas: Canvas, points: tuple[Points, Points], colors: Array, line: Style, end: Style
) -> str:
    """Draw dots for all matches and lines for a choice of them; return how many, in words."""
    num, panels = len(points[0]), canvas.layout.panels
    if not num:
        return ""
    relative = [own / panel.size for own, panel in zip(points, panels, strict=True)]
    drawn = well_spread(np.hstack(relative), MAX_LINES)
    ends = [panel.place(own[drawn]) for own, panel in zip(points, panels, strict=True)]
    lines = LineCollection(list(np.stack(ends, axis=1)), colors=colors[drawn], **line)
    canvas.overlay.add_collection(lines, autolim=False)
    for axes, own, placed in zip(canvas.axes, points, ends, strict=True):
        axes.scatter(own[:, 0], own[:, 1], s=3, c=colors, linewidths=0)
        canvas.overlay.scatter(placed[:, 0], placed[:, 1], c=colors[drawn], **end)
    return f"{num:,}" if len(drawn) == num else f"{len(drawn)} of {num:,}"


def _draw_outline(canvas: Canvas, result: Matched, homography: Array) -> list[Line2D]:
    """Draw the border of image 0, and where the map takes it in image 1."""
    border = image_border(result.image0.size)
    warped = warped_border(homography, result.image0.size, result.points0[result.inliers])
    for axes, corners in zip(canvas.axes, (border, warped), strict=True):
        axes.plot(*np.vstack([corners, corners[:1]]).T, color=_YELLOW, **_CASED)
    view = Bbox(image_border(result.image1.size)[[0, 2]])
    seen = Path(warped, closed=True).intersects_bbox(view, filled=False)
    label = "outline of image 0 in image 1" + ("" if seen else " (beyond its edges)")
    return [entry(label, color=_YELLOW, **_CASED)]


def _draw_part(canvas: Canvas, part: SharedPart) -> list[Line2D]:
    """Draw the outline of a thing that is in both images."""
    for axes, corners in zip(canvas.axes, (part.outline0, part.outline1), strict=True):
        axes.plot(*np.vstack([corners, corners[:1]]).T, color=_YELLOW, **_CASED)
    return [entry("what both images share", color=_YELLOW, **_CASED)]


def _draw_epipolar_lines(canvas: Canvas, result: Matched, fundamental: Array) -> list[Line2D]:
    """Draw numbered points of image 0, and the lines in image 1 on which they must lie."""
    points0, points1 = result.points0[result.inliers], result.points1[result.inliers]
    chosen = well_spread(points0, len(_EPIPOLAR))
    chosen = chosen[np.argsort(points0[chosen, 1], kind="stable")]
    lines = epipolar_lines(fundamental, points0[chosen], result.image1.size)
    for color, line in zip(_EPIPOLAR, lines, strict=False):
        canvas.axes[1].plot(*line.T, color=color, **_CASED)
    for panel, points in zip(canvas.layout.panels, (points0, points1), strict=True):
        ends = panel.place(points[chosen])
        colors = _EPIPOLAR[: len(ends)]
        canvas.overlay.scatter(ends[:, 0], ends[:, 1], c=colors, **_BADGE)
        for number, (x, y) in enumerate(ends, start=1):
            canvas.overlay.text(x, y, str(number), **_NUMBER)
    return [entry("numbered points and their epipolar lines", color=_ORANGE, **_CASED)]


def _draw_circles(axes: Axes, features: Features, chosen: npt.NDArray[np.int64]) -> None:
    centers, diameters = features.keypoints[chosen], features.scales[chosen]
    angles = features.angles[chosen]
    style: Style = {"edgecolors": _ORANGE, "facecolors": "none", "linewidths": 0.8, "alpha": 0.8}
    circles = EllipseCollection(
        diameters,
        diameters,
        np.zeros(len(chosen)),
        units="xy",
        offsets=centers,
        offset_transform=axes.transData,
        **style,
    )
    axes.add_collection(circles, autolim=False)
    radii = np.stack([np.cos(angles), np.sin(angles)], axis=1) * diameters[:, None] / 2
    ticks = LineCollection(list(np.stack([centers, centers + radii], axis=1)), **style)
    axes.add_collection(ticks, autolim=False)
