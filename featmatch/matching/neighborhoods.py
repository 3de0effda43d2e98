"""Matches chosen by what lies around them, where their descriptors alone say too little."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch.checks import check_integer, check_number
from featmatch.frames import frames_of, match_maps
from featmatch.matching.agreement import neighborhood_agreement
from featmatch.matching.duplicates import remove_duplicates
from featmatch.matching.local_matching import match_locally
from featmatch.types import Array, Features, Matches

SPACING = 2.0  # px: a corner that is found several times is one witness


@dataclass(frozen=True)
class Neighborhoods:
    """Choose the matches whose surroundings move as they say.

    See `featmatch.matching.agreement`.

    Parameters
    ----------
    max_wrong : float
        Fewer matches than this of two unrelated images would be kept, were all of them scattered at
        random: a significance level, the same whatever the number of matches. 1 is too few to
        look like any model of two views.
    num_rounds : int
        How often keypoints without a match are looked for where the chosen matches say that they
        are, and the choice is made again. 0 leaves it at the matches given.
    """

    max_wrong: float = 1.0
    num_rounds: int = 2

    def __post_init__(self) -> None:
        check_number("max_wrong", self.max_wrong, above=0)
        check_integer("num_rounds", self.num_rounds, 0, 100)

    def choose(self, candidates: Matches, features0: Features, features1: Features) -> Matches:
        """Choose among matches, and find more where these say.

        Parameters
        ----------
        candidates : Matches
            Right and wrong ones, not thinned by a ratio test.
        features0, features1 : Features
            That were matched.

        Returns
        -------
        Matches
            Those that agree with their neighborhoods, ordered by the keypoints of image 0, with all
            that were given as `candidates`, and as `seeds` those of them that agree.
        """
        seeds, maps = self._agreeing(candidates, features0, features1)
        chosen = self._grown(seeds, maps, features0, features1)
        return replace(chosen, candidates=candidates, seeds=seeds)

    def _grown(
        self, chosen: Matches, maps: Array, features0: Features, features1: Features
    ) -> Matches:
        """Look for more matches where those say that they are, again and again."""
        for _ in range(self.num_rounds):
            found = match_locally(features0, features1, chosen, maps)
            if not len(found):
                break
            chosen, maps = self._agreeing(_joined(chosen, found), features0, features1)
        return chosen

    def _agreeing(
        self, matches: Matches, features0: Features, features1: Features
    ) -> tuple[Matches, Array]:
        """Return the matches that agree with their neighborhoods, and their maps."""
        distinct = remove_duplicates(matches, features0, features1, min_spacing=SPACING)
        rows0, rows1 = distinct.indices.T
        maps, sound = match_maps(frames_of(features0, rows0), frames_of(features1, rows1))
        distinct, maps = distinct[sound], maps[sound]
        agreement = neighborhood_agreement(
            features0.keypoints[distinct.indices[:, 0]].astype(np.float64),
            features1.keypoints[distinct.indices[:, 1]].astype(np.float64),
            maps,
            (float(np.hypot(*features0.image_size)), float(np.hypot(*features1.image_size))),
            (features0.pixel_size, features1.pixel_size),
        )
        agreeing = len(distinct) * 10**agreement.log10_chance < self.max_wrong
        return distinct[agreeing], maps[agreeing]


def _joined(matches: Matches, more: Matches) -> Matches:
    indices = np.concatenate([matches.indices, more.indices])
    order = np.argsort(indices[:, 0], kind="stable")
    return Matches(
        indices[order],
        np.concatenate([matches.distances, more.distances])[order],
        np.concatenate([matches.ratios, more.ratios])[order],
    )
