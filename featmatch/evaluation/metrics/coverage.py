"""Coverage: how much of an image points are spread over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GRID = 16, 12
"""Cells along the longer and the shorter side of an image."""


def coverage(points: npt.ArrayLike, size: tuple[int, int]) -> float:
    """Return the share of the cells of a grid that have at least one point.

    Parameters
    ----------
    points : (N, 2) float
        In pixels; each counts for the cell nearest to it.
    size : (width, height)
        Of the image, in pixels. Its longer side has 16 cells, the other one 12.

    Returns
    -------
    float
        In [0, 1]; 0 if there are no points.
    """
    width, height = size
    cells = np.array(GRID if width >= height else GRID[::-1])
    places = (np.asarray(points, np.float64).reshape(-1, 2) + 0.5) * cells / (width, height)
    occupied = np.unique(np.clip(np.floor(places), 0, cells - 1), axis=0)
    return len(occupied) / float(cells.prod())
