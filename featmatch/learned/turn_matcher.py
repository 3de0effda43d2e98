"""Matching descriptors of images that are turned against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch.features.options import check_integer
from featmatch.features.selection import select_strongest
from featmatch.learned.network import NUM_TURNS, turned
from featmatch.matching.matcher import Matcher, match_descriptors
from featmatch.types import Array, Features, Matches


@dataclass(frozen=True)
class TurnMatcher(Matcher):
    """A matcher that turns the descriptors of image 0 until they agree best with those of image 1.

    The network describes what it sees in one orientation, but its descriptors can be turned after
    the fact (`featmatch.learned.network.turned`): no image is looked at twice.

    Parameters
    ----------
    max_ratio, mutual
        See `Matcher`.
    num_turns : int
        Turns that are tried, which share the full circle evenly; as many as the descriptors are
        made for. 1 matches upright images only.
    num_probes : int
        Keypoints of each image, those with the highest scores, that choose the turn.
    """

    max_ratio: float = 0.95
    num_turns: int = NUM_TURNS
    num_probes: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("num_turns", self.num_turns, 1, 64)
        check_integer("num_probes", self.num_probes, 1, 1_000_000)

    def match(self, features0: Features, features1: Features) -> Matches:
        """Match the features of two images; see `Matcher.match`."""
        turn = self.best_turn(features0, features1)
        descriptors = turned(features0.descriptors, self.num_turns, turn).data
        return super().match(replace(features0, descriptors=descriptors), features1)

    def best_turn(self, features0: Features, features1: Features) -> int:
        """Return the turn of image 1 against image 0, in steps of ``2 pi / num_turns``.

        It is the one with the most matches, each counted by how clear it is.

        Raises
        ------
        ValueError
            The features have no descriptors that can be turned.
        """
        probes0, probes1 = (
            _probes(name, features, self.num_probes, self.num_turns)
            for name, features in (("features0", features0), ("features1", features1))
        )
        votes = [
            _agreement(turned(probes0, self.num_turns, turn).data, probes1, self)
            for turn in range(self.num_turns)
        ]
        return int(np.argmax(votes))


def _probes(name: str, features: Features, num_probes: int, num_turns: int) -> Array:
    size = features.descriptors.shape[1]
    if features.norm != "l2" or size % num_turns:
        raise ValueError(
            f"{name}: expected descriptors of floats, a multiple of {num_turns} of them, "
            f"got {size} for the norm {features.norm}"
        )
    best: Array = features.descriptors[select_strongest(features.scores, num_probes)]
    return best


def _agreement(descriptors0: Array, descriptors1: Array, matcher: Matcher) -> float:
    matches = match_descriptors(
        descriptors0,
        descriptors1,
        norm="l2",
        max_ratio=matcher.max_ratio,
        mutual=matcher.mutual,
    )
    return float(np.sum(1 - matches.ratios))
