"""Peaks of a map of keypoint logits: where they are, to a fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

RADIUS = 2
"""Pixels around a peak with nothing higher."""

_MAX_OFFSET = 0.75  # px along x and y, by which a peak is moved at most
_MIN_ROUNDNESS = 1e-6  # of a top, from 0 for a ridge to 1: along a ridge, it can be anywhere
_Y, _X = np.mgrid[-1:2, -1:2]


def find_peaks(
    logits: npt.NDArray[np.float32],
    max_peaks: int,
    *,
    border: int = RADIUS,
    usable: npt.NDArray[np.bool] | None = None,
) -> npt.NDArray[np.int64]:
    """Find pixels that are higher than all within `RADIUS` around them.

    Parameters
    ----------
    logits : (H, W) float32
    max_peaks : int
        The highest are kept.
    border : int
        Pixels along the border without peaks; at least `RADIUS`.
    usable : (H, W) bool, optional
        Where peaks may lie; None for everywhere.

    Returns
    -------
    (M, 2) int64
        (x, y), highest first. A flat place has no peaks.
    """
    window = np.ones((2 * RADIUS + 1, 2 * RADIUS + 1), np.uint8)
    is_peak = (logits == cv2.dilate(logits, window)) & (logits > cv2.erode(logits, window))
    if usable is not None:
        is_peak &= usable
    inner = slice(border, -border)
    y, x = np.nonzero(is_peak[inner, inner])
    points = np.stack([x, y], axis=1) + border
    heights = logits[points[:, 1], points[:, 0]]
    return points[np.argsort(-heights, kind="stable")[:max_peaks]]


def fit_peaks(heights: npt.NDArray[np.float32], peaks: Array) -> npt.NDArray[np.float64]:
    """Move peaks to the top of the paraboloid that fits the 3 x 3 heights around them best.

    The fit is the one of least squares, for which there is a closed form on such a grid (Haralick
    and Shapiro, *Computer and Robot Vision*, volume 1, 1992, chapter 8: the facet model).

    Parameters
    ----------
    heights : (H, W) float32
    peaks : (N, 2) int
        (x, y), off the border.

    Returns
    -------
    (N, 2) float64
        (x, y). A peak stays where it is if its surroundings do not curve down in all directions.
    """
    around = heights[peaks[:, 1, None, None] + _Y, peaks[:, 0, None, None] + _X].astype(np.float64)
    slope_x, slope_y, xx, xy, yy = (
        (weights * around).sum(axis=(1, 2))
        for weights in (_X / 6, _Y / 6, _X**2 - 2 / 3, _X * _Y / 4, _Y**2 - 2 / 3)
    )
    determinants = xx * yy - xy**2
    is_top = (determinants > _MIN_ROUNDNESS * xx * yy) & (xx < 0) & (yy < 0)
    offsets = np.zeros((len(peaks), 2))
    toward = np.stack([xy * slope_y - yy * slope_x, xy * slope_x - xx * slope_y], axis=1)
    np.divide(toward, determinants[:, None], out=offsets, where=is_top[:, None])
    return peaks + np.clip(offsets, -_MAX_OFFSET, _MAX_OFFSET)
