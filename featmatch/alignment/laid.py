"""Two images at one scale, of which one is laid over the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.alignment.bands import AROUND, BLOCK, Bands
from featmatch.alignment.blocks import Blocks
from featmatch.alignment.warp import Warp
from featmatch.geometry.lucas_kanade import LONGEST_SIDE, Floats
from featmatch.images.image import resize_points
from featmatch.images.view import Mask, View
from featmatch.types import Array

_NEAR = 1.15  # times as large: images that are compared at their own sizes
_BLUR = 1.0  # px: against noise, and what interpolation does
_EDGE_BLUR = 1.5  # px, before edges are looked for: texture has none then
_EDGE_GAIN = (
    2.5  # of Sobel's sums: edges are about as strong as the steps in gray level they are of
)
_MARGIN = 12  # px along the border and around what is hidden: there that square is cut off
_ROUGH_MARGIN = 4  # px, where it need not be exact
_ROWS = 64  # resampled at once: their places stay in the processor's cache
_ENOUGH = 300_000  # px that are compared, where images have more: twice as many tell little more


@dataclass(frozen=True, eq=False)
class Side:
    """One of two images as it is compared.

    Attributes
    ----------
    gray : (h, w) float32
        Gray levels, from 0 to 255.
    blurred : (h, w) float32
        The same, blurred a little.
    usable : (h, w) uint8 or None
        0 where it must not be looked at; None uses all.
    scale : (2,) float64
        Pixels compared / pixels of the original, along x and along y.
    margin : int
        Pixels along the border, and around what is hidden, that are left out.
    """

    gray: Floats
    blurred: Floats
    usable: Mask | None
    scale: Array
    margin: int = _MARGIN

    @classmethod
    def of(cls, view: View, factor: float) -> Side:
        """Take the working pixels of a view, made smaller by a factor of at most 1."""
        gray = view.image.gray().astype(np.float32)
        return cls._shrunk(gray, view.usable, np.array(view.image.scale), factor)

    def halved(self) -> Side:
        """Make it half as large."""
        half = self._shrunk(self.gray, self.usable, self.scale, 0.5)
        return replace(half, margin=_ROUGH_MARGIN)

    def edges(self) -> Side:
        """Show how strong edges are in place of gray levels: a map and a photograph share them."""
        smooth = cv2.GaussianBlur(self.gray, (0, 0), _EDGE_BLUR)
        slopes = (cv2.Sobel(smooth, cv2.CV_32F, *way, scale=_EDGE_GAIN) for way in ((1, 0), (0, 1)))
        strength = np.asarray(cv2.magnitude(*slopes), np.float32)
        blurred = np.asarray(cv2.GaussianBlur(strength, (0, 0), _BLUR), np.float32)
        return replace(self, gray=strength, blurred=blurred)

    @classmethod
    def _shrunk(cls, gray: Floats, usable: Mask | None, scale: Array, factor: float) -> Side:
        height, width = gray.shape
        if factor < 1:
            size = max(1, round(width * factor)), max(1, round(height * factor))
            gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.float32)
            if usable is not None:
                share = cv2.resize(usable, size, interpolation=cv2.INTER_AREA)
                usable = np.where(share == 255, np.uint8(255), np.uint8(0))
            scale = scale * np.divide(size, (width, height))
        blurred = np.asarray(cv2.GaussianBlur(gray, (0, 0), _BLUR), np.float32)
        return cls(gray, blurred, usable, scale)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels compared."""
        return self.gray.shape[1], self.gray.shape[0]

    @cached_property
    def inner(self) -> Mask:
        """(h, w) 255 where it may be looked at, and all around."""
        height, width = self.gray.shape
        usable = np.full((height, width), 255, np.uint8) if self.usable is None else self.usable
        square = np.ones((2 * self.margin + 1, 2 * self.margin + 1), np.uint8)
        return np.asarray(cv2.erode(usable, square, borderType=cv2.BORDER_CONSTANT, borderValue=0))

    def to_original(self, points: Array) -> Array:
        """(N, 2) points in pixels of the original."""
        return resize_points(points, 1 / self.scale)

    def lines(self) -> tuple[Array, Array]:
        """Places of all columns and of all rows, in pixels of the original."""
        x, y = (
            (np.arange(side) + 0.5) / scale - 0.5
            for side, scale in zip(self.size, self.scale, strict=True)
        )
        return x, y


@dataclass(frozen=True, eq=False)
class Laid:
    """Two images made equally fine, to be laid over each other."""

    moving: Side
    fixed: Side

    @classmethod
    def of(cls, moving: View, fixed: View, scale: float) -> Laid | None:
        """Make the finer image smaller.

        Parameters
        ----------
        moving, fixed : View
        scale : float
            Length in the fixed image of a pixel of the moving one; of the pixels worked on.

        Returns
        -------
        Laid or None
            None for images that are longer than what can be resampled.
        """
        if max(*moving.image.pixels.shape[:2], *fixed.image.pixels.shape[:2]) > LONGEST_SIDE:
            return None
        return cls(
            Side.of(moving, scale if scale < 1 / _NEAR else 1.0),
            Side.of(fixed, 1 / scale if scale > _NEAR else 1.0),
        )

    def halved(self) -> Laid:
        """Compare at half the size, where what is twice as far off can be found."""
        return Laid(self.moving.halved(), self.fixed.halved())

    def edges(self) -> Laid:
        """Compare edges, as where one image is light the other may be dark."""
        return Laid(self.moving.edges(), self.fixed.edges())

    def blocks(self, warp: Warp, *, whole: bool = False) -> Blocks:
        """Find what the moving image shows of each block of the fixed one, near where a warp says.

        Parameters
        ----------
        warp : Warp
        whole : bool
            All rows of blocks, also of large images; otherwise as many as tell enough.

        Returns
        -------
        Blocks
            Those that agree; their `agreement` is the share of all that show something.
        """
        width, height = self.fixed.size
        if min(width, height) < BLOCK + 2:
            return Blocks.of_matches(np.zeros((0, 2)), np.zeros((0, 2)))
        step = 1 if whole else max(1, round(width * height / _ENOUGH))
        tops = np.arange(1, height - BLOCK, BLOCK)[step // 2 :: step]
        found = self._bands(warp, tops).shifts()
        agree, scale = found.agree, self.fixed.scale
        agreement = float(np.mean(agree[found.textured])) if found.textured.any() else None
        centers = found.centers[agree]
        there = self.fixed.to_original(centers + found.shifts[agree])
        return Blocks(
            warp.to_moving(there),
            self.fixed.to_original(centers),
            found.information[agree] * scale[:, None] * scale,
            found.pinned[agree],
            agreement,
        )

    def _bands(self, warp: Warp, tops: npt.NDArray[np.int64]) -> Bands:
        """Lay the moving image over rows of the fixed one."""
        x, y = self.fixed.lines()
        columns = slice(0, len(x) // BLOCK * BLOCK)  # what is left at the end fills no block
        rows = (tops[:, None] + np.arange(-AROUND, BLOCK + AROUND)).ravel().clip(0, len(y) - 1)
        different, place = np.unique(rows, return_inverse=True)  # bands have rows in common
        laid, seen = self._moving_at(warp, x[columns], y[different])
        shown = seen[place] & (self.fixed.inner[rows, columns] > 0)
        return Bands.of(self.fixed.blurred[rows, columns], laid[place], shown, tops)

    def _moving_at(self, warp: Warp, x: Array, y: Array) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Resample the moving image on a grid over the fixed one, and tell where it is seen."""
        laid = np.empty((len(y), len(x)), np.float32)
        seen = np.empty((len(y), len(x)), bool)
        for top in range(0, len(y), _ROWS):
            band = slice(top, top + _ROWS)
            along_x, along_y = (
                ((place + 0.5) * scale - 0.5).astype(np.float32)
                for place, scale in zip(warp.places(x, y[band]), self.moving.scale, strict=True)
            )
            laid[band] = cv2.remap(self.moving.blurred, along_x, along_y, cv2.INTER_LINEAR)
            seen[band] = cv2.remap(self.moving.inner, along_x, along_y, cv2.INTER_NEAREST) > 0
        return laid, seen
