"""Convolution of any kernel as matrix products over blocks of gathered patches ("im2col").

Every row of a patch matrix holds the kh kw C numbers that one output pixel looks at, so that the
convolution is its product with the (kh kw C, O) matrix of weights. The whole patch matrix is kh kw
times as large as the input; made block by block it stays in the cache instead (Chellapilla et al.,
*High performance convolutional neural networks for document processing*, 2006).
"""

from __future__ import annotations

import numpy as np

from featmatch.nn.kernels.blocks import Block, cut, group, padded, view
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.tensor import Array
from featmatch.nn.threads import run
from featmatch.nn.window import Window


def forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Convolve (N, H, W, C) with weights (kh, kw, C, O)."""
    size = window.output_size(x.shape[1:3])
    matrix = weight.reshape(-1, weight.shape[3])
    y = np.empty((len(x), *size, weight.shape[3]), np.result_type(x, weight))
    bias_row = None if bias is None else np.tile(bias, size[1])

    def convolve(block: Block) -> None:
        patches = _patches(x, block, window, size[1])
        part = y[block]
        np.matmul(patches, matrix, out=part.reshape(len(patches), -1))
        if bias_row is not None:
            part.reshape(-1, len(bias_row))[...] += bias_row

    run(convolve, cut(len(x), size[0], _row_bytes(x, window, size[1])))
    return y


def weight_gradient(x: Array, dy: Array, window: Window) -> Array:
    """Gradient of the weights (kh, kw, C, O): the transposed patches times ``dy``."""
    blocks = cut(len(x), dy.shape[1], _row_bytes(x, window, dy.shape[2]))
    shape = (*window.kernel_size, x.shape[3], dy.shape[3])
    result_bytes = int(np.prod(shape)) * x.itemsize
    groups = group(blocks, result_bytes, (x.nbytes + dy.nbytes) // 2)
    sums = np.zeros((len(groups), *shape), np.result_type(x, dy))

    def add_up(place: int) -> None:
        total = sums[place].reshape(-1, shape[3])
        for block in groups[place]:
            total += _patches(x, block, window, dy.shape[2]).T @ dy[block].reshape(-1, shape[3])

    run(add_up, range(len(groups)))
    return np.asarray(sums.sum(axis=0))


def _patches(x: Array, block: Block, window: Window, num_columns: int) -> Array:
    """Gather the patches of a block of output pixels, one a row: (pixels, kh kw C)."""
    images, rows = block
    num_rows, num_channels = rows.stop - rows.start, x.shape[3]
    (kh, kw), (sh, sw), (dh, dw) = window.kernel_size, window.stride, window.dilation
    (top, _), (left, _) = window.padding
    region = padded(
        x,
        images,
        (rows.start * sh - top, -left),
        (sh * (num_rows - 1) + window.extent[0], sw * (num_columns - 1) + window.extent[1]),
    )
    n, h, w, c = region.strides
    shape = len(region), num_rows, num_columns, kh, kw, num_channels
    patches = scratch("ping", shape, x.dtype)
    patches[...] = view(region, shape, (n, h * sh, w * sw, h * dh, w * dw, c))
    return patches.reshape(-1, kh * kw * num_channels)


def _row_bytes(x: Array, window: Window, num_columns: int) -> int:
    kh, kw = window.kernel_size
    return int(num_columns * kh * kw * x.shape[3] * x.itemsize)
