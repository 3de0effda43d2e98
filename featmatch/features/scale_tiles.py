"""Blobs of all scales in an image of any size: small ones in tiles of it, large ones in a copy.

A detector over scales holds the image blurred dozens of times. So a large image is cut into tiles
that overlap: what is found in a tile's middle is the same as in the whole image, as long as its
surroundings are in the tile. Blobs too large for that are found in a smaller copy of the image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.features.selection import joined, selected
from featmatch.images.image import resize_points
from featmatch.images.sizes import shrink
from featmatch.types import Features

Pixels = npt.NDArray[np.uint8]
Find = Callable[[Pixels, Pixels | None], Features]

HALO = 256
"""Pixels around a tile that are looked at with it."""

_RADIUS = 5.3
"""Of a descriptor of SIFT, in scales (diameters): 3 / 2 · sqrt(2) · (4 + 1) / 2 (Lowe 2004)."""

LARGEST = HALO / _RADIUS
"""Scale in pixels of the largest blobs that tiles show whole, 48."""

_GRID = 64
"""Tiles begin at multiples of this, so that all sample their halved copies at the same pixels."""


@dataclass(frozen=True)
class _Tile:
    """Rows and columns that belong to a tile alone, and those with a halo around them."""

    core: tuple[slice, slice]
    outer: tuple[slice, slice]


def find_in_tiles(find: Find, gray: Pixels, mask: Pixels | None, max_pixels: int) -> Features:
    """Find features in an image, of which `find` sees about `max_pixels` at a time.

    Parameters
    ----------
    find : callable
        Finds the features of gray pixels (H, W) uint8, where a mask of their size is not 0.
    gray : (H, W) uint8
    mask : (H, W) uint8, optional
    max_pixels : int

    Returns
    -------
    Features
        In pixels of `gray`; those that the tiles' borders or their overlap would change are not
        among them.
    """
    height, width = gray.shape
    found = [_large(find, gray, mask, max_pixels)]
    for tile in _tiles_of(height, width, max_pixels):
        shown = None if mask is None else np.ascontiguousarray(mask[tile.outer])
        if shown is None or shown.any():
            found.append(_in_core(find(np.ascontiguousarray(gray[tile.outer]), shown), tile))
    return replace(joined(found), image_size=(width, height))


def _large(find: Find, gray: Pixels, mask: Pixels | None, max_pixels: int) -> Features:
    """Find blobs larger than `LARGEST` in a copy of the image that is small enough."""
    factor = math.sqrt(max_pixels / gray.size)
    small = shrink(gray, max(1, math.floor(factor * max(gray.shape))))
    size = small.shape[1], small.shape[0]
    if mask is not None:
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    found = find(small, mask)
    scale = np.divide(gray.shape[::-1], size)
    found = replace(
        found,
        keypoints=resize_points(found.keypoints, scale).astype(np.float32),
        scales=found.scales * np.float32(scale.max()),
    )
    return selected(found, np.flatnonzero(found.scales > LARGEST))


def _in_core(found: Features, tile: _Tile) -> Features:
    """Keep what lies in the tile's core and is not too large, in pixels of the image."""
    (rows, columns), (outer_rows, outer_columns) = tile.core, tile.outer
    corner = np.array([outer_columns.start, outer_rows.start], np.float32)
    points = found.keypoints + corner
    x, y = np.rint(points).T
    inside = (x >= columns.start) & (x < columns.stop) & (y >= rows.start) & (y < rows.stop)
    kept = np.flatnonzero(inside & (found.scales <= LARGEST))
    return selected(replace(found, keypoints=points), kept)


def _tiles_of(height: int, width: int, max_pixels: int) -> Iterator[_Tile]:
    side = max(_GRID, (math.isqrt(max_pixels) - 2 * HALO) // _GRID * _GRID)
    for top in range(0, height, side):
        for left in range(0, width, side):
            core = slice(top, min(top + side, height)), slice(left, min(left + side, width))
            yield _Tile(core, (_grown(core[0], height), _grown(core[1], width)))


def _grown(part: slice, length: int) -> slice:
    return slice(max(part.start - HALO, 0), min(part.stop + HALO, length))
