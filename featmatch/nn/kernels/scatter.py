"""The gradient of a convolution's input, tap by tap: for every stride and padding.

Each output pixel sends its gradient, times the weights, to the pixels that it looked at. The work
is divided by rows of the input, so that every number has one owner.
"""

from __future__ import annotations

import numpy as np

from featmatch.checks import Pair
from featmatch.nn.kernels.blocks import Block, budget, cut
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window
from featmatch.threads import run


def input_gradient(
    dy: Array, weight: Array, window: Window, input_size: Pair, depthwise: bool
) -> Array:
    """Gradient of the input (N, H, W, C) for weights (kh, kw, C, O).

    They are (kh, kw, 1, C) if `depthwise`. With ``dy`` as the input it is the transposed
    convolution.
    """
    num_channels = dy.shape[3] if depthwise else weight.shape[2]
    dx = np.zeros((len(dy), *input_size, num_channels), np.result_type(dy, weight))

    def send(block: Block) -> None:
        images, rows = block
        for u, v in np.ndindex(window.kernel_size):
            seen_rows, output_rows = _reached(window, 0, u, rows, dy.shape[1])
            seen_columns, output_columns = _reached(
                window, 1, v, slice(0, input_size[1]), dy.shape[2]
            )
            part = dy[images, output_rows, output_columns]
            share = part * weight[u, v, 0] if depthwise else part @ weight[u, v].T
            dx[images, seen_rows, seen_columns] += share

    row_bytes = (dy.shape[2] * (dy.shape[3] + num_channels)) * dy.itemsize // window.stride[0] + 1
    run(send, cut(len(dy), input_size[0], row_bytes, budget(dx, dy)))
    return dx


def _reached(
    window: Window, axis: int, tap: int, inputs: slice, num_outputs: int
) -> tuple[slice, slice]:
    """Find what a tap sees of the given inputs along an axis, and the outputs it sees them from.

    Output i sees input i s + tap d - p.
    """
    stride = window.stride[axis]
    offset = tap * window.dilation[axis] - window.padding[axis][0]
    first = max(-((offset - inputs.start) // stride), 0)
    last = min(-((offset - inputs.stop) // stride), num_outputs)  # one too far
    if last <= first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(start, (last - 1) * stride + offset + 1, stride), slice(first, last)
