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


RECORDS = (SHIPPED.with_name("cnn_first.json"), SHIPPED.with_suffix(".json"))
"""The records of its two trainings: one from random weights, and one that went on from the best of
that, with other pairs and another loss."""


def epoch_file(epoch: int) -> Path:
    """Name the file of the weights after an epoch of the shipped network's first training."""
    return SHIPPED.with_name(f"cnn_epoch_{epoch}.npz")


@cache
def first_record() -> dict[str, Any]:
    """Read what the shipped network was trained with at first; see `save_run`."""
    return dict(json.loads(RECORDS[0].read_bytes()))


@cache
def shipped_epochs() -> dict[int, FeatureNetwork]:
    """Read the shipped network as it was before training, and after some epochs of it.

    Returns
    -------
    dict of int to FeatureNetwork
        Epoch -> network, in evaluation mode with its batch normalizations folded, in the order of
        the epochs: 0 as its weights were drawn, those of `EPOCHS` that are of its first training,
        and the one that was kept.
    """
    after = {epoch: _after(epoch) for epoch in EPOCHS}
    kept = {epoch: network for epoch, network in after.items() if network is not None}
    return {0: nn.fold(_drawn().eval()), **kept, kept_epoch(): load_network()}


def kept_epoch() -> int:
    """Tell after how many epochs of both trainings the shipped weights are."""
    return sum(map(best_epoch, RECORDS))


def best_epoch(record: Path) -> int:
    """Tell which epoch of a training, whose record is given, was the best."""
    history = nn.History.from_dict(json.loads(record.read_bytes())["history"])
    return (history.best or history.epochs[-1]).number


def _drawn() -> FeatureNetwork:
    """Make the network as the first training of the shipped one began with it."""
    options = first_record()["options"]
    return FeatureNetwork(
        NetworkOptions(**options["network"]), np.random.default_rng(options["seed"])
    )


def _after(epoch: int) -> FeatureNetwork | None:
    """Read the network as it was after an epoch; None without weights of its first recipe."""
    path, record = epoch_file(epoch), first_record()
    if not path.exists():
        return None
    weights, made_from = nn.read_weights(path)
    if any(made_from[part] != record[part] for part in ("options", "photographs")):
        return None
    network = _drawn()
    network.load_state_dict(weights)
    return nn.fold(network.eval())
