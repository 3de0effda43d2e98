"""Cut a batch of feature maps into blocks whose intermediate results stay in the processor's cache.

A block is some rows of one image or, where images are small, all rows of several. The partition
depends on the shape alone, and so do the results, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from featmatch.nn.checks import Pair
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.tensor import Array

Block: TypeAlias = tuple[slice, slice]  # images, rows

SCRATCH_BYTES = 2 << 20  # of intermediate results at a time: about a second-level cache
_MAX_GROUPS = 8  # of blocks that a sum is made of


def cut(num_images: int, num_rows: int, row_bytes: int) -> list[Block]:
    """Blocks of about `SCRATCH_BYTES`, if every row needs `row_bytes` of intermediate results."""
    max_rows = max(1, SCRATCH_BYTES // max(1, row_bytes))
    if max_rows >= num_rows:
        everything = slice(0, num_rows)
        return [(images, everything) for images in _even(num_images, max_rows // max(1, num_rows))]
    rows = list(_even(num_rows, max_rows))
    return [(slice(image, image + 1), part) for image in range(num_images) for part in rows]


def group(blocks: list[Block], result_bytes: int, max_bytes: int) -> list[list[Block]]:
    """Make runs of blocks to sum over, so few that a sum for each fits into `max_bytes`."""
    number = min(len(blocks), _MAX_GROUPS, max(1, max_bytes // max(1, result_bytes)))
    return [blocks[part] for part in _even(len(blocks), -(-len(blocks) // max(1, number)))]


def padded(x: Array, images: slice, first: Pair, size: Pair) -> Array:
    """Copy the part of maps (N, H, W, C) that begins at `first`, with zeros where there is no map.

    `first` may be negative, and `size` may reach beyond the map. The copy is `scratch`.
    """
    (top, left), (height, width) = first, size
    part = x[images]
    copy = scratch("padded", (len(part), height, width, x.shape[3]), x.dtype)
    copy.fill(0)
    rows = slice(max(top, 0), max(min(top + height, x.shape[1]), 0))
    columns = slice(max(left, 0), max(min(left + width, x.shape[2]), 0))
    inside = part[:, rows, columns]
    row, column = rows.start - top, columns.start - left
    copy[:, row : row + inside.shape[1], column : column + inside.shape[2]] = inside
    return copy


def take_rows(x: Array, images: slice, first: int, number: int) -> Array:
    """Rows of maps (N, H, W, C) from `first` on: a view if all are there, else `padded`."""
    if first >= 0 and first + number <= x.shape[1]:
        return x[images, first : first + number]
    return padded(x, images, (first, 0), (number, x.shape[2]))


def view(x: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Read the memory of a contiguous array in another way; elements may appear several times."""
    return np.ndarray(shape, x.dtype, x, 0, strides)


def _even(total: int, largest: int) -> Iterator[slice]:
    """Cut range(total) into few equal slices of at most `largest`: 1, 2, or a multiple of 4.

    A number that most numbers of threads divide leaves none of them without work at the end.
    """
    number = -(-total // max(1, largest))
    if number > 2:
        number = min(total, -(-number // 4) * 4)
    for place in range(number):
        yield slice(place * total // number, (place + 1) * total // number)
