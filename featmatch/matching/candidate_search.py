"""Of few candidates the nearest by descriptor, its rival, and the nearest back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.matching.candidates import Candidates
from featmatch.matching.distances import pair_distances
from featmatch.types import Array, Features

_BAND_PAIRS = 1 << 20  # pairs of keypoints looked at together
_CHUNK_PAIRS = 1 << 15  # pairs of descriptors compared together


@dataclass(frozen=True)
class BestCandidates:
    """The best candidates of every keypoint.

    Attributes
    ----------
    nearest : (N0,) int64
        Of the candidates in image 1, the nearest by descriptor; -1 where there are none. Of equals
        the lower index.
    distances : (N0,) float32
        To it; infinite where there is none.
    rivals : (N0,) float32
        Distance to the nearest other candidate, infinite where there is none.
    backward : (N1,) int64
        Keypoint of image 0 that is nearest to each of image 1, among those it is a candidate of.
    """

    nearest: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    rivals: npt.NDArray[np.float32]
    backward: npt.NDArray[np.int64]


def best_candidates(
    features0: Features, features1: Features, candidates: Candidates, min_rival_distance: float
) -> BestCandidates:
    """Compare the descriptors of all candidates, a band of keypoints of image 0 at a time.

    Parameters
    ----------
    features0, features1 : Features
        Neither may be empty.
    candidates : callable
        See `Candidates`.
    min_rival_distance : float
        Rivals lie farther than this from the nearest, in original pixels. 0 turns it off.

    Returns
    -------
    BestCandidates
    """
    num0, num1 = len(features0), len(features1)
    best = BestCandidates(
        nearest=np.full(num0, -1),
        distances=np.full(num0, np.inf, np.float32),
        rivals=np.full(num0, np.inf, np.float32),
        backward=np.full(num1, -1),
    )
    least = np.full(num1, np.inf, np.float32)
    height = max(1, _BAND_PAIRS // num1)
    for start in range(0, num0, height):
        rows, columns = candidates(slice(start, start + height))
        rows = rows + start
        distances = _distances(features0, features1, rows, columns)

        firsts = _least_of_each(rows, distances, columns)
        best.nearest[rows[firsts]] = columns[firsts]
        best.distances[rows[firsts]] = distances[firsts]

        rival = columns != best.nearest[rows]
        if min_rival_distance > 0:
            offsets = features1.keypoints[columns] - features1.keypoints[best.nearest[rows]]
            rival &= np.linalg.norm(offsets, axis=1) > min_rival_distance
        np.minimum.at(best.rivals, rows[rival], distances[rival])

        firsts = _least_of_each(columns, distances, rows)
        firsts = firsts[distances[firsts] < least[columns[firsts]]]
        least[columns[firsts]] = distances[firsts]
        best.backward[columns[firsts]] = rows[firsts]
    return best


def _least_of_each(groups: Array, distances: Array, ties: Array) -> Array:
    """Places of the least distance of every group, of equals with the lower value in `ties`."""
    order = np.lexsort((ties, distances, groups))
    ordered = groups[order]
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return order[first]


def _distances(features0: Features, features1: Features, rows: Array, columns: Array) -> Array:
    distances = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _CHUNK_PAIRS):
        chunk = slice(start, start + _CHUNK_PAIRS)
        distances[chunk] = pair_distances(
            features0.descriptors[rows[chunk]],
            features1.descriptors[columns[chunk]],
            features0.norm,
        )
    return distances
