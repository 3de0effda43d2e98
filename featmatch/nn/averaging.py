"""Averages of the weights along the way of training."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np

from featmatch.nn.checks import check_number
from featmatch.nn.module import Module, state_differences
from featmatch.nn.tensor import Array


class WeightAverage:
    """An exponential moving average of a network's weights.

    Late in training the weights jump around a good place; their average lies nearer to it
    (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992). Update t,
    counted from 1, is

        average ← d average + (1 - d) weights    with d = min(decay, (1 + t) / (10 + t)),

    so that the first, poor weights are soon forgotten however large `decay` is. The running
    statistics of batch normalisation are averaged as well: they belong to the weights that they
    were measured with. Arrays of integers are copied.

    Parameters
    ----------
    network : Module
        Where the average starts.
    decay : float
        From 0 (no average, the last weights) to 1; 0.999 looks back about 1000 updates.

    Attributes
    ----------
    network : Module
        A network of its own with the averaged weights, in evaluation mode.
    num_updates : int
    """

    def __init__(self, network: Module, decay: float = 0.999) -> None:
        self.decay = check_number("decay", decay, 0, 1)
        self.network = copy.deepcopy(network).eval()
        self.num_updates = 0

    def update(self, network: Module) -> None:
        """Move the average towards the present weights of `network`.

        Raises
        ------
        ValueError
            The network has other parameters or buffers than the first one.
        """
        average, weights = self.network.state_dict(), network.state_dict()
        self.network.load_state_dict(weights)  # refuses those of another network
        self.num_updates += 1
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        for name, array in weights.items():
            if array.dtype.kind == "f":
                array += decay * (average[name] - array)
        self.network.load_state_dict(weights)

    def copy_to(self, network: Module) -> None:
        """Put the averaged weights into `network`."""
        network.load_state_dict(self.network.state_dict())

    def state_dict(self) -> dict[str, Array]:
        """Copy the averaged arrays, as ``"network.<name>"``, and the number of updates."""
        state = {f"network.{name}": array for name, array in self.network.state_dict().items()}
        return {"num_updates": np.array(self.num_updates)} | state

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Go on from a state of `state_dict`, all or nothing.

        Raises
        ------
        ValueError
            Names or shapes are not those of this network; the message lists what differs.
        """
        differences = state_differences(self.state_dict(), state)
        if differences:
            raise ValueError(f"state: expected that of this average, got {differences}")
        own = {name: state[f"network.{name}"] for name in self.network.state_dict()}
        self.network.load_state_dict(own)
        self.num_updates = int(state["num_updates"])
