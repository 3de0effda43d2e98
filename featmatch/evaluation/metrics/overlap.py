"""The part of a scene that both images show, where a homography relates them.

A frame is the rectangle of an image's pixels, which begins half a pixel before their first center,
without a border in which no keypoints are looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number
from featmatch.errors import ArgumentError
from featmatch.geometry.residuals import transfer
from featmatch.types import Array

Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Overlap:
    """What of image 0 lies in image 1, and the other way round.

    Parameters
    ----------
    homography : (3, 3) float64
        Maps image 0 to image 1; its sign is such that points shown in both images have a positive
        third coordinate. Points with a negative one lie behind the other camera.
    frame0, frame1 : (2, 2) float64
        The top left and the bottom right corner of each frame, in pixels of its image.
    corners1 : (K, 2) float64
        The common part, a convex polygon in pixels of image 1; no corners if there is none.
    """

    homography: Array
    frame0: Array
    frame1: Array
    corners1: Array

    @property
    def corners0(self) -> Array:
        """(K, 2) corners of the common part in pixels of image 0."""
        return transfer(np.linalg.inv(self.homography), self.corners1)

    @property
    def area1(self) -> float:
        """Area of the common part in square pixels of image 1."""
        return _area(self.corners1)

    def shows0(self, points0: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell which (N, 2) points of image 0 lie in the common part."""
        return _common(np.asarray(points0, np.float64), self.frame0, self.homography, self.frame1)

    def shows1(self, points1: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell which (N, 2) points of image 1 lie in the common part."""
        inverse = np.linalg.inv(self.homography)
        return _common(np.asarray(points1, np.float64), self.frame1, inverse, self.frame0)


def overlap(homography: npt.ArrayLike, size0: Size, size1: Size, *, border: float = 0.0) -> Overlap:
    """Find the part of a scene that two images show.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; its scale and its sign do not matter.
    size0, size1 : (width, height)
        Of the images, in pixels.
    border : float
        Pixels along the edges of both images that do not count; 0 for none.

    Returns
    -------
    Overlap

    Raises
    ------
    ValueError, TypeError
        The homography is not (3, 3) or has no inverse, or the border is not a number of 0 or more.
    """
    matrix = np.asarray(homography, np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or not np.linalg.det(matrix):
        raise ArgumentError(
            f"homography: expected an invertible (3, 3) matrix, got {matrix.tolist()}"
        )
    check_number("border", border, 0, np.finfo(float).max)
    frame0, frame1 = (
        np.array([(border, border), np.array(size) - border]) - 0.5 for size in (size0, size1)
    )
    # A matrix and its negative are the same map, but only one of them has both cameras before the
    # plane: the one that lets the images share more.
    both = (
        Overlap(signed, frame0, frame1, _common_part(signed, frame0, frame1))
        for signed in (matrix, -matrix)
    )
    return max(both, key=lambda found: found.area1)


def _common_part(homography: Array, frame0: Array, frame1: Array) -> Array:
    """Clip frame 1 by the four edges of frame 0 (Sutherland & Hodgman, 1974)."""
    if (frame0[1] <= frame0[0]).any() or (frame1[1] <= frame1[0]).any():
        return np.zeros((0, 2))  # all is border
    (left, top), (right, bottom) = frame1
    polygon = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    (left, top), (right, bottom) = frame0
    # x - left >= 0, right - x >= 0 and so on, of the point of image 0 times its depth.
    edges0 = [(1, 0, -left), (-1, 0, right), (0, 1, -top), (0, -1, bottom)]
    for edge in np.array(edges0) @ np.linalg.inv(homography):
        polygon = _clipped(polygon, edge)
    return polygon


def _clipped(polygon: Array, edge: Array) -> Array:
    """Keep what of a polygon (K, 2) lies where ``edge @ (x, y, 1) >= 0``."""
    heights = polygon @ edge[:2] + edge[2]
    corners: list[Array] = []
    for number, height in enumerate(heights):
        previous = heights[number - 1]
        if (height >= 0) != (previous >= 0):
            share = previous / (previous - height)
            corners.append(polygon[number - 1] + share * (polygon[number] - polygon[number - 1]))
        if height >= 0:
            corners.append(polygon[number])
    return np.array(corners).reshape(-1, 2)


def _area(polygon: Array) -> float:
    """Area of a polygon (K, 2), by the shoelace formula."""
    x, y = polygon.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _common(
    points: Array, frame: Array, matrix: Array, other_frame: Array
) -> npt.NDArray[np.bool_]:
    """Tell which points lie in their frame, before the other camera and in the other frame."""
    in_sight = points @ matrix[2, :2] + matrix[2, 2] > 0
    return np.asarray(
        _inside(points, frame) & in_sight & _inside(transfer(matrix, points), other_frame)
    )


def _inside(points: Array, frame: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(((points >= frame[0]) & (points <= frame[1])).all(axis=1))
