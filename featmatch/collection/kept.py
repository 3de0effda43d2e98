"""Values that are kept in memory as long as there is room, the ones used last the longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

Value = TypeVar("Value")


class KeptValues:
    """Values by their keys, of which those that have not been used for longest are given up."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._num_bytes = 0

    def get(self, key: str, make: Callable[[], Value], max_bytes: int) -> Value:
        """Return the value of a key, which is made if it is not there.

        Parameters
        ----------
        key : str
            Of all that the value depends on.
        make : callable
        max_bytes : int
            That all values may take; the newest stays also where it takes more.
        """
        if key in self._values:
            self._values.move_to_end(key)
            value: Value = self._values[key][0]
            return value
        value = make()
        size = _size(value)
        self._values[key] = value, size
        self._num_bytes += size
        while self._num_bytes > max_bytes and len(self._values) > 1:
            _, (_, freed) = self._values.popitem(last=False)
            self._num_bytes -= freed
        return value


def _size(value: object) -> int:
    """Bytes of the arrays in a dataclass, and in the dataclasses in it."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return sum(_size(getattr(value, field.name)) for field in fields(value))
    return 0
