"""A matrix of 3 x 3 numbers from a file: a homography, a camera's intrinsics."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.errors import ReadError
from featmatch.files import read_whole, reason_of
from featmatch.npy import read_npy


def read_matrix(path: str | os.PathLike[str], meaning: str) -> npt.NDArray[np.float64]:
    """Read an invertible matrix of 3 x 3 numbers from a file.

    Parameters
    ----------
    path : path
        Text of three rows of three numbers, apart by spaces or commas; a JSON list of three lists
        of three numbers; or a NumPy array in a file ending in .npy.
    meaning : str
        What the matrix is, for the message that tells what to write.

    Returns
    -------
    (3, 3) float64

    Raises
    ------
    ReadError
        The file cannot be read, or holds no such matrix.
    """
    content = read_whole(path)
    try:
        if Path(path).suffix.lower() == ".npy":
            values = read_npy(content)
        else:
            values = _parsed(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ReadError(
            f"{path}: holds no matrix ({reason_of(error)}); write three rows of three numbers"
        ) from error
    flaw = matrix_flaw(values)
    if flaw:
        raise ReadError(
            f"{path}: expected an invertible 3 x 3 matrix, got {flaw}; "
            f"write {meaning} as three rows of three numbers"
        )
    return np.asarray(values, np.float64)


def matrix_flaw(values: npt.ArrayLike) -> str | None:
    """Say why values are not an invertible matrix of 3 x 3 numbers; None if they are."""
    try:
        matrix = np.asarray(values)
    except ValueError:
        return "rows of different lengths"
    if matrix.shape != (3, 3):
        return f"shape {matrix.shape}"
    if matrix.dtype.kind not in "iuf":
        return "values that are not numbers"
    if not np.isfinite(matrix).all():
        return "NaN or infinity"
    if np.linalg.matrix_rank(matrix.astype(np.float64)) < 3:
        return "a singular one"
    return None


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("["):
        return json.loads(text)
    rows = [row for row in text.splitlines() if row.strip()]
    return [[float(number) for number in row.replace(",", " ").split()] for row in rows]
