"""Homographies that change little: corrections of a map that is nearly right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featmatch.geometry.degeneracy import degeneracy
from featmatch.geometry.patches import MAX_SHIFT, Comparison, FoundPatches, from_shrunk
from featmatch.geometry.residuals import Matrix, homogeneous, transfer
from featmatch.types import Array

MIN_POINTS = 12

_SHIFT_NOISE = 0.5  # px: where the weight of a shift begins to drop
_NUM_ROUNDS = 10
_HALF = 2  # times as small: what is twice as far off is found there


def brought_nearer(compared: Comparison, found: FoundPatches) -> tuple[Comparison, FoundPatches]:
    """Correct a map by images of half the size, where few patches are found at their own.

    Parameters
    ----------
    compared : Comparison
    found : FoundPatches
        In the images at their own size.

    Returns
    -------
    Comparison, FoundPatches
        Those given, unless most patches are found at half the size, and with the map that these
        correct at the images' own, too.
    """
    if found.are_most or found.agreement is None:
        return compared, found
    to_fine, half = from_shrunk(_HALF), compared.shrunk(_HALF)
    rough = half.find_patches()
    if not rough.are_most or not fix_homography(rough.points, rough.shifted, MAX_SHIFT):
        return compared, found
    correction = fit_near_identity(rough.points, rough.shifted)
    mapping = to_fine @ half.mapping @ correction @ np.linalg.inv(to_fine)
    nearer = replace(compared, mapping=mapping / mapping[2, 2])
    again = nearer.find_patches()
    return (nearer, again) if again.are_most else (compared, found)


def fix_homography(points: Array, shifted: Array, max_error: float) -> bool:
    """Whether matched points are enough, and lie so that they fix a homography."""
    enough = len(points) >= MIN_POINTS
    return enough and not degeneracy("homography", points, shifted, max_error)


def fit_near_identity(points0: Array, points1: Array) -> Matrix:
    """Fit a homography that changes little, by least squares with Cauchy weights.

    Near the identity the linear equations of the homography are the errors in pixels, so no
    nonlinear refinement is needed (Hartley & Zisserman, section 4.1.2).
    """
    center, spread = points0.mean(axis=0), points0.std()
    normal = np.array([[1, 0, -center[0]], [0, 1, -center[1]], [0, 0, spread]]) / spread
    points0, points1 = transfer(normal, points0), transfer(normal, points1)
    design = np.zeros((len(points0), 2, 8))
    design[:, 0, 0:3] = design[:, 1, 3:6] = homogeneous(points0)
    design[:, :, 6:] = -points1[:, :, None] * points0[:, None]
    fitted = np.eye(3)
    for _ in range(_NUM_ROUNDS):
        errors = np.linalg.norm(transfer(fitted, points0) - points1, axis=1) * spread
        weights = 1 / (1 + (errors / _SHIFT_NOISE) ** 2)
        # einsum sums in a fixed order, whatever the number of threads.
        left = np.einsum("n,nai,naj->ij", weights, design, design)
        right = np.einsum("n,nai,na->i", weights, design, points1)
        fitted = np.append(np.linalg.solve(left, right), 1.0).reshape(3, 3)
    correction: Matrix = np.linalg.inv(normal) @ fitted @ normal
    return correction
