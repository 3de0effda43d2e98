"""Matches chosen by the network of `choice_network`, in the place of neighborhoods or with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from choice_network import SEEN, ChoiceNetwork, chances, describe

from featmatch.matching.neighborhoods import Neighborhoods


@dataclass(frozen=True)
class _WithNetwork(Neighborhoods):
    """Asks a network, too.

    Parameters
    ----------
    weights : str
        A file that `learned_choice.py train` wrote.
    min_chance : float
        Of a match that is chosen.
    """

    weights: str = ""
    min_chance: float = 0.5

    def _likely(self, matches, features0, features1):
        described = describe(matches, features0, features1)
        flags = chances(load(self.weights), described.inputs) > self.min_chance
        return described.matches[flags], described.maps[flags]


@dataclass(frozen=True)
class ByNetwork(_WithNetwork):
    """Choose the matches that the network holds for right."""

    _agreeing = _WithNetwork._likely


@dataclass(frozen=True)
class NetworkFirst(_WithNetwork):
    """The network chooses first; what is found beside its matches is up to the neighborhoods."""

    def choose(self, candidates, features0, features1):
        """See `Neighborhoods.choose`."""
        seeds, maps = self._likely(candidates, features0, features1)
        chosen = self._grown(seeds, maps, features0, features1)
        return replace(chosen, candidates=candidates, seeds=seeds)


@dataclass(frozen=True)
class NetworkFilter(_WithNetwork):
    """Neighborhoods choose among the matches that the network does not hold for wrong."""

    def choose(self, candidates, features0, features1):
        """See `Neighborhoods.choose`."""
        likely, _ = self._likely(candidates, features0, features1)
        return replace(super().choose(likely, features0, features1), candidates=candidates)


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
