"""Repeatability: how many keypoints are found again in another image, and how precisely."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number
from featmatch.evaluation.metrics.overlap import Size, overlap
from featmatch.geometry.residuals import transfer
from featmatch.types import Array

_ROWS_AT_ONCE = 16  # of the matrix of all distances: few enough for the cache


@dataclass(frozen=True, eq=False)
class Repeatability:
    """Which keypoints are found in both images.

    Parameters
    ----------
    num_visible0, num_visible1 : int
        Keypoints of each image that lie in the other's frame.
    found : (num_visible0 + num_visible1,) bool
        Of each of these, those of image 0 first: whether the other image has a keypoint there too.
    value : float or None
        The share that is found; None if no keypoint is visible in both frames.
    localization_errors : (P,) float64
        Pixels of image 1 between the two keypoints of each pair that is found: those that are each
        other's nearest. Each pair counts once.
    """

    num_visible0: int
    num_visible1: int
    found: npt.NDArray[np.bool_]
    value: float | None
    localization_errors: npt.NDArray[np.float64]


def repeatability(
    points0: npt.ArrayLike,
    points1: npt.ArrayLike,
    homography: npt.ArrayLike,
    size0: Size,
    size1: Size,
    max_error: float,
    *,
    border: float = 0.0,
) -> Repeatability:
    """Count the keypoints that both images have at the same place of the scene.

    Only keypoints whose place lies in the frames of both images count. One is found again if a
    keypoint of the other image is no farther away than `max_error`, measured in image 1; this is
    asked of the keypoints of both images.

    Parameters
    ----------
    points0, points1 : (N0, 2), (N1, 2) float
        Keypoints in pixels.
    homography : (3, 3) float
        Maps image 0 to image 1.
    size0, size1 : (width, height)
        Of the images, in pixels.
    max_error : float
        In pixels of image 1.
    border : float
        Pixels along the edges of both images in which no keypoints were looked for, and where
        those of the other image do not count either; 0 for none.

    Returns
    -------
    Repeatability

    Raises
    ------
    ValueError, TypeError
        The homography has no inverse, or `max_error` or `border` is not a number of 0 or more.

    References
    ----------
    C. Schmid, R. Mohr and C. Bauckhage, "Evaluation of interest point detectors", IJCV 37 (2000),
    section 3; counted both ways as in D. DeTone, T. Malisiewicz and A. Rabinovich, "SuperPoint:
    self-supervised interest point detection and description", CVPR Workshops 2018, appendix A.
    """
    check_number("max_error", max_error, 0, np.finfo(float).max)
    points0, points1 = np.asarray(points0, np.float64), np.asarray(points1, np.float64)
    common = overlap(homography, size0, size1, border=border)
    visible0 = transfer(common.homography, points0[common.shows0(points0)])
    visible1 = points1[common.shows1(points1)]
    distances0, nearest0 = nearest(visible0, visible1)
    distances1, nearest1 = nearest(visible1, visible0)
    found = np.concatenate([distances0, distances1]) <= max_error
    near = np.flatnonzero(distances0 <= max_error)
    pairs = near[nearest1[nearest0[near]] == near]
    return Repeatability(
        num_visible0=len(visible0),
        num_visible1=len(visible1),
        found=found,
        value=float(found.mean()) if len(found) else None,
        localization_errors=distances0[pairs],
    )


def chance_repeatability(
    num_visible0: int, num_visible1: int, overlap_area: float, max_error: float
) -> float | None:
    """Return the repeatability that is expected for as many random points.

    A disc of radius ``max_error`` holds at least one of N points strewn over an area A with the
    probability ``1 - exp(-N pi max_error² / A)`` (Poisson). Many keypoints are found again by
    chance alone.

    Parameters
    ----------
    num_visible0, num_visible1 : int
        Keypoints of each image in the common part.
    overlap_area : float
        Of the common part, in square pixels of image 1 (`Overlap.area1`).
    max_error : float
        In pixels of image 1.

    Returns
    -------
    float or None
        The mean over the keypoints of both images; None if there are none, or no common part.
    """
    num_visible = num_visible0 + num_visible1
    if not num_visible or not overlap_area:
        return None
    disc = pi * max_error**2 / overlap_area
    met0, met1 = 1 - exp(-num_visible1 * disc), 1 - exp(-num_visible0 * disc)
    return (num_visible0 * met0 + num_visible1 * met1) / num_visible


def nearest(points: Array, others: Array) -> tuple[Array, npt.NDArray[np.int64]]:
    """Find the nearest of other points to each point.

    Parameters
    ----------
    points, others : (N, 2), (M, 2) float

    Returns
    -------
    distances : (N,) float64
        Infinite if there are no others.
    indices : (N,) int64
        Of the nearest one, the first of equally near ones; -1 if there are none.
    """
    distances, indices = np.full(len(points), np.inf), np.full(len(points), -1, np.int64)
    if not len(others):
        return distances, indices
    other_x, other_y = np.ascontiguousarray(np.transpose(others))
    for start in range(0, len(points), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        x, y = points[rows, :1] - other_x, points[rows, 1:] - other_y
        squares = x * x + y * y
        indices[rows] = squares.argmin(axis=1)
        distances[rows] = np.sqrt(squares.min(axis=1))
    return distances, indices
