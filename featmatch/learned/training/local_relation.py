"""What two photographs share, known where verified matches lie: near them, it moves as they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.learned.training.views import Floats
from featmatch.types import Array

REACH = 24.0
"""Pixels from a point within which matches tell where it goes."""

_NUM_NEAREST = 8  # matches that a map is fitted to: two more than an affine map has numbers, twice
_MIN_NEAREST = 4  # three fit any map, so that none would be found wrong
_MAX_RESIDUAL = 1.5  # px, of the worst match of a fit: more is an edge in depth, or a wrong match
_MAX_LEVERAGE = 1.0  # a fit that is less sure of its point than a match is of its own extrapolates
_MAX_RETURN = 1.0  # px between a point and where it comes back to
_MIN_DETERMINANT = 1e-6  # of normal equations; below that, the matches lie on a line


@dataclass(frozen=True, eq=False)
class NearMatches:
    """Both images show the same matches, and what lies among them moves as they do.

    Around each point, an affine map is fitted by least squares to the 8 nearest matches. It is
    believed if there are 4 at least, all near the map and on more than one side of the point, and
    if the map the other way takes the point back; all else is not known. The least squares are
    those of Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004, section
    7.4, of near matches in place of those of one object.

    Parameters
    ----------
    points0, points1 : ndarray (M, 2) float64
        Verified matches, (x, y) in each image; any number.
    """

    points0: Floats
    points1: Floats

    def there(self, points: Array) -> Array:
        """See `Relation.there`; NaN where it is not known."""
        return _agreed(points, self.points0, self.points1)

    def back(self, points: Array) -> Array:
        """See `Relation.back`; NaN where it is not known."""
        return _agreed(points, self.points1, self.points0)

    def reversed(self) -> NearMatches:
        """Return the relation of image 1 to image 0."""
        return NearMatches(self.points1, self.points0)


def _agreed(points: Array, sources: Floats, targets: Floats) -> Array:
    """Map points as matches do that lie around them, where the way back agrees."""
    mapped = _moved(points, sources, targets)
    returned = _moved(mapped, targets, sources)
    agree = np.linalg.norm(returned - points, axis=1) <= _MAX_RETURN  # not where one is NaN
    mapped[~agree] = np.nan
    return mapped


def _moved(points: Array, sources: Floats, targets: Floats) -> Array:
    """Map (N, 2) points by the affine map of the nearest of (M, 2) matches each."""
    moved = np.full((len(points), 2), np.nan)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(sources) < _MIN_NEAREST or not len(known):
        return moved
    nearest = _nearest(points[known], sources)
    offsets = (sources[nearest] - points[known, None]) / REACH
    used = (np.einsum("nki,nki->nk", offsets, offsets) <= 1).astype(np.float64)
    rows = np.concatenate([np.ones((*offsets.shape[:2], 1)), offsets], axis=2)
    normal = np.einsum("nk,nki,nkj->nij", used, rows, rows)
    fits = (used.sum(axis=1) >= _MIN_NEAREST) & (np.linalg.det(normal) > _MIN_DETERMINANT)
    rows, used, goals = rows[fits], used[fits], targets[nearest[fits]]
    inverse = np.linalg.inv(normal[fits])
    maps = inverse @ np.einsum("nk,nki,nkj->nij", used, rows, goals)
    residuals = np.linalg.norm(rows @ maps - goals, axis=2) * used
    sure = (residuals.max(axis=1) <= _MAX_RESIDUAL) & (inverse[:, 0, 0] <= _MAX_LEVERAGE)
    moved[known[fits]] = np.where(sure[:, None], maps[:, 0], np.nan)
    return moved


def _nearest(points: Array, sources: Floats) -> Array:
    """Return the numbers (N, K) of the nearest matches of each point, in any order."""
    differences = points[:, None] - sources
    squared = np.einsum("nmi,nmi->nm", differences, differences)
    number = min(_NUM_NEAREST, len(sources))
    return np.argpartition(squared, number - 1, axis=1)[:, :number]
