"""The network that ships with the package as it was during its training."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

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
def shipped_record() -> dict:
    """Read what the shipped network was trained with; see `save_run`."""
    return dict(json.loads(SHIPPED.with_suffix(".json").read_bytes()))


@cache
def shipped_epochs() -> dict[int, FeatureNetwork]:
    """Read the shipped network as it was before training, and after some epochs of it.

    Returns
    -------
    dict of int to FeatureNetwork
        Epoch -> network, in evaluation mode with its batch normalizations folded, in the order of
        the epochs: 0 as its weights were drawn, those of `EPOCHS`, and the one that was kept.
    """
    options = shipped_record()["options"]
    drawn = FeatureNetwork(
        NetworkOptions(**options["network"]), np.random.default_rng(options["seed"])
    )
    networks = {0: nn.fold(drawn.eval())}
    networks |= {epoch: load_network(epoch_file(epoch)) for epoch in EPOCHS}
    history = nn.History.from_dict(shipped_record()["history"])
    kept = history.best or history.epochs[-1]
    return networks | {kept.number: load_network()}
