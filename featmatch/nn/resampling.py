"""Bilinear interpolation: maps of a higher resolution, and samples at points."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer, check_rank
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record


def upsample(input: TensorLike, scale_factor: int) -> Tensor:
    """Interpolate bilinearly, as PyTorch does with ``align_corners=False``.

    Every pixel becomes `scale_factor` x `scale_factor` smaller ones that cover its area, so the
    center of output pixel i lies at ``(i + 1/2) / scale_factor - 1/2`` of the input. Beyond the
    outermost pixel centers the values stay as they are there.

    Parameters
    ----------
    input : Tensor (N, H, W, C)
    scale_factor : int
        1 changes nothing.

    Returns
    -------
    Tensor (N, H * scale_factor, W * scale_factor, C)

    Raises
    ------
    ValueError
        `input` does not have four axes, or `scale_factor` is not a positive integer.
    """
    x = as_tensor(input, "input")
    check_rank("input", x.shape, "N, H, W, C")
    factor = check_integer("scale_factor", scale_factor, 1)
    n, height, width, channels = x.shape
    wider = _interpolate(x.data.reshape(n * height, width, channels), factor)
    y = _interpolate(wider.reshape(n, height, width * factor * channels), factor)

    def backward(dy: Array) -> list[Array]:
        dwider = _interpolate_adjoint(dy.reshape(n, height, factor, width * factor * channels))
        dx = _interpolate_adjoint(dwider.reshape(n * height, width, factor, channels))
        return [dx.reshape(x.shape)]

    y = y.reshape(n, height * factor, width * factor, channels)
    return record("upsample", y, [x], backward, scale_factor=factor)


def sample_points(input: TensorLike, points: npt.ArrayLike) -> Tensor:
    """Interpolate bilinearly between the four pixels around each point.

    It is PyTorch's ``grid_sample`` with ``padding_mode="border"``, but in pixels. There is no
    gradient for the points.

    Parameters
    ----------
    input : Tensor (N, H, W, C)
    points : array_like (N, M, 2)
        (x, y) of M points in each map; (0, 0) is the center of the top-left pixel. A point
        outside the map is moved to the nearest point on the lines of the outermost pixel centers.

    Returns
    -------
    Tensor (N, M, C)

    Raises
    ------
    ValueError
        `input` does not have four axes or has no pixels, or `points` are not finite or of another
        shape.
    """
    x = as_tensor(input, "input")
    check_rank("input", x.shape, "N, H, W, C")
    places = as_tensor(points, "points").data
    if places.ndim != 3 or places.shape[0] != x.shape[0] or places.shape[2] != 2:
        raise ArgumentError(f"points: expected shape ({x.shape[0]}, M, 2), got {places.shape}")
    if x.shape[1] * x.shape[2] == 0:
        raise ArgumentError(f"input: expected at least one pixel, got shape {x.shape}")
    num_pixels, channels = prod(x.shape[:3]), x.shape[3]
    pixels = x.data.reshape(num_pixels, channels)
    indices, weights = _corners(x.shape, places)
    weights = weights.astype(x.dtype)
    y = np.zeros((indices.shape[1], channels), x.dtype)
    for index, weight in zip(indices, weights, strict=True):
        corner = pixels.take(index, axis=0)
        corner *= weight[:, None]
        y += corner

    def backward(dy: Array) -> list[Array]:
        dy = dy.reshape(indices.shape[1], channels)
        dx = np.empty((num_pixels, channels), dy.dtype)
        for channel in range(channels):
            shares = (weights * dy[:, channel]).ravel()
            dx[:, channel] = np.bincount(indices.ravel(), shares, minlength=num_pixels)
        return [dx.reshape(x.shape)]

    y = y.reshape(*places.shape[:2], channels)
    return record("sample_points", y, [x], backward, points=places)


def _interpolate(x: Array, factor: int) -> Array:
    """Up-sample the middle axis: (outer, length, inner) -> (outer, length, factor, inner).

    Of the `factor` samples in a pixel, one `offset` pixels after the center lies between this
    pixel and the next, its mirror image before the center between this pixel and the one before.
    For a factor of 2 the offset is 1/4: 3/4 of one pixel and 1/4 of the other.
    """
    outer, length, inner = x.shape
    y = np.empty((outer, length, factor, inner), x.dtype)
    if factor % 2:
        y[:, :, factor // 2] = x
    for before in range(factor // 2):
        after = factor - 1 - before
        offset = (after + 0.5) / factor - 0.5
        step = x[:, 1:] - x[:, :-1]
        step *= offset
        np.add(x[:, :-1], step, out=y[:, :-1, after])
        np.subtract(x[:, 1:], step, out=y[:, 1:, before])
        y[:, :1, before], y[:, -1:, after] = x[:, :1], x[:, -1:]
    return y


def _interpolate_adjoint(dy: Array) -> Array:
    """Gradient of `_interpolate`: (outer, length, factor, inner) -> (outer, length, inner)."""
    factor = dy.shape[2]
    dx = dy[:, :, 0].copy()
    for sample in range(1, factor):
        dx += dy[:, :, sample]
    for before in range(factor // 2):
        after = factor - 1 - before
        offset = (after + 0.5) / factor - 0.5
        dstep = dy[:, :-1, after] - dy[:, 1:, before]
        dstep *= offset
        dx[:, 1:] += dstep
        dx[:, :-1] -= dstep
    return dx


def _corners(shape: tuple[int, ...], points: Array) -> tuple[Array, Array]:
    """Find the four pixels around each point: indices among all, and weights; (4, N * M) each."""
    n, height, width, _ = shape
    x = np.clip(points[..., 0], 0, width - 1)
    y = np.clip(points[..., 1], 0, height - 1)
    left = np.minimum(x.astype(np.intp), max(width - 2, 0))
    top = np.minimum(y.astype(np.intp), max(height - 2, 0))
    first = ((np.arange(n)[:, None] * height + top) * width + left).ravel()
    right, down = min(width - 1, 1), min(height - 1, 1) * width
    indices = np.stack([first, first + right, first + down, first + down + right])
    u, v = (x - left).ravel(), (y - top).ravel()
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
    return indices, weights
