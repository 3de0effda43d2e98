"""Depth-wise convolution: every channel with a kernel of its own, tap by tap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from featmatch.checks import Pair
from featmatch.nn.kernels.blocks import Block, budget, cut, padded, sum_over
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window
from featmatch.threads import run


def forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Convolve (N, H, W, C) with weights (kh, kw, 1, C)."""
    y = np.empty((len(x), *window.output_size(x.shape[1:3]), x.shape[3]), np.result_type(x, weight))

    def convolve(block: Block) -> None:
        part = y[block]
        part[...] = 0 if bias is None else bias
        for tap, seen in _taps(x, block, window, y.shape[2]):
            part += seen * weight[tap][0]

    run(convolve, _cut(x, y))
    return y


def weight_gradient(x: Array, dy: Array, window: Window) -> Array:
    """Gradient of the weights (kh, kw, 1, C)."""
    shape = (*window.kernel_size, 1, x.shape[3])
    dtype = np.result_type(x, dy)

    def add(total: Array, block: Block) -> None:
        for tap, seen in _taps(x, block, window, dy.shape[2]):
            products = (seen * dy[block]).reshape(-1, shape[3])
            total[tap] += np.ones((1, len(products)), dtype) @ products

    return sum_over(_cut(x, dy), add, shape, x, dy)


def _taps(x: Array, block: Block, window: Window, num_columns: int) -> Iterator[tuple[Pair, Array]]:
    """For each tap of the kernel: what it sees from every output pixel of the block."""
    images, rows = block
    (sh, sw), (dh, dw) = window.stride, window.dilation
    height, width = sh * (rows.stop - rows.start - 1) + 1, sw * (num_columns - 1) + 1
    first = rows.start * sh - window.padding[0][0], -window.padding[1][0]
    size = height + window.extent[0] - 1, width + window.extent[1] - 1
    region = padded(x, images, first, size)
    for u, v in np.ndindex(window.kernel_size):
        yield (u, v), region[:, u * dh : u * dh + height : sh, v * dw : v * dw + width : sw]


def _cut(x: Array, y: Array) -> list[Block]:
    """Blocks of output: they, their products and the input around them make about four maps."""
    row_bytes = 4 * y.shape[2] * y.shape[3] * y.itemsize
    return cut(len(y), y.shape[1], row_bytes, budget(x, y))
