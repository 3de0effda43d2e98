"""Fit a model to matches that are all believed, by least squares."""

from __future__ import annotations

import cv2
import numpy as np

from featmatch.geometry.models import Matrix
from featmatch.types import Array, Kind


def fit_least_squares(kind: Kind, points0: Array, points1: Array) -> Matrix | None:
    """Fit a model to all the matches given.

    Parameters
    ----------
    kind : str
        A model of `featmatch.geometry.models.MODELS`.
    points0, points1 : (M, 2) float
        Matched points: in pixels, or calibrated for an essential matrix.

    Returns
    -------
    (3, 3) float64 or None
        None where the matches are too few or do not fix the model.

    References
    ----------
    Homography: direct linear transform, then Levenberg-Marquardt on the transfer error; the
    fundamental and essential matrix: the normalized eight-point algorithm, the latter projected
    onto equal singular values (Hartley & Zisserman, sections 4.1, 4.5, 11.2, 9.6.1). Similarity:
    S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    PAMI 1991, without its reflections.
    """
    if kind == "homography":
        if len(points0) < 4:
            return None
        homography = _checked(cv2.findHomography(points0, points1, 0)[0])
        invertible = homography is not None and np.linalg.matrix_rank(homography) == 3
        return homography if invertible else None
    if kind in ("fundamental", "essential"):
        if len(points0) < 8:
            return None
        matrix = _checked(cv2.findFundamentalMat(points0, points1, cv2.FM_8POINT)[0])
        return _as_essential(matrix) if kind == "essential" and matrix is not None else matrix
    return _fit_affine(points0, points1) if kind == "affine" else _fit_similarity(points0, points1)


def _checked(matrix: Array | None) -> Matrix | None:
    usable = matrix is not None and matrix.shape == (3, 3) and np.isfinite(matrix).all()
    return matrix if usable else None


def _as_essential(matrix: Matrix) -> Matrix:
    left, _, right = np.linalg.svd(matrix)
    essential: Matrix = left @ np.diag([1.0, 1.0, 0.0]) @ right
    return essential


def _fit_affine(points0: Array, points1: Array) -> Matrix | None:
    design = np.column_stack([points0, np.ones(len(points0))])
    solution, _, rank, _ = np.linalg.lstsq(design, points1, rcond=None)
    return np.vstack([solution.T, [0.0, 0.0, 1.0]]) if rank == 3 else None


def _fit_similarity(points0: Array, points1: Array) -> Matrix | None:
    """As complex numbers: z1 = a z0 + b, with the rotation and scale in a."""
    if not len(points0) or not np.ptp(points0, axis=0).any():
        return None
    z0, z1 = (points @ np.array([1.0, 1.0j]) for points in (points0, points1))
    centered = z0 - z0.mean()
    energy = np.vdot(centered, centered).real
    a = np.vdot(centered, z1) / energy
    b = z1.mean() - a * z0.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0.0, 0.0, 1.0]])
