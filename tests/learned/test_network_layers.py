"""The layers of a network on real pixels: what is in them, and that it can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest
from known_warps import image

from featmatch import nn
from featmatch.learned.network.layers import layers_of
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import ACTIVATIONS, FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import load_network

NETWORK = load_network()
PIXELS = Level.of(image().gray(), 1.0).pixels[None, :128, :160, None]
NAMES = [f"block{block}_conv{conv}" for block in (1, 2, 3, 4) for conv in (1, 2)]


def test_layers_are_those_of_the_network():
    layers = layers_of(NETWORK, nn.Tensor(PIXELS))
    assert [layer.name for layer in layers] == [*NAMES, "score_sum", "score_conv", "score"]
    assert len({layer.title for layer in layers}) == 11
    assert [layer.stride for layer in layers] == [2, 2, 4, 4, 8, 8, 16, 16, 2, 2, 1]
    logits, maps = NETWORK(PIXELS)
    for number, expected in enumerate(maps):
        np.testing.assert_array_equal(layers[2 * number + 1].after.data, expected.data)
    np.testing.assert_array_equal(layers[-1].before.data, logits.data)
    np.testing.assert_allclose(layers[-1].after.data, 1 / (1 + np.exp(-logits.data)), atol=1e-6)
    for layer in layers:
        height, width = layer.before.shape[1:3]
        assert (height * layer.stride, width * layer.stride) == (128, 160)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("channels", [(3, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("folded", [False, True])
def test_activations_lie_between_before_and_after(activation, channels, folded):
    options = NetworkOptions(channels, 6, descriptor_size=8, activation=activation)
    network = FeatureNetwork(options, np.random.default_rng(0)).eval()
    layers = layers_of(nn.fold(network) if folded else network, nn.Tensor(PIXELS))
    assert len(layers) == 2 * len(channels) + 3
    counts = [*np.repeat(channels, 2).tolist(), 6, 6, 1]
    assert [layer.after.shape[-1] for layer in layers] == counts
    function = ACTIVATIONS[activation](np.random.default_rng(0)).eval()
    for layer in layers[:-1]:
        np.testing.assert_array_equal(function(layer.before).data, layer.after.data)


def test_gradients_stay_within_the_receptive_field():
    images = nn.Tensor(PIXELS, requires_grad=True)
    for layer in layers_of(NETWORK, images):
        row, column = 64 // layer.stride, 80 // layer.stride
        seed = np.zeros_like(layer.after.data)
        seed[0, row, column] = 1
        (gradient,) = nn.grad(layer.after, [images], seed)
        rows, columns = np.nonzero(np.abs(gradient[0, ..., 0]) > 1e-5 * np.abs(gradient).max())
        (top, left), (bottom, right) = layer.field.interval((row, column))
        assert top <= rows.min() <= rows.max() <= bottom
        assert left <= columns.min() <= columns.max() <= right
