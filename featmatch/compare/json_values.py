"""Results as plain numbers, strings, lists and objects, as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.image import Image


def plain(value: Any) -> Any:
    """Turn a result into what JSON can hold; pictures are left out.

    Parameters
    ----------
    value : dataclass, mapping, tuple, list, ndarray, number, str, bool or None
        Fields and entries are of the same kinds. An array of uint8 that is (H, W) or (H, W, 3) is a
        picture, and so are the pixels of an `Image`.

    Returns
    -------
    dict, list, float, int, str, bool or None
        Objects have the fields in their order, without those that are pictures. Numbers that are
        not whole have seven significant digits.

    Raises
    ------
    TypeError
        A value is of no such kind.
    ValueError
        A number is NaN or infinite, which JSON has no word for.
    """
    if isinstance(value, float):  # first: nearly all values are
        if not math.isfinite(value):
            raise ArgumentError(f"value: expected a finite number, got {value}")
        return float(f"{value:.7g}")
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Image):
        value = {"size": value.size, "name": value.name}
    elif is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if not is_picture(item)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    raise ArgumentTypeError(
        f"value: expected numbers, strings and their like, got {type(value).__name__}"
    )


def is_picture(value: object) -> bool:
    """Tell whether a value is a picture: an array (H, W) or (H, W, 3) of uint8."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and (value.ndim == 2 or (value.ndim == 3 and value.shape[2] == 3))
    )
