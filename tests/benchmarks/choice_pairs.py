"""Candidate matches of pairs with exact truth: what the network of `choice_network` learns from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from choice_network import describe

from featmatch import read_image
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.training.pairs import PairOptions, make_pair
from featmatch.learned.training.scene_pairs import make_scene_pair
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.turn_matcher import TurnMatcher

MAX_ERROR = 3.0  # px: a match that is farther off is wrong
KINDS = ("plane", "scene", "unrelated")
SHARES = (0.4, 0.45, 0.15)  # of the kinds
MAX_KEYPOINTS = (1000, 2000, 3000)  # one of them; the last is as dense as 8,000 in 800 x 600 px
THINNED = 0.5  # of related pairs: right matches are taken away, as most are where light has changed
LEAST_KEPT = 0.02  # of the right matches
_OPTIONS = PairOptions(size=416)
_MIN_STRENGTH = 0.5  # of the changes between two views: the easier ones need no choice


@dataclass(frozen=True, eq=False)
class MatchSets:
    """The described candidates of many pairs, one pair after the other.

    Attributes
    ----------
    inputs : (T, NUM_INPUTS) float32
    right : (T,) bool
    log10_chance : (T,) float32
        Of `neighborhood_agreement`.
    ends : (P,) int64
        Where the matches of each pair end.
    kinds : (P,) int64
        Which of `KINDS`.
    """

    inputs: np.ndarray
    right: np.ndarray
    log10_chance: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray

    def __len__(self):
        return len(self.ends)

    def rows(self, pair):
        """Return the slice of a pair's matches."""
        return slice(self.ends[pair - 1] if pair else 0, self.ends[pair])

    def save(self, path):
        """Write them as one file, which `load` reads."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**arrays)


def make_sets(photographs, num_pairs, seed):
    """Draw pairs of photographs and describe their candidate matches.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) uint8
    num_pairs : int
    seed : int
        Each pair has a random generator of its own, of this seed and its number.

    Yields
    ------
    tuple
        What `joined` takes: inputs, right, log10_chance, kind.
    """
    for number in range(num_pairs):
        rng = np.random.default_rng((seed, number))
        kind = int(rng.choice(len(KINDS), p=SHARES))
        pair = _draw(photographs, KINDS[kind], rng)
        method = CNN(max_keypoints=int(rng.choice(MAX_KEYPOINTS)))
        features = [method.extract(read_image(image)) for image in (pair.image0, pair.image1)]
        candidates, upright = candidates_of(*features)
        if KINDS[kind] != "unrelated" and rng.random() < THINNED:
            right = _right(pair.relation, candidates, *features)
            candidates = candidates[_thinned(right, features[0].keypoints, candidates, rng)]
        described = describe(candidates, *upright)
        right = np.zeros(len(described.matches), bool)
        if KINDS[kind] != "unrelated":
            right = _right(pair.relation, described.matches, *features)
        yield described.inputs, right, described.log10_chance, kind


def joined(sets):
    """Put what `make_sets` yields together as `MatchSets`."""
    inputs, right, log10_chance, kinds = zip(*sets, strict=True)
    return MatchSets(
        np.concatenate(inputs),
        np.concatenate(right),
        np.concatenate(log10_chance).astype(np.float32),
        np.cumsum([len(one) for one in right]),
        np.array(kinds),
    )


def join_sets(parts):
    """Put several `MatchSets` together as one."""
    parts = list(parts)
    offsets = np.cumsum([0, *(len(one.right) for one in parts[:-1])])
    arrays = {
        name: np.concatenate([getattr(one, name) for one in parts])
        for name in ("inputs", "right", "log10_chance", "kinds")
    }
    ends = [one.ends + offset for one, offset in zip(parts, offsets, strict=True)]
    return MatchSets(**arrays, ends=np.concatenate(ends))


def _draw(photographs, kind, rng):
    strength = rng.uniform(_MIN_STRENGTH, 1)
    if kind == "scene":
        return make_scene_pair(photographs, rng, _OPTIONS, strength)
    first, second = rng.choice(len(photographs), 2, replace=False)
    pair = make_pair(photographs[first], rng, _OPTIONS, strength)
    if kind == "plane":
        return pair
    other = make_pair(photographs[second], rng, _OPTIONS, strength)
    return replace(pair, image1=other.image1)


def candidates_of(features0, features1):
    """What `Neighborhoods` is given to choose from, and the features, turned at best."""
    kept = _Kept()
    TurnMatcher(neighborhoods=kept).match(features0, features1)
    candidates, *features = kept.given
    return candidates, features


@dataclass(frozen=True)
class _Kept(Neighborhoods):
    """Chooses nothing, and keeps what it was asked to choose from."""

    given: list[Any] = field(default_factory=list)

    def choose(self, candidates, features0, features1):
        self.given[:] = candidates, features0, features1
        return candidates


def _thinned(right, keypoints0, matches, rng):
    """Flags of what is kept: all wrong matches; of the right ones some, or those of one place."""
    numbers = np.flatnonzero(right)
    num_kept = int(np.ceil(len(numbers) * LEAST_KEPT ** rng.random()))
    rng.shuffle(numbers)
    if len(numbers) and rng.random() < 0.5:
        points = keypoints0[matches.indices[numbers, 0]]
        numbers = numbers[np.argsort(np.linalg.norm(points - points[0], axis=1))]
    kept = ~right
    kept[numbers[:num_kept]] = True
    return kept


def _right(relation, matches, features0, features1):
    rows0, rows1 = matches.indices.T
    there = relation.there(features0.keypoints[rows0].astype(np.float64))
    with np.errstate(invalid="ignore"):
        return np.linalg.norm(there - features1.keypoints[rows1], axis=1) <= MAX_ERROR
