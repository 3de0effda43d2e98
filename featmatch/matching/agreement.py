"""How many of the matches around a match move as it says, and how many would by chance.

A right match lies among right matches, and these move with it; around a wrong one the others go
anywhere (GMS: J. Bian et al., "GMS: grid-based motion statistics for fast, ultra-robust feature
correspondence", CVPR 2017). How they should move the match itself tells: by the frames of its two
keypoints, so that turned and zoomed images are no harder (AdaLAM: L. Cavalli et al., "AdaLAM:
revisiting handcrafted outlier detection", ECCV 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.matching.nearby import NearbyPoints
from featmatch.threads import parallel_map
from featmatch.types import Array

RADIUS = 0.08
"""Of a neighborhood, as a share of the image's diagonal: larger ones bend, smaller are thin."""

TOLERANCE = 0.35
"""How far from its predicted place a neighbor may land, as a share of its distance: what the turn
(20 degrees), the zoom (a third) and the tilt of a surface leave open."""

LEAST_ERROR = 3.0
"""px: keypoints are no better placed. Nearer neighbors agree with anything, and have no say."""

_TILE_PAIRS = 1 << 18  # pairs of a match and another that are looked at together: some 20 MB
_MAX_WORKERS = 4  # each holds a tile


@dataclass(frozen=True, eq=False)
class Agreement:
    """What the matches around each match say of it.

    Attributes
    ----------
    num_landed : (2, M) int64
        Other matches that lie around it in image 0 and land in its wider surroundings in image 1,
        and the other way around.
    num_agreeing : (2, M) int64
        Those of them that land where the match says, but for the tolerance.
    log10_chance : (M,) float64
        Logarithm of the probability that as many would if they landed anywhere there; of the two
        ways the larger one.
    """

    num_landed: npt.NDArray[np.int64]
    num_agreeing: npt.NDArray[np.int64]
    log10_chance: npt.NDArray[np.float64]


def neighborhood_agreement(
    points0: Array,
    points1: Array,
    maps: Array,
    diagonals: tuple[float, float],
    pixel_sizes: tuple[float, float] = (1.0, 1.0),
) -> Agreement:
    """Count, of each match, the neighbors that move as it says.

    Around image 0's point, neighbors are taken to image 1 by the match's own map; around image 1's
    point, to image 0 by the inverse. Those that land anywhere near are no surprise: sky lies above
    ground in unrelated images too. The surprise is how many of them land where the match says, and
    not elsewhere as near: were they scattered there, that number would be Poisson's at most.

    Parameters
    ----------
    points0, points1 : (M, 2) float
        Where the keypoints of each match lie, in pixels.
    maps : (M, 2, 2) float
        Takes offsets from each match's point in image 0 to offsets in image 1; not singular.
    diagonals : pair of float
        Of image 0 and image 1, in pixels.
    pixel_sizes : pair of float
        See `Features`; of image 0 and image 1.

    Returns
    -------
    Agreement
    """
    zooms = np.sqrt(np.abs(np.linalg.det(maps)))
    least = LEAST_ERROR * np.array(pixel_sizes)
    radii = np.maximum(RADIUS * np.array(diagonals), least)
    there = _Way(points0, points1, maps, zooms, radii[0], least[0], least[1])
    back = _Way(points1, points0, np.linalg.inv(maps), 1 / zooms, radii[1], least[1], least[0])
    counts = np.stack([way.count() for way in (there, back)], axis=1)
    expected = counts[0] * np.stack([there.chance, back.chance])
    chance = log10_poisson_tail(counts[1], expected).max(axis=0)
    return Agreement(counts[0], counts[1], chance)


def log10_poisson_tail(counts: Array, expected: Array) -> npt.NDArray[np.float64]:
    """Logarithm of an upper bound to the probability of at least so many.

    The bound is the first term of the tail times a geometric series. It holds as well for sums of
    unequal chances of this mean (Hoeffding 1956); 0 where the count is no more than expected.

    Parameters
    ----------
    counts : (...) int
    expected : (...) float
        Means of the Poisson distributions.

    Returns
    -------
    (...) float64
    """
    log10_factorial = np.concatenate(
        [[0.0], np.cumsum(np.log10(np.arange(1, counts.max(initial=0) + 1)))]
    )
    mean = np.maximum(expected, np.finfo(np.float64).tiny)
    first = counts * np.log10(mean) - mean / np.log(10) - log10_factorial[counts]
    more = counts > mean + 1
    series = np.log10(1 - mean / (counts + 1), where=more, out=np.zeros_like(mean))
    return np.where(more, np.minimum(first - series, 0.0), 0.0)


@dataclass(frozen=True, eq=False)
class _Way:
    """From the neighborhoods of one image to the other."""

    points: Array
    targets: Array
    maps: Array
    zooms: Array
    radius: float
    least: float
    least_target: float

    @property
    def least_error(self) -> Array:
        """What is allowed at no distance, in pixels of the other image."""
        return np.maximum(self.zooms * self.least, self.least_target)

    @property
    def reach(self) -> Array:
        """How far a neighbor may land from the match, in pixels of the other image."""
        reach: Array = (1 + TOLERANCE) * self.zooms * self.radius + self.least_error
        return reach

    @property
    def chance(self) -> Array:
        """Probability that what lands within reach anywhere agrees, over all of a neighborhood."""
        slope, least = TOLERANCE * self.zooms * self.radius, self.least_error
        mean_square = slope**2 / 2 + 4 / 3 * slope * least + least**2
        share: Array = mean_square / self.reach**2
        return share

    def count(self) -> Array:
        """(2, M) neighbors of each match that land within reach, and those that agree with it."""
        nearby, num = NearbyPoints(self.points, self.radius), len(self.points)
        step = max(1, _TILE_PAIRS // max(1, num))
        tiles = [slice(start, min(start + step, num)) for start in range(0, num, step)]
        counts = parallel_map(
            lambda tile: self._count_tile(nearby, tile), tiles, max_workers=_MAX_WORKERS
        )
        return np.concatenate([np.zeros((2, 0), np.int64), *counts], axis=1)

    def _count_tile(self, nearby: NearbyPoints, tile: slice) -> Array:
        """Count for some of the matches; most neighbors land far off, by one coordinate alone."""
        rows, others = nearby.within(self.points[tile])
        own, reach = rows + tile.start, self.reach
        for axis in (0, 1):
            moved = self.targets[others, axis] - self.targets[own, axis]
            near = np.abs(moved) <= reach[own]
            own, others = own[near], others[near]
        offsets = self.points[others] - self.points[own]
        moves = self.targets[others] - self.targets[own]
        distances = np.hypot(*offsets.T)
        landed = (np.hypot(*moves.T) <= reach[own]) & (distances > self.least)
        missed = moves - np.einsum("nij,nj->ni", self.maps[own], offsets)
        allowed = TOLERANCE * self.zooms[own] * distances + self.least_error[own]
        agrees = landed & (np.hypot(*missed.T) <= allowed)
        num = tile.stop - tile.start
        return np.stack(
            [np.bincount(own[flags] - tile.start, minlength=num) for flags in (landed, agrees)]
        )
