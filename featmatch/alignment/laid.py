"""Two images at one scale, of which one is laid over the other."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from featmatch.alignment.blocks import Blocks, Shifts
from featmatch.alignment.warp import Warp
from featmatch.geometry.lucas_kanade import LONGEST_SIDE, Floats
from featmatch.images.image import resize_points
from featmatch.images.view import Mask, View
from featmatch.types import Array

_NEAR = 1.15  # times as large: images that are compared at their own sizes
_BLUR = 1.0  # px: against noise, and what interpolation does
_MARGIN = 5  # px along the border of what both show: the blur mixes it with what is beyond


@dataclass(frozen=True, eq=False)
class Side:
    """One of two images as it is compared.

    Attributes
    ----------
    sharp, gray : (h, w) float32
        Gray levels, from 0 to 255, and the same blurred a little.
    usable : (h, w) uint8 or None
        0 where it must not be looked at; None uses all.
    scale : (2,) float64
        Pixels compared / pixels of the original, along x and along y.
    """

    sharp: Floats
    gray: Floats
    usable: Mask | None
    scale: Array

    @classmethod
    def of(cls, view: View, factor: float) -> Side:
        """Take the working pixels of a view, made smaller by a factor of at most 1."""
        gray = view.image.gray().astype(np.float32)
        return cls._shrunk(gray, view.usable, np.array(view.image.scale), factor)

    def halved(self) -> Side:
        """Make it half as large."""
        return self._shrunk(self.sharp, self.usable, self.scale, 0.5)

    @classmethod
    def _shrunk(cls, sharp: Floats, usable: Mask | None, scale: Array, factor: float) -> Side:
        height, width = sharp.shape
        if factor < 1:
            size = max(1, round(width * factor)), max(1, round(height * factor))
            sharp = np.asarray(cv2.resize(sharp, size, interpolation=cv2.INTER_AREA))
            if usable is not None:
                share = cv2.resize(usable, size, interpolation=cv2.INTER_AREA)
                usable = np.where(share == 255, np.uint8(255), np.uint8(0))
            scale = scale * np.divide(size, (width, height))
        return cls(sharp, np.asarray(cv2.GaussianBlur(sharp, (0, 0), _BLUR)), usable, scale)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels compared."""
        return self.sharp.shape[1], self.sharp.shape[0]

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

    def blocks(self, warp: Warp) -> Blocks:
        """Find what the moving image shows of each block of the fixed one, near where a warp says.

        Returns
        -------
        Blocks
            Those that agree; their `agreement` is the share of all that show something.
        """
        along_x, along_y = (
            ((places + 0.5) * scale - 0.5).astype(np.float32)
            for places, scale in zip(
                warp.places(*self.fixed.lines()), self.moving.scale, strict=True
            )
        )
        seen = self._seen(along_x, along_y)
        laid = cv2.remap(
            self.moving.gray, along_x, along_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        found = Shifts.between(self.fixed.gray, np.asarray(laid), seen)
        agree = found.agree
        agreement = float(np.mean(agree[found.textured])) if found.textured.any() else None
        centers = found.centers[agree]
        there = self.fixed.to_original(centers + found.shifts[agree])
        return Blocks(
            warp.to_moving(there),
            self.fixed.to_original(centers),
            found.information[agree] * self.fixed.scale[:, None] * self.fixed.scale,
            found.pinned[agree],
            agreement,
        )

    def _seen(self, along_x: Floats, along_y: Floats) -> Floats:
        """(h, w) 1 where both images may be looked at."""
        width, height = self.moving.size
        seen = (along_x >= 0) & (along_x <= width - 1) & (along_y >= 0) & (along_y <= height - 1)
        if self.moving.usable is not None:
            there = cv2.remap(self.moving.usable, along_x, along_y, cv2.INTER_NEAREST)
            seen &= np.asarray(there) > 0
        if self.fixed.usable is not None:
            seen &= self.fixed.usable > 0
        square = np.ones((2 * _MARGIN + 1, 2 * _MARGIN + 1), np.uint8)
        inner = cv2.erode(seen.astype(np.uint8), square, borderValue=0)
        return np.asarray(inner, np.float32)
