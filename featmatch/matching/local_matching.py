"""Partners of keypoints where the matches around them say that they are."""

from __future__ import annotations

import numpy as np

from featmatch.matching.agreement import LEAST_ERROR, RADIUS, TOLERANCE
from featmatch.matching.distances import distance_ratios, pair_distances
from featmatch.matching.nearby import NearbyPoints
from featmatch.threads import parallel_map
from featmatch.types import Array, Features, Matches

REACH = RADIUS / 2
"""How far a match may be that tells a keypoint's place, as a share of the diagonal of image 0: so
that neighbors of both are mostly the same."""

LARGEST_ERROR = TOLERANCE * REACH
"""How far from its predicted place a partner may lie, as a share of the diagonal of image 1: what
is allowed at the largest distance without a zoom."""

MAX_RATIO = 0.9
"""Of the ratio test among what lies there: looser than among all keypoints of an image, as there
are few rivals, and most of those that are no partner lie elsewhere."""

_TILE_PAIRS = 1 << 14  # pairs of descriptors that are compared together: some 20 MB
_MAX_WORKERS = 4  # each holds a tile


def match_locally(
    features0: Features, features1: Features, matches: Matches, maps: Array
) -> Matches:
    """Match keypoints that have no match, each among the keypoints near its predicted place.

    The match nearest to a keypoint of image 0 tells where it is in image 1. Of the keypoints there
    that have no match either, the one with the most similar descriptor is its partner, if it is the
    keypoint's partner in turn and passes the ratio test.

    Parameters
    ----------
    features0, features1 : Features
    matches : Matches
        Trusted ones.
    maps : (M, 2, 2) float
        Of each match, see `neighborhood_agreement`.

    Returns
    -------
    Matches
        New ones, ordered by their keypoints of image 0. The ratio is 1 where the partner is the
        only keypoint there.
    """
    free0, free1 = (
        np.setdiff1d(np.arange(len(features)), indices)
        for features, indices in zip((features0, features1), matches.indices.T, strict=True)
    )
    rows, places, errors = _predicted(features0, features1, matches, maps, free0)
    points1 = features1.keypoints[free1].astype(np.float64)
    largest = LARGEST_ERROR * float(np.hypot(*features1.image_size))
    wanted, there = NearbyPoints(points1, largest).within(places)
    near = np.linalg.norm(points1[there] - places[wanted], axis=1) <= errors[wanted]
    pairs = np.column_stack([free0[rows[wanted[near]]], free1[there[near]]])
    distances = _distances(features0, features1, pairs)
    best, seconds = _best_of(pairs[:, 0], distances)
    rivals = np.where(seconds >= 0, distances[seconds], 0)
    mutual = np.isin(best, _best_of(pairs[:, 1], distances)[0])
    ratios = distance_ratios(distances[best], rivals)
    kept = mutual & ((ratios < MAX_RATIO) | (seconds < 0))
    return Matches(pairs[best[kept]], distances[best[kept]], ratios[kept])


def _predicted(
    features0: Features, features1: Features, matches: Matches, maps: Array, free0: Array
) -> tuple[Array, Array, Array]:
    """Rows of `free0` near a match, their places in image 1, and how far off these may be."""
    rows0, rows1 = matches.indices.T
    known0, known1 = features0.keypoints[rows0], features1.keypoints[rows1].astype(np.float64)
    points0 = features0.keypoints[free0].astype(np.float64)
    reach = REACH * float(np.hypot(*features0.image_size))
    rows, guides = NearbyPoints(known0, reach).within(points0)
    nearest, _ = _best_of(rows, np.linalg.norm(points0[rows] - known0[guides], axis=1))
    rows, guides = rows[nearest], guides[nearest]
    offsets = points0[rows] - known0[guides]
    moved = np.einsum("nij,nj->ni", maps[guides], offsets)
    zooms = np.sqrt(np.abs(np.linalg.det(maps[guides])))
    errors = TOLERANCE * zooms * np.linalg.norm(offsets, axis=1)
    return rows, known1[guides] + moved, errors + LEAST_ERROR * features1.pixel_size


def _best_of(groups: Array, values: Array) -> tuple[Array, Array]:
    """Places of the least value of each group and of the second least, -1 where there is none."""
    order = np.lexsort((values, groups))
    first = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = np.diff(first, append=len(order))
    seconds = np.where(sizes > 1, order[np.minimum(first + 1, len(order) - 1)], -1)
    return order[first], seconds


def _distances(features0: Features, features1: Features, pairs: Array) -> Array:
    """Compare the descriptors of pairs of keypoints, tile by tile."""
    tiles = [pairs[start : start + _TILE_PAIRS] for start in range(0, len(pairs), _TILE_PAIRS)]

    def compare(tile: Array) -> Array:
        rows0, rows1 = tile.T
        return pair_distances(
            features0.descriptors[rows0], features1.descriptors[rows1], features0.norm
        )

    found = parallel_map(compare, tiles, max_workers=_MAX_WORKERS)
    return np.concatenate([np.zeros(0, np.float32), *found])
