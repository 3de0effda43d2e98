"""A matcher that asks coarse keypoints only where fine ones do not match.

What a camera sees that is eight times farther away, the other image shows at an eighth of its size.
But the keypoints of a smaller size are placed less exactly, in proportion, and are rivals to those
of larger ones: so they are asked where these are not enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer, check_number
from featmatch.features.selection import selected
from featmatch.matching.rows import of_rows
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features, Matches


@dataclass(frozen=True)
class FineFirst(TurnMatcher):
    """A `TurnMatcher` that matches fine keypoints first, and all of them where too few match.

    Parameters
    ----------
    max_ratio, mutual, min_rival_distance, min_spacing, neighborhoods, num_turns, num_probes
        See `TurnMatcher` and `Matcher`.
    enough : int
        So many matches of fine keypoints are taken as they are, which more would not make surer. 0
        never asks coarse ones.
    fine : float
        Keypoints of this many times the smallest scale of their image are fine, and smaller ones.
    """

    enough: int = 300
    fine: float = 3.2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("enough", self.enough, 0, 1_000_000)
        check_number("fine", self.fine, 1)

    def match(self, features0: Features, features1: Features) -> Matches:
        """Match the features of two images; see `TurnMatcher.match`."""
        rows0, rows1 = self._fine(features0), self._fine(features1)
        if len(rows0) == len(features0) and len(rows1) == len(features1):
            return super().match(features0, features1)
        matches = super().match(selected(features0, rows0), selected(features1, rows1))
        if len(matches) >= self.enough:
            return of_rows(matches, rows0, rows1)
        return super().match(features0, features1)

    def _fine(self, features: Features) -> npt.NDArray[np.int64]:
        smallest = features.scales.min(initial=np.inf)
        return np.flatnonzero(features.scales <= self.fine * smallest)
