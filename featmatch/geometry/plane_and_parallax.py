"""Recover a fundamental matrix that a dominant plane has left open.

Matches of one plane agree with every matrix [e']x H, where H is the plane's homography, whatever
the epipole e'. Where nearly all matches lie on a plane, a search for the most inliers ends at an
epipole that suits the noise, or the way the lens bends the plane, and passes over the few matches
off the plane, which alone can tell. With H known, two of them fix the epipole.

References
----------
O. Chum, T. Werner and J. Matas, "Two-view geometry estimation unaffected by a dominant plane", CVPR
2005; R. Hartley and A. Zisserman, "Multiple View Geometry", section 13.3. The bound on chance is
the one of `featmatch.geometry.false_alarms`, at a fixed error.
"""

from __future__ import annotations

import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import extent
from featmatch.geometry.least_squares import fit_homography
from featmatch.geometry.residuals import (
    Matrix,
    epipolar_residuals,
    homogeneous,
    map_residuals,
    support_of_each,
    transfer,
)
from featmatch.types import Array

PLANE_TOLERANCE = 3.0  # times max_error: a lens bends a plane by some pixels
ACCEPTED_BELOW = -8.0  # log10 of the false alarms of an epipole that is believed
NUM_SAMPLES = 2000  # pairs of matches: one in twenty right finds a right pair in 99 of 100 cases

_NUM_FIXING = 2  # matches that fix the epipole
_REFITS = 5


def resolve_dominant_plane(
    fundamental: Matrix,
    homography: Matrix,
    matched: Correspondences,
    *,
    max_error: float = 3.0,
    seed: int = 0,
) -> Matrix:
    """Replace a fundamental matrix whose epipole rests on chance by one that does not.

    Only matches off the plane are asked. The matrix is degenerate if no more of them agree with it
    than chance explains. Then epipoles are tried that two of them fix, and the one with the most
    support is taken if chance, with as many trials, would hardly ever give as much.

    Parameters
    ----------
    fundamental : (3, 3) float
        ``x1.T @ fundamental @ x0 = 0``.
    homography : (3, 3) float
        Of the plane that most matches lie on; maps image 0 to image 1.
    matched : Correspondences
        Right and wrong matches.
    max_error : float
        Largest residual of an inlier in pixels; matches within three times as much of the
        homography count as on the plane.
    seed : int
        Of the random draws.

    Returns
    -------
    (3, 3) float64
        The matrix given, the same object, where it is sound or nothing better is known; otherwise
        [e']x H, of norm 1.
    """
    tolerance = PLANE_TOLERANCE * max_error
    points0, points1 = matched.points0, matched.points1
    plane = _refitted(homography, points0, points1, tolerance)
    off_plane = map_residuals(plane, points0, points1) > tolerance
    points0, points1 = points0[off_plane], points1[off_plane]
    if len(points0) <= _NUM_FIXING:
        return fundamental
    if log10_false_epipoles(fundamental, points0, points1, max_error=max_error) < 0:
        return fundamental
    recovered = _search(plane, points0, points1, max_error, seed)
    if recovered is None:
        return fundamental
    log10 = log10_false_epipoles(recovered, points0, points1, max_error=max_error)
    return recovered if log10 <= ACCEPTED_BELOW else fundamental


def log10_false_epipoles(
    fundamental: Matrix, points0: Array, points1: Array, *, max_error: float
) -> float:
    """Logarithm of the number of epipoles with as much support that random matches would give.

    Parameters
    ----------
    fundamental : (3, 3) float
    points0, points1 : (N, 2) float
        The matches off the plane, right and wrong, in pixels; more than two.
    max_error : float
        Largest residual of an inlier in pixels.

    Returns
    -------
    float
        At most 0, which is no evidence at all. The number of pairs of matches, each of which fixes
        an epipole, times Hoeffding's bound on the tail of the binomial distribution.
    """
    extents = extent(points0), extent(points1)
    width, height = min(extents, key=lambda sides: sides[0] * sides[1])
    chance = 2 * max_error * float(np.hypot(width, height)) / (width * height)
    num = len(points0)
    agreeing = epipolar_residuals(fundamental, points0, points1) <= max_error
    share = (np.count_nonzero(agreeing) - _NUM_FIXING) / (num - _NUM_FIXING)
    if share <= chance or chance >= 1:
        return 0.0
    divergence = share * np.log(share / chance)
    if share < 1:
        divergence += (1 - share) * np.log((1 - share) / (1 - chance))
    log_tests = np.log(num * (num - 1) / 2)
    return float(min(0.0, (log_tests - (num - _NUM_FIXING) * divergence) / np.log(10)))


def _refitted(homography: Matrix, points0: Array, points1: Array, tolerance: float) -> Matrix:
    """Fit the homography to all of the plane, as far as the lens lets it be one."""
    for _ in range(_REFITS):
        near = map_residuals(homography, points0, points1) <= tolerance
        fitted = fit_homography(points0[near], points1[near])
        if fitted is None:
            break
        homography = fitted
    return homography


def _search(
    plane: Matrix, points0: Array, points1: Array, max_error: float, seed: int
) -> Matrix | None:
    """Find [e']x H with the most support; e' is where two matches' lines of parallax meet."""
    mapped = transfer(plane, points0)
    finite = np.isfinite(mapped).all(axis=1)
    points0, points1, mapped = points0[finite], points1[finite], mapped[finite]
    if len(points0) < _NUM_FIXING:
        return None
    lines = np.cross(homogeneous(mapped), homogeneous(points1))
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    pairs = np.random.default_rng(seed).integers(0, len(lines), (2, NUM_SAMPLES))
    epipoles = np.cross(lines[pairs[0]], lines[pairs[1]])
    epipoles = epipoles[np.any(epipoles != 0, axis=1)]
    epipoles /= np.linalg.norm(epipoles, axis=1, keepdims=True)
    candidates = _cross_matrices(epipoles) @ plane
    support = support_of_each(
        candidates,
        lambda batch: epipolar_residuals(batch, points0, points1),
        len(points0),
        max_error,
    )
    if not support.any():
        return None
    best: Matrix = candidates[support.argmax()]
    return best / np.linalg.norm(best)


def _cross_matrices(vectors: Array) -> Array:
    """(N, 3, 3) matrices that multiply as the cross product with each of (N, 3) vectors does."""
    columns: Array = np.cross(vectors[:, None], np.eye(3))
    return columns.swapaxes(1, 2)
