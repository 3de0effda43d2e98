"""What a match of two frames demands of a model, in linear equations.

The nine unknowns are the rows of the matrix, one after the other. A frame's map A is the derivative
of what the model does to points at x0: each of its entries gives an equation beside those of the
point itself (Barath & Hajder 2017 for homographies; Bentolila & Francos 2014 for F).
"""

from __future__ import annotations

import numpy as np

from featmatch.geometry.residuals import homogeneous
from featmatch.types import Array

_AXES = np.eye(3)


def homography_constraints(points0: Array, points1: Array, maps: Array) -> Array:
    """Return the equations of x1 ~ H x0 and of its derivative.

    Parameters
    ----------
    points0, points1 : (S, n, 2) float
        Of samples of n matches.
    maps : (S, n, 2, 2) float

    Returns
    -------
    (S, 6 n, 9) float64
    """
    x0, rows = homogeneous(points0), []
    for output in (0, 1):
        transferred = _AXES[output] - points1[..., output, None] * _AXES[2]
        rows.append(_outer(transferred, x0))
        for direction in (0, 1):
            scaled = maps[..., output, direction, None] * _AXES[2]
            rows.append(_outer(transferred, _AXES[direction]) - _outer(scaled, x0))
    return _stacked(rows)


def epipolar_constraints(points0: Array, points1: Array, maps: Array) -> Array:
    """Return the equations of x1.T F x0 = 0 and of its derivatives along both axes of image 0.

    Parameters
    ----------
    points0, points1, maps
        As of `homography_constraints`.

    Returns
    -------
    (S, 3 n, 9) float64
    """
    x0, x1 = homogeneous(points0), homogeneous(points1)
    rows = [_outer(x1, x0)]
    for direction in (0, 1):
        moved = maps[..., direction] @ _AXES[:2]
        rows.append(_outer(moved, x0) + _outer(x1, _AXES[direction]))
    return _stacked(rows)


def null_matrices(constraints: Array, rank: int) -> Array:
    """Solve equations for matrices of norm 1, up to their sign, by least squares.

    Parameters
    ----------
    constraints : (S, K, 9) float
    rank : {2, 3}
        Of the matrices: 2 sets their smallest singular value to 0.

    Returns
    -------
    (S, 3, 3) float64
    """
    _, vectors = np.linalg.eigh(constraints.swapaxes(1, 2) @ constraints)
    matrices: Array = vectors[..., 0].reshape(-1, 3, 3)
    if rank == 3:
        return matrices
    left, values, right = np.linalg.svd(matrices)
    values[:, 2] = 0.0
    singular: Array = (left * values[:, None, :]) @ right
    return singular


def _outer(left: Array, right: Array) -> Array:
    """Coefficients of left.T F right."""
    product = left[..., :, None] * right[..., None, :]
    return product.reshape(*product.shape[:-2], 9)


def _stacked(rows: list[Array]) -> Array:
    """Put the equations of all matches of a sample below each other."""
    stacked = np.stack(rows, axis=-2)
    return stacked.reshape(len(stacked), -1, 9)
