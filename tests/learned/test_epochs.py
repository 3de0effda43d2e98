"""The shipped network during its training: what is kept of it is of the same recipe."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_training import TRAINING, photographs

from featmatch import nn
from featmatch.learned.network.epochs import (
    EPOCHS,
    RECORDS,
    epoch_file,
    first_record,
    kept_epoch,
    shipped_epochs,
)
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import load_network
from featmatch.learned.training.train import train


@pytest.mark.parametrize("epoch", EPOCHS)
def test_epochs_are_of_the_recipe_of_the_shipped_network(epoch):
    """Where these differ, ``tests/benchmarks/make_epochs.py`` makes them again."""
    _, made_from = nn.read_weights(epoch_file(epoch))
    record = first_record()
    assert made_from["epoch"] == epoch
    for part in ("options", "photographs"):
        assert made_from[part] == record[part]


def test_the_second_training_went_on_with_the_network_of_the_first():
    first, second = (json.loads(path.read_bytes()) for path in RECORDS)
    assert second["start"] is not None
    for part in ("photographs", "versions"):
        assert first[part].keys() == second[part].keys()
    assert first["photographs"] == second["photographs"]
    assert first["options"]["network"] == second["options"]["network"]


def test_epochs_are_in_order_and_end_with_the_shipped_network():
    networks = shipped_epochs()
    assert list(networks) == [0, *EPOCHS, kept_epoch()]
    assert networks[kept_epoch()] is load_network()
    options = first_record()["options"]
    drawn = FeatureNetwork(NetworkOptions(**options["network"]), np.random.default_rng(0)).eval()
    pixels = nn.Tensor(np.random.default_rng(1).standard_normal((1, 32, 32, 1), np.float32))
    with nn.no_grad():
        logits = [network(pixels)[0].data for network in (drawn, networks[0])]
    np.testing.assert_allclose(*logits, rtol=1e-3, atol=1e-4)


def test_weights_of_another_recipe_are_left_out(monkeypatch):
    other = {**first_record(), "options": {**first_record()["options"], "num_steps": 1}}
    monkeypatch.setattr("featmatch.learned.network.epochs.first_record", lambda: other)
    assert list(shipped_epochs.__wrapped__()) == [0, kept_epoch()]


@pytest.mark.slow
def test_training_broken_off_after_an_epoch_goes_on_from_there(tmp_path):
    whole = train(photographs(), TRAINING)
    checkpoint = tmp_path / "part.npz"
    first = train(photographs(), TRAINING, checkpoint=checkpoint, max_epochs=1)
    assert len(first.result.history) == 1
    rest = train(photographs(), TRAINING, checkpoint=checkpoint)
    losses = [[epoch.loss for epoch in one.result.history.epochs] for one in (whole, rest)]
    assert losses[0] == losses[1]
    assert len(losses[0]) > 1
