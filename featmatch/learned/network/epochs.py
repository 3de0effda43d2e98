"""The network that ships with the package as it was during its training."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from featmatch import nn
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import SHIPPED, load_network

EPOCHS = (1, 10)
"""Epochs whose weights are kept in files, which ``tests/benchmarks/make_epochs.py`` makes."""


def epoch_file(epoch: int) -> Path:
    """Name the file of the weights after an epoch of the shipped network's training."""
    return SHIPPED.with_name(f"cnn_epoch_{epoch}.npz")


@cache
def shipped_record() -> dict[str, Any]:
    """Read what the shipped network was trained with; see `save_run`."""
    return dict(json.loads(SHIPPED.with_suffix(".json").read_bytes()))


@cache
def shipped_epochs() -> dict[int, FeatureNetwork]:
    """Read the shipped network as it was before training, and after some epochs of it.

    Returns
    -------
    dict of int to FeatureNetwork
        Epoch -> network, in evaluation mode with its batch normalizations folded, in the order of
        the epochs: 0 as its weights were drawn, those of `EPOCHS` that are of the same training,
        and the one that was kept.
    """
    after = {epoch: _after(epoch) for epoch in EPOCHS}
    kept = {epoch: network for epoch, network in after.items() if network is not None}
    return {0: nn.fold(_drawn().eval()), **kept, kept_epoch(): load_network()}


def kept_epoch() -> int:
    """Tell after which epoch the shipped weights are."""
    history = nn.History.from_dict(shipped_record()["history"])
    return (history.best or history.epochs[-1]).number


def _drawn() -> FeatureNetwork:
    """Make the network as the training of the shipped one began with it."""
    options = shipped_record()["options"]
    return FeatureNetwork(
        NetworkOptions(**options["network"]), np.random.default_rng(options["seed"])
    )


def _after(epoch: int) -> FeatureNetwork | None:
    """Read the network as it was after an epoch; None without weights by the shipped recipe."""
    path, record = epoch_file(epoch), shipped_record()
    if not path.exists():
        return None
    weights, made_from = nn.read_weights(path)
    if any(made_from[part] != record[part] for part in ("options", "photographs")):
        return None
    network = _drawn()
    network.load_state_dict(weights)
    return nn.fold(network.eval())
