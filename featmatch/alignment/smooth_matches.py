"""Matches that move as those around them do: where no map fits them all, a smooth field may."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

_NUM_NEIGHBORS = 8
_LEAST_TOGETHER = 0.5  # of the neighbors
_SLACK = 3.0  # working px: keypoints are as far off
_SLOPE = 0.15  # px of a move for each px between neighbors: as strongly pages bend
_NUM_ROUNDS = 2  # wrong matches are wrong neighbors too
_MOST = 4000  # matches that are looked at


def smooth_matches(
    points0: Array, points1: Array, matrix: Matrix, pixel_size: float
) -> npt.NDArray[np.int64]:
    """Find matches that a matrix leaves off by about as much as their neighbors.

    Parameters
    ----------
    points0, points1 : (N, 2) float
        Right and wrong matches, in pixels of the originals.
    matrix : (3, 3) float
        Maps image 0 to image 1, nearly.
    pixel_size : float
        Side of a pixel that image 1 was worked on with.

    Returns
    -------
    (K,) int64
        Rows of those matches.
    """
    step = max(1, -(-len(points0) // _MOST))
    rows = np.arange(0, len(points0), step)
    moves = transfer(matrix, points0[rows].astype(np.float64)) - points1[rows]
    known = np.isfinite(moves).all(axis=1)
    rows, moves = rows[known], moves[known]
    for _ in range(_NUM_ROUNDS):
        if len(rows) <= _NUM_NEIGHBORS:
            return np.zeros(0, np.int64)
        neighbors, distances = _nearest(points1[rows])
        apart = np.linalg.norm(moves[neighbors] - moves[:, None], axis=2)
        together = np.mean(apart <= _SLACK * pixel_size + _SLOPE * distances, axis=1)
        kept = together >= _LEAST_TOGETHER
        rows, moves = rows[kept], moves[kept]
    return np.asarray(rows, np.int64)


def _nearest(points: Array) -> tuple[npt.NDArray[np.int64], Array]:
    """(N, 8) nearest other points of each, and their distances."""
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    floats = np.ascontiguousarray(points, np.float32)
    found = matcher.knnMatch(floats, floats, k=_NUM_NEIGHBORS + 1)
    indices = np.array([[one.trainIdx for one in each[1:]] for each in found], np.int64)
    distances = np.array([[one.distance for one in each[1:]] for each in found], np.float64)
    return indices, distances
