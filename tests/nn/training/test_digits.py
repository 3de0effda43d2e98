"""A small network reads handwritten digits; its histories show under- and over-fitting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from featmatch.nn.activation_layers import ReLU
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.losses import cross_entropy
from featmatch.nn.module import Sequential
from featmatch.nn.optimizers import Adam, AdamW
from featmatch.nn.resizing_layers import Flatten, MaxPool2d
from featmatch.nn.schedules import WarmupCosine
from featmatch.nn.tensor import no_grad
from featmatch.nn.training.data import ArrayBatches
from featmatch.nn.training.loop import fit
from featmatch.nn.training.options import FitOptions

DIGITS = load_digits()
IMAGES = (DIGITS.images[..., None] / 16).astype(np.float32)  # (1797, 8, 8, 1) from 0 to 1
LABELS = DIGITS.target


def split(rng):
    """Indices for training, validation and the test: 1200, 200 and 397."""
    return np.split(rng.permutation(len(IMAGES)), [1200, 1400])


def reader(rng, channels=16):
    """Two blocks of two 3x3 convolutions, each followed by pooling, and a linear layer."""

    def convolution(inputs, outputs):
        return [Conv2d(inputs, outputs, 3, padding=1, rng=rng), BatchNorm2d(outputs), ReLU()]

    return Sequential(
        *convolution(1, channels),
        *convolution(channels, channels),
        MaxPool2d(2),
        *convolution(channels, 2 * channels),
        *convolution(2 * channels, 2 * channels),
        MaxPool2d(2),
        Flatten(),
        Linear(8 * channels, 10, rng=rng),
    )


def loss_of(network, batch):
    images, labels = batch
    return cross_entropy(network(images), labels)


def measure(network, chosen):
    """Loss and accuracy for the images at some indices."""
    scores, labels = network(IMAGES[chosen]), LABELS[chosen]
    right = scores.data.argmax(axis=1) == labels
    return {"loss": cross_entropy(scores, labels).item(), "accuracy": float(right.mean())}


@pytest.mark.slow
def test_a_small_network_reads_digits():
    """In less than a minute, and 98 of 100 images right."""
    rng = np.random.default_rng(0)
    training, validation, test = split(rng)
    network = reader(rng)
    data = ArrayBatches(IMAGES[training], LABELS[training], batch_size=32, drop_last=True)
    result = fit(
        network,
        loss_of,
        data,
        AdamW(network.parameters(), weight_decay=3),
        FitOptions(
            max_epochs=20,
            schedule=WarmupCosine(3e-3, warmup_steps=20, total_steps=20 * len(data)),
            validate=lambda network: measure(network, validation),
        ),
        rng=rng,
    )
    assert sum(epoch.seconds for epoch in result.history.epochs) < 60
    assert result.history.epochs[0].loss > 5 * result.history.epochs[-1].loss
    with no_grad():
        assert measure(network.eval(), test)["accuracy"] >= 0.98


def perceptron(rng):
    return Sequential(
        Flatten(),
        Linear(64, 256, rng=rng),
        ReLU(),
        Linear(256, 256, rng=rng),
        ReLU(),
        Linear(256, 10, rng=rng),
    )


def train(make_network, *, examples, max_epochs, lr):
    """Train without anything against over-fitting; return the history and the final network."""
    rng = np.random.default_rng(0)
    training, validation, _ = split(rng)
    network = make_network(rng)
    data = ArrayBatches(IMAGES[training[:examples]], LABELS[training[:examples]], batch_size=32)
    result = fit(
        network,
        loss_of,
        data,
        Adam(network.parameters(), lr),
        FitOptions(max_epochs=max_epochs, validate=lambda network: measure(network, validation)),
        rng=rng,
    )
    with no_grad():
        return result.history, measure(network.eval(), validation)


def test_a_fitting_network_for_comparison():
    """Both losses fall, and are near each other for long."""
    history, kept = train(perceptron, examples=1200, max_epochs=10, lr=1e-3)
    assert history.epochs[-1].loss < 0.1
    assert kept["loss"] < 0.15
    assert history.best.number > 5


def test_many_weights_and_few_examples_over_fit():
    """The validation loss rises while the training loss falls; the best weights are kept."""
    history, kept = train(perceptron, examples=50, max_epochs=60, lr=1e-2)
    best, last = history.best, history.epochs[-1]
    assert best.number < 20
    assert last.loss < 0.01 * best.loss
    assert last.validation["loss"] > 1.15 * best.validation["loss"]
    assert last.validation["loss"] > 1000 * last.loss
    assert kept["loss"] == best.validation["loss"]


def small(rng):
    """One filter, whose largest answers in the four corners are all that is left of an image."""
    return Sequential(
        Conv2d(1, 1, 3, padding=1, rng=rng), ReLU(), MaxPool2d(4), Flatten(), Linear(4, 10, rng=rng)
    )


def test_a_small_network_under_fits():
    """Both losses stay high, near each other, and hardly fall any more."""
    history, kept = train(small, examples=1200, max_epochs=40, lr=1e-2)
    last = history.epochs[-1]
    assert 1 < last.loss < history.epochs[-11].loss < 1.1 * last.loss
    assert kept["loss"] == pytest.approx(last.loss, rel=0.2)


def test_too_few_epochs_under_fit():
    """Both losses are high and still fall in every epoch."""
    history, kept = train(perceptron, examples=1200, max_epochs=3, lr=1e-4)
    losses = [epoch.loss for epoch in history.epochs]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[-2]
    assert losses[-1] > 0.8
    assert kept["loss"] > 0.8
    assert history.best.number == 3
