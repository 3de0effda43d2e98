"""Peaks of a map in use: placed to a fraction of a pixel, by the heights around them.

In training, where positions need a gradient, `featmatch.learned.peaks.refine_peaks` places them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array

_MAX_OFFSET = 0.75  # px along x and y, by which a peak is moved at most
_MIN_ROUNDNESS = 1e-6  # of a top, from 0 for a ridge to 1: along a ridge, it can be anywhere
_Y, _X = np.mgrid[-1:2, -1:2]


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
    towards = np.stack([xy * slope_y - yy * slope_x, xy * slope_x - xx * slope_y], axis=1)
    np.divide(towards, determinants[:, None], out=offsets, where=is_top[:, None])
    return peaks + np.clip(offsets, -_MAX_OFFSET, _MAX_OFFSET)
