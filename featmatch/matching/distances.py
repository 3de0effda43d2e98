"""Distances between descriptors, pair by pair."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Norm


def pair_distances(descriptors0: Array, descriptors1: Array, norm: Norm) -> npt.NDArray[np.float32]:
    """Distances row by row, free of the rounding that a matrix product brings to small ones.

    Parameters
    ----------
    descriptors0, descriptors1 : (N, D) float32 or uint8
        The pairs: row i of one and row i of the other.
    norm : {"l2", "hamming", "hamming2"}

    Returns
    -------
    (N,) float32
    """
    if norm == "l2":
        lengths: Array = np.linalg.norm(descriptors0 - descriptors1, axis=1)
        return lengths.astype(np.float32)
    differing: Array = descriptors0 ^ descriptors1
    if norm == "hamming2":
        differing = (differing | differing >> 1) & 0x55
    counts: Array = np.bitwise_count(differing).sum(axis=1)
    return counts.astype(np.float32)


def distance_ratios(
    distances: npt.NDArray[np.float32], rivals: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Distances divided by those of their rivals, at most 1; 1 where the rival's is 0."""
    ratios = np.ones(len(distances), np.float32)
    np.divide(distances, rivals, out=ratios, where=rivals > 0)
    return np.minimum(ratios, np.float32(1))
