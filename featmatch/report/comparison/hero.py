"""Two images with the matches of one method between them, as SVG that needs no script.

The style is that of the pictures of `featmatch.match`: color tells the place in image 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from featmatch.compare.methods import MethodScores
from featmatch.geometry.outlines import well_spread
from featmatch.images.image import Image
from featmatch.report.match.style import MAX_LINES, WRONG, place_colors
from featmatch.report.page.encode import encode_picture
from featmatch.types import Array

_WIDTH = 1200  # units of the drawing, whose size on the page follows the window
_GAP = 12
_NUM_SHADES = 16  # lines of one shade are one path, which keeps the page small
_QUALITY = 80  # of JPEG
_DOT, _RIM, _CROSS = 5.0, 7.5, 4.0  # units: diameters of dots and their rims, half width of crosses


@dataclass(frozen=True)
class _Panel:
    """Where an image stands: its left, top and width on the drawing, and its size in pixels."""

    left: float
    top: float
    width: float
    size: tuple[int, int]

    @property
    def height(self) -> float:
        return self.width * self.size[1] / self.size[0]

    def place(self, points: Array) -> Array:
        """Map (N, 2) pixels to the drawing."""
        placed: Array = (points + 0.5) * (self.width / self.size[0]) + (self.left, self.top)
        return placed


def draw_pair(image0: Image, image1: Image, method: MethodScores | None) -> str:
    """Draw two images, side by side for wide windows and one above the other for narrow ones.

    Parameters
    ----------
    image0, image1 : Image
    method : MethodScores or None
        Whose matches are drawn; None draws none.

    Returns
    -------
    str
        HTML: the images once, and two drawings that use them, of which style shows one.
    """
    side = (_WIDTH - _GAP) / 2
    wide = _Panel(0, 0, side, image0.size), _Panel(side + _GAP, 0, side, image1.size)
    above = _Panel(0, 0, _WIDTH, image0.size)
    narrow = above, _Panel(0, above.height + _GAP, _WIDTH, image1.size)
    sources = "".join(
        f'<image id="hero-{number}" href="{encode_picture(image.pixels, _QUALITY)["src"]}" '
        f'width="{image.size[0]}" height="{image.size[1]}" preserveAspectRatio="none"/>'
        for number, image in enumerate((image0, image1))
    )
    return (
        f'<svg class="sources" width="0" height="0" aria-hidden="true"><defs>{sources}</defs></svg>'
        f"{_drawing(wide, method, 'wide')}{_drawing(narrow, method, 'narrow')}"
    )


def _drawing(panels: tuple[_Panel, _Panel], method: MethodScores | None, name: str) -> str:
    height = max(panel.top + panel.height for panel in panels)
    images = "".join(
        f'<use href="#hero-{number}" transform="translate({panel.left:g} {panel.top:g}) '
        f'scale({panel.width / panel.size[0]:.5g})"/>'
        for number, panel in enumerate(panels)
    )
    matches = "" if method is None else "".join(_matches(panels, method))
    return (
        f'<svg class="{name}" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="The two images, with matches between them">{images}{matches}</svg>'
    )


def _matches(panels: tuple[_Panel, _Panel], method: MethodScores) -> Iterable[str]:
    correct = method.correct
    right = np.ones(method.num_matches, bool) if correct is None else correct
    ends = [
        panel.place(method.matches[:, columns])
        for panel, columns in zip(panels, (slice(0, 2), slice(2, 4)), strict=True)
    ]
    places = method.matches / np.array([*panels[0].size, *panels[1].size])
    wrong = np.flatnonzero(~right)
    some = wrong[well_spread(places[wrong], MAX_LINES // 3)] if len(wrong) else wrong
    style = f'stroke="{WRONG}" fill="none"'
    yield f'<path {style} stroke-dasharray="6 4" opacity=".8" d="{_lines(ends, some)}"/>'
    yield f'<path {style} stroke-width="1.6" d="{_crosses(ends, wrong)}"/>'
    drawn = np.zeros(len(right), bool)
    rows = np.flatnonzero(right)
    if len(rows):
        drawn[rows[well_spread(places[rows], MAX_LINES)]] = True
    along = 1 if panels[1].top else 0  # the way of the lines, so that neighbors differ
    shades = np.clip(places[:, along] * _NUM_SHADES, 0, _NUM_SHADES - 1).astype(int)
    colors = place_colors((np.arange(_NUM_SHADES) + 0.5) / _NUM_SHADES)
    yield f'<path class="rims" stroke-width="{_RIM}" d="{_dots(ends, rows)}"/>'
    for shade in np.unique(shades[rows]):
        own = rows[shades[rows] == shade]
        lines, dots = _lines(ends, own[drawn[own]]), _dots(ends, own)
        yield (
            f'<g class="right" stroke="{colors[shade]}"><path stroke-width="1.4" d="{lines}"/>'
            f'<path stroke-width="{_DOT}" d="{dots}"/></g>'
        )


def _lines(ends: list[Array], rows: Array) -> str:
    pairs = zip(ends[0][rows], ends[1][rows], strict=True)
    return "".join(f"M{x0:.0f} {y0:.0f}L{x1:.0f} {y1:.0f}" for (x0, y0), (x1, y1) in pairs)


def _dots(ends: list[Array], rows: Array) -> str:
    return "".join(f"M{x:.0f} {y:.0f}h0" for end in ends for x, y in end[rows])


def _crosses(ends: list[Array], rows: Array) -> str:
    side = 2 * _CROSS
    return "".join(
        f"M{x - _CROSS:.0f} {y - _CROSS:.0f}l{side:g} {side:g}m0 {-side:g}l{-side:g} {side:g}"
        for end in ends
        for x, y in end[rows]
    )
