"""Matches of any tool, read from a table, from NumPy's files, or from arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import StringIO
from os import PathLike

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.files import read_whole
from featmatch.matching.match_arrays import COORDINATES, OPTIONAL, matches_in, matches_of_table
from featmatch.matching.point_matches import ROUNDING, PointMatches
from featmatch.npy import read_npy, read_npz

Row = tuple[int, list[str]]
"""Number of a line, from 1, and its cells."""

MAX_BYTES = 1 << 29
"""Of a file, 512 MiB: more than ten million matches, as many as two photographs have pixels."""

_NPY, _NPZ = b"\x93NUMPY", b"PK"
_DELIMITERS = (";", "\t", ",")
_COMMENT = "#"


def read_matches(source: str | PathLike[str] | npt.ArrayLike) -> PointMatches:
    """Read the matches that any tool found.

    Parameters
    ----------
    source : path, (M, 4) array, or pair of (M, 2) arrays
        Rows of x0, y0, x1, y1 or points0 and points1, or a file. What a file holds is seen from
        its content:

        - A table with commas, semicolons, tabs or blanks between its cells and a point in its
          numbers. Its first line names the columns, among them x0, y0, x1 and y1 in any order, and
          ratio, confidence (or score) and distance if there are such; others are left out. Without
          names, the first four columns are x0, y0, x1, y1. Lines that begin with # are left out,
          unless they name the columns.
        - `.npz`: arrays x0, y0, x1, y1 (M,); points0 and points1 (M, 2); keypoints0 and keypoints1
          with matches, (M, 2), or (N0,) with -1 for none, as hloc and SuperGlue write them; or one
          (M, 4). Ratios, confidences (scores) and distances are taken too.
        - `.npy`: an (M, 4) array.

    Returns
    -------
    PointMatches
        In the order in which they are there, repeated ones as well; none is ordinary.

    Raises
    ------
    ValueError, TypeError
        An array is not as described.
    FeaturesReadError
        A file cannot be read, or is not as described.

    Examples
    --------
    >>> from featmatch.matching.tables import read_matches
    >>> read_matches([[10.0, 20.0, 13.5, 21.0], [30.0, 20.0, 33.5, 21.0]])
    PointMatches(2)
    """
    if not isinstance(source, str | PathLike):
        return _matches_in_memory(source)
    content = read_whole(source, FeaturesReadError, MAX_BYTES)
    try:
        if content.startswith(_NPY):
            return matches_of_table("array", read_npy(content))
        if content.startswith(_NPZ):
            return matches_in(read_npz(content))
        return parse_table(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FeaturesReadError(
            f"{source}: expected a table in UTF-8, .npz or .npy, got something else; save the"
            " matches in one of these forms"
        ) from error
    except ValueError as error:
        raise FeaturesReadError(
            f"{source}: holds no matches that can be used ({error}); mend the file, or save it"
            " again"
        ) from error


def _matches_in_memory(source: npt.ArrayLike) -> PointMatches:
    if isinstance(source, tuple | list) and len(source) == 2:
        points0, points1 = (as_array("matches", part) for part in source)
        if points0.ndim == points1.ndim == 2:
            return PointMatches(points0, points1)
    return matches_of_table("matches", source)


def parse_table(text: str) -> PointMatches:
    """Read the matches of a table; see `read_matches`.

    Raises
    ------
    ValueError
        A line is not as described; the message begins with its number.
    """
    rows = _rows(text)
    line, first = next(rows, (0, []))
    if not first:
        return PointMatches(np.zeros((0, 2)), np.zeros((0, 2)))
    if any(_is_number(cell) for cell in first):
        columns, width = _without_names(line, first), len(first)
        numbers = [_numbers(line, first, columns)]
    else:
        columns, width, numbers = _columns(line, first), len(first), []
    for line, cells in rows:
        if len(cells) != width:
            raise ArgumentError(f"line {line}: expected {width} cells, got {len(cells)}")
        numbers.append(_numbers(line, cells, columns))
    values = np.array(numbers, np.float64).reshape(-1, len(columns))
    table = dict(zip(columns, values.T, strict=True))
    points = np.stack([table.pop(name) for name in COORDINATES], axis=1)
    return PointMatches(points[:, :2], points[:, 2:], **table)


def _rows(text: str) -> Iterator[Row]:
    """Lines with cells; the first may be the names of the columns out of a comment."""
    delimiter, heading = "", None
    for line, content in enumerate(StringIO(text, newline=None), 1):
        stripped = content.strip()
        stripped = stripped if _delimiter(stripped) == " " else content.strip(" \r\n")
        if stripped.startswith(_COMMENT):
            cells = _cells(stripped.lstrip(_COMMENT), _delimiter(stripped))
            if set(COORDINATES) <= set(_names(cells)):
                heading = line, cells
            continue
        if not stripped.strip():
            continue
        if not delimiter:
            delimiter = _delimiter(stripped)
            cells = _cells(stripped, delimiter)
            if heading and any(_is_number(cell) for cell in cells):
                yield heading
        yield line, _cells(stripped, delimiter)


def _delimiter(line: str) -> str:
    return next((mark for mark in _DELIMITERS if mark in line), " ")


def _cells(line: str, delimiter: str) -> list[str]:
    cells = line.split() if delimiter == " " else line.split(delimiter)
    return [cell.strip().strip('"') for cell in cells]


def _names(cells: list[str]) -> list[str]:
    return [cell.lower() for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _columns(line: int, cells: list[str]) -> dict[str, int]:
    """Where the coordinates and the optional fields are, by the names of the columns."""
    names = _names(cells)
    missing = [name for name in COORDINATES if names.count(name) != 1]
    if missing:
        raise ArgumentError(
            f"line {line}: expected columns {', '.join(COORDINATES)}, each once, got"
            f" {', '.join(cells)[:80]}"
        )
    columns = {name: names.index(name) for name in COORDINATES}
    for field, known in OPTIONAL.items():
        found = [name for name in known if name in names]
        if found:
            columns[field] = names.index(found[0])
    return columns


def _without_names(line: int, cells: list[str]) -> dict[str, int]:
    if len(cells) < len(COORDINATES):
        raise ArgumentError(
            f"line {line}: expected {', '.join(COORDINATES)} in the first four columns, got"
            f" {len(cells)} cells"
        )
    return {name: place for place, name in enumerate(COORDINATES)}


def _numbers(line: int, cells: list[str], columns: dict[str, int]) -> list[float]:
    numbers = []
    for name, place in columns.items():
        number = float(cells[place]) if _is_number(cells[place]) else math.nan
        if not math.isfinite(number):
            raise ArgumentError(
                f"line {line}: expected a finite number for {name}, got {cells[place][:40]!r}"
            )
        bounded = name in ("ratios", "confidences")
        if bounded and not -ROUNDING <= number <= 1 + ROUNDING:
            raise ArgumentError(
                f"line {line}: expected a number from 0 to 1 for {name}, got {number:g}; scale"
                " the column, or give it another name to leave it out"
            )
        numbers.append(number)
    return numbers
