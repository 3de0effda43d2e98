"""Could a camera have seen that? Maps that fold or mirror the image are artifacts of a bad fit."""

from __future__ import annotations

from enum import Enum

import numpy as np

from featmatch.geometry.residuals import Matrix
from featmatch.types import Array

LARGEST_SCALE = 30.0
LARGEST_ASPECT = 30.0
LARGEST_FOLD = 0.05  # of the inliers: a wrong match or two behind the horizon prove nothing
LARGEST_TURNED = 0.6  # of the triangles: strong depth turns many in a true scene
LEAST_CONSISTENCY = 0.6  # of the matches: true ones move with their neighbors
_TRIANGLES = 1000
_NEIGHBORS = 6
_STRETCH = 2.0  # of distances between neighbors, beyond the typical one
_SLACK = 6.0  # px: depth moves the closest neighbors too


class Flaw(Enum):
    """Why no two views of a scene are related as a model says; its value is its name in JSON."""

    FOLDS = "folds"
    MIRRORS = "mirrors"
    SCALES = "scales"
    SQUEEZES = "squeezes"
    SCATTERS = "scatters"

    @property
    def text(self) -> str:
        """The flaw in words, which go on after "the model"."""
        return _TEXTS[self]


_TEXTS = {
    Flaw.FOLDS: "folds the image along a line",
    Flaw.MIRRORS: "mirrors the image",
    Flaw.SCALES: f"changes the scale more than {LARGEST_SCALE:.0f} times",
    Flaw.SQUEEZES: f"squeezes the image more than {LARGEST_ASPECT:.0f} times",
    Flaw.SCATTERS: "takes neighbors to places far apart",
}


def map_flaw(homography: Matrix, points0: Array) -> Flaw | None:
    """Say why no view of a plane gives this map near the points that support it.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; affine maps and similarities included.
    points0 : (K, 2) float
        The inliers in image 0.

    Returns
    -------
    Flaw or None
        None if the map is plausible: nearly all points on one side of the horizon, no mirroring,
        and a typical change of scale and of aspect below 30.
    """
    depths = points0 @ homography[2, :2] + homography[2, 2]
    behind = np.mean(depths <= 0)
    if min(behind, 1 - behind) > LARGEST_FOLD or not depths.all():
        return Flaw.FOLDS
    jacobians = _jacobians(homography, points0, depths)
    if np.median(np.linalg.det(jacobians)) <= 0:
        return Flaw.MIRRORS
    larger, smaller = np.median(np.linalg.svd(jacobians, compute_uv=False), axis=0)
    scale = np.sqrt(larger * smaller)
    if not 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE:
        return Flaw.SCALES
    if larger > LARGEST_ASPECT * smaller:
        return Flaw.SQUEEZES
    return None


def epipolar_flaw(points0: Array, points1: Array, consistency: float) -> Flaw | None:
    """Say why no scene gives these matches, whose epipolar lines agree.

    A fundamental matrix fits mirrored matches as well as true ones. But two views of a scene from
    one side show its points in the same sense of rotation: most triangles of points, and the
    linear map that comes nearest to the matches. Each can be deceived, by depth or by wrong matches
    that happen to fit; so both have to be against it.

    And it says nothing of where on its line a match lies: what repeats in rows, letters or windows,
    agrees with lines along the rows wherever in them it is matched. But then few of the matches
    move with their neighbors.

    Parameters
    ----------
    points0, points1 : (K, 2) float
        The inliers, independent of each other.
    consistency : float
        Their `neighbor_consistency`.

    Returns
    -------
    Flaw or None
        None if the linear map keeps the sense of rotation, or no more than three in five triangles
        (of a thousand drawn at random) turn it round; and if three in five matches move with their
        neighbors.
    """
    if not len(points0):
        return None
    centered0, centered1 = points0 - points0.mean(axis=0), points1 - points1.mean(axis=0)
    corners = np.random.default_rng(0).integers(0, len(points0), (_TRIANGLES, 3))
    turned = np.mean(_areas(points0[corners]) * _areas(points1[corners]) < 0)
    against = np.linalg.det(centered0.T @ centered1) < 0 and turned > LARGEST_TURNED
    if against:
        return Flaw.MIRRORS
    return Flaw.SCATTERS if consistency < LEAST_CONSISTENCY else None


def neighbor_consistency(points0: Array, points1: Array) -> float:
    """Share of the matches that move with their neighbors, as those on surfaces do.

    Parameters
    ----------
    points0, points1 : (K, 2) float
        The matches, at most some hundred: all distances are computed.

    Returns
    -------
    float
        Share of those that have most of their six nearest neighbors of each image near them in
        the other too; 1 if there are no more than six.

    References
    ----------
    C. Schmid and R. Mohr, "Local grayvalue invariants for image retrieval", PAMI 1997, section 4.2.
    """
    if len(points0) <= _NEIGHBORS:
        return 1.0
    distances0, distances1 = _distances(points0), _distances(points1)
    others = ~np.eye(len(points0), dtype=bool)
    scale = np.median(distances1[others]) / max(1.0, float(np.median(distances0[others])))
    there = _stay_near(distances0, distances1, scale)
    back = _stay_near(distances1, distances0, 1 / max(scale, 1e-9))
    return float(np.mean(there & back))


def _distances(points: Array) -> Array:
    distances: Array = np.linalg.norm(points[:, None] - points, axis=2)
    return distances


def _stay_near(distances: Array, others: Array, scale: float) -> Array:
    """Tell of which points most nearest neighbors are near in the other image."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, 1 : _NEIGHBORS + 1]
    before = np.take_along_axis(distances, nearest, axis=1)
    after = np.take_along_axis(others, nearest, axis=1)
    near: Array = np.mean(after <= _STRETCH * scale * before + _SLACK, axis=1) >= 0.5
    return near


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
