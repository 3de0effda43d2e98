"""Where an object may lie in a scene: matches that agree on where all of it is.

A match of two keypoints says by their positions, scales and orientations where the whole object
lies. Wrong ones say so at random, right ones agree: D. Lowe, "Distinctive image features from
scale-invariant keypoints", IJCV 2004, section 7.3. Each keypoint of the scene is matched, so that
an object that is there five times is matched five times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.frames import frames_of, match_maps
from featmatch.geometry.least_squares import fit_similarity
from featmatch.geometry.residuals import Matrix
from featmatch.matching.agreement import log10_poisson_tail
from featmatch.matching.matcher import match_descriptors
from featmatch.types import Array, Features

MAX_RATIO = 0.85
"""Of the distance to the nearest keypoint of the object to that of the next one elsewhere in it."""

_RIVAL_DISTANCE = 10.0  # px of the object as worked on: see `Matcher.min_rival_distance`
_NEAR = 0.12  # of the object's longer side in the scene: the reach of a tilted plane and of depth
_OCTAVE = 0.7  # of scale, either way, by which matches of one placement differ
_ANGLE = np.pi / 6  # either way: Lowe's bins
_SMALLEST = 12.0  # px in the scene, shorter side: what is smaller has no keypoints
_MOST_MATCHES = 6000  # those of the smallest ratios: all are compared with all
_PAIRS_AT_ONCE = 1 << 21  # of matches
_LEAST = 3  # matches that agree: two do by chance

_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Guess:
    """Where an object may lie in a scene.

    Attributes
    ----------
    homography : (3, 3) float64
        A similarity of the object to the scene, in pixels of the originals.
    log10_chance : float
        Of the probability that as many wrong matches agree with one of them.
    """

    homography: Matrix
    log10_chance: float


@dataclass(frozen=True, eq=False)
class _Voters:
    """Matches, ordered by their keypoints of the object, and what each says of the whole.

    Attributes
    ----------
    keypoints : (M,) int64
        Of the object.
    points0, points1 : (M, 2) float64
        In the object and in the scene.
    maps : (M, 2, 2) float64
        Of offsets in the object to offsets in the scene.
    size0, size1 : (width, height)
        Of the object and the scene, in pixels.
    """

    keypoints: npt.NDArray[np.int64]
    points0: Array
    points1: Array
    maps: Array
    size0: tuple[int, int]
    size1: tuple[int, int]

    @classmethod
    def of(cls, features0: Features, features1: Features) -> _Voters:
        matches = match_descriptors(
            features1.descriptors,
            features0.descriptors,
            norm=features0.norm,
            max_ratio=MAX_RATIO,
            mutual=False,
            keypoints1=features0.keypoints,
            min_rival_distance=_RIVAL_DISTANCE * features0.pixel_size,
        )
        rows1, rows0 = matches.indices.T
        maps, sound = match_maps(frames_of(features0)[rows0], frames_of(features1)[rows1])
        sides = np.sqrt(np.abs(np.linalg.det(maps))) * min(features0.image_size)
        large = np.flatnonzero(sound & (sides >= _SMALLEST))
        trusted = large[np.argsort(matches.ratios[large], kind="stable")[:_MOST_MATCHES]]
        kept = trusted[np.argsort(rows0[trusted], kind="stable")]
        return cls(
            rows0[kept],
            features0.keypoints[rows0[kept]].astype(np.float64),
            features1.keypoints[rows1[kept]].astype(np.float64),
            maps[kept],
            features0.image_size,
            features1.image_size,
        )

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def scales(self) -> Array:
        scales: Array = np.sqrt(np.abs(np.linalg.det(self.maps)))
        return scales

    @property
    def angles(self) -> Array:
        return np.arctan2(self.maps[:, 1, 0], self.maps[:, 0, 0])

    @property
    def reaches(self) -> Array:
        """(M,) how far off a match may be that agrees with each, in pixels of the scene."""
        reaches: Array = _NEAR * max(self.size0) * self.scales
        return reaches

    def turned_as(self, rows: Array) -> _Flags:
        """(K, M) flags: which matches are of about the scale and angle of each of some rows."""
        scales, angles = np.log2(self.scales), self.angles
        between = np.abs(angles - angles[rows, None])
        alike: _Flags = np.minimum(between, 2 * np.pi - between) <= _ANGLE
        alike &= np.abs(scales - scales[rows, None]) <= _OCTAVE
        return alike

    def placed_as(self, rows: Array) -> _Flags:
        """(K, M) flags: which matches lie about where each of some rows expects them."""
        offsets = self.points0 - self.points0[rows, None]
        expected = np.einsum("kab,kmb->kma", self.maps[rows], offsets) + self.points1[rows, None]
        distances = np.linalg.norm(expected - self.points1, axis=2)
        placed: _Flags = distances <= self.reaches[rows, None]
        return placed

    def agree_with(self, row: int) -> _Flags:
        """(M,) flags: which matches say about the same as one."""
        rows = np.array([row])
        agree: _Flags = (self.turned_as(rows) & self.placed_as(rows))[0]
        return agree

    def log10_chances(self) -> tuple[Array, Array]:
        """Return (M,) how probable it is that so many agree with each by chance, and how many do.

        By chance, those of its scale and angle lie anywhere in the scene. Of matches of one
        keypoint of the object one counts.
        """
        first = np.flatnonzero(np.diff(self.keypoints, prepend=-1))
        step = max(1, _PAIRS_AT_ONCE // len(self))
        counts, num_alike = [], []
        for start in range(0, len(self), step):
            rows = np.arange(start, min(start + step, len(self)))
            alike = self.turned_as(rows)
            agree = np.logical_or.reduceat(alike & self.placed_as(rows), first, axis=1)
            counts.append(agree.sum(axis=1) - 1)
            num_alike.append(alike.sum(axis=1) - 1)
        others = np.concatenate(counts).astype(np.int64)
        share = np.minimum(1.0, np.pi * self.reaches**2 / np.prod(self.size1))
        log10 = log10_poisson_tail(others, np.concatenate(num_alike) * share)
        return log10 + np.log10(len(self)), others + 1


def guesses(features0: Features, features1: Features) -> list[Guess]:
    """Find where an object may lie in a scene.

    Parameters
    ----------
    features0, features1 : Features
        Of the object and of the scene; of one norm, with scales and angles.

    Returns
    -------
    list of Guess
        Those of the most evidence first; of fewer than one would be among wrong matches alone.
    """
    if not len(features0) or not len(features1):
        return []
    voters = _Voters.of(features0, features1)
    return list(_guesses(voters)) if len(voters) >= _LEAST else []


def _guesses(voters: _Voters) -> Iterator[Guess]:
    log10_chances, counts = voters.log10_chances()
    told = np.zeros(len(voters), bool)
    for row in np.argsort(log10_chances, kind="stable"):
        if log10_chances[row] >= 0:
            return
        if told[row] or counts[row] < _LEAST:
            continue
        agree = voters.agree_with(int(row))
        told |= agree
        similarity = fit_similarity(voters.points0[agree], voters.points1[agree])
        if similarity is not None and np.linalg.det(similarity) > 0:
            yield Guess(similarity, float(log10_chances[row]))
