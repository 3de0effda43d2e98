"""What chance explains of a repeatability, for points that lie as close together as these do.

Keypoints pile up where an image is busy. Points strewn evenly (`chance_repeatability`) meet each
other more often than such piles do that know nothing of each other: so the points of one image are
kept as they lie, and shifted as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from featmatch.evaluation.metrics.overlap import Overlap
from featmatch.geometry.residuals import transfer
from featmatch.types import Array

NUM_SHIFTS = 10
"""Shifts that the share is the mean of."""

_LEAST_SHIFT = 0.1  # of a side of the common part: further than any true pair is apart
_MAX_QUERIES = 1000  # points that are shifted at a time


def shifted_repeatability(
    points0: Array,
    points1: Array,
    common: Overlap,
    max_errors: Sequence[float],
    *,
    num_shifts: int = NUM_SHIFTS,
    seed: int = 0,
) -> tuple[float, ...] | None:
    """Return the repeatability of points after those of either image are shifted as a whole.

    What a shift takes beyond one side of the rectangle around the common part comes in at the other
    (a toroidal shift), and counts where it lies in the common part.

    Parameters
    ----------
    points0, points1 : (N0, 2), (N1, 2) float
        Keypoints in pixels of their images.
    common : Overlap
        The part that both images show.
    max_errors : sequence of float
        Pixels of image 1 up to which a keypoint counts as found again.
    num_shifts : int
        Drawn at random, for each of both images.
    seed : int

    Returns
    -------
    tuple of float, or None
        A share for each error, the mean over the keypoints of both images; None if an image has
        none in the common part.

    References
    ----------
    H. Lotwick and B. Silverman, "Methods for analysing spatial processes of several types of
    points", Journal of the Royal Statistical Society B 44 (1982), for the toroidal shift.
    """
    visible0 = transfer(common.homography, points0[common.shows0(points0)])
    visible1 = np.asarray(points1[common.shows1(points1)], np.float64)
    if not len(visible0) or not len(visible1):
        return None
    rng = np.random.default_rng(seed)
    near, num = np.zeros(len(max_errors)), 0
    for queries, others in [(visible0, visible1), (visible1, visible0)] * num_shifts:
        distances = _distances(_shifted(queries, common, rng), others, max(max_errors))
        near += [np.count_nonzero(distances <= error) for error in max_errors]
        num += len(distances)
    return tuple((near / max(num, 1)).tolist())


def _shifted(points: Array, common: Overlap, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    low, high = common.corners1.min(axis=0), common.corners1.max(axis=0)
    side = high - low
    shift = side * rng.uniform(_LEAST_SHIFT, 1 - _LEAST_SHIFT, 2)
    if len(points) > _MAX_QUERIES:
        points = points[rng.choice(len(points), _MAX_QUERIES, replace=False)]
    moved = low + (points - low + shift) % side
    inside: npt.NDArray[np.float64] = moved[common.shows1(moved)]
    return inside


def _distances(points: Array, others: Array, limit: float) -> npt.NDArray[np.float64]:
    """Return how far the nearest other is from each point; infinite beyond a limit."""
    others = others[np.argsort(others[:, 0])]
    first = np.searchsorted(others[:, 0], points[:, 0] - limit, "left")
    counts = np.searchsorted(others[:, 0], points[:, 0] + limit, "right") - first
    rows = np.repeat(np.arange(len(points)), counts)  # each point with all that are in its strip
    columns = np.arange(len(rows)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    squares = (points[rows, 0] - others[columns, 0]) ** 2 + (
        points[rows, 1] - others[columns, 1]
    ) ** 2
    nearest = np.full(len(points), np.inf)
    np.minimum.at(nearest, rows, squares)
    distances: npt.NDArray[np.float64] = np.sqrt(nearest)
    return distances
