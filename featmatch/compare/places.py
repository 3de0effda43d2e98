"""Places of an image to compare points with: anywhere, or where the picture is as lively."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

BORDER = 31
"""Pixels along the border where ORB finds nothing, and so nothing is compared with it."""

_WINDOW = 7  # px, side of the window over which gradients are summed, as in ORB's Harris response
_MIN_DISTANCE = 5.0  # px that another place keeps from the points it is compared with
_NUM_SIMILAR = 50  # places of nearly the same strength to choose one from
_MAX_DIFFERENCE = 0.1  # of the strength of a point and of the place beside it


def gradient_moments(gray: npt.NDArray[np.uint8]) -> tuple[Array, Array]:
    """Larger and smaller eigenvalue of the second moments of the gradient around each pixel.

    Both are small where the image is flat, one is large on an edge, both are large at a corner
    (Harris and Stephens, "A combined corner and edge detector", Alvey Vision Conference 1988).

    Parameters
    ----------
    gray : (H, W) uint8

    Returns
    -------
    larger, smaller : (H, W) float32
    """
    values = cv2.cornerEigenValsAndVecs(gray, _WINDOW, 3)[..., :2]
    return np.maximum(values.max(axis=-1), 0), np.maximum(values.min(axis=-1), 0)


def gradient_strength(gray: npt.NDArray[np.uint8]) -> Array:
    """Root mean square of the gradient around each pixel, (H, W) float32, in any unit."""
    larger, smaller = gradient_moments(gray)
    return np.asarray(np.sqrt(larger + smaller), np.float32)


def random_places(
    size: tuple[int, int], points: Array, count: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Draw pixels away from some points.

    Parameters
    ----------
    size : (width, height)
        Of the image; its border of `BORDER` pixels is left out.
    points : (N, 2) float
        (x, y) from which all keep 5 pixels; none: pixels anywhere.
    count : int
        How many; fewer if there are no more.
    rng : Generator

    Returns
    -------
    (M, 2) float64
    """
    free = np.flatnonzero(_free(size, points))
    return _places(rng.choice(free, min(count, len(free)), replace=False), size[0])


def matched_places(
    strength: Array, points: Array, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Draw a pixel for each point where the gradient is as strong as at the point.

    Parameters
    ----------
    strength : (H, W) float
        From `gradient_strength`.
    points : (N, 2) float
        (x, y), inside of the image.
    rng : Generator

    Returns
    -------
    rows : (M,) int64
        The points for which there is such a pixel: as strong but for 10 %.
    places : (M, 2) float64
        For each, 5 pixels or more from all points and not in the border.
    """
    height, width = strength.shape
    free = np.flatnonzero(_free((width, height), points))
    if not len(free) or not len(points):
        return np.zeros(0, np.int64), np.zeros((0, 2))
    ordered = free[np.argsort(strength.flat[free], kind="stable")]
    x, y = _pixels(points, (width, height)).T
    wanted = strength[y, x]
    rank = np.searchsorted(strength.flat[ordered], wanted)
    choice = min(_NUM_SIMILAR, len(ordered))
    first = np.clip(rank - choice // 2, 0, len(ordered) - choice)
    chosen = ordered[first + rng.integers(choice, size=len(points))]
    rows = np.flatnonzero(
        np.abs(strength.flat[chosen] - wanted) <= _MAX_DIFFERENCE * np.maximum(wanted, 1e-12)
    )
    return rows, _places(chosen[rows], width)


def inner(size: tuple[int, int]) -> npt.NDArray[np.bool]:
    """Flag the pixels (H, W) off the border."""
    inside = np.zeros(size[::-1], bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    return inside


def _free(size: tuple[int, int], points: Array) -> npt.NDArray[np.bool]:
    """Flag the pixels off the border that keep their distance from all points."""
    if not len(points):
        return inner(size)
    elsewhere = np.ones(size[::-1], np.uint8)
    x, y = _pixels(points, size).T
    elsewhere[y, x] = 0
    distances = cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return inner(size) & (distances >= _MIN_DISTANCE)


def _pixels(points: Array, size: tuple[int, int]) -> npt.NDArray[np.int64]:
    return np.clip(np.rint(points).astype(np.int64), 0, np.array(size) - 1)


def _places(flat: Array, width: int) -> npt.NDArray[np.float64]:
    """Find (x, y) of pixels that are counted row by row."""
    rows, columns = np.divmod(flat, width)
    return np.column_stack([columns, rows]).astype(np.float64)
