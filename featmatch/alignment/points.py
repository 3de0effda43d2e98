"""A table of points of one image, with where they lie in the other: both ways."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from os import PathLike

import numpy as np

from featmatch.alignment.alignment import Alignment
from featmatch.errors import FeaturesReadError
from featmatch.files import read_whole
from featmatch.types import Array

MOVING, FIXED = ("x0", "y0"), ("x1", "y1")
MAX_BYTES = 1 << 28  # of a table: ten million points


@dataclass(frozen=True)
class PointTable:
    """A table with the points of one image.

    Attributes
    ----------
    names : tuple of str
        Of the columns, among them x0 and y0, or x1 and y1.
    rows : tuple of dict
        The cells of each line by the names.
    """

    names: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def of_moving(self) -> bool:
        """Whether the points are those of the moving image."""
        return set(MOVING) <= set(self.names)


def read_points(path: str | PathLike[str]) -> PointTable:
    """Read a table of points.

    Parameters
    ----------
    path : str or path
        Commas between its cells, and names in its first line: x0 and y0 for points of the moving
        image (or x and y), or x1 and y1 for those of the fixed one. Other columns are kept.

    Returns
    -------
    PointTable
        With x0 and y0 for x and y.

    Raises
    ------
    FeaturesReadError
        It cannot be read, has no such columns or both, two of one name, a line with more cells than
        columns, or a cell that is no number.
    """
    try:
        text = read_whole(path, FeaturesReadError, MAX_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(StringIO(text), strict=True)
        names = tuple({"x": "x0", "y": "y0"}.get(name, name) for name in reader.fieldnames or ())
        lines = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FeaturesReadError(f"{path}: expected a table in UTF-8, got something else") from error
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise FeaturesReadError(f"{path}: expected one column {twice} in its first line, got two")
    known = [set(pair) <= set(names) for pair in (MOVING, FIXED)]
    if sum(known) != 1:
        raise FeaturesReadError(
            f"{path}: expected columns x0 and y0 (points of the moving image) or x1 and y1 (of the "
            f"fixed one) in its first line, got {', '.join(names) or 'none'}"
        )
    rows = []
    for number, line in enumerate(lines, start=2):
        if None in line:  # where the reader puts what is left over
            raise FeaturesReadError(f"{path}: line {number}: expected {len(names)} cells, got more")
        row = dict(zip(names, line.values(), strict=True))
        for name in MOVING if known[0] else FIXED:
            if not _is_number(row[name]):
                raise FeaturesReadError(
                    f"{path}: line {number}: expected a number as {name}, got {row[name] or ''!r}"
                )
        rows.append(row)
    return PointTable(names, tuple(rows))


def placed_points(table: PointTable, alignment: Alignment) -> bytes:
    """Write a table of points with the columns of the other image added.

    Cells are empty where a point lies beyond the horizon of a homography.
    """
    given, wanted = (MOVING, FIXED) if table.of_moving else (FIXED, MOVING)
    points = np.array([[float(row[name]) for name in given] for row in table.rows]).reshape(-1, 2)
    there = alignment.to_fixed(points) if table.of_moving else alignment.to_moving(points)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.names, *wanted])
    for row, place in zip(table.rows, there, strict=True):
        writer.writerow([*(row[name] for name in table.names), *_cells(place)])
    return text.getvalue().encode()


def _cells(place: Array) -> list[str]:
    return [f"{value:.4f}" if np.isfinite(value) else "" for value in place]


def _is_number(cell: str | None) -> bool:
    try:
        return cell is not None and bool(np.isfinite(float(cell)))
    except ValueError:
        return False
