"""A table of points of one image, with where they lie in the other: both ways."""

from __future__ import annotations

import csv
from io import StringIO
from os import PathLike

import numpy as np

from featmatch.alignment.alignment import Alignment
from featmatch.errors import FeaturesReadError
from featmatch.files import read_whole
from featmatch.types import Array

MOVING, FIXED = ("x0", "y0"), ("x1", "y1")
MAX_BYTES = 1 << 28  # of a table: ten million points

Table = list[dict[str, str]]


def read_points(path: str | PathLike[str]) -> Table:
    """Read a table of points.

    Parameters
    ----------
    path : str or path
        Commas between its cells, and names in its first line: x0 and y0 for points of the moving
        image (or x and y), or x1 and y1 for those of the fixed one. Other columns are kept.

    Returns
    -------
    list of dict
        A row each, x and y renamed to x0 and y0.

    Raises
    ------
    FeaturesReadError
        It cannot be read, has no such columns or both, or a cell is no number.
    """
    try:
        text = read_whole(path, FeaturesReadError, MAX_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(StringIO(text), strict=True)
        names = [{"x": "x0", "y": "y0"}.get(name, name) for name in reader.fieldnames or ()]
        rows = [dict(zip(names, row.values(), strict=False)) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FeaturesReadError(f"{path}: expected a table in UTF-8, got something else") from error
    known = [set(pair) <= set(names) for pair in (MOVING, FIXED)]
    if sum(known) != 1:
        raise FeaturesReadError(
            f"{path}: expected columns x0 and y0 (points of the moving image) or x1 and y1 (of the "
            f"fixed one) in its first line, got {', '.join(names) or 'none'}"
        )
    for number, row in enumerate(rows, start=2):
        for name in MOVING if known[0] else FIXED:
            if not _is_number(row.get(name)):
                raise FeaturesReadError(
                    f"{path}: line {number}: expected a number as {name}, got {row.get(name)!r}"
                )
    return rows


def placed_points(table: Table, alignment: Alignment) -> bytes:
    """Write a table of points with the columns of the other image added.

    Cells are empty where a point lies beyond the horizon of a homography.
    """
    given, wanted = (MOVING, FIXED) if table and "x0" in table[0] else (FIXED, MOVING)
    points = np.array([[float(row[name]) for name in given] for row in table]).reshape(-1, 2)
    there = alignment.to_fixed(points) if given == MOVING else alignment.to_moving(points)
    text = StringIO()
    names = [*(table[0] if table else given), *wanted]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row, place in zip(table, there, strict=True):
        writer.writerow([*row.values(), *_cells(place)])
    return text.getvalue().encode()


def _cells(place: Array) -> list[str]:
    return [f"{value:.4f}" if np.isfinite(value) else "" for value in place]


def _is_number(cell: str | None) -> bool:
    try:
        return cell is not None and bool(np.isfinite(float(cell)))
    except ValueError:
        return False
