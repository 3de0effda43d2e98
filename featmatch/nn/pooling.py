"""Pooling: one number for each window of each channel."""

from __future__ import annotations

import numpy as np

from featmatch.checks import Pair, check_pair, check_rank
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Backward, Tensor, TensorLike, as_tensor, record
from featmatch.nn.window import Window, make_window


def max_pool2d(
    input: TensorLike,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Tensor:
    """Keep the largest element of each window; its gradient goes to the first such, row by row.

    Parameters
    ----------
    input : Tensor (N, H, W, C)
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        Step from window to window; the kernel size if left out, so that windows do not overlap.
    padding : int or (height, width)
        Rows and columns of -inf on every side, at most half the kernel size.

    Returns
    -------
    Tensor (N, (H + 2 padding - kernel_size) // stride + 1, likewise for W, C)

    Raises
    ------
    ValueError
        `input` does not have four axes, a number is out of range, or the kernel exceeds the padded
        input.
    """
    x = as_tensor(input, "input")
    window = _make_window(x.shape, kernel_size, stride, padding)
    taps = _taps(_pad(x.data, window, -np.inf), window.kernel_size, window.stride)
    y = _reduce(np.maximum, taps)

    def backward(dy: Array) -> list[Array]:
        padded = _pad(x.data, window, -np.inf)
        dx = np.zeros_like(padded)
        waiting = np.ones(y.shape, bool)
        taps = _taps(padded, window.kernel_size, window.stride)
        for tap, dtap in zip(taps, _taps(dx, window.kernel_size, window.stride), strict=True):
            largest = (tap == y) & waiting
            waiting ^= largest
            dtap += dy * largest
        return [_crop(dx, window)]

    return _record("max_pool2d", y, x, backward, window)


def avg_pool2d(
    input: TensorLike,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> Tensor:
    """Average each window, zeros of the padding included.

    Parameters
    ----------
    input : Tensor (N, H, W, C)
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        Step from window to window; the kernel size if left out, so that windows do not overlap.
    padding : int or (height, width)
        Rows and columns of zeros on every side, at most half the kernel size.

    Returns
    -------
    Tensor (N, (H + 2 padding - kernel_size) // stride + 1, likewise for W, C)

    Raises
    ------
    ValueError
        `input` does not have four axes, a number is out of range, or the kernel exceeds the padded
        input.
    """
    x = as_tensor(input, "input")
    window = _make_window(x.shape, kernel_size, stride, padding)
    (kh, kw), (sh, sw) = window.kernel_size, window.stride
    padded = _pad(x.data, window, 0)
    n, height, width, channels = padded.shape
    columns = _reduce(np.add, _taps(padded, (kh, 1), (sh, 1)))
    y = _reduce(np.add, _taps(columns, (1, kw), (1, sw)))
    y /= kh * kw

    def backward(dy: Array) -> list[Array]:
        dy = dy / (kh * kw)
        if (sh, sw) == (kh, kw) and (kh * dy.shape[1], kw * dy.shape[2]) == (height, width):
            return [_crop(dy.repeat(kw, axis=2).repeat(kh, axis=1), window)]
        dcolumns = np.zeros((n, dy.shape[1], width, channels), dy.dtype)
        for tap in _taps(dcolumns, (1, kw), (1, sw)):
            tap += dy
        dx = np.zeros((n, height, width, channels), dy.dtype)
        for tap in _taps(dx, (kh, 1), (sh, 1)):
            tap += dcolumns
        return [_crop(dx, window)]

    return _record("avg_pool2d", y, x, backward, window)


def _make_window(
    shape: tuple[int, ...],
    kernel_size: int | Pair,
    stride: int | Pair | None,
    padding: int | Pair,
) -> Window:
    check_rank("input", shape, "N, H, W, C")
    kernel = check_pair("kernel_size", kernel_size, 1)
    down, across = check_pair("padding", padding, 0)
    if down > kernel[0] // 2 or across > kernel[1] // 2:
        raise ArgumentError(
            f"padding: expected at most half the kernel size {kernel}, got {padding}"
        )
    window = make_window(kernel, kernel if stride is None else stride, padding, 1)
    if shape[1] * shape[2] == 0:
        raise ArgumentError(f"input: expected at least one pixel, got shape {shape}")
    window.output_size((shape[1], shape[2]))  # refuses a kernel larger than the padded input
    return window


def _taps(x: Array, kernel_size: Pair, stride: Pair) -> list[Array]:
    """For each place in the window, row by row, a view of what all windows have there."""
    (kh, kw), (sh, sw) = kernel_size, stride
    _, height, width, _ = x.shape
    return [
        x[:, i : height - kh + i + 1 : sh, j : width - kw + j + 1 : sw]
        for i in range(kh)
        for j in range(kw)
    ]


def _reduce(function: np.ufunc, taps: list[Array]) -> Array:
    y = taps[0].copy()
    for tap in taps[1:]:
        function(y, tap, out=y)
    return y


def _pad(x: Array, window: Window, value: float) -> Array:
    if window.padding == ((0, 0), (0, 0)):
        return x
    return np.pad(x, ((0, 0), *window.padding, (0, 0)), constant_values=value)


def _crop(x: Array, window: Window) -> Array:
    """Undo `_pad`."""
    (top, bottom), (left, right) = window.padding
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def _record(op: str, y: Array, x: Tensor, backward: Backward, window: Window) -> Tensor:
    attributes = {"stride": window.stride, "padding": window.padding}
    return record(op, y, [x], backward, kernel_size=window.kernel_size, **attributes)
