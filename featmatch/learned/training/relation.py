"""Which points of the two images of a training pair are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featmatch.geometry.residuals import transfer
from featmatch.learned.training.views import Floats
from featmatch.types import Array

NOWHERE = -1
"""In a map of surfaces: a pixel that shows none, or the edge of one."""


class Relation(Protocol):
    """What takes points of one image to the other."""

    def there(self, points: Array) -> Array:
        """Map (N, 2) points of image 0 to image 1; NaN or far outside where it does not show them.

        Pixels, (0, 0) is the center of the top-left pixel.
        """
        ...

    def back(self, points: Array) -> Array:
        """Map (N, 2) points of image 1 to image 0, likewise."""
        ...


@dataclass(frozen=True, eq=False)
class OnePlane:
    """Both images show one plane.

    Parameters
    ----------
    homography : ndarray (3, 3) float64
        Maps points of image 0 to image 1. Its sign is such that the third coordinate is positive
        for points seen in both images.
    """

    homography: Floats

    def there(self, points: Array) -> Array:
        """See `Relation.there`."""
        return transfer(self.homography, points)

    def back(self, points: Array) -> Array:
        """See `Relation.back`."""
        return transfer(np.linalg.inv(self.homography), points)


@dataclass(frozen=True, eq=False)
class ManyPlanes:
    """Both images show the same flat surfaces, which may hide each other.

    A point of a surface that both images show at its two places is the same one in both, as a ray
    meets a plane once.

    Parameters
    ----------
    homographies : ndarray (P, 3, 3) float64
        Of each surface, from image 0 to image 1.
    surfaces0, surfaces1 : ndarray (S, S) int
        The number of the surface that fills a pixel and those around it; `NOWHERE` for none.
    """

    homographies: Floats
    surfaces0: npt.NDArray[np.int_]
    surfaces1: npt.NDArray[np.int_]

    def there(self, points: Array) -> Array:
        """See `Relation.there`."""
        return _through(self.homographies, points, self.surfaces0, self.surfaces1)

    def back(self, points: Array) -> Array:
        """See `Relation.back`."""
        inverses = np.linalg.inv(self.homographies)
        return _through(inverses, points, self.surfaces1, self.surfaces0)


def _through(
    homographies: Array,
    points: Array,
    surfaces: npt.NDArray[np.int_],
    others: npt.NDArray[np.int_],
) -> Array:
    own = _at(surfaces, points)
    mapped = np.full(points.shape, np.nan)
    for number in np.unique(own[own != NOWHERE]):
        rows = own == number
        mapped[rows] = transfer(homographies[number], points[rows])
    mapped[_at(others, mapped) != own] = np.nan
    return mapped


def _at(surfaces: npt.NDArray[np.int_], points: Array) -> npt.NDArray[np.int_]:
    """Return the surface at each point, `NOWHERE` outside of the image."""
    height, width = surfaces.shape
    limits = np.array((width, height)) - 0.5
    within = (points > -0.5) & (points < limits)  # not where a point is NaN
    inside = np.asarray(within.all(axis=1))
    x, y = np.rint(np.where(inside[:, None], points, 0)).astype(int).T
    return np.where(inside, surfaces[y, x], NOWHERE)


def shared_share(relation: Relation, size: int) -> float:
    """Measure the share of image 0, of so many pixels a side, of which it is known where 1 has it.

    A grid of steps of 4 pixels is looked at.
    """
    steps = np.arange(2.0, size, 4)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    there = relation.there(grid)
    return float(np.all((there > -0.5) & (there < size - 0.5), axis=1).mean())
