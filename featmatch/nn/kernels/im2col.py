"""Convolution of any kernel as matrix products over blocks of gathered patches ("im2col").

Every row of a patch matrix holds the kh kw C numbers that one output pixel looks at, so that the
convolution is its product with the (kh kw C, O) matrix of weights (Chellapilla et al., *High
performance convolutional neural networks for document processing*, 2006). The whole patch matrix
is kh kw times as large as the input; here it is made block by block, and stays in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from featmatch.nn.kernels.blocks import Block, budget, cut, even_slices, padded, sum_over, view
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window
from featmatch.threads import run


def forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Convolve (N, H, W, C) with weights (kh, kw, C, O)."""
    size = window.output_size(x.shape[1:3])
    matrix = weight.reshape(prod(weight.shape[:3]), weight.shape[3])
    y = np.empty((len(x), *size, weight.shape[3]), np.result_type(x, weight))

    def convolve(block: Block) -> None:
        for columns in _strips(x, y, window):
            part = y[(*block, columns)]
            products = _patches(x, (*block, columns), window) @ matrix
            if bias is not None:
                products += bias
            part[...] = products.reshape(part.shape)

    run(convolve, _cut(x, y, window))
    return y


def weight_gradient(x: Array, dy: Array, window: Window) -> Array:
    """Gradient of the weights (kh, kw, C, O): the transposed patches times ``dy``."""
    shape = (*window.kernel_size, x.shape[3], dy.shape[3])

    def add(total: Array, block: Block) -> None:
        for columns in _strips(x, dy, window):
            patches = _patches(x, (*block, columns), window)
            share = patches.T @ dy[(*block, columns)].reshape(len(patches), shape[3])
            total += share.reshape(shape)

    return sum_over(_cut(x, dy, window), add, shape, x, dy)


def _patches(x: Array, part: tuple[slice, slice, slice], window: Window) -> Array:
    """Gather the patches of a part of the output pixels, one a row: (pixels, kh kw C)."""
    images, rows, columns = part
    num_rows, num_columns = rows.stop - rows.start, columns.stop - columns.start
    (kh, kw), (sh, sw), (dh, dw) = window.kernel_size, window.stride, window.dilation
    (top, _), (left, _) = window.padding
    region = padded(
        x,
        images,
        (rows.start * sh - top, columns.start * sw - left),
        (sh * (num_rows - 1) + window.extent[0], sw * (num_columns - 1) + window.extent[1]),
    )
    n, h, w, c = region.strides
    shape = len(region), num_rows, num_columns, kh, kw, x.shape[3]
    patches = scratch("ping", shape, x.dtype)
    patches[...] = view(region, shape, (n, h * sh, w * sw, h * dh, w * dw, c))
    return patches.reshape(prod(shape[:3]), prod(shape[3:]))


def _cut(x: Array, y: Array, window: Window) -> list[Block]:
    return cut(len(x), y.shape[1], y.shape[2] * _patch_bytes(x, window), budget(x, y))


def _strips(x: Array, y: Array, window: Window) -> Iterator[slice]:
    """Columns to work on at a time: all of them, if a single row of patches is not too long."""
    return even_slices(y.shape[2], budget(x, y) // _patch_bytes(x, window))


def _patch_bytes(x: Array, window: Window) -> int:
    kh, kw = window.kernel_size
    return max(1, kh * kw * int(x.shape[3]) * int(x.itemsize))
