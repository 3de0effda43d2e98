"""Averages of the weights along the way of training."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np

from featmatch.checks import check_integer, check_number
from featmatch.errors import ArgumentError
from featmatch.nn.module import Module, check_state, state_differences
from featmatch.nn.tensor import Array


class WeightAverage:
    """An exponential moving average of a network's weights.

    Late in training the weights jump around a good place; their average lies nearer to it
    (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992). Update t,
    counted from 1, is

        average ← d average + (1 - d) weights    with d = min(decay, (1 + t) / (10 + t)),

    so that the first, poor weights are soon forgotten however large `decay` is (the rule of
    ``tf.train.ExponentialMovingAverage`` with ``num_updates``). The running statistics of batch
    normalization are averaged as well: they belong to the weights that they were measured with.
    Arrays of integers are copied.

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
        """Move the average toward the present weights of `network`.

        Raises
        ------
        ValueError
            The network has other parameters or buffers than the first one, or they are not finite.
        """
        average, weights = self.network.named_arrays(), network.named_arrays()
        differences = state_differences(average, weights)
        if differences:
            raise ArgumentError(f"network: expected that of this average, got {differences}")
        for name, array in weights.items():
            if not np.isfinite(array).all():
                raise ArgumentError(f"network: expected finite numbers, got others in {name}")
        weights = self.network.check_state_dict(weights)  # in the precision of the average
        self.num_updates += 1
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        for name, array in weights.items():
            own = average[name]
            own[...] = array + decay * (own - array) if array.dtype.kind == "f" else array

    def copy_to(self, network: Module) -> None:
        """Put the averaged weights into `network`."""
        network.load_state_dict(self.network.named_arrays())

    def state_dict(self) -> dict[str, Array]:
        """Copy the averaged arrays, as ``"network.<name>"``, and the number of updates."""
        state = {f"network.{name}": array for name, array in self.network.state_dict().items()}
        return {"num_updates": np.array(self.num_updates)} | state

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Go on from a state of `state_dict`, all or nothing.

        Raises
        ------
        ValueError, TypeError
            Names or shapes are not those of this network (the message lists what differs), or an
            array holds numbers of another kind, or some that are not finite. Nothing is changed.
        """
        arrays = self.check_state_dict(state)
        own = {name: arrays[f"network.{name}"] for name in self.network.named_arrays()}
        self.network.load_state_dict(own)
        self.num_updates = int(arrays["num_updates"])

    def check_state_dict(self, state: Mapping[str, Array]) -> dict[str, Array]:
        """Return what `load_state_dict` would take over, or raise its errors."""
        arrays = check_state("that of this average", self.state_dict(), state)
        check_integer("state: num_updates", int(arrays["num_updates"]), 0)
        return arrays
