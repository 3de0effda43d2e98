"""Matches of other tools as arrays under names: the forms that are understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.matching.point_matches import Float64s, PointMatches, as_numbers

Arrays = Mapping[str, npt.NDArray[Any]]

COORDINATES = ("x0", "y0", "x1", "y1")

OPTIONAL = {
    "ratios": ("ratios", "ratio"),
    "confidences": (
        *("confidences", "confidence", "match_confidence", "mconf", "certainty"),
        *("matching_scores0", "matching_scores", "scores", "score"),
    ),
    "distances": ("distances", "distance"),
}
"""Field of `PointMatches` -> the names that tools have for it."""

FORMS = (
    "x0, y0, x1, y1; points0 and points1; keypoints0 and keypoints1 with matches; or one array"
    " (M, 4)"
)

_POINTS = (("points0", "points1"), ("mkpts0", "mkpts1"))
_INDICES = ("matches", "matches0")


def matches_in(arrays: Arrays) -> PointMatches:
    """Find the matches among arrays, in the first of the `FORMS` that fits.

    Raises
    ------
    ValueError
        None fits, or what does is damaged.
    """
    if all(name in arrays for name in COORDINATES):
        shapes = {arrays[name].shape for name in COORDINATES}
        if len(shapes) != 1 or arrays["x0"].ndim != 1:
            raise ArgumentError(f"{', '.join(COORDINATES)}: expected shape (M,), got {shapes}")
        points = np.stack([as_numbers(name, arrays[name]) for name in COORDINATES], axis=1)
        return PointMatches(points[:, :2], points[:, 2:], **_optional(arrays, len(points)))
    for name0, name1 in _POINTS:
        if name0 in arrays and name1 in arrays:
            points0, points1 = _points(arrays, name0), _points(arrays, name1)
            return PointMatches(points0, points1, **_optional(arrays, len(points0)))
    if "keypoints0" in arrays and "keypoints1" in arrays:
        for name in _INDICES:
            if name in arrays:
                return _of_keypoints(arrays, name)
    tables = [array for array in arrays.values() if array.ndim == 2 and array.shape[1] == 4]
    if len(tables) != 1:
        raise ArgumentError(f"expected {FORMS}, got {', '.join(sorted(arrays)) or 'no arrays'}")
    return matches_of_table("matches", tables[0])


def matches_of_table(name: str, value: object) -> PointMatches:
    """Take the rows x0, y0, x1, y1 of an (M, 4) array."""
    table = as_numbers(name, value)
    if table.size == 0:
        table = table.reshape(0, 4)
    if table.ndim != 2 or table.shape[1] != 4:
        raise ArgumentError(f"{name}: expected shape (M, 4), got {table.shape}")
    return PointMatches(table[:, :2], table[:, 2:])


def _of_keypoints(arrays: Arrays, name: str) -> PointMatches:
    """Look up numbers of keypoints: (M, 2), or of each in image 0 its match, -1 for none."""
    keypoints0, keypoints1 = _points(arrays, "keypoints0"), _points(arrays, "keypoints1")
    found = arrays[name]
    if found.dtype.kind not in "iu":
        raise ArgumentError(f"{name}: expected numbers of keypoints, got {found.dtype}")
    if found.shape == (len(keypoints0),):
        rows = np.flatnonzero(found.astype(np.int64) != -1)
        pairs = np.stack([rows, found[rows].astype(np.int64)], axis=1)
    elif found.ndim == 2 and found.shape[1] == 2:
        rows, pairs = np.arange(len(found)), found.astype(np.int64)
    else:
        raise ArgumentError(
            f"{name}: expected shape (M, 2), or ({len(keypoints0)},) as there are keypoints0, got"
            f" {found.shape}"
        )
    for column, keypoints in enumerate((keypoints0, keypoints1)):
        wrong = (pairs[:, column] < 0) | (pairs[:, column] >= len(keypoints))
        if wrong.any():
            raise ArgumentError(
                f"{name}: expected numbers from 0 and below {len(keypoints)}, the number of"
                f" keypoints{column}, got {pairs[wrong][0, column]}"
            )
    optional = {field: values[rows] for field, values in _optional(arrays, len(found)).items()}
    return PointMatches(keypoints0[pairs[:, 0]], keypoints1[pairs[:, 1]], **optional)


def _optional(arrays: Arrays, num: int) -> dict[str, Float64s]:
    """Find what else is known of `num` matches, by the field of `PointMatches`."""
    optional: dict[str, Float64s] = {}
    for field, names in OPTIONAL.items():
        known = {name: arrays[name].shape for name in names if name in arrays}
        fitting = [name for name, shape in known.items() if shape == (num,)]
        if known and not fitting:
            told = ", ".join(f"{name} of shape {shape}" for name, shape in known.items())
            raise ArgumentError(f"expected {field} of shape ({num},), got {told}")
        if fitting:
            optional[field] = as_numbers(fitting[0], arrays[fitting[0]])
    return optional


def _points(arrays: Arrays, name: str) -> Float64s:
    points = as_numbers(name, arrays[name])
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ArgumentError(f"{name}: expected shape (M, 2), got {points.shape}")
    return points
