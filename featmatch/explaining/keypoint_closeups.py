"""Keypoints of ORB looked at closely: their ring, their orientation and their bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.explaining.orb_bits import (
    PATCH_SIZE,
    RADIUS,
    smoothed,
    turned_pairs,
    unpacked,
)
from featmatch.types import Features

Gray = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RING = (
    *((0, -3), (1, -3), (2, -2), (3, -1), (3, 0), (3, 1), (2, 2), (1, 3)),
    *((0, 3), (-1, 3), (-2, 2), (-3, 1), (-3, 0), (-3, -1), (-2, -2), (-1, -3)),
)
"""The 16 pixels x, y around a pixel that FAST looks at (Rosten and Drummond, ECCV 2006)."""
MAX_ERROR = 3.0  # px from where a match should be, to count as right
_NUM_RIGHT, _NUM_WRONG = 4, 2  # keypoints that are looked at more closely


@dataclass(frozen=True, eq=False)
class MatchList:
    """Keypoints that are each other's nearest neighbors by their bits.

    Attributes
    ----------
    indices : (M, 2) int64
        Keypoint of the picture, keypoint of the second view.
    distances : (M,) int64
        Bits that differ.
    ratios : (M,) float64
        Distance divided by that to the second nearest.
    errors : (M,) float64
        Pixels between where the match is and where the known map says it should be.
    """

    indices: Ints
    distances: Ints
    ratios: Floats
    errors: Floats


@dataclass(frozen=True, eq=False)
class Closeup:
    """A keypoint of the finest level, looked at closely.

    Attributes
    ----------
    match : int
        Its place in the list of matches.
    patch : (39, 39) uint8
        The picture around it.
    center : int
    ring : (16,) int64
        Brightness of its pixel, and of those of `RING`.
    centroid : (2,) float64
        Where the brightness of a disc of 31 pixels has its center of mass, relative to it.
    pair_values : (256, 2) int64
        Brightness, after smoothing, of the pixels that its bits compare.
    bits, matched_bits : (256,) int64
        Of it and of its match.
    """

    match: int
    patch: Gray
    center: int
    ring: Ints
    centroid: Floats
    pair_values: Ints
    bits: Ints
    matched_bits: Ints


def look_closely(
    gray: Gray, pairs: Ints, features: Features, others: Features, matches: MatchList
) -> tuple[Closeup, ...]:
    """Look closely at some matched keypoints of the finest level, right ones and wrong ones.

    Parameters
    ----------
    gray : (H, W) uint8
    pairs : (256, 4) int64
        From `ask_for_pairs`.
    features, others : Features
        Of it, at its own size, and of a second view.
    matches : MatchList

    Returns
    -------
    tuple of Closeup
        The strongest right ones first; none where none of that level is matched.
    """
    rows = matches.indices[:, 0]
    finest = np.isclose(features.scales[rows], PATCH_SIZE)
    strongest = np.argsort(-features.scores[rows], kind="stable")
    right = matches.errors <= MAX_ERROR
    order = [m for m in strongest if finest[m] and right[m]][:_NUM_RIGHT]
    order += [m for m in strongest if finest[m] and not right[m]][:_NUM_WRONG]
    smooth = smoothed(gray)
    return tuple(_closeup(int(m), gray, smooth, pairs, features, others, matches) for m in order)


def _closeup(
    match: int,
    gray: Gray,
    smooth: Gray,
    pairs: Ints,
    features: Features,
    others: Features,
    matches: MatchList,
) -> Closeup:
    index, other = matches.indices[match]
    x, y = np.rint(features.keypoints[index]).astype(int)
    own = turned_pairs(pairs, float(features.angles[index]))
    values = smooth[y + own[:, 1::2], x + own[:, ::2]].astype(np.int64)
    bits = unpacked(np.stack([features.descriptors[index], others.descriptors[other]]))
    return Closeup(
        match,
        gray[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1],
        int(gray[y, x]),
        np.array([gray[y + dy, x + dx] for dx, dy in RING], np.int64),
        centroid(gray, x, y),
        values,
        *bits,
    )


def centroid(gray: Gray, x: int, y: int) -> Floats:
    """Find the center of mass of the brightness in a disc around a pixel, relative to it (x, y).

    The direction to it is the orientation of an ORB keypoint (Rublee et al., ICCV 2011, section 3).
    """
    reach = PATCH_SIZE // 2
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    weights = gray[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(np.float64)
    weights *= dx * dx + dy * dy <= reach * reach
    moments = np.array([(weights * dx).sum(), (weights * dy).sum()])
    return np.asarray(moments / max(weights.sum(), 1.0))
