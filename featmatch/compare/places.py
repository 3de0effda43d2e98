"""Places of an image: anywhere, as lively as others, or the clearest corners, edges and blobs."""

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


_MIN_MOMENT = 1e-7  # as OpenCV scales them; what is less is the noise of rounding
_MAX_EDGE_RATIO = 0.05  # of the eigenvalues on an edge: the gradient has one direction
_BLOB_SIGMAS = (2.0, 4.0)  # px, of blobs with about 1.4 times the radius
_MIN_CLEARNESS = 0.05  # of a corner or a blob, relative to the clearest one
_AROUND = np.ones((9, 9), np.uint8)
"""Where a corner, edge or blob is the clearest; beside a blob no corner, itself a bit of a blob."""


def structure_points(
    gray: npt.NDArray[np.uint8], max_points: int, rng: np.random.Generator
) -> dict[str, npt.NDArray[np.float64]]:
    """Find the clearest corners, edges, blobs and flat places.

    Corners have a large smaller eigenvalue of the gradient's second moments (J. Shi and C. Tomasi,
    "Good features to track", CVPR 1994); edges are among the fifth of the pixels with the strongest
    gradients, all in one direction; blobs are the largest determinants of the Hessian of the
    smoothed image (T. Lindeberg, "Feature detection with automatic scale selection", IJCV 1998),
    away from corners; flat are the fifth with the weakest gradients.

    Parameters
    ----------
    gray : (H, W) uint8
    max_points : int
        The most of each kind.
    rng : Generator
        Chooses among more than that.

    Returns
    -------
    dict of str to (N, 2) float64
        (x, y), off the border, of every kind, possibly none: ``"corner 0"`` to ``"corner 3"``, by
        the quarter that the brighter side points to; ``"edge 0"`` to ``"edge 7"``, by the eighth;
        ``"blob bright"``, ``"blob dark"`` and ``"flat"``.
    """
    larger, smaller = gradient_moments(gray)
    inside = inner((gray.shape[1], gray.shape[0]))
    if not inside.any() or larger[inside].max() < _MIN_MOMENT:
        return {}
    weak, strong = np.quantile(larger[inside], (0.2, 0.8))
    corner, edge = _is_peak(smaller, inside), _is_edge(gray, larger, smaller, strong) & inside
    kinds = {f"corner {quarter}": corner & part for quarter, part in enumerate(_sectors(gray, 4))}
    kinds |= {f"edge {eighth}": edge & part for eighth, part in enumerate(_sectors(gray, 8))}
    blobness, bright = _blobness(gray)
    blob = _is_peak(blobness, inside) & ~cv2.dilate(corner.astype(np.uint8), _AROUND).astype(bool)
    kinds |= {"blob bright": blob & bright, "blob dark": blob & ~bright}
    kinds["flat"] = inside & (larger <= weak)
    return {name: _some(flags, max_points, rng) for name, flags in kinds.items()}


def _is_peak(values: Array, inside: Array) -> npt.NDArray[np.bool]:
    """Flag clear local maxima."""
    least = max(_MIN_CLEARNESS * float(values[inside].max()), _MIN_MOMENT)
    flags: npt.NDArray[np.bool] = (
        inside & (values == cv2.dilate(values, _AROUND)) & (values >= least)
    )
    return flags


def _is_edge(
    gray: npt.NDArray[np.uint8], larger: Array, smaller: Array, least: float
) -> npt.NDArray[np.bool]:
    """Flag edges: one direction only, and nothing much stronger right beside."""
    x, y = _gradient(gray, 0)
    strength = np.hypot(x, y)
    ridge = strength >= 0.9 * cv2.dilate(strength, _AROUND)
    one_way = (larger >= max(least, _MIN_MOMENT)) & (smaller <= _MAX_EDGE_RATIO * larger)
    flags: npt.NDArray[np.bool] = one_way & ridge
    return flags


def _sectors(gray: npt.NDArray[np.uint8], count: int) -> list[npt.NDArray[np.bool]]:
    """Flag the pixels whose gradient points into each of `count` sectors, from x on."""
    x, y = _gradient(gray, 1.5)
    sector = np.rint(count * np.arctan2(y, x) / (2 * np.pi)).astype(int) % count
    return [sector == number for number in range(count)]


def _gradient(gray: npt.NDArray[np.uint8], sigma: float) -> tuple[Array, Array]:
    smooth = gray.astype(np.float32)
    if sigma:
        smooth = np.asarray(cv2.GaussianBlur(smooth, (0, 0), sigma))
    return cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1)


def _blobness(gray: npt.NDArray[np.uint8]) -> tuple[Array, npt.NDArray[np.bool]]:
    """Largest determinant of the Hessian over a few scales; whether the middle is brighter."""
    largest, bend = np.zeros(gray.shape, np.float32), np.zeros(gray.shape, np.float32)
    for sigma in _BLOB_SIGMAS:
        smooth = cv2.GaussianBlur(gray.astype(np.float32) / 255, (0, 0), sigma)
        xx, yy, xy = (cv2.Sobel(smooth, -1, *order) for order in ((2, 0), (0, 2), (1, 1)))
        largest = np.maximum(largest, sigma**4 * (xx * yy - xy**2))
        bend += sigma**2 * (xx + yy)
    return largest, bend < 0


def _some(flags: Array, max_points: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    rows, columns = np.nonzero(flags)
    chosen = rng.choice(len(rows), min(max_points, len(rows)), replace=False)
    return np.column_stack([columns, rows])[chosen].astype(np.float64)
