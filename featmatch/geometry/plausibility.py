"""Could a camera have seen that? Maps that fold or mirror the image are artefacts of a bad fit."""

from __future__ import annotations

import numpy as np

from featmatch.geometry.models import Matrix
from featmatch.types import Array

LARGEST_SCALE = 30.0
LARGEST_ASPECT = 30.0
LARGEST_FOLD = 0.05  # of the inliers: a wrong match or two behind the horizon prove nothing
LARGEST_TURNED = 0.6  # of the triangles: strong depth turns many in a true scene
MIRRORS = "mirrors the image"
_TRIANGLES = 1000


def map_flaw(homography: Matrix, points0: Array) -> str:
    """Say why no view of a plane gives this map near the points that support it.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; affine maps and similarities included.
    points0 : (K, 2) float
        The inliers in image 0.

    Returns
    -------
    str
        Empty if the map is plausible: nearly all points on one side of the horizon, no mirroring,
        and a typical change of scale and of aspect below 30.
    """
    depths = points0 @ homography[2, :2] + homography[2, 2]
    behind = np.mean(depths <= 0)
    if min(behind, 1 - behind) > LARGEST_FOLD or not depths.all():
        return "folds the image along a line"
    jacobians = _jacobians(homography, points0, depths)
    if np.median(np.linalg.det(jacobians)) <= 0:
        return MIRRORS
    larger, smaller = np.median(np.linalg.svd(jacobians, compute_uv=False), axis=0)
    scale = np.sqrt(larger * smaller)
    if not 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE:
        return f"changes the scale more than {LARGEST_SCALE:.0f} times"
    if larger > LARGEST_ASPECT * smaller:
        return f"squeezes the image more than {LARGEST_ASPECT:.0f} times"
    return ""


def epipolar_flaw(points0: Array, points1: Array) -> str:
    """Say why no camera gives these matches, whose epipolar lines agree.

    A fundamental matrix fits mirrored matches as well as true ones. But two views of a scene from
    one side show its points in the same sense of rotation: most triangles of points, and the
    linear map that comes nearest to the matches. Each can be deceived, by depth or by wrong matches
    that happen to fit; so both have to be against it.

    Parameters
    ----------
    points0, points1 : (K, 2) float
        The inliers.

    Returns
    -------
    str
        Empty if the linear map keeps the sense of rotation, or no more than three in five triangles
        (of a thousand drawn at random) turn it round.
    """
    centred0, centred1 = points0 - points0.mean(axis=0), points1 - points1.mean(axis=0)
    corners = np.random.default_rng(0).integers(0, len(points0), (_TRIANGLES, 3))
    turned = np.mean(_areas(points0[corners]) * _areas(points1[corners]) < 0)
    against = np.linalg.det(centred0.T @ centred1) < 0 and turned > LARGEST_TURNED
    return MIRRORS if against else ""


def _areas(triangles: Array) -> Array:
    """Twice the signed areas of (T, 3, 2) triangles."""
    sides = triangles[:, 1:] - triangles[:, :1]
    areas: Array = np.linalg.det(sides)
    return areas


def _jacobians(homography: Matrix, points: Array, depths: Array) -> Array:
    """(K, 2, 2) derivatives of the mapped point by the point."""
    mapped = (points @ homography[:2, :2].T + homography[:2, 2]) / depths[:, None]
    numerator = homography[:2, :2] - mapped[:, :, None] * homography[2, :2]
    jacobians: Array = numerator / depths[:, None, None]
    return jacobians
