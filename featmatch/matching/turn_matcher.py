"""Matching descriptors of images that are turned against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch.checks import check_integer
from featmatch.errors import ArgumentError
from featmatch.frames import similarity_frames
from featmatch.matching.matcher import Matcher, match_descriptors
from featmatch.threads import parallel_map
from featmatch.types import Array, Features, Matches

NUM_TURNS = 8
"""Steps of a full turn by which the descriptors of the usual network can be turned."""


@dataclass(frozen=True)
class TurnMatcher(Matcher):
    """A matcher that turns the descriptors of image 0 until they agree best with those of image 1.

    The network describes what it sees in one orientation, but its descriptors can be turned after
    the fact (`featmatch.learned.network.network.turned`): no image is looked at twice.

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
        """Match the features of two images; see `Matcher.match`.

        Raises
        ------
        ValueError
            As `Matcher.match` and `best_turn`.
        """
        turn = self.best_turn(features0, features1)
        descriptors = self._turned(features0.descriptors, turn)
        angle = 2 * np.pi * turn / self.num_turns
        return super().match(
            replace(features0, descriptors=descriptors, frames=_upright(features0, -angle)),
            replace(features1, frames=_upright(features1, 0.0)),
        )

    def best_turn(self, features0: Features, features1: Features) -> int:
        """Return the turn of image 1 against image 0, in steps of ``2 pi / num_turns``.

        It is the one with the most matches, each counted by how clear it is. Where there are none,
        it is 0.

        Raises
        ------
        ValueError
            The features have no descriptors that can be turned.
        """
        probes0 = self._probes("features0", features0)
        probes1 = self._probes("features1", features1)

        def agreement(turn: int) -> float:
            return self._agreement(self._turned(probes0, turn), probes1)

        return int(np.argmax(parallel_map(agreement, range(self.num_turns))))

    def _turned(self, descriptors: Array, turn: int) -> Array:
        """Turn descriptors, as `turned` of `featmatch.learned.network` does in training."""
        return np.roll(descriptors, turn * descriptors.shape[1] // self.num_turns, axis=1)

    def _probes(self, name: str, features: Features) -> Array:
        size = features.descriptors.shape[1]
        if features.norm != "l2" or size % self.num_turns:
            raise ArgumentError(
                f"{name}: expected descriptors of floats, a multiple of {self.num_turns} of them, "
                f"got {size} for the norm {features.norm}"
            )
        strongest = np.argsort(-features.scores, kind="stable")[: self.num_probes]
        best: Array = features.descriptors[np.sort(strongest)]
        return best

    def _agreement(self, descriptors0: Array, descriptors1: Array) -> float:
        matches = match_descriptors(
            descriptors0,
            descriptors1,
            norm="l2",
            max_ratio=self.max_ratio,
            mutual=self.mutual,
        )
        return float(np.sum(1 - matches.ratios))


def _upright(features: Features, angle: float) -> Array:
    """Frames that are turned alike: descriptors of one orientation know no other."""
    angles = np.full(len(features), angle)
    return similarity_frames(features.scales, angles).astype(np.float32)
