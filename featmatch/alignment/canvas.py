"""The pixels that images are laid on: those of the fixed image, or as many as show both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.alignment.warp import Warp
from featmatch.errors import ArgumentError
from featmatch.images.image import MAX_PIXELS
from featmatch.images.original import OPAQUE, Original
from featmatch.types import Array

CanvasKind = Literal["fixed", "union"]
CANVAS_KINDS: tuple[CanvasKind, ...] = get_args(CanvasKind)

_BORDER_POINTS = 50  # a side of the moving image, whose places tell how far it reaches
_MOST_ENLARGED = 16  # times both images together: a union of more pixels shows next to nothing
_COARSE = 256  # cells a side, in which the largest covered rectangle is looked for


@dataclass(frozen=True)
class Canvas:
    """A rectangle of whole pixels of the fixed image.

    Parameters
    ----------
    left, top : int
        Its first pixel, in pixels of the fixed image; below 0 beyond it.
    size : (width, height)
    """

    left: int
    top: int
    size: tuple[int, int]

    @classmethod
    def of_fixed(cls, size: tuple[int, int]) -> Canvas:
        """Take the fixed image itself."""
        return cls(0, 0, size)

    @classmethod
    def of_both(cls, warp: Warp, moving: tuple[int, int], fixed: tuple[int, int]) -> Canvas:
        """Take what shows all of both images, of these sizes.

        Raises
        ------
        ArgumentError
            The moving image reaches to infinity, or so far that a picture would show next to
            nothing of either.
        """
        reached = warp.to_fixed(_border(moving))
        own = np.array([(-0.5, -0.5), (fixed[0] - 0.5, fixed[1] - 0.5)])
        corners: Array = np.vstack([reached, own])
        low, high = np.floor(corners.min(axis=0) + 0.5), np.ceil(corners.max(axis=0) - 0.5)
        num_pixels = float(np.prod(high - low + 1))
        both = moving[0] * moving[1] + fixed[0] * fixed[1]
        most = min(MAX_PIXELS, _MOST_ENLARGED * both)
        if not num_pixels <= most:  # NaN beyond the horizon
            far = "infinitely many" if np.isnan(num_pixels) else f"{num_pixels:,.0f}"
            raise ArgumentError(
                f"canvas: the union of both images would have {far} pixels; use 'fixed'"
            )
        (left, top), (width, height) = low.astype(int), (high - low + 1).astype(int)
        return cls(int(left), int(top), (int(width), int(height)))

    def within(self, covered: npt.NDArray[np.bool_]) -> Canvas:
        """Return its largest rectangle of which each pixel is covered, nearly.

        Raises
        ------
        ArgumentError
            Nothing is covered.
        """
        width, height = self.size
        cells = min(width, _COARSE), min(height, _COARSE)
        coarse = cv2.resize(covered.astype(np.uint8) * 255, cells, interpolation=cv2.INTER_AREA)
        left, top, right, bottom = _largest_rectangle(coarse == OPAQUE)
        if right <= left:
            raise ArgumentError("crop: the images have no rectangle in common; leave it out")
        x = np.ceil(np.array((left, right)) * width / cells[0]).astype(int)
        y = np.ceil(np.array((top, bottom)) * height / cells[1]).astype(int)
        x[1], y[1] = right * width // cells[0], bottom * height // cells[1]
        size = int(x[1] - x[0]), int(y[1] - y[0])
        return Canvas(self.left + int(x[0]), self.top + int(y[0]), size)

    def lines(self) -> tuple[Array, Array]:
        """Places of its columns and its rows in pixels of the fixed image."""
        width, height = self.size
        return self.left + np.arange(width, dtype=float), self.top + np.arange(height, dtype=float)

    def with_fixed(self, fixed: Original) -> Original:
        """Put the fixed image on it; 0 and transparent around."""
        (width, height), (own_width, own_height) = self.size, fixed.size
        colors = np.zeros((height, width, *fixed.colors.shape[2:]), fixed.colors.dtype)
        opacity = np.zeros((height, width), np.uint8)
        x0, y0 = max(0, -self.left), max(0, -self.top)
        x1, y1 = min(width, own_width - self.left), min(height, own_height - self.top)
        here = slice(y0, y1), slice(x0, x1)
        there = slice(y0 + self.top, y1 + self.top), slice(x0 + self.left, x1 + self.left)
        colors[here] = fixed.colors[there]
        opacity[here] = OPAQUE if fixed.opacity is None else fixed.opacity[there]
        return Original(colors, opacity)


def _border(size: tuple[int, int]) -> Array:
    """Points all around an image, along the outer edges of its pixels."""
    width, height = size
    steps = np.linspace(0, 1, _BORDER_POINTS)
    ends = np.zeros_like(steps)
    around = np.vstack(
        [
            np.column_stack(pair)
            for pair in ((steps, ends), (steps, ends + 1), (ends, steps), (ends + 1, steps))
        ]
    )
    return around * (width, height) - 0.5


def _largest_rectangle(full: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the largest all-true rectangle, ends excluded.

    Row by row the columns of full cells above it are a histogram, whose largest rectangle a stack
    finds.
    """
    best, area = (0, 0, 0, 0), 0
    heights = np.zeros(full.shape[1], int)
    for bottom, row in enumerate(full, start=1):
        heights = np.where(row, heights + 1, 0)
        stack: list[tuple[int, int]] = []  # where a column of this height may begin
        for right, height in enumerate([*heights.tolist(), 0]):
            begin = right
            while stack and stack[-1][1] >= height:
                begin, tall = stack.pop()
                if tall * (right - begin) > area:
                    area = tall * (right - begin)
                    best = (begin, bottom - tall, right, bottom)
            stack.append((begin, height))
    return best
