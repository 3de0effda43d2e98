"""How many of ORB's points and of the network's are the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.evaluation.metrics.repeatability import nearest
from featmatch.types import Array, Features

TOLERANCE = 3.0
"""Working pixels within which two points are taken to be the same."""

_GRID = (64, 48)  # places, across and down, at which chance is measured


@dataclass(frozen=True)
class CommonPoints:
    """What ORB and the network have in common.

    Parameters
    ----------
    tolerance : float
        Working pixels within which a point is near another.
    num_orb, num_learned : int
        Points of each.
    orb_near_learned, learned_near_orb : float or None
        Share of the points of one that have a point of the other near; None if there are none.
    chance_orb_near_learned, chance_learned_near_orb : float or None
        The same share of places on a grid over the area of the former's points: what points that
        know nothing of the image would have.
    num_common : int
        Pairs of points that are each other's nearest, and near.
    score_correlation : float or None
        Spearman's rank correlation, in [-1, 1], of ORB's and of the network's scores of these
        pairs; None of fewer than ten.
    """

    tolerance: float
    num_orb: int
    num_learned: int
    orb_near_learned: float | None
    learned_near_orb: float | None
    chance_orb_near_learned: float | None
    chance_learned_near_orb: float | None
    num_common: int
    score_correlation: float | None


def measure_common_points(
    orb: Features, learned: Features, pixel_size: float = 1.0
) -> CommonPoints:
    """Compare two sets of points of the same image.

    Parameters
    ----------
    orb, learned : Features
    pixel_size : float
        Of a working pixel, in pixels of the original image.

    Returns
    -------
    CommonPoints
    """
    points0, points1 = orb.keypoints / pixel_size, learned.keypoints / pixel_size
    distances0, nearest0 = nearest(points0, points1)
    distances1, nearest1 = nearest(points1, points0)
    near0 = np.flatnonzero(distances0 <= TOLERANCE)
    common0 = near0[nearest1[nearest0[near0]] == near0]
    common1 = nearest0[common0]
    return CommonPoints(
        tolerance=TOLERANCE,
        num_orb=len(points0),
        num_learned=len(points1),
        orb_near_learned=_share_near(distances0),
        learned_near_orb=_share_near(distances1),
        chance_orb_near_learned=_chance(points0, points1),
        chance_learned_near_orb=_chance(points1, points0),
        num_common=len(common0),
        score_correlation=rank_correlation(orb.scores[common0], learned.scores[common1]),
    )


def rank_correlation(values0: Array, values1: Array) -> float | None:
    """Spearman's rank correlation of two lists of at least ten values, else None.

    None, too, if all values of a list are the same.
    """
    if len(values0) < 10:
        return None
    ranks0, ranks1 = _centered_ranks(values0), _centered_ranks(values1)
    norm = float(np.linalg.norm(ranks0) * np.linalg.norm(ranks1))
    return float(ranks0 @ ranks1) / norm if norm else None


def _centered_ranks(values: Array) -> Array:
    """Places of values in their order, less the mean; equal values share theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts + 1) / 2
    centered: Array = ranks[group] - (len(values) - 1) / 2
    return centered


def _share_near(distances: Array) -> float | None:
    return float((distances <= TOLERANCE).mean()) if len(distances) else None


def _chance(points: Array, others: Array) -> float | None:
    """Share of a grid over the bounding box of points that has one of others near."""
    if not len(points):
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    axes = (np.linspace(*ends) for ends in zip(low, high, _GRID, strict=True))
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    return _share_near(nearest(grid, others)[0])
