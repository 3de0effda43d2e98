"""Values as JSON has them: numbers, strings, None, lists, and objects by the names of fields."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import numpy as np

from featmatch.errors import ArgumentError, ArgumentTypeError

NotFinite = Literal["refuse", "null", "keep"]


def plain(
    value: Any,
    *,
    num_digits: int | None = None,
    not_finite: NotFinite = "refuse",
    replace: Callable[[Any], Any] | None = None,
    leave_out: Callable[[Any], bool] | None = None,
) -> Any:
    """Turn a value into what JSON can hold.

    Parameters
    ----------
    value : dataclass, mapping, tuple, list, ndarray, number, str, bool or None
        Fields and entries are of the same kinds.
    num_digits : int, optional
        Significant digits of numbers that are not whole; None keeps all.
    not_finite : {"refuse", "null", "keep"}
        What becomes of a number that is NaN or infinite, for which JSON has no word: an error,
        None, or what it is.
    replace : callable, optional
        Called with each value that is no number and not None; returns what is written instead, as
        it is written. None replaces nothing.
    leave_out : callable, optional
        Tells of the value of a field or an entry whether to leave it out. None leaves out nothing.

    Returns
    -------
    dict, list, float, int, str, bool or None
        Objects have the fields in their order.

    Raises
    ------
    ArgumentTypeError
        A value is of no such kind.
    ArgumentError
        A number is NaN or infinite, and `not_finite` is ``"refuse"``.
    """
    return _Encoder(num_digits, not_finite, replace, leave_out).encode(value)


def is_picture(value: object) -> bool:
    """Tell whether a value is a picture: an array (H, W) or (H, W, 3) of uint8."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and (value.ndim == 2 or (value.ndim == 3 and value.shape[2] == 3))
    )


def to_json(document: Mapping[str, Any]) -> str:
    """Write a document of plain values as JSON, one top-level key a line."""
    lines = (
        f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}"
        for key, value in document.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


@dataclass(frozen=True)
class _Encoder:
    """The options of `plain`."""

    num_digits: int | None
    not_finite: NotFinite
    replace: Callable[[Any], Any] | None
    leave_out: Callable[[Any], bool] | None

    def encode(self, value: Any) -> Any:
        if isinstance(value, float):  # first: nearly all values are
            return self._number(float(value))
        if value is None or isinstance(value, int):
            return value
        if self.replace is not None:
            value = self.replace(value)
        if isinstance(value, str):
            return value
        if is_dataclass(value):
            value = {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, Mapping):
            return {
                str(key): self.encode(item)
                for key, item in value.items()
                if self.leave_out is None or not self.leave_out(item)
            }
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, tuple | list):
            return [self.encode(item) for item in value]
        if isinstance(value, np.generic):
            return self.encode(value.item())
        raise ArgumentTypeError(
            f"value: expected numbers, strings and their like, got {type(value).__name__}"
        )

    def _number(self, number: float) -> float | None:
        if math.isfinite(number):
            return number if self.num_digits is None else float(f"{number:.{self.num_digits}g}")
        if self.not_finite == "refuse":
            raise ArgumentError(f"value: expected a finite number, got {number}")
        return number if self.not_finite == "keep" else None

    def _array(self, array: np.ndarray) -> Any:
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            return self.encode(array.tolist())
        if array.dtype.kind == "f" and self.num_digits is not None:  # many numbers at once
            form = f"%.{self.num_digits}g"
            rounded = [float(form % number) for number in array.ravel().tolist()]
            array = np.array(rounded).reshape(array.shape)
        return array.tolist()
