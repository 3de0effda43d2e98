"""The ways to compute a convolution, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featmatch.checks import Pair
from featmatch.nn.kernels import depthwise, im2col, pointwise, scatter, winograd
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window


@dataclass(frozen=True)
class Algorithm:
    """A way to compute a convolution without groups, and the gradient of its weights."""

    forward: Callable[[Array, Array, Array | None, Window], Array]
    weight_gradient: Callable[[Array, Array, Window], Array]


POINTWISE = Algorithm(pointwise.forward, pointwise.weight_gradient)
IM2COL = Algorithm(im2col.forward, im2col.weight_gradient)
WINOGRAD_ROWS = Algorithm(winograd.rows_forward, winograd.rows_weight_gradient)
WINOGRAD_TILES = Algorithm(winograd.tiles_forward, winograd.rows_weight_gradient)


def choose(
    weight_shape: tuple[int, ...], window: Window, output_shape: tuple[int, ...]
) -> Algorithm:
    """Choose how to convolve with weights (kh, kw, C, O) into maps (N, H, W, ...).

    - 1 x 1: a matrix product over the channels, with nothing to gather.
    - 3 x 3 with stride 1: Winograd's algorithm. Down the rows it halves the products, and was
      faster than gathering for every number of channels tried. In both directions it quarters
      them, for more additions and a larger rounding error. The additions grow with the channels,
      the products with their square, so that it pays from many channels on. Both transform the
      weights first, which only maps of some size repay; and both work on 4 rows at a time.
    - everything else: matrix products over gathered patches. So is a 3 x 3 kernel with next to no
      channels, an edge filter perhaps: its sums of a few whole numbers come out as whole numbers.
    """
    kh, kw, num_channels, num_outputs = weight_shape
    num_images, height, width = output_shape[:3]
    num_pixels = num_images * height * width
    if (kh, kw) == (1, 1) and window.padding == ((0, 0), (0, 0)):
        return POINTWISE
    if (kh, kw) != (3, 3) or window.stride != (1, 1) or window.dilation != (1, 1):
        return IM2COL
    if num_channels * num_outputs <= 4 or num_pixels < 64 or height < 3:
        return IM2COL
    if min(num_channels, num_outputs) >= 48 and num_pixels >= 1024:
        return WINOGRAD_TILES
    return WINOGRAD_ROWS


def forward(x: Array, weight: Array, bias: Array | None, window: Window, groups: int) -> Array:
    """Convolve (N, H, W, C) with weights (kh, kw, C / groups, O)."""
    if groups == 1:
        output_shape = len(x), *window.output_size(x.shape[1:3])
        algorithm = choose(weight.shape, window, output_shape)
        return algorithm.forward(x, weight, bias, window)
    if _is_depthwise(groups, x.shape[3], weight.shape[3]):
        return depthwise.forward(x, weight, bias, window)
    biases = [None] * groups if bias is None else _split(bias, groups)
    parts = zip(_split(x, groups), _split(weight, groups), biases, strict=True)
    return np.concatenate([forward(*part, window, 1) for part in parts], axis=-1)


def weight_gradient(x: Array, dy: Array, window: Window, groups: int) -> Array:
    """Gradient of the weights (kh, kw, C / groups, O)."""
    if groups == 1:
        weight_shape = *window.kernel_size, x.shape[3], dy.shape[3]
        return choose(weight_shape, window, dy.shape).weight_gradient(x, dy, window)
    if _is_depthwise(groups, x.shape[3], dy.shape[3]):
        return depthwise.weight_gradient(x, dy, window)
    parts = zip(_split(x, groups), _split(dy, groups), strict=True)
    return np.concatenate([weight_gradient(*part, window, 1) for part in parts], axis=-1)


def input_gradient(
    dy: Array, weight: Array, window: Window, input_size: Pair, groups: int
) -> Array:
    """Gradient of the input (N, H, W, C).

    With stride 1 it is a convolution of ``dy`` with the kernel turned by 180 degrees and its
    channels swapped, padded by what the kernel reaches over the border.
    """
    reach = [size - 1 for size in window.extent]
    before = [reach[axis] - window.padding[axis][0] for axis in range(2)]
    after = [input_size[axis] - dy.shape[1 + axis] + reach[axis] - before[axis] for axis in (0, 1)]
    if window.stride == (1, 1) and min(*before, *after) >= 0:
        turned = _swap_channels(weight[::-1, ::-1], groups)
        padding = (before[0], after[0]), (before[1], after[1])
        adjoint = Window(window.kernel_size, (1, 1), window.dilation, padding)
        return forward(dy, turned, None, adjoint, groups)
    by_channel = _is_depthwise(groups, groups * weight.shape[2], weight.shape[3])
    if groups == 1 or by_channel:
        return scatter.input_gradient(dy, weight, window, input_size, by_channel)
    parts = zip(_split(dy, groups), _split(weight, groups), strict=True)
    return np.concatenate([input_gradient(*part, window, input_size, 1) for part in parts], axis=-1)


def _swap_channels(weight: Array, groups: int) -> Array:
    """Turn weights (kh, kw, C / groups, O) into (kh, kw, O / groups, C), and the other way."""
    kh, kw, inner, outer = weight.shape
    grouped = weight.reshape(kh, kw, inner, groups, outer // groups)
    return grouped.transpose(0, 1, 4, 3, 2).reshape(kh, kw, outer // groups, groups * inner)


def _is_depthwise(groups: int, num_channels: int, num_outputs: int) -> bool:
    return 1 < groups == num_channels == num_outputs


def _split(array: Array, groups: int) -> list[Array]:
    """Cut the channels into groups."""
    return np.split(array, groups, axis=-1)
