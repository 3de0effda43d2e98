"""Matches chosen by the network of `choice_network`, in the place of neighborhoods or with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from choice_network import SEEN, ChoiceNetwork, chances, describe

from featmatch.matching.local_matching import match_locally
from featmatch.matching.neighborhoods import Neighborhoods, _joined


@dataclass(frozen=True)
class ByNetwork(Neighborhoods):
    """Choose the matches that the network holds for right.

    Parameters
    ----------
    weights : str
        A file that `learned_choice.py train` wrote.
    min_chance : float
        Of a match that is chosen.
    """

    weights: str = ""
    min_chance: float = 0.5

    def choose(self, candidates, features0, features1):
        """See `Neighborhoods.choose`."""
        chosen, maps = self._likely(candidates, features0, features1)
        seeds = chosen
        for _ in range(self.num_rounds):
            found = match_locally(features0, features1, chosen, maps)
            if not len(found):
                break
            chosen, maps = self._again(_joined(chosen, found), features0, features1)
        return replace(chosen, candidates=candidates, seeds=seeds)

    def _likely(self, matches, features0, features1):
        described = describe(matches, features0, features1)
        flags = chances(load(self.weights), described.inputs) > self.min_chance
        return described.matches[flags], described.maps[flags]

    _again = _likely


@dataclass(frozen=True)
class NetworkFirst(ByNetwork):
    """The network chooses first; what is found beside its matches is up to the neighborhoods."""

    _again = Neighborhoods._agreeing


@dataclass(frozen=True)
class NetworkFilter(ByNetwork):
    """Neighborhoods choose among the matches that the network does not hold for wrong."""

    def choose(self, candidates, features0, features1):
        """See `Neighborhoods.choose`."""
        likely, _ = self._likely(candidates, features0, features1)
        chosen = Neighborhoods.choose(self, likely, features0, features1)
        return replace(chosen, candidates=candidates)


WAYS = {"alone": ByNetwork, "first": NetworkFirst, "filter": NetworkFilter}
"""What the network does: it chooses all matches, the first ones, or what neighborhoods see."""


def save(path, network):
    """Write a network and its kind as one file."""
    arrays = network.state_dict()
    np.savez(path, **{name: array.astype(np.float16) for name, array in arrays.items()})


@lru_cache(maxsize=8)
def load(path):
    """Read what `save` wrote; its kind is seen from the names and shapes of the arrays."""
    with np.load(Path(path)) as arrays:
        state = {name: array.astype(np.float32) for name, array in arrays.items()}
    attentive = any("attention" in name for name in state)
    num_seen, channels = state["first.weight"].shape
    seen = next(name for name, place in SEEN.items() if place.stop - place.start == num_seen)
    blocks = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("blocks."))
    network = ChoiceNetwork(seen, attentive, channels, blocks, rng=np.random.default_rng(0))
    network.load_state_dict(state)
    return network.eval()
