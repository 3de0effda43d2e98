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

EPOCHS = (1, 8)
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
    record = shipped_record()
    options = NetworkOptions(**record["options"]["network"])
    drawn = FeatureNetwork(options, np.random.default_rng(record["options"]["seed"]))
    networks = {0: nn.fold(drawn.eval())}
    networks |= {epoch: load_network(epoch_file(epoch)) for epoch in EPOCHS if _is_of(epoch)}
    return networks | {kept_epoch(): load_network()}


def kept_epoch() -> int:
    """Tell after which epoch the shipped weights are."""
    history = nn.History.from_dict(shipped_record()["history"])
    return (history.best or history.epochs[-1]).number


def _is_of(epoch: int) -> bool:
    """Whether there are weights of an epoch, by the recipe of the shipped network."""
    path, record = epoch_file(epoch), shipped_record()
    if not path.exists():
        return False
    _, made_from = nn.read_weights(path)
    return all(made_from[part] == record[part] for part in ("options", "photographs"))
