"""Large images in tiles, so that the feature maps of a few tiles are all that is in memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from featmatch.learned.network.network import STRIDE

HALO = 96
"""Pixels around a tile that are computed with it.

What is found in a tile depends on nothing farther away: a cell of the coarsest map sees 68 pixels
to each side of its center, and a descriptor is sampled between cells whose centers are up to 16
pixels away. Keypoints depend on less.
"""


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Parameters
    ----------
    core : tuple (rows, columns) of slice
        The pixels that belong to this tile and to no other.
    outer : tuple (rows, columns) of slice
        The core with a halo around it, as far as the image goes.
    """

    core: tuple[slice, slice]
    outer: tuple[slice, slice]

    @property
    def inner(self) -> tuple[slice, slice]:
        """Where the core is in an array of the outer pixels."""
        rows, columns = (
            slice(core.start - outer.start, core.stop - outer.start)
            for core, outer in zip(self.core, self.outer, strict=True)
        )
        return rows, columns

    def holds(self, pixels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool]:
        """Tell which of (N, 2) pixels (x, y) are in the core."""
        rows, columns = self.core
        x, y = pixels.T
        held: npt.NDArray[np.bool] = (
            (x >= columns.start) & (x < columns.stop) & (y >= rows.start) & (y < rows.stop)
        )
        return held


def tiles_of(height: int, width: int, tile_size: int) -> list[Tile]:
    """Divide an image into tiles of about the same size.

    Parameters
    ----------
    height, width : int
        Pixels; multiples of `STRIDE`.
    tile_size : int
        Most pixels along the sides of a core, rounded up to a multiple of `STRIDE`.

    Returns
    -------
    list of Tile
        Row by row. All begin and end at multiples of `STRIDE`: the cells of the coarsest map.
    """
    return [
        Tile((row, column), (_grown(row, height), _grown(column, width)))
        for row in _parts(height, tile_size)
        for column in _parts(width, tile_size)
    ]


def _parts(length: int, tile_size: int) -> list[slice]:
    cells, most = length // STRIDE, -(-tile_size // STRIDE)
    count = -(-cells // most)
    bounds = [STRIDE * (cells * place // count) for place in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(bounds)]


def _grown(part: slice, length: int) -> slice:
    return slice(max(part.start - HALO, 0), min(part.stop + HALO, length))
