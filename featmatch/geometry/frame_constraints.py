"""What a match of two frames demands of a model, in linear equations.

The nine unknowns are the rows of the matrix, one after the other. A frame's map A is the derivative
of what the model does to points at x0: each of its entries gives an equation beside those of the
point itself (Barath & Hajder 2017 for homographies; Bentolila & Francos 2014 for F).
"""

from __future__ import annotations

import numpy as np

from featmatch.geometry.residuals import Matrix
from featmatch.types import Array


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
    x0 = _homogeneous(points0)
    nothing = np.zeros_like(x0)
    rows = [
        np.concatenate([x0, nothing, -points1[..., :1] * x0], axis=-1),
        np.concatenate([nothing, x0, -points1[..., 1:] * x0], axis=-1),
    ]
    for output in (0, 1):
        for direction in (0, 1):
            step = np.zeros_like(x0)
            step[..., direction] = 1.0
            third = -points1[..., output, None] * step - maps[..., output, direction, None] * x0
            first = (step, nothing) if output == 0 else (nothing, step)
            rows.append(np.concatenate([*first, third], axis=-1))
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
    x0, x1 = _homogeneous(points0), _homogeneous(points1)
    rows = [_outer(x1, x0)]
    for direction in (0, 1):
        step = np.zeros_like(x0)
        step[..., direction] = 1.0
        moved = np.concatenate([maps[..., direction], np.zeros_like(x0[..., :1])], axis=-1)
        rows.append(_outer(moved, x0) + _outer(x1, step))
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


def normalization(points: Array) -> Matrix:
    """Return the similarity that centers points and takes their mean square distance to 2.

    Hartley & Zisserman, section 4.4.4.
    """
    center = points.mean(axis=0)
    spread = np.sqrt(((points - center) ** 2).sum(axis=1).mean())
    scale = np.sqrt(2) / spread if spread > 0 else 1.0
    return np.array([[scale, 0, -scale * center[0]], [0, scale, -scale * center[1]], [0, 0, 1.0]])


def _homogeneous(points: Array) -> Array:
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)


def _outer(left: Array, right: Array) -> Array:
    """Coefficients of left.T F right."""
    product = left[..., :, None] * right[..., None, :]
    return product.reshape(*product.shape[:-2], 9)


def _stacked(rows: list[Array]) -> Array:
    """Put the equations of all matches of a sample below each other."""
    stacked = np.stack(rows, axis=-2)
    return stacked.reshape(len(stacked), -1, 9)
