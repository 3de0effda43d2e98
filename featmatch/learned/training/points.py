"""Points that both views of a training pair show: where they are, and whether they are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.learned.training.pairs import TrainingPair
from featmatch.threads import product
from featmatch.types import Array

MARGIN = 4
"""Pixels along the border of a view that are left out: there, padding is most of what is seen."""


@dataclass(frozen=True, eq=False)
class ChosenPoints:
    """Points that both views of a pair show.

    Parameters
    ----------
    points0, points1 : (M, 2) float64
        (x, y) in each view.
    num_peaks : int
        How many of them, the first ones, are peaks of view 0.
    """

    points0: Array
    points1: Array
    num_peaks: int

    def __len__(self) -> int:
        return len(self.points0)


def choose_points(
    pair: TrainingPair, peaks: Array, num_points: int, rng: np.random.Generator
) -> ChosenPoints:
    """Choose points that both views show: the peaks of view 0, then places drawn at random.

    Parameters
    ----------
    pair : TrainingPair
    peaks : (N, 2) array
        (x, y) in view 0.
    num_points : int
    rng : Generator

    Returns
    -------
    ChosenPoints
        As many as `num_points`, or fewer where the views have little in common.
    """
    size = len(pair.image0)
    places = rng.uniform(MARGIN, size - 1 - MARGIN, (3 * num_points, 2))
    points0 = np.concatenate([peaks, places])
    points1 = pair.relation.there(points0)
    seen = inside(points1, size)
    num_peaks = min(int(seen[: len(peaks)].sum()), num_points)
    return ChosenPoints(points0[seen][:num_points], points1[seen][:num_points], num_peaks)


def round_trips(descriptors0: Array, descriptors1: Array) -> Array:
    """Tell which points are found there and back.

    Parameters
    ----------
    descriptors0, descriptors1 : (M, D) array
        Of the same M points in two views, M at least 1; the larger the product, the more alike.

    Returns
    -------
    (M,) bool
    """
    similarity = product(descriptors0, descriptors1.T)
    rows = np.arange(len(similarity))
    there, back = similarity.argmax(axis=1), similarity.argmax(axis=0)
    return np.asarray((there == rows) & (back == rows))


def are_near(points: Array, others: Array, max_distance: float) -> Array:
    """Tell which of (M, 2) points have one of (N, 2) others within a distance, in pixels: (M,)."""
    distances = np.linalg.norm(points[:, None] - others, axis=2)
    return np.asarray(distances.min(axis=1, initial=np.inf) <= max_distance)


def inside(points: Array, size: int, margin: int = MARGIN) -> Array:
    """Tell which points lie in a view, off its border.

    Parameters
    ----------
    points : (M, 2) array
        (x, y).
    size : int
        Side of the view in pixels.
    margin : int
        Pixels from the centers of the outermost pixels that do not count.

    Returns
    -------
    (M,) bool
    """
    return np.asarray(((points > margin) & (points < size - 1 - margin)).all(axis=1))
