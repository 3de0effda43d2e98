"""Rivals of a match that are another place, not the same place once more.

Detectors find one and the same corner several times: at neighboring scales, with two orientations,
in several views. The second nearest neighbor of its descriptor is then the corner itself, and the
ratio test throws a good match away. The first geometrically inconsistent nearest neighbor
(D. Mishkin, J. Matas and M. Perdoch, "MODS: fast and robust method for two-view matching", CVIU
2015, section 3.3) is the nearest one that lies elsewhere in the image.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.matching.nearby import NearbyPoints
from featmatch.matching.nearest import nearest_except
from featmatch.types import Array, Norm, Points


def distant_rivals(
    descriptors0: Array,
    descriptors1: Array,
    norm: Norm,
    *,
    nearest: Array,
    second: Array,
    keypoints1: Points,
    min_distance: float,
) -> npt.NDArray[np.int64]:
    """Find, of every descriptor of set 0, the nearest in set 1 that lies far from its match.

    Only descriptors whose second nearest neighbor lies close by are compared with all of set 1
    again.

    Parameters
    ----------
    descriptors0, descriptors1 : (N0, D), (N1, D) float32 or uint8
        See `nearest_neighbors`.
    norm : {"l2", "hamming", "hamming2"}
    nearest, second : (N0,) int64
        The two nearest rows of set 1; a second of -1 where there is none.
    keypoints1 : (N1, 2) float
        Where the descriptors of set 1 were taken.
    min_distance : float
        Rivals lie farther than this from the keypoint of the nearest, in the keypoints' unit.

    Returns
    -------
    (N0,) int64
        Row of set 1; -1 where all of them lie close by.
    """
    rivals = second.copy()
    close = np.linalg.norm(keypoints1[second] - keypoints1[nearest], axis=1) <= min_distance
    rows = np.flatnonzero(close & (second >= 0))
    centers = keypoints1[nearest[rows]]
    nearby = NearbyPoints(keypoints1, min_distance)
    rivals[rows] = nearest_except(
        descriptors0[rows],
        descriptors1,
        norm,
        lambda band: nearby.within(centers[band]),
    )
    return rivals
