"""Loops of three images that contradict each other: at least one of their pairs is wrong.

Repeated structure, such as the two ends of a church, makes pairs that look right each. Going from
an image to a second, to a third and back must end where it began: the rotations together are none,
and the homographies take each point to itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.collection.contents import CollectionContents
from featmatch.collection.motions import Motion
from featmatch.collection.records import Pair
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

Triangle = tuple[str, str, str]

MAX_ANGLE = np.pi * 25 / 180
"""Radians: right loops, of cameras that are guessed and of few matches, close to within half."""

MAX_SHIFT = 0.05
"""Of the image's diagonal: points off the plane and plain errors stay below."""

_MOST_OF_A_PAIR = 10  # loops that a pair is checked in: more tell nothing new
_NUM_KEPT = 1000  # images whose keypoints are kept in memory meanwhile
_FEWEST_POINTS = 8  # that have to go both ways round, for homographies


@dataclass(frozen=True)
class Loop:
    """Three images whose pairs contradict each other.

    Attributes
    ----------
    names : (str, str, str)
        In natural order.
    kind : {"rotation", "homography"}
        What does not close.
    error : float
        By how much: radians for rotations; for homographies the median distance of points to where
        the other way round takes them, as a share of the image's diagonal.
    suspect : (str, str)
        The pair of the three that most of its loops contradict; of two such, the one with fewer
        inliers.
    """

    names: Triangle
    kind: Literal["rotation", "homography"]
    error: float
    suspect: Pair


def contradicting_loops(collection: CollectionContents) -> tuple[Loop, ...]:
    """Find loops of three pairs of the same scene that contradict each other.

    Homographies are compared where all three pairs have one and some points go both ways round,
    else rotations, with the cameras that the files tell or usual ones.

    Parameters
    ----------
    collection : CollectionContents

    Returns
    -------
    tuple of Loop
        The largest errors first, rotations before homographies.

    References
    ----------
    C. Zach, M. Klopschitz and M. Pollefeys, "Disambiguating visual relations using loop
    constraints", CVPR 2010.
    """
    images = {image.name: image for image in collection.images}
    pairs = {
        summary.names: summary
        for summary in collection.pairs
        if summary.kind == "scene" and images.keys() >= set(summary.names)
    }
    triangles = _triangles({pair: summary.num_inliers for pair, summary in pairs.items()})
    looped = {pair for names in triangles for pair in _sides(names)}
    keypoints = lru_cache(_NUM_KEPT)(collection.keypoints)
    motions = {
        pair: Motion.of(collection.matches(*pair), (images[pair[0]], images[pair[1]]), keypoints)
        for pair in pairs
        if pair in looped
    }
    sizes = {name: image.size for name, image in images.items()}
    checked = {names: _check(names, motions, sizes) for names in triangles}
    broken = {names: found for names, found in checked.items() if found and _is_broken(*found)}
    suspects = _suspects([names for names, found in checked.items() if found], broken, motions)
    loops = [Loop(names, *found, suspects[names]) for names, found in broken.items()]
    return tuple(sorted(loops, key=lambda loop: (loop.kind != "rotation", -loop.error)))


def _triangles(strengths: Mapping[Pair, int]) -> list[Triangle]:
    """Loops of three pairs; of each pair, those whose weakest pair is the strongest."""
    neighbors: dict[str, set[str]] = defaultdict(set)
    for name0, name1 in strengths:
        neighbors[name0].add(name1)
        neighbors[name1].add(name0)

    def strength(name: str, other: str) -> int:
        return strengths.get((name, other), 0) or strengths.get((other, name), 0)

    found: dict[Triangle, None] = {}
    for name0, name1 in strengths:
        thirds = sorted(
            neighbors[name0] & neighbors[name1],
            key=lambda name: (-min(strength(name0, name), strength(name1, name)), name),
        )
        for third in thirds[:_MOST_OF_A_PAIR]:
            found[_ordered((name0, name1, third), strengths)] = None
    return list(found)


def _ordered(names: Triangle, pairs: Mapping[Pair, int]) -> Triangle:
    """Order three names so that each pair of them is in the order that it is known by."""
    first, second, third = next(
        order for order in permutations(names) if all(pair in pairs for pair in _sides(order))
    )
    return first, second, third


def _sides(names: Sequence[str]) -> tuple[Pair, Pair, Pair]:
    first, second, third = names
    return (first, second), (second, third), (first, third)


def _check(
    names: Triangle, motions: Mapping[Pair, Motion], sizes: Mapping[str, tuple[int, int]]
) -> tuple[Literal["rotation", "homography"], float] | None:
    """By how much a loop does not close; None if that cannot be told."""
    there, on, across = (motions[pair] for pair in _sides(names))
    shift = _shift(there, on, across, sizes[names[2]])
    if shift is not None:
        return "homography", shift
    angles = [
        _angle(onward @ first @ back.T)
        for first, onward, back in product(there.rotations, on.rotations, across.rotations)
    ]
    return ("rotation", min(angles)) if angles else None


def _is_broken(kind: str, error: float) -> bool:
    return error > (MAX_ANGLE if kind == "rotation" else MAX_SHIFT)


def _angle(rotation: Matrix) -> float:
    return float(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))


def _shift(there: Motion, on: Motion, across: Motion, size: tuple[int, int]) -> float | None:
    """Median distance between where two ways take points of the first image in the third.

    Only points count that lie among the inliers of each pair: homographies hold for no others.
    """
    if there.homography is None or on.homography is None or across.homography is None:
        return None
    middle = transfer(there.homography, across.points0)
    known = _within(there.points0, across.points0) & _within(on.points0, middle)
    if np.count_nonzero(known) < _FEWEST_POINTS:
        return None
    distances = transfer(on.homography, middle[known]) - across.points1[known]
    median = float(np.median(np.linalg.norm(distances, axis=1)))
    return median / float(np.hypot(*size)) if np.isfinite(median) else None


def _within(border: Array, points: Array) -> npt.NDArray[np.bool_]:
    """Whether points (N, 2) lie in the convex hull of others (M, 2)."""
    hull = cv2.convexHull(border.astype(np.float32))[:, 0].astype(np.float64)
    edges = np.roll(hull, -1, axis=0) - hull
    offsets = points[:, None] - hull
    turns = edges[:, 0] * offsets[..., 1] - edges[:, 1] * offsets[..., 0]
    inside = np.logical_or((turns >= 0).all(axis=1), (turns <= 0).all(axis=1))
    return np.asarray(inside)


def _suspects(
    checked: Iterable[Triangle], broken: Iterable[Triangle], motions: Mapping[Pair, Motion]
) -> dict[Triangle, Pair]:
    """Of each broken loop, the pair that is contradicted most."""
    num_checked = Counter(pair for names in checked for pair in _sides(names))
    num_broken = Counter(pair for names in broken for pair in _sides(names))

    def blame(pair: Pair) -> tuple[float, int, int]:
        share = num_broken[pair] / num_checked[pair]
        return share, num_broken[pair], -motions[pair].summary.num_inliers

    return {names: max(_sides(names), key=blame) for names in broken}
