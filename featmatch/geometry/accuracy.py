"""How far off a model is expected to be, from the matches that fixed it.

Few matches, noisy matches and matches in one corner all leave a model uncertain, and the covariance
of a least-squares fit sees all three at once (Hartley & Zisserman, sections 5.2 and 5.3). What it
cannot see is a wrong model, or a scene that no such model describes.
"""

from __future__ import annotations

import numpy as np

from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

LEAST_NOISE = 0.5  # px: matches of a few keypoints may agree better than keypoints are
GRID_SIDE = 12
_FINER = 8
_NUM_FREE = 8
_RANK_TOLERANCE = 1e-12


def predicted_transfer_error(
    homography: Matrix,
    points0: Array,
    points1: Array,
    size0: tuple[int, int],
    size1: tuple[int, int],
    *,
    min_noise: float = LEAST_NOISE,
) -> float:
    """Predict how far off, in image 1, a homography takes the points that both images show.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; fitted to the matches.
    points0, points1 : (K, 2) float
        The matches that agree with it, in pixels.
    size0, size1 : (width, height)
        Of the images in pixels.
    min_noise : float
        The least error believed of a matched point, in pixels along each axis. To be multiplied
        by the `pixel_size` of features that were found in an image made smaller.

    Returns
    -------
    float
        Standard deviation of the transferred point in pixels of image 1, averaged over a grid on
        the overlap; infinite where the matches leave the homography open, or nothing overlaps.
    """
    grid = overlap_grid(homography, size0, size1)
    if len(points0) < 4 or not len(grid):
        return float("inf")
    # In coordinates around 0 and of size 1 the entries of the matrix weigh alike.
    normal0, normal1 = normalization(points0), normalization(points1)
    normalized = normal1 @ homography @ np.linalg.inv(normal0)

    errors = transfer(homography, points0) - points1
    num_spare = max(1, errors.size - _NUM_FREE)
    noise = max(min_noise, float(np.sqrt(np.square(errors).sum() / num_spare)))
    derivatives = _derivatives(normalized, transfer(normal0, points0)).reshape(-1, 9)
    information, axes = np.linalg.eigh(derivatives.T @ derivatives)
    # One direction of the nine, the matrix's own scale, moves no point and is left out.
    information, axes = information[1:], axes[:, 1:]
    if not information[0] > _RANK_TOLERANCE * information[-1]:
        return float("inf")
    moves = _derivatives(normalized, transfer(normal0, grid)) @ (axes / np.sqrt(information))
    deviations = np.sqrt(np.square(moves).sum(axis=(1, 2)))
    return noise * float(deviations.mean())


def overlap_grid(
    homography: Matrix, size0: tuple[int, int], size1: tuple[int, int], side: int = GRID_SIDE
) -> Array:
    """Points of a regular grid over image 0 that a homography takes into image 1.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; of any scale and sign.
    size0, size1 : (width, height)
        Of the images in pixels.
    side : int
        Points along each side of the grid; eight times as many where the overlap is so thin that
        it lies between them.

    Returns
    -------
    (K, 2) float64
        Empty where the images do not overlap, or where the map mirrors: no camera shows that.
    """
    seen = _seen_grid(homography, size0, size1, side)
    return seen if len(seen) else _seen_grid(homography, size0, size1, _FINER * side)


def _seen_grid(
    homography: Matrix, size0: tuple[int, int], size1: tuple[int, int], side: int
) -> Array:
    (width0, height0), (width1, height1) = size0, size1
    steps = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(steps * width0 - 0.5, steps * height0 - 0.5)
    points = np.column_stack([x.ravel(), y.ravel()])
    mapped = transfer(homography, points)
    # With a positive determinant, the sense of rotation is kept where the depth is positive.
    depths = np.sign(np.linalg.det(homography)) * (points @ homography[2, :2] + homography[2, 2])
    inside = (mapped >= -0.5).all(axis=1) & (mapped <= (width1 - 0.5, height1 - 0.5)).all(axis=1)
    seen: Array = points[inside & (depths > 0)]
    return seen


def normalization(points: Array) -> Matrix:
    """Similarity that takes points to mean 0 and standard deviation 1."""
    center = points.mean(axis=0)
    spread = float(np.sqrt(np.square(points - center).mean())) or 1.0
    return np.array([[1, 0, -center[0]], [0, 1, -center[1]], [0, 0, spread]]) / spread


def _derivatives(homography: Matrix, points: Array) -> Array:
    """(K, 2, 9) derivatives of the transferred points by the entries of the matrix."""
    homogeneous = np.column_stack([points, np.ones(len(points))])
    scaled = homogeneous / (homogeneous @ homography[2])[:, None]
    mapped = transfer(homography, points)
    derivatives = np.zeros((len(points), 2, 9))
    derivatives[:, 0, 0:3] = derivatives[:, 1, 3:6] = scaled
    derivatives[:, :, 6:] = -mapped[:, :, None] * scaled[:, None]
    return derivatives
