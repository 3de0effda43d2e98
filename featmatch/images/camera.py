"""Cameras: their matrices of intrinsic parameters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError


def camera_matrix(name: str, values: npt.ArrayLike | None) -> npt.NDArray[np.float64]:
    """Check a camera's matrix of intrinsic parameters, (3, 3) in pixels."""
    if values is None:
        raise ArgumentError(f"{name}: expected a camera matrix for an essential matrix, got None")
    matrix = np.asarray(values, np.float64)
    if matrix.shape != (3, 3):
        raise ArgumentError(f"{name}: expected a (3, 3) camera matrix, got shape {matrix.shape}")
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise ArgumentError(f"{name}: expected positive focal lengths, got {matrix.tolist()}")
    if matrix[1, 0] != 0 or not np.array_equal(matrix[2], (0, 0, 1)):
        raise ArgumentError(
            f"{name}: expected rows (fx, s, cx), (0, fy, cy), (0, 0, 1), got {matrix.tolist()}"
        )
    return matrix
