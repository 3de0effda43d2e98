"""Cut a batch of feature maps into blocks whose intermediate results stay in the processor's cache.

A block is some rows of one image or, where images are small, all rows of several. The partition
depends on the shape alone, and so do the results, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import TypeAlias

import numpy as np

from featmatch.checks import Pair
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.tensor import Array
from featmatch.threads import run

Block: TypeAlias = tuple[slice, slice]  # images, rows

SCRATCH_BYTES = 2 << 20  # of intermediate results at a time: about a second-level cache
_MIN_BYTES = 64 << 10  # with less, Python's share of the time grows
_MAX_SUMS = 8  # that a sum over all blocks is made of


def budget(*maps: Array) -> int:
    """Bytes of intermediate results at a time: for small maps, half of what they have."""
    return min(SCRATCH_BYTES, max(_MIN_BYTES, sum(array.nbytes for array in maps) // 2))


def cut(num_images: int, num_rows: int, row_bytes: int, max_bytes: int) -> list[Block]:
    """Blocks of about `max_bytes`, if every row needs `row_bytes` of intermediate results."""
    max_rows = max(1, max_bytes // max(1, row_bytes))
    if max_rows >= num_rows:
        everything = slice(0, num_rows)
        return [
            (images, everything) for images in even_slices(num_images, max_rows // max(1, num_rows))
        ]
    rows = list(even_slices(num_rows, max_rows))
    return [(slice(image, image + 1), part) for image in range(num_images) for part in rows]


def sum_over(
    blocks: list[Block],
    add: Callable[[Array, Block], object],
    shape: tuple[int, ...],
    *maps: Array,
) -> Array:
    """Sum over blocks, on several threads, always in the same order.

    Parameters
    ----------
    blocks : list of Block
    add : callable
        Adds a block's share to an array.
    shape : tuple of int
        Of the sum.
    *maps : ndarray
        What is summed over. Partial sums, each over a few consecutive blocks, take about a
        quarter of their memory at most.
    """
    dtype = np.result_type(*maps)
    sum_bytes = max(1, prod(shape) * dtype.itemsize)
    max_bytes = sum(array.nbytes for array in maps) // 4
    num_sums = max(1, min(len(blocks), _MAX_SUMS, max_bytes // sum_bytes))
    parts = list(even_slices(len(blocks), -(-len(blocks) // num_sums)))
    sums = np.zeros((len(parts), *shape), dtype)

    def add_up(index: int) -> None:
        for block in blocks[parts[index]]:
            add(sums[index], block)

    run(add_up, range(len(parts)))
    return np.asarray(sums.sum(axis=0))


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


def take_rows(x: Array, images: slice, first: int, num_rows: int) -> Array:
    """Rows of maps (N, H, W, C) from `first` on: a view if all are there, else `padded`."""
    if first >= 0 and first + num_rows <= x.shape[1]:
        return x[images, first : first + num_rows]
    return padded(x, images, (first, 0), (num_rows, x.shape[2]))


def view(x: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Read the memory of a contiguous array in another way; elements may appear several times."""
    return np.ndarray(shape, x.dtype, x, 0, strides)


def even_slices(total: int, largest: int) -> Iterator[slice]:
    """Cut range(total) into few equal slices of at most `largest`: 1, 2, or a multiple of 4.

    1, 2 or 4 threads are then all at work to the end. (If `total` is smaller, every slice has 1.)
    """
    num_slices = -(-total // max(1, largest))
    if num_slices > 2:
        num_slices = min(total, -(-num_slices // 4) * 4)
    for index in range(num_slices):
        yield slice(index * total // num_slices, (index + 1) * total // num_slices)
