"""Keep the best keypoints while spreading them over the image.

Detectors pile their strongest answers onto a few busy textures; a model estimated from such a pile
says little about the rest of the image. Adaptive non-maximal suppression spreads them (Brown,
Szeliski & Winder 2005; Bailo et al. 2018, "Efficient adaptive non-maximal suppression algorithms
for homogeneous spatial keypoint distribution"). Here a grid of cells takes turns: first the
strongest keypoint of every cell, then the second strongest, until the number is reached. This costs
two sorts whatever the number of keypoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from featmatch.frames import frames_of
from featmatch.types import Array, Features


def select_spread(
    keypoints: Array,
    scores: Array,
    image_size: tuple[int, int],
    max_keypoints: int,
    keypoints_per_cell: int = 8,
) -> npt.NDArray[np.int64]:
    """Choose at most `max_keypoints`, strongest first in every cell of a grid in turn.

    Parameters
    ----------
    keypoints : (N, 2) float
        Positions in pixels, in an image of `image_size`.
    scores : (N,) float
        Larger is better.
    image_size : (width, height)
        In the same pixels as the keypoints.
    max_keypoints : int
        At least 0.
    keypoints_per_cell : int
        Cells are squares, sized so that this many chosen keypoints fall into each on average: the
        fewer, the more evenly they are spread.

    Returns
    -------
    (K,) int64
        Ascending indices of the chosen keypoints; all of them where there are few enough.
    """
    if len(keypoints) <= max_keypoints:
        return np.arange(len(keypoints))
    num_cells = max(max_keypoints, 1) / keypoints_per_cell
    turns = _rank_in_cell(_cell_of(keypoints, image_size, num_cells), scores)
    return np.sort(np.lexsort((-scores, turns))[:max_keypoints])


def select_strongest(scores: Array, max_keypoints: int) -> npt.NDArray[np.int64]:
    """Ascending indices of the `max_keypoints` largest scores; ties go to the lower index."""
    return np.sort(np.argsort(-scores, kind="stable")[:max_keypoints])


def select_distinct(keypoints: Array, scores: Array, max_keypoints: int) -> npt.NDArray[np.int64]:
    """Choose the strongest keypoint of each position, at most `max_keypoints` of them.

    A detector that gives a position several orientations returns it several times.

    Parameters
    ----------
    keypoints : (N, 2) float
    scores : (N,) float
        Larger is better; ties go to the lower index.
    max_keypoints : int
        At least 0.

    Returns
    -------
    (K,) int64
        Ascending indices.
    """
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(keypoints[order], axis=0, return_index=True)
    return np.sort(order[np.sort(first)[:max_keypoints]])


def selected(features: Features, rows: Array) -> Features:
    """Return features of some rows: (K,) integers."""
    return replace(
        features,
        keypoints=features.keypoints[rows],
        descriptors=features.descriptors[rows],
        scores=features.scores[rows],
        scales=features.scales[rows],
        angles=features.angles[rows],
        frames=None if features.frames is None else features.frames[rows],
    )


def joined(found: Sequence[Features]) -> Features:
    """Put features of one image together; descriptors of no keypoints may have no length."""
    some = [features for features in found if len(features)] or found[:1]
    plain = all(features.frames is None for features in some)
    return replace(
        some[0],
        keypoints=np.concatenate([features.keypoints for features in some]),
        descriptors=np.concatenate([features.descriptors for features in some]),
        scores=np.concatenate([features.scores for features in some]),
        scales=np.concatenate([features.scales for features in some]),
        angles=np.concatenate([features.angles for features in some]),
        frames=None
        if plain
        else np.concatenate([frames_of(features) for features in some]).astype(np.float32),
    )


def _cell_of(keypoints: Array, image_size: tuple[int, int], num_cells: float) -> Array:
    width, height = image_size
    side = max(1.0, np.sqrt(width * height / num_cells))
    column, row = np.floor_divide(keypoints, side).astype(np.int64).T
    cell: Array = row * (int(width / side) + 2) + column
    return cell


def _rank_in_cell(cells: Array, scores: Array) -> Array:
    """Place of each keypoint in its cell's order of falling scores, from 0."""
    order = np.lexsort((-scores, cells))
    ordered = cells[order]
    places = np.arange(len(order))
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    ranks = np.empty(len(order), np.int64)
    ranks[order] = places - np.maximum.accumulate(np.where(first, places, 0))
    return ranks
