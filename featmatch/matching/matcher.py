"""Features of two images -> matches: nearest neighbours that prefer each other, clearly."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from featmatch.matching.nearest import nearest_neighbors
from featmatch.types import Array, Features, Matches, Norm

_DTYPES: dict[Norm, npt.DTypeLike] = {"l2": np.float32, "hamming": np.uint8, "hamming2": np.uint8}
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Matcher:
    """Nearest neighbours by descriptor that prefer each other and pass the ratio test.

    Parameters
    ----------
    max_ratio : float
        A match is kept if the distance to its nearest neighbour, divided by the distance to the
        second nearest (Lowe, IJCV 2004, section 7.1), is below this; both neighbours are looked
        for in image 1. In (0, 1]; 1 turns the test off.
    mutual : bool
        Keep a match only if each keypoint is the other's nearest neighbour.
    """

    max_ratio: float = 0.85
    mutual: bool = True

    def __post_init__(self) -> None:
        _check_ratio(self.max_ratio)
        if not isinstance(self.mutual, bool):
            raise TypeError(f"mutual: expected True or False, got {self.mutual!r}")

    def match(self, features0: Features, features1: Features) -> Matches:
        """Match the features of two images.

        Parameters
        ----------
        features0, features1 : Features
            Of the same norm.

        Returns
        -------
        Matches

        Raises
        ------
        ValueError
            The features were made for different norms, or their descriptors differ in length.
        """
        if len(features0) and len(features1) and features0.norm != features1.norm:
            raise ValueError(
                f"features1: expected descriptors for the norm {features0.norm} as in features0, "
                f"got {features1.norm}"
            )
        return match_descriptors(
            features0.descriptors,
            features1.descriptors,
            norm=features0.norm,
            max_ratio=self.max_ratio,
            mutual=self.mutual,
        )


def match_descriptors(
    descriptors0: Array,
    descriptors1: Array,
    *,
    norm: Norm,
    max_ratio: float = 1.0,
    mutual: bool = True,
) -> Matches:
    """Match two sets of descriptors by their nearest neighbours.

    Parameters
    ----------
    descriptors0, descriptors1 : (N0, D), (N1, D) float32 or uint8
        Unit vectors for the norm ``"l2"``, packed bits for the others. Either may be empty.
    norm : {"l2", "hamming", "hamming2"}
    max_ratio : float
        See `Matcher`; 1 turns the ratio test off. A descriptor with a single candidate has nothing
        to be compared with: its ratio counts as 1, and it fails every ratio test.
    mutual : bool
        See `Matcher`.

    Returns
    -------
    Matches
        Ordered by their index in set 0. Of neighbours at the same number of bits the one with the
        lower index counts as nearest; float distances are never equal but for rounding.
    """
    _check_ratio(max_ratio)
    if norm not in _DTYPES:
        raise ValueError(f"norm: expected l2, hamming or hamming2, got {norm!r}")
    if not len(descriptors0) or not len(descriptors1):
        return Matches(np.zeros((0, 2), np.int64), *np.zeros((2, 0), np.float32))
    descriptors0 = _check_descriptors("descriptors0", descriptors0, norm)
    descriptors1 = _check_descriptors("descriptors1", descriptors1, norm)
    if descriptors0.shape[1] != descriptors1.shape[1]:
        raise ValueError(
            f"descriptors1: expected {descriptors0.shape[1]} columns as in descriptors0, "
            f"got {descriptors1.shape[1]}"
        )
    found = nearest_neighbors(descriptors0, descriptors1, norm)
    rows = np.arange(len(descriptors0))
    if mutual:
        rows = rows[found.backward[found.nearest] == rows]
    queries, nearest, second = descriptors0[rows], found.nearest[rows], found.second[rows]
    distances = _distances(queries, descriptors1[nearest], norm)
    rivals = np.where(second >= 0, _distances(queries, descriptors1[second], norm), 0.0)
    ratios = np.ones(len(rows), np.float32)
    np.divide(distances, rivals, out=ratios, where=rivals > 0)
    ratios = np.minimum(ratios, 1.0)
    passed = (ratios < max_ratio) | (max_ratio >= 1)
    indices = np.column_stack([rows, nearest])
    return Matches(indices[passed], distances[passed], ratios[passed])


def _check_descriptors(name: str, values: npt.ArrayLike, norm: Norm) -> Array:
    """Return descriptors as an array, if they are what the norm compares."""
    descriptors: Array = np.asarray(values)
    if descriptors.ndim != 2 or descriptors.dtype != _DTYPES[norm]:
        raise ValueError(
            f"{name}: expected (N, D) {np.dtype(_DTYPES[norm])} for the norm {norm}, "
            f"got {descriptors.shape} {descriptors.dtype}"
        )
    if norm == "l2":
        lengths = np.linalg.norm(descriptors, axis=1)
        wrong = ~((np.abs(lengths - 1) < _LENGTH_TOLERANCE) | (lengths == 0))
        if wrong.any():
            raise ValueError(
                f"{name}: expected rows of length 1 (divide them by their norm), "
                f"got {np.count_nonzero(wrong)} of other length, one of {lengths[wrong][0]:g}"
            )
    return descriptors


def _check_ratio(max_ratio: float) -> None:
    if not isinstance(max_ratio, Real) or not 0 < max_ratio <= 1:
        raise ValueError(f"max_ratio: expected a number in (0, 1], got {max_ratio!r}")


def _distances(descriptors0: Array, descriptors1: Array, norm: Norm) -> npt.NDArray[np.float32]:
    """Distances row by row, free of the rounding that a matrix product brings to small ones."""
    if norm == "l2":
        lengths: Array = np.linalg.norm(descriptors0 - descriptors1, axis=1)
        return lengths.astype(np.float32)
    differing: Array = descriptors0 ^ descriptors1
    if norm == "hamming2":
        differing = (differing | differing >> 1) & 0x55
    counts: Array = np.bitwise_count(differing).sum(axis=1)
    return counts.astype(np.float32)
