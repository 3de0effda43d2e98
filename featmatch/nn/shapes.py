"""Shapes and axes: what may be asked of them, and the way back from sums and broadcasting."""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.array_utils import normalize_axis_tuple

from featmatch.checks import check_broadcast
from featmatch.errors import ArgumentError

Shape: TypeAlias = tuple[int, ...]
Axes: TypeAlias = int | tuple[int, ...] | None


def check_axes(name: str, axes: Axes, shape: Shape) -> tuple[int, ...]:
    """`axes` of a shape as numbers from 0; None stands for all."""
    ndim = len(shape)
    if axes is None:
        return tuple(range(ndim))
    try:
        return normalize_axis_tuple(axes, ndim)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"{name}: expected some of the {ndim} axes of {shape}, each once, got {axes}"
        ) from None


def check_order(name: str, axes: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """`axes` of a shape as numbers from 0, where none may be missing."""
    order = check_axes(name, axes, shape)
    if len(order) != len(shape):
        raise ArgumentError(f"{name}: expected all {len(shape)} axes of {shape}, got {axes}")
    return order


def check_matrices(a: Shape, b: Shape) -> None:
    """Refuse shapes of matrices, or stacks of them, that cannot be multiplied."""
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2]:
        raise ArgumentError(f"matrices: expected (..., m, k) and (..., k, n), got {a} and {b}")
    check_broadcast("matrices", a[:-2], b[:-2])


def reshaped(array: npt.NDArray[Any], shape: Shape) -> npt.NDArray[Any]:
    """`array` in another shape, of as many elements."""
    try:
        return array.reshape(shape)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"shape: expected one of {array.size} elements, as {array.shape} has, got {shape}"
        ) from None


def flat(numbers: tuple[int | Shape, ...]) -> Shape:
    """Accept numbers one by one or as one tuple."""
    return numbers[0] if len(numbers) == 1 and isinstance(numbers[0], tuple) else numbers  # type: ignore[return-value]


def count_along(axes: tuple[int, ...], shape: Shape) -> int:
    """Count how many elements a sum over `axes` has, at least one."""
    count = prod(shape[axis] for axis in axes)
    if not count:
        raise ArgumentError(f"data: expected elements along the axes {axes}, got shape {shape}")
    return count


def repeat(sums: npt.NDArray[Any], axes: tuple[int, ...], shape: Shape) -> npt.NDArray[Any]:
    """Repeat sums along the axes that they were taken over, kept or not, up to `shape`."""
    if sums.ndim < len(shape):
        sums = np.expand_dims(sums, axes)
    return np.broadcast_to(sums, shape)


def unbroadcast(gradient: npt.NDArray[Any], shape: Shape) -> npt.NDArray[Any]:
    """Sum over the axes along which an operand of `shape` was repeated."""
    if gradient.shape == shape:
        return gradient
    added = gradient.ndim - len(shape)
    repeated = [axis + added for axis, size in enumerate(shape) if size == 1]
    total = gradient.sum((*range(added), *repeated), np.float64)
    return np.asarray(total.astype(gradient.dtype).reshape(shape))


def put_back(gradient: npt.NDArray[Any], index: Any, shape: Shape) -> npt.NDArray[Any]:
    """Undo ``x[index]`` for an x of `shape`: zeros elsewhere, sums where elements were repeated."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, int | slice | None | type(...)) for part in parts):
        whole = np.zeros(shape, gradient.dtype)
        whole[index] = gradient
        return whole
    taken = np.arange(prod(shape)).reshape(shape)[index]
    sums = np.bincount(taken.ravel(), gradient.ravel(), prod(shape))
    return sums.astype(gradient.dtype).reshape(shape)
