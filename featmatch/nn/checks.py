"""Checks of arguments: every message says the name, what was expected and what came."""

from __future__ import annotations

import math
import sys
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Pair: TypeAlias = tuple[int, int]

_LARGEST = sys.float_info.max


def check_rank(name: str, shape: tuple[int, ...], axes: str) -> None:
    """Refuse a shape that does not have one number for each of the comma-separated `axes`."""
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


def check_number(
    name: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """`value` as a float within limits, of which `low` and `high` are allowed themselves.

    It has to be finite unless `high` is infinity.
    """
    number = float(value) if isinstance(value, np.floating) else value
    if (
        not isinstance(number, Real)
        or isinstance(number, bool)
        or not (-_LARGEST if low is None else low) <= number <= (_LARGEST if high is None else high)
        or (above is not None and number <= above)
        or (below is not None and number >= below)
    ):
        limits = _describe_limits(low, high, above, below)
        raise ValueError(f"{name}: expected a {limits}, got {value!r}")
    return float(number)


def _describe_limits(
    low: float | None, high: float | None, above: float | None, below: float | None
) -> str:
    if low is not None and high is not None and math.isfinite(high):
        return f"number from {low:g} to {high:g}"
    limits = {"of at least": low, "above": above, "up to": high, "below": below}
    words = [
        f"{word} {limit:g}"
        for word, limit in limits.items()
        if limit is not None and math.isfinite(limit)
    ]
    number = "finite number" if high is None and below is None else "number"
    return " ".join([number, " and ".join(words)]).rstrip()


def check_generator(name: str, value: object) -> np.random.Generator:
    """`value`, which has to be a generator as `numpy.random.default_rng` makes it."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name}: expected a numpy.random.Generator, got {show(value)}")
    return value


def check_pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """One number for both axes, or a pair for (height, width)."""
    both = value if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2:
        raise ValueError(f"{name}: expected one integer or (height, width), got {value!r}")
    return check_integer(name, both[0], minimum), check_integer(name, both[1], minimum)


def as_finite(name: str, data: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `data` as an array of finite numbers: float32, unless it is an array of float64."""
    try:
        array: npt.NDArray[Any] = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"{name}: expected an array of numbers, got none ({error})") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected real numbers, got an array of {array.dtype}")
    if getattr(data, "dtype", None) not in (np.float32, np.float64):
        with np.errstate(over="ignore"):  # told better below
            array = np.asarray(array, np.float32)
    finite = np.isfinite(array)
    if not finite.all():
        place = np.unravel_index(int(np.argmin(finite)), array.shape)
        where = ", ".join(str(int(index)) for index in place)
        raise ValueError(f"{name}: expected finite numbers, got {array[place]} at index ({where})")
    return array


def check_array(name: str, value: object) -> npt.NDArray[Any]:
    """`value`, which has to be an array already, as `as_finite` returns it."""
    if not isinstance(value, np.ndarray | np.generic):
        raise TypeError(f"{name}: expected an ndarray, got {show(value)}")
    return as_finite(name, value)


def show(value: object) -> str:
    """Write a value for a message: itself if that is short, else its type."""
    text = repr(value)
    short = len(text) <= 60 and "\n" not in text
    return text if short else f"an object of type {type(value).__name__}"
