"""Which points of an image lie near given places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Points


class NearbyPoints:
    """Points sorted by x, so that those near a place need not be looked for among all.

    Parameters
    ----------
    points : (N, 2) float
    """

    def __init__(self, points: Points) -> None:
        self._order = np.argsort(points[:, 0], kind="stable")
        self._points = points[self._order].astype(np.float64)

    def within(
        self, centers: Points, radius: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Find all pairs of a center and a point that are at most `radius` apart.

        Parameters
        ----------
        centers : (C, 2) float
            Places that are not finite have no points near them.
        radius : float

        Returns
        -------
        (P,) int64, (P,) int64
            The number of the center, ascending, and that of the point.
        """
        centers = centers.astype(np.float64)
        x = self._points[:, 0]
        first = np.searchsorted(x, centers[:, 0] - radius, "left")
        last = np.searchsorted(x, centers[:, 0] + radius, "right")
        rows, places = _ranges(first, last)
        offsets = self._points[places] - centers[rows]
        near = np.einsum("ij,ij->i", offsets, offsets) <= radius**2
        return rows[near], self._order[places[near]]


def _ranges(first: Array, last: Array) -> tuple[Array, Array]:
    """Spell out ranges of integers: the number of the range, and the integer, one after another."""
    lengths = last - first
    numbers = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    return numbers, np.arange(len(numbers)) + np.repeat(first - starts, lengths)
