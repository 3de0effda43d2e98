"""Which points of an image lie near given places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Points

_MOST_STRIPS = 1024  # so that the places along all strips, put one behind the other, stay exact
_ROUNDING = 1e-9  # of the length of a strip: what is found is measured once more, exactly


class NearbyPoints:
    """Points sorted into strips and by x, so that those near a place need not be looked for.

    Parameters
    ----------
    points : (N, 2) float
    radius : float
        How near, at least 0.
    """

    def __init__(self, points: Points, radius: float) -> None:
        points = points.astype(np.float64)
        self._low: Array = points.min(axis=0) if len(points) else np.zeros(2)
        self._extent: Array = np.ptp(points, axis=0) if len(points) else np.zeros(2)
        self._radius = radius
        self._strip_height = max(radius, self._extent[1] / _MOST_STRIPS) or 1.0
        self._strip_length = self._extent[0] + 4 * radius or 1.0
        along = self._along(points, 0)
        self._order = np.argsort(along, kind="stable")
        self._line = along[self._order]
        self._x, self._y = points[self._order].T.copy()

    def within(self, centers: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Find all pairs of a center and a point that are at most the radius apart.

        Parameters
        ----------
        centers : (C, 2) float
            Places that are not finite have no points near them.

        Returns
        -------
        (P,) int64, (P,) int64
            The number of the center, ascending, and that of the point.
        """
        centers = centers.astype(np.float64)
        reach = self._radius + _ROUNDING * self._strip_length
        middles = np.stack([self._along(centers, step) for step in (-1, 0, 1)], axis=1).ravel()
        first = np.searchsorted(self._line, middles - reach, "left")
        lengths = np.searchsorted(self._line, middles + reach, "right") - first
        places = np.arange(lengths.sum()) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)
        lengths = lengths.reshape(-1, 3).sum(axis=1)
        x, y = (np.repeat(center, lengths) for center in centers.T)
        x -= self._x[places]
        y -= self._y[places]
        near = x * x + y * y <= self._radius**2
        rows = np.repeat(np.arange(len(centers)), lengths)
        return rows[near], self._order[places[near]]

    def _along(self, points: Points, step: int) -> Array:
        """Where points lie along all strips, put one behind the other; or `step` strips further."""
        x, y = (points - self._low).T
        x = np.clip(x, -self._radius, self._extent[0] + self._radius)
        along: Array = (np.floor(y / self._strip_height) + step) * self._strip_length + x
        return along
