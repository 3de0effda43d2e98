"""Matches that say the same twice."""

from __future__ import annotations

import numpy as np

from featmatch.types import Array, Features, Matches


def remove_duplicates(
    matches: Matches, features0: Features, features1: Features, *, min_spacing: float = 2.0
) -> Matches:
    """Keep the best of matches that lead from about the same point to about the same point.

    Both images are divided into squares; of matches that share their squares in both, the one with
    the lowest ratio stays. Neighbors on the two sides of a border stay both.

    Parameters
    ----------
    matches : Matches
    features0, features1 : Features
        That were matched.
    min_spacing : float
        Side of the squares, in pixels of the images that the detector saw. 0 keeps all.

    Returns
    -------
    Matches
        In their order. Of equal ratios the first stays.
    """
    if not min_spacing:
        return matches
    cells0 = _cells(features0, matches.indices[:, 0], min_spacing)
    cells1 = _cells(features1, matches.indices[:, 1], min_spacing)
    cells = np.column_stack([cells0, cells1])
    order = np.argsort(matches.ratios, kind="stable")
    _, firsts = np.unique(cells[order], axis=0, return_index=True)
    kept = np.sort(order[firsts])
    return matches[kept]


def _cells(features: Features, rows: Array, side: float) -> Array:
    cells: Array = np.floor_divide(features.keypoints[rows], side * features.pixel_size)
    return cells.astype(np.int64)
