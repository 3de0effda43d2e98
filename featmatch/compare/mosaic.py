"""All maps of a layer as one picture: a grid of small gray tiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from featmatch.types import Array

MAX_TILE_WIDTH = 120
"""Pixels; finer maps are averaged, coarser ones keep about a pixel for each of theirs. A map that
is alone is kept as it is: averages would flatten the peaks of the score, which it is there for."""

_CLIPPED = 0.02  # of the pixels are black, as many white: outliers do not darken all others


@dataclass(frozen=True, eq=False)
class Mosaic:
    """A picture of maps, row by row in the order of the channels.

    Parameters
    ----------
    pixels : (H, W) uint8
        Each channel from low to high values, but for the outermost 2 % where there are several;
        tiles touch.
    columns : int
        Tiles in a row.
    tile_size : (width, height)
        In pixels. A tile covers exactly the image.
    low, high : (C,) float64
        What black and white stand for in each channel.
    """

    pixels: npt.NDArray[np.uint8]
    columns: int
    tile_size: tuple[int, int]
    low: Array
    high: Array


def draw_mosaic(maps: Array, stride: int, size: tuple[int, int]) -> Mosaic:
    """Draw the maps of a layer.

    Parameters
    ----------
    maps : (h, w, C) float32
    stride : int
        Pixels of the image from one unit to the next; together the units may reach beyond it.
    size : (width, height)
        Of the image.

    Returns
    -------
    Mosaic
    """
    width, height = size
    whole = ceil(width / stride)
    tile_width = whole if maps.shape[-1] == 1 else min(MAX_TILE_WIDTH, whole)
    tile_height = max(1, round(height * tile_width / width))
    num_rows, num_columns, num_channels = maps.shape
    down = _shares(num_rows, stride, height, tile_height)
    across = _shares(num_columns, stride, width, tile_width)
    lower = (down @ maps.reshape(num_rows, -1)).reshape(tile_height, num_columns, num_channels)
    tiles = np.ascontiguousarray(np.moveaxis(across @ lower, -1, 0))
    clipped = _CLIPPED if len(tiles) > 1 else 0.0
    low, high = np.quantile(tiles, (clipped, 1 - clipped), axis=(1, 2))
    span = np.where(high > low, high - low, 1)
    bright = (tiles - low[:, None, None]) / span[:, None, None]
    gray = np.rint(255 * np.clip(bright, 0, 1)).astype(np.uint8)
    columns = _num_columns(len(gray))
    blank = np.zeros((-len(gray) % columns, *gray.shape[1:]), np.uint8)
    rows = np.concatenate([gray, blank]).reshape(-1, columns, tile_height, tile_width)
    pixels = rows.swapaxes(1, 2).reshape(-1, columns * tile_width)
    return Mosaic(pixels, columns, (tile_width, tile_height), low, high)


def _shares(num_units: int, stride: int, length: int, num_pixels: int) -> Array:
    """How much of each of `num_pixels` tile pixels each unit covers, along one axis."""
    edges = np.linspace(0, length, num_pixels + 1)[:, None]
    starts = stride * np.arange(num_units)
    overlaps = np.minimum(edges[1:], starts + stride) - np.maximum(edges[:-1], starts)
    return np.asarray(np.maximum(overlaps, 0) * (num_pixels / length), np.float32)


def _num_columns(count: int) -> int:
    """Columns of a grid that is about square: a power of 2."""
    return int(2 ** ceil(np.log2(count) / 2))
