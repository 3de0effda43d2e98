"""Checks of arguments: every message says the name, what was expected and what came."""

from __future__ import annotations

from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Pair: TypeAlias = tuple[int, int]


def check_rank(name: str, shape: tuple[int, ...], axes: str) -> None:
    """Refuse a shape that has not one number for each of the comma-separated `axes`."""
    if len(shape) != len(axes.split(",")):
        raise ValueError(f"{name}: expected {axes.count(',') + 1} axes ({axes}), got shape {shape}")


def check_broadcast(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Refuse shapes that cannot be combined element by element."""
    try:
        np.broadcast_shapes(first, second)
    except ValueError:
        raise ValueError(
            f"{name}: expected shapes that broadcast, got {first} and {second}"
        ) from None


def check_integer(name: str, value: object, minimum: int) -> int:
    """`value` as an int of at least `minimum`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name}: expected an integer of at least {minimum}, got {value!r}")
    return int(value)


def check_number(name: str, value: float, low: float, high: float) -> float:
    """`value` as a float from `low` to `high`, both allowed."""
    if (
        not isinstance(value, float | int | np.floating)
        or isinstance(value, bool)
        or not low <= value <= high
    ):
        raise ValueError(f"{name}: expected a number from {low:g} to {high:g}, got {value!r}")
    return float(value)


def check_pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """One number for both axes, or a pair for (height, width)."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2:
        raise ValueError(f"{name}: expected one integer or (height, width), got {value!r}")
    return check_integer(name, both[0], minimum), check_integer(name, both[1], minimum)


def as_finite(name: str, data: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `data` as an array of finite numbers, float32 unless it is float64 already."""
    array: npt.NDArray[Any] = np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected real numbers, got an array of {array.dtype}")
    if array.dtype not in (np.float32, np.float64):
        array = np.asarray(array, np.float32)
    finite = np.isfinite(array)
    if not finite.all():
        place = np.unravel_index(int(np.argmin(finite)), array.shape)
        where = ", ".join(str(int(index)) for index in place)
        raise ValueError(f"{name}: expected finite numbers, got {array[place]} at index ({where})")
    return array
