"""Where an image has corners, edges, blobs and nothing at all, found by hand-made measures."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.compare.places import gradient_moments, inner
from featmatch.types import Array

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
