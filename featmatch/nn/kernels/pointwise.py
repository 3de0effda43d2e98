"""Convolution with 1 x 1 kernels: every pixel by itself, a matrix product over channels."""

from __future__ import annotations

import numpy as np

from featmatch.nn.kernels.blocks import Block, budget, cut, sum_over
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window
from featmatch.threads import run


def forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Mix the channels of (N, H, W, C) with weights (1, 1, C, O)."""
    seen = _seen(x, window)
    y = np.empty((*seen.shape[:3], weight.shape[3]), np.result_type(x, weight))

    def mix(block: Block) -> None:
        part = y[block]
        np.matmul(seen[block], weight[0, 0], out=part)
        if bias is not None:
            part += bias

    run(mix, _cut(seen, y))
    return y


def weight_gradient(x: Array, dy: Array, window: Window) -> Array:
    """Gradient of the weights (1, 1, C, O)."""
    seen = _seen(x, window)[:, : dy.shape[1], : dy.shape[2]]
    shape = x.shape[3], dy.shape[3]

    def add(total: Array, block: Block) -> None:
        pixels = seen[block].reshape(-1, shape[0])
        total += pixels.T @ dy[block].reshape(-1, shape[1])

    return sum_over(_cut(seen, dy), add, shape, seen, dy)[None, None]


def _seen(x: Array, window: Window) -> Array:
    """Leave out the pixels that the stride leaves out."""
    return x[:, :: window.stride[0], :: window.stride[1]]


def _cut(x: Array, y: Array) -> list[Block]:
    row_bytes = x.shape[2] * (x.shape[3] + y.shape[3]) * x.itemsize
    return cut(len(x), x.shape[1], row_bytes, budget(x, y))
