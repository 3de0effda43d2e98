"""Activations: curves against their formulas, histograms against the layers' own values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

import featmatch
from featmatch.explaining.activations import MAX_INPUT, SATURATED, activated_layers, activations
from featmatch.images.image import read_image

RNG = np.random.default_rng(5)
IMAGE = read_image(RNG.integers(0, 256, (70, 90), np.uint8).repeat(2, 0).repeat(2, 1))
DATA = activations(IMAGE).data
X = DATA["x"]
CURVES = {curve.name: curve for curve in DATA["curves"]}
FORMULAS = {
    "tanh": ((1 - np.exp(-2 * X)) / (1 + np.exp(-2 * X)), 1 / np.cosh(X) ** 2),
    "sigmoid": (expit(X), expit(X) * expit(-X)),
    "relu": (np.where(X > 0, X, 0), (X > 0).astype(float)),
    "leaky-relu": (np.where(X > 0, X, 0.1 * X), np.where(X > 0, 1, 0.1)),
    "rrelu": (np.where(X > 0, X, 11 / 48 * X), np.where(X > 0, 1, 11 / 48)),
}
BEFORE = [layer.before.data[0] for layer in activated_layers(IMAGE)]


@pytest.mark.parametrize("name", FORMULAS)
def test_curves_and_slopes(name):
    y, slope = FORMULAS[name]
    np.testing.assert_allclose(CURVES[name].y, y, atol=1e-12)
    np.testing.assert_allclose(CURVES[name].slope, slope, atol=1e-12)


def test_curves_reach_as_far_as_the_histograms():
    assert X[0] == -MAX_INPUT == DATA["bins"][0]
    assert X[-1] == MAX_INPUT == DATA["bins"][-1]
    assert 0 not in X


def test_every_layer_of_the_network_is_there():
    network = featmatch.load_network()
    channels = [count for count in network.options.channels for _ in range(2)]
    head = [network.options.head_channels] * 2
    assert [layer.num_units for layer in DATA["layers"]] == channels + head
    assert len({layer.title for layer in DATA["layers"]}) == len(channels) + 2


@pytest.mark.parametrize("place", range(len(BEFORE)))
def test_histograms_count_the_values(place):
    layer, values = DATA["layers"][place], BEFORE[place].astype(np.float64)
    assert layer.num_values == values.size
    inside = values[np.abs(values) <= MAX_INPUT]
    np.testing.assert_array_equal(layer.counts, np.histogram(inside, DATA["bins"])[0])
    assert layer.beyond == pytest.approx(1 - len(inside) / values.size, abs=1e-9)
    np.testing.assert_allclose(layer.positive, np.sort((values > 0).mean((0, 1))))


@pytest.mark.parametrize("name", FORMULAS)
def test_what_goes_in_comes_out(name):
    for layer in DATA["layers"]:
        effect = layer.effects[name]
        assert effect.counts.sum() == layer.counts.sum()
        assert (effect.low, effect.high) == (CURVES[name].y[0], CURVES[name].y[-1])
        assert 0 < effect.mean_slope <= 1


def test_shares_are_those_of_the_formulas():
    values = BEFORE[0].astype(np.float64).reshape(-1, BEFORE[0].shape[2])
    effects = DATA["layers"][0].effects
    flat = {
        "tanh": np.abs(values) > np.arccosh(SATURATED**-0.5),
        "sigmoid": expit(values) * expit(-values) < SATURATED / 4,
        "relu": values <= 0,
        "leaky-relu": np.zeros(values.shape, bool),
        "rrelu": np.zeros(values.shape, bool),
    }
    for name, expected in flat.items():
        assert effects[name].saturated == pytest.approx(expected.mean(), abs=1e-3)
        assert effects[name].num_dead == expected.all(axis=0).sum()
    positive = (values > 0).mean()
    assert effects["relu"].mean_slope == pytest.approx(positive, abs=1e-6)
    assert effects["leaky-relu"].mean_slope == pytest.approx(0.1 + 0.9 * positive, abs=1e-6)


def test_tanh_as_it_is_written_fails_where_it_is_said_to():
    def literal(x):
        power = np.exp(np.float32(-2) * np.float32(x))
        return (1 - power) / (1 + power)

    limit = DATA["tanh_overflows_below"]
    with np.errstate(over="ignore", invalid="ignore"):
        assert literal(limit + 0.01) == -1
        assert np.isnan(literal(limit - 0.01))


def test_a_small_image_is_continued_and_a_large_one_shrinks():
    shapes = [
        activated_layers(read_image(np.zeros(shape, np.uint8)))[0].before.shape[1:3]
        for shape in ((1, 1), (33, 16), (1000, 500))
    ]
    assert shapes == [(8, 8), (24, 8), (160, 80)]


def test_it_is_told_which_one_the_network_has():
    assert DATA["network_activation"] in CURVES
