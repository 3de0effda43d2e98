"""Checks of arguments: every message says the name, what was expected and what came."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError, ArgumentTypeError

Kind = TypeVar("Kind")
Pair: TypeAlias = tuple[int, int]

_LARGEST = sys.float_info.max
_BESIDE = 1.0  # px


def check_rank(name: str, shape: tuple[int, ...], axes: str) -> None:
    """Refuse a shape that does not have one number for each of the comma-separated `axes`."""
    if len(shape) != len(axes.split(",")):
        raise ArgumentError(
            f"{name}: expected {axes.count(',') + 1} axes ({axes}), got shape {shape}"
        )


def check_broadcast(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Refuse shapes that cannot be combined element by element."""
    try:
        np.broadcast_shapes(first, second)
    except ValueError:
        raise ArgumentError(
            f"{name}: expected shapes that broadcast, got {first} and {second}"
        ) from None


def check_integer(name: str, value: object, low: int, high: int | None = None) -> int:
    """`value` as an int from `low` to `high`, or of any size from `low` on."""
    integral = isinstance(value, Integral) and not isinstance(value, bool)
    if integral and value >= low and (high is None or value <= high):  # type: ignore[operator]
        return int(value)  # type: ignore[call-overload, no-any-return]
    limits = f"of at least {low:,}" if high is None else f"from {low:,} to {high:,}"
    error = ArgumentError if integral else ArgumentTypeError
    raise error(f"{name}: expected an integer {limits}, got {show(value)}")


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
    real = isinstance(number, Real) and not isinstance(number, bool)
    if (
        not real
        or not (-_LARGEST if low is None else low) <= number <= (_LARGEST if high is None else high)
        or (above is not None and number <= above)
        or (below is not None and number >= below)
    ):
        limits = _describe_limits(low, high, above, below)
        error = ArgumentError if real else ArgumentTypeError
        raise error(f"{name}: expected a {limits}, got {value!r}")
    return float(number)


def check_flag(name: str, value: bool) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{name}: expected True or False, got {show(value)}")


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Refuse a word that is not one of `choices`."""
    choices = tuple(choices)
    if not isinstance(value, str) or value not in choices:
        error = ArgumentError if isinstance(value, str) else ArgumentTypeError
        raise error(f"{name}: expected one of {', '.join(choices)}, got {show(value)}")


def check_type(name: str, value: object, kind: type[Kind], instead: str = "") -> Kind:
    """`value`, which has to be of a class; `instead` names what else the caller takes."""
    if not isinstance(value, kind):
        raise ArgumentTypeError(
            f"{name}: expected {instead or f'an object of type {kind.__name__}'}, got {show(value)}"
        )
    return value


def check_objects(name: str, values: object, kind: type[Kind]) -> list[Kind]:
    """`values`, which have to be a sequence of objects of a class, as a list."""
    if not isinstance(values, Sequence) or not all(isinstance(one, kind) for one in values):
        raise ArgumentTypeError(
            f"{name}: expected a sequence of {kind.__name__}, got {show(values)}"
        )
    return list(values)


def check_callable(name: str, value: object) -> None:
    """Refuse what cannot be called, and is not None."""
    if value is not None and not callable(value):
        raise ArgumentTypeError(f"{name}: expected something to call, or None, got {show(value)}")


def check_path(name: str, value: object) -> str:
    """`value`, which has to be a path, as a text that a file can be named by."""
    if not isinstance(value, str | os.PathLike):
        raise ArgumentTypeError(f"{name}: expected a path, got {show(value)}")
    path = os.fsdecode(value)
    try:
        valid = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        valid = False
    if not valid:
        raise ArgumentError(f"{name}: expected a name that a file can have, got {show(path)}")
    return path


def check_seed(seed: int) -> int:
    """`seed` as an int that all generators take, those of OpenCV too."""
    return check_integer("seed", seed, 0, 2**31 - 1)


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


def check_size(name: str, value: object) -> tuple[int, int]:
    """`value`, which has to be the (width, height) of an image in pixels."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ArgumentError(f"{name}: expected (width, height) > 0, got {show(value)}")
    for length in value:
        integral = isinstance(length, Integral) and not isinstance(length, bool)
        if not integral or length < 1:
            raise ArgumentError(f"{name}: expected (width, height) > 0, got {show(value)}")
    return int(value[0]), int(value[1])


def check_inside(name: str, points: npt.NDArray[Any], size: Pair) -> None:
    """Refuse (N, 2) points that do not lie in an image of (width, height), or a pixel beside it.

    Some tools count corners of pixels, some their centers, some from 1.
    """
    width, height = size
    last = np.array(size) - 1
    outside = ((points < -_BESIDE) | (points > last + _BESIDE)).any(axis=1)
    if outside.any():
        row = int(np.argmax(outside))
        raise ArgumentError(
            f"{name}: expected (x, y) in the image of {width} x {height} pixels, got"
            f" ({points[row, 0]:g}, {points[row, 1]:g}) in row {row}; points are in pixels of the"
            " upright original image, the center of its top-left pixel is (0, 0)"
        )


def check_generator(name: str, value: object) -> np.random.Generator:
    """`value`, which has to be a generator as `numpy.random.default_rng` makes it."""
    if not isinstance(value, np.random.Generator):
        raise ArgumentTypeError(f"{name}: expected a numpy.random.Generator, got {show(value)}")
    return value


def check_pair(name: str, value: int | Pair, minimum: int) -> Pair:
    """One number for both axes, or a pair for (height, width)."""
    both = value if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2:
        raise ArgumentError(f"{name}: expected one integer or (height, width), got {value!r}")
    return check_integer(name, both[0], minimum), check_integer(name, both[1], minimum)


def as_array(name: str, data: object) -> npt.NDArray[Any]:
    """Return `data`, which may be a tensor of another library, as an array of real numbers."""
    try:
        array: npt.NDArray[Any] = np.asarray(data)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged; on a GPU; with a gradient
        reason = str(error).splitlines()[0]
        raise ArgumentError(f"{name}: expected an array of numbers, got none ({reason})") from None
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{name}: expected real numbers, got an array of {array.dtype}")
    return array


def as_finite(name: str, data: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `data` as an array of finite numbers: float32, unless it is an array of float64."""
    array = as_array(name, data)
    if getattr(data, "dtype", None) not in (np.float32, np.float64):
        with np.errstate(over="ignore"):  # told better below
            array = np.asarray(array, np.float32)
    finite = np.isfinite(array)
    if not finite.all():
        place = np.unravel_index(int(np.argmin(finite)), array.shape)
        where = ", ".join(str(int(index)) for index in place)
        raise ArgumentError(
            f"{name}: expected finite numbers, got {array[place]} at index ({where})"
        )
    return array


def check_array(name: str, value: object) -> npt.NDArray[Any]:
    """`value`, which has to be an array already, as `as_finite` returns it."""
    if not isinstance(value, np.ndarray | np.generic):
        raise ArgumentTypeError(f"{name}: expected an ndarray, got {show(value)}")
    return as_finite(name, value)


def show(value: object) -> str:
    """Write a value for a message: itself if that is short, else its type."""
    text = repr(value)
    short = len(text) <= 60 and "\n" not in text
    return text if short else f"an object of type {type(value).__name__}"
