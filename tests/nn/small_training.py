"""A training of a fraction of a second, with all that chance and memory there is in one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from featmatch.nn.activation_layers import RReLU
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.losses import cross_entropy
from featmatch.nn.module import Module, Sequential
from featmatch.nn.optimizers import SGD
from featmatch.nn.resizing_layers import Flatten
from featmatch.nn.schedules import WarmupCosine
from featmatch.nn.tensor import Parameter
from featmatch.nn.training.data import ArrayBatches, GeneratedBatches
from featmatch.nn.training.loop import fit
from featmatch.nn.training.options import FitOptions

IMAGES = np.random.default_rng(1).normal(size=(26, 4, 4, 1)).astype(np.float32)
LABELS = (IMAGES[:, :2].sum(axis=(1, 2, 3)) > IMAGES[:, 2:].sum(axis=(1, 2, 3))).astype(int)


def loss_of(network, batch):
    images, labels = batch
    return cross_entropy(network(images), labels)


def validation_loss(network):
    return loss_of(network, (IMAGES[20:], LABELS[20:])).item()


@dataclass
class Training:
    """Everything that `fit` takes, made anew as by a new process."""

    network: Module
    optimizer: Any
    average: WeightAverage | None
    rng: np.random.Generator
    data: ArrayBatches

    def fit(self, *, max_epochs=6, loss=loss_of, **options):
        options = {
            "validate": validation_loss,
            "schedule": WarmupCosine(0.2, 3, 36),
            "average": self.average,
            "max_norm": 2.0,
            **options,
        }
        return fit(
            self.network,
            loss,
            self.data,
            self.optimizer,
            FitOptions(max_epochs=max_epochs, **options),
            rng=self.rng,
        )

    def everything(self):
        """All arrays and random states that training has changed."""
        arrays = {f"network {name}": a for name, a in self.network.state_dict().items()}
        arrays |= {f"optimizer {name}": a for name, a in self.optimizer.state_dict().items()}
        if self.average is not None:
            arrays |= {f"average {name}": a for name, a in self.average.state_dict().items()}
        chance = [self.rng, *self.network.generators()]
        return arrays, [rng.bit_generator.state for rng in chance]


def make_training(seed=0, *, channels=2, average=True, optimizer=SGD, slopes=None, **options):
    rng = np.random.default_rng(seed)
    slopes = slopes or RReLU(rng=np.random.default_rng(seed + 1))
    network = Sequential(
        Conv2d(1, channels, 3, rng=rng),
        BatchNorm2d(channels),
        slopes,
        Flatten(),
        Linear(4 * channels, 2, rng=rng),
    )
    if optimizer is SGD:
        options = {"momentum": 0.9, **options}
    return Training(
        network=network,
        optimizer=optimizer(network.parameters(), lr=0.2, **options),
        average=WeightAverage(network, 0.9) if average else None,
        rng=rng,
        data=ArrayBatches(IMAGES[:20], LABELS[:20], batch_size=8),
    )


def modes(network):
    return [module.training for module in network.modules()]


def assert_equal(first, second):
    """Bit for bit the same."""
    arrays, chance = first
    other_arrays, other_chance = second
    assert list(arrays) == list(other_arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, other_arrays[name], err_msg=name, strict=True)
    np.testing.assert_equal(chance, other_chance)


def without_seconds(history):
    """All that a history holds but times."""
    return [{**epoch, "seconds": None} for epoch in history.to_dict()["epochs"]]


def scripted(*values):
    """Validation values that were made up before."""
    left = iter(values)
    return lambda network: next(left)


class Weights(Module):
    """A network of one parameter."""

    def __init__(self, *values):
        self.weight = Parameter(np.array(values, np.float32))


def fit_weights(network, loss, *, max_epochs=1, num_steps=1, lr=1.0, **options):
    """Train with `num_steps` batches an epoch, which are the numbers of the steps, from 0."""
    numbers = itertools.count()
    data = GeneratedBatches(lambda rng: next(numbers), num_steps=num_steps)
    optimizer = SGD(network.parameters(), lr=lr)
    rng = np.random.default_rng(0)
    chosen = FitOptions(max_epochs=max_epochs, **options)
    return fit(network, loss, data, optimizer, chosen, rng=rng)


def walk(network, batch):
    """A loss that takes the weight one unit of the learning rate up in every step."""
    return -network.weight.sum()
