"""Fit a model to matches that are all believed, by least squares.

Every function takes points0, points1 (M, 2), in pixels (calibrated for an essential matrix), and
returns a (3, 3) float64 matrix; None where the matches are too few or do not fix the model.

References
----------
Homography: direct linear transform, then Levenberg-Marquardt on the transfer error; the
fundamental and essential matrix: the normalized eight-point algorithm, the latter projected onto
equal singular values (Hartley & Zisserman, sections 4.1, 4.5, 11.2, 9.6.1). Similarity: S. Umeyama,
"Least-squares estimation of transformation parameters between two point patterns", PAMI 1991,
without its reflections.
"""

from __future__ import annotations

import cv2
import numpy as np

from featmatch.geometry.residuals import Matrix, homogeneous
from featmatch.types import Array


def fit_homography(points0: Array, points1: Array) -> Matrix | None:
    """Fit a homography to at least 4 matches."""
    if len(points0) < 4:
        return None
    homography = _checked(cv2.findHomography(points0, points1, 0)[0])
    invertible = homography is not None and np.linalg.matrix_rank(homography) == 3
    return homography if invertible else None


def fit_fundamental(points0: Array, points1: Array) -> Matrix | None:
    """Fit a fundamental matrix to at least 8 matches."""
    if len(points0) < 8:
        return None
    return _checked(cv2.findFundamentalMat(points0, points1, cv2.FM_8POINT)[0])


def fit_essential(points0: Array, points1: Array) -> Matrix | None:
    """Fit an essential matrix to at least 8 matches."""
    matrix = fit_fundamental(points0, points1)
    if matrix is None:
        return None
    left, _, right = np.linalg.svd(matrix)
    essential: Matrix = left @ np.diag([1.0, 1.0, 0.0]) @ right
    return essential


def fit_affine(points0: Array, points1: Array) -> Matrix | None:
    """Fit an affine map to at least 3 matches."""
    solution, _, rank, _ = np.linalg.lstsq(homogeneous(points0), points1, rcond=None)
    return np.vstack([solution.T, [0.0, 0.0, 1.0]]) if rank == 3 else None


def fit_similarity(points0: Array, points1: Array) -> Matrix | None:
    """Fit a similarity to at least 2 matches.

    As complex numbers: z1 = a z0 + b, with the rotation and scale in a.
    """
    if not len(points0) or not np.ptp(points0, axis=0).any():
        return None
    z0, z1 = (points @ np.array([1.0, 1.0j]) for points in (points0, points1))
    centered = z0 - z0.mean()
    energy = np.vdot(centered, centered).real
    a = np.vdot(centered, z1) / energy
    b = z1.mean() - a * z0.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0.0, 0.0, 1.0]])


def _checked(matrix: Array | None) -> Matrix | None:
    usable = matrix is not None and matrix.shape == (3, 3) and np.isfinite(matrix).all()
    return matrix if usable else None
