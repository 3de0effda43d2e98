"""Where a model takes points, and how far matches are from it.

A map (homography, affine map, similarity) takes a point of image 0 to a point of image 1; an
epipolar model (fundamental and essential matrix) takes it to a line. Notation and residuals follow
Hartley & Zisserman, "Multiple View Geometry", chapters 4 and 11.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from featmatch.types import Array

Matrix = npt.NDArray[np.float64]

_BATCH = 100_000  # residuals computed at a time: they stay in the processor's cache


def homogeneous(points: Array) -> Array:
    """Return (..., 3) coordinates of (..., 2) points, the third one 1."""
    return np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)


def normalization(points: Array) -> Matrix:
    """Return the similarity that takes points to mean 0 and standard deviation 1 of a coordinate.

    Their mean square distance from the center is 2 then (Hartley & Zisserman, section 4.4.4).
    """
    center = points.mean(axis=0)
    spread = float(np.sqrt(np.square(points - center).mean())) or 1.0
    return np.array([[1, 0, -center[0]], [0, 1, -center[1]], [0, 0, spread]]) / spread


def transfer(matrix: Array, points: Array) -> Array:
    """Map (N, 2) points by a (3, 3) matrix; points on the horizon become infinite."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        mapped: Array = homogeneous[:, :2] / homogeneous[:, 2:]
    return mapped


def map_residuals(matrix: Array, points0: Array, points1: Array) -> Array:
    """Larger of the two transfer errors of each match, in pixels.

    Parameters
    ----------
    matrix : (3, 3) float
        Maps image 0 to image 1.
    points0, points1 : (N, 2) float

    Returns
    -------
    (N,) float64
        Infinite everywhere if the matrix has no inverse.
    """
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return np.full(len(points0), np.inf)
    forward = np.linalg.norm(transfer(matrix, points0) - points1, axis=1)
    backward = np.linalg.norm(transfer(inverse, points1) - points0, axis=1)
    larger: Array = np.nan_to_num(np.maximum(forward, backward), nan=np.inf, posinf=np.inf)
    return larger


def epipolar_residuals(fundamental: Array, points0: Array, points1: Array) -> Array:
    """Larger of the two distances between point and epipolar line of each match, in pixels.

    Parameters
    ----------
    fundamental : (..., 3, 3) float
        One or several matrices: ``x1.T @ fundamental @ x0 = 0``.
    points0, points1 : (N, 2) float

    Returns
    -------
    (..., N) float64
        Infinite where a point lies on its image's epipole, which gives it no line.
    """
    lines1 = points0 @ fundamental[..., :2].swapaxes(-1, -2) + fundamental[..., None, :, 2]
    lines0 = points1 @ fundamental[..., :2, :] + fundamental[..., None, 2, :]
    algebraic = np.abs((lines1[..., :2] * points1).sum(axis=-1) + lines1[..., 2])
    slope = np.minimum(
        np.hypot(lines0[..., 0], lines0[..., 1]), np.hypot(lines1[..., 0], lines1[..., 1])
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        distances: Array = np.nan_to_num(algebraic / slope, nan=np.inf, posinf=np.inf)
    return distances


def fundamental_of(essential: Array, intrinsics0: Array, intrinsics1: Array) -> Matrix:
    """Fundamental matrix, in pixels, of an essential one and two cameras (3, 3)."""
    matrix: Matrix = np.linalg.inv(intrinsics1).T @ essential @ np.linalg.inv(intrinsics0)
    return matrix


def support(residuals: Array, max_error: float) -> Array:
    """Count inliers, the nearer the more (MSAC, Torr & Zisserman 2000).

    Parameters
    ----------
    residuals : (..., N) float
        Of one or several models.
    max_error : float
        Largest residual of an inlier, in the same unit.

    Returns
    -------
    (...) float64
    """
    counted: Array = np.maximum(0, 1 - (residuals / max_error) ** 2).sum(axis=-1)
    return counted


def support_of_each(
    models: Array, residuals: Callable[[Array], Array], num_matches: int, max_error: float
) -> Array:
    """Return the support of many models, a batch of them at a time.

    Parameters
    ----------
    models : (S, 3, 3) float
    residuals : callable
        Of a batch of models (B, 3, 3), the residuals (B, N).
    num_matches : int
        N.
    max_error : float
        See `support`.

    Returns
    -------
    (S,) float64
    """
    step = max(1, _BATCH // max(1, num_matches))
    batches = np.split(models, range(step, len(models), step))
    return np.concatenate([support(residuals(batch), max_error) for batch in batches])
