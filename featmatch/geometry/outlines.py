"""The shapes that a picture of a match is drawn from, in pixels of the original images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.residuals import transfer
from featmatch.types import Array, Points

Shape = npt.NDArray[np.float64]

_HORIZON = 1e-3  # depth at which a border is cut off, relative to that of its farthest corner


def well_spread(points: Points, num: int) -> npt.NDArray[np.int64]:
    """Choose points that lie far from each other, always the same ones.

    Starts next to the middle and goes on with the point that is farthest from all chosen before
    (Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985).

    Parameters
    ----------
    points : (N, D) float
    num : int
        How many to choose; all of them if there are no more.

    Returns
    -------
    (min(N, num),) int64
        Their indices, ascending.
    """
    if len(points) <= num:
        return np.arange(len(points), dtype=np.int64)
    chosen = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())]
    distances = np.full(len(points), np.inf)
    while len(chosen) < num:
        distances = np.minimum(distances, np.linalg.norm(points - points[chosen[-1]], axis=1))
        distances[chosen[-1]] = -1.0
        chosen.append(int(distances.argmax()))
    return np.sort(np.array(chosen, dtype=np.int64))


def image_border(size: tuple[int, int]) -> Shape:
    """(4, 2) corners of an image: the outer edges of its pixels, clockwise from the top left."""
    width, height = size
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    return np.array(corners, dtype=np.float64) - 0.5


def warped_border(homography: Array, size: tuple[int, int], seen: Points) -> Shape:
    """Outline of image 0 in image 1: as lines stay lines, a polygon.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1.
    size : (width, height)
        Of image 0.
    seen : (N, 2) float
        Points of image 0 that both cameras see, at least one. What lies beyond the horizon from
        them would appear upside down on the other side of it, and is cut off.

    Returns
    -------
    (K, 2) float64
        Its corners: 4, one more or less where the horizon cuts them off.
    """
    depth = homography[2]
    side = np.sign(np.median(seen @ depth[:2] + depth[2])) or 1.0
    corners = image_border(size)
    depths = side * (corners @ depth[:2] + depth[2])
    depths -= _HORIZON * np.abs(depths).max()
    kept = []
    for index in range(len(corners)):
        here, before = depths[index], depths[index - 1]
        if (here > 0) != (before > 0):
            share = before / (before - here)
            kept.append(corners[index - 1] + share * (corners[index] - corners[index - 1]))
        if here > 0:
            kept.append(corners[index])
    return transfer(homography, np.array(kept).reshape(-1, 2))


def epipolar_lines(fundamental: Array, points0: Points, size: tuple[int, int]) -> Shape:
    """Epipolar lines in image 1 of points in image 0, long enough to cross all of image 1.

    Parameters
    ----------
    fundamental : (3, 3) float
        ``x1.T @ fundamental @ x0 = 0``.
    points0 : (N, 2) float
    size : (width, height)
        Of image 1.

    Returns
    -------
    (N, 2, 2) float64
        Start and end (x, y) of each line; NaN for a point on the epipole, which has no line.
    """
    lines = points0 @ fundamental[:, :2].T + fundamental[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        lines /= np.linalg.norm(lines[:, :2], axis=1, keepdims=True)
    normals, offsets = lines[:, :2], lines[:, 2:]
    middle = (np.array(size, dtype=np.float64) - 1) / 2
    nearest = middle - (normals @ middle[:, None] + offsets) * normals
    along = np.stack([-normals[:, 1], normals[:, 0]], axis=1) * np.hypot(*size)
    return np.stack([nearest - along, nearest + along], axis=1)
