"""The ways to compute a convolution, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featmatch.nn.checks import Pair
from featmatch.nn.kernels import depthwise, im2col, pointwise, scatter, winograd
from featmatch.nn.tensor import Array
from featmatch.nn.threads import one_blas_thread
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


def choose(weight_shape: tuple[int, ...], window: Window) -> Algorithm:
    """Choose how to convolve with weights (kh, kw, C, O).

    - 1 x 1: a matrix product over the channels, with nothing to gather.
    - 3 x 3 with stride 1: Winograd's algorithm. Down the rows it halves the products and is as
      good as exact; it was the faster for every number of channels. In both directions it
      quarters them, for more additions and a larger rounding error. The additions grow with the
      channels, the products with their square, so that it pays from many channels on.
    - everything else: matrix products over gathered patches.
    """
    kh, kw, num_channels, num_outputs = weight_shape
    if (kh, kw) == (1, 1) and window.padding == ((0, 0), (0, 0)):
        return POINTWISE
    if (kh, kw) == (3, 3) and window.stride == window.dilation == (1, 1):
        return WINOGRAD_TILES if min(num_channels, num_outputs) >= 48 else WINOGRAD_ROWS
    return IM2COL


@one_blas_thread()
def forward(x: Array, weight: Array, bias: Array | None, window: Window, groups: int) -> Array:
    """Convolve (N, H, W, C) with weights (kh, kw, C / groups, O)."""
    if groups == 1:
        return choose(weight.shape, window).forward(x, weight, bias, window)
    if _is_depthwise(weight, groups):
        return depthwise.forward(x, weight, bias, window)
    biases = [None] * groups if bias is None else _split(bias, groups)
    parts = zip(_split(x, groups), _split(weight, groups), biases, strict=True)
    return np.concatenate([forward(*part, window, 1) for part in parts], axis=-1)


@one_blas_thread()
def weight_gradient(x: Array, dy: Array, window: Window, groups: int) -> Array:
    """Gradient of the weights (kh, kw, C / groups, O)."""
    if groups == 1:
        return choose(_weight_shape(x, dy, window), window).weight_gradient(x, dy, window)
    if groups == x.shape[3] == dy.shape[3]:
        return depthwise.weight_gradient(x, dy, window)
    parts = zip(_split(x, groups), _split(dy, groups), strict=True)
    return np.concatenate([weight_gradient(*part, window, 1) for part in parts], axis=-1)


@one_blas_thread()
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
    depthwise_only = groups > 1 and _is_depthwise(weight, groups)
    if groups == 1 or depthwise_only:
        return scatter.input_gradient(dy, weight, window, input_size, depthwise_only)
    parts = zip(_split(dy, groups), _split(weight, groups), strict=True)
    return np.concatenate([input_gradient(*part, window, input_size, 1) for part in parts], axis=-1)


def _swap_channels(weight: Array, groups: int) -> Array:
    """Turn weights (kh, kw, C / groups, O) into (kh, kw, O / groups, C), and the other way."""
    kh, kw, inner, outer = weight.shape
    grouped = weight.reshape(kh, kw, inner, groups, outer // groups)
    return grouped.transpose(0, 1, 4, 3, 2).reshape(kh, kw, outer // groups, groups * inner)


def _is_depthwise(weight: Array, groups: int) -> bool:
    return bool(weight.shape[2] == 1 and weight.shape[3] == groups)


def _weight_shape(x: Array, dy: Array, window: Window) -> tuple[int, ...]:
    return (*window.kernel_size, x.shape[3], dy.shape[3])


def _split(array: Array, groups: int) -> list[Array]:
    """Cut the channels into groups."""
    return np.split(array, groups, axis=-1)
