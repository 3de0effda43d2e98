"""Pairs of keypoints that agree with a model up to a wide error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from featmatch.matching.nearby import NearbyPoints
from featmatch.types import Array, Points

Candidates = Callable[[slice], tuple[Array, Array]]
"""Given a slice of image 0: rows from its start, and the rows of image 1 that each may match."""


def near_points(
    H: Array, points0: Points, points1: Points, limits: tuple[float, float]
) -> Candidates:
    """Make candidates for which the larger of the two transfer errors is within its limit."""
    adjugate = np.column_stack([np.cross(H[1], H[2]), np.cross(H[2], H[0]), np.cross(H[0], H[1])])
    expected1, expected0 = _project(H, points0), _project(adjugate, points1)
    nearby = NearbyPoints(points1)

    def candidates(band: slice) -> tuple[Array, Array]:
        rows, columns = nearby.within(expected1[band], limits[1])
        back = np.linalg.norm(expected0[columns] - points0[band][rows], axis=1)
        near = back <= limits[0]
        return rows[near], columns[near]

    return candidates


def near_lines(
    F: Array, points0: Points, points1: Points, limits: tuple[float, float]
) -> Candidates:
    """Make candidates for which both distances to the epipolar lines are within their limits."""
    homogeneous0, homogeneous1 = _homogeneous(points0), _homogeneous(points1)
    lines1, lines0 = homogeneous0 @ F.T, homogeneous1 @ F
    lengths1, lengths0 = np.hypot(*lines1.T[:2]), np.hypot(*lines0.T[:2])

    def candidates(band: slice) -> tuple[Array, Array]:
        products = np.abs(lines1[band] @ homogeneous1.T)
        bounds = np.minimum(limits[1] * lengths1[band, None], limits[0] * lengths0)
        rows, columns = np.nonzero((products <= bounds) & (bounds > 0))  # an epipole has no line
        return rows, columns

    return candidates


def _homogeneous(points: Points) -> Array:
    return np.column_stack([points.astype(np.float64), np.ones(len(points))])


def _project(H: Array, points: Points) -> Array:
    mapped = _homogeneous(points) @ H.T
    with np.errstate(divide="ignore", invalid="ignore"):
        projected: Array = mapped[:, :2] / mapped[:, 2:]
    return projected
