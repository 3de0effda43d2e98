from __future__ import annotations

import numpy as np
import pytest
from example_networks import Function, InDouble, conv

from featmatch.nn.activation_layers import ReLU
from featmatch.nn.activations import relu
from featmatch.nn.convolution import conv2d
from featmatch.nn.inspection.effective_receptive_field import (
    EffectiveReceptiveField,
    effective_receptive_field,
)
from featmatch.nn.layers import BatchNorm2d
from featmatch.nn.module import Sequential


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def kernels(num_layers, channels=16):
    rng = np.random.default_rng(0)
    return [conv(rng, channels, channels) for _ in range(num_layers)]


def test_random_layers_have_a_gaussian_field_that_grows_with_the_root_of_their_number():
    """Luo et al., section 2.2: each 3 x 3 layer adds (9 - 1) / 12 to the variance."""
    few, many = (
        effective_receptive_field(Sequential(*kernels(num_layers)), (8, 41, 41, 16))
        for num_layers in (4, 16)
    )
    assert few.sigma == pytest.approx([np.sqrt(4 * 2 / 3)] * 2, rel=0.05)
    assert many.sigma == pytest.approx([np.sqrt(16 * 2 / 3)] * 2, rel=0.05)
    energy = (many.magnitude**2).sum(axis=0)
    gaussian = np.exp(-(((np.arange(41) - 20) / many.sigma[1]) ** 2) / 2)
    assert energy / energy.sum() == pytest.approx(gaussian / gaussian.sum(), abs=0.015)


def test_dilation_and_strides_enlarge_it():
    layers = kernels(4)
    plain = effective_receptive_field(Sequential(*layers), (8, 41, 41, 16))
    layers[3].dilation = layers[3].padding = 4
    dilated = effective_receptive_field(Sequential(*layers), (8, 41, 41, 16))
    assert dilated.sigma == pytest.approx([np.sqrt((3 + 16) * 2 / 3)] * 2, rel=0.05)
    layers[0].stride = 2
    strided = effective_receptive_field(Sequential(*layers), (8, 41, 41, 16))
    assert strided.sigma == pytest.approx([np.sqrt((1 + 4 * (2 + 16)) * 2 / 3)] * 2, rel=0.05)
    assert plain.side(0.9) < dilated.side(0.9) < strided.side(0.9)


def test_layers_of_ones_have_a_known_field():
    """Sums of sums: the field is a box, folded with itself."""
    network = Sequential(*kernels(3, channels=1))
    for layer in network.layers:
        layer.weight.data[...] = 1
    effective = effective_receptive_field(network, (1, 11, 13, 1))
    binomial = np.array([1, 3, 6, 7, 6, 3, 1])
    expected = np.zeros((11, 13))
    expected[2:9, 3:10] = np.outer(binomial, binomial)
    assert effective.magnitude == pytest.approx(expected, rel=1e-5, abs=1e-3)
    variance = np.average(np.arange(-3, 4) ** 2, weights=binomial**2)
    assert effective.sigma == pytest.approx([np.sqrt(variance)] * 2, rel=1e-4)
    shares = [7 / 27, 19 / 27, 25 / 27]  # of an axis, in the middle 1, 3, 5
    assert [effective.side(share**2 - 1e-4) for share in shares] == [1, 3, 5]
    assert [effective.side(share**2 + 1e-4) for share in shares] == [2, 4, 6]
    assert effective.side(0) == 0


def test_the_smallest_square_need_not_be_in_the_middle():
    magnitude = np.zeros((6, 9))
    magnitude[4:6, 7:9] = 1
    magnitude[0, 0] = 1
    effective = EffectiveReceptiveField(magnitude)
    assert [effective.side(share) for share in (0.2, 0.8, 0.81, 1)] == [1, 2, 9, 9]


def test_a_unit_without_a_gradient():
    network = Function(lambda x: relu(x * -1))
    effective = effective_receptive_field(network, (1, 5, 5, 1))
    assert not effective.magnitude.any()
    assert effective.sigma == (0, 0)
    assert effective.side(0.5) == effective.side(1) == 0


def test_channels_one_by_one_and_together():
    """Together they have, on average, the sum of their energies; the mean is over the inputs'."""
    weight = np.random.default_rng(1).normal(size=(3, 3, 2, 3))
    network = InDouble(lambda x: conv2d(x, weight, padding=1))
    energies = []
    for channel in range(3):
        effective = effective_receptive_field(network, (1, 5, 5, 2), (2, 2), channel)
        assert effective.magnitude[1:4, 1:4] ** 2 == pytest.approx(
            (weight[..., channel] ** 2).mean(axis=2)
        )
        energies.append(effective.magnitude**2)
    together = effective_receptive_field(network, (4000, 5, 5, 2), (2, 2))
    assert together.magnitude**2 == pytest.approx(sum(energies), abs=0.2)


def test_images_and_signs_are_drawn_by_the_generator(rng):
    network = Sequential(*kernels(1), ReLU(), *kernels(1))
    first, again, other = (
        effective_receptive_field(network, (1, 9, 9, 16), rng=np.random.default_rng(seed)).magnitude
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, effective_receptive_field(network, (1, 9, 9, 16)).magnitude)


def test_batch_normalization_does_not_connect_all_pixels():
    network = Sequential(conv(np.random.default_rng(0), 1, 1), BatchNorm2d(1))
    effective = effective_receptive_field(network, (2, 9, 9, 1))
    assert (effective.magnitude > 1e-6).sum() == 9
    assert network.training


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"operation: expected a choice among the outputs \(relu_1, sum_1\), got None"),
        ({"operation": "conv"}, "operation: expected one of input, relu_1, sum_1, got 'conv'"),
        ({"operation": "sum_1"}, r"operation: expected maps \(N, H, W, C\), got \(\) of \(1, 4, 6"),
        ({"operation": "relu_1", "unit": (4, 0)}, r"unit: expected a place on a map of 4 x 6, got"),
        ({"operation": "relu_1", "unit": (0, -1)}, r"unit: expected .*, got \(0, -1\)"),
        ({"operation": "relu_1", "channel": 2}, "channel: expected one of 2, got 2"),
    ],
)
def test_wrong_choices_are_told(arguments, message):
    network = Function(lambda x: (relu(x), x.sum()))
    with pytest.raises(ValueError, match=message):
        effective_receptive_field(network, (1, 4, 6, 2), **arguments)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, np.nan, "all"])
def test_fractions_are_checked(fraction):
    with pytest.raises(ValueError, match="fraction: expected a number from 0 to 1, got"):
        EffectiveReceptiveField(np.ones((2, 2))).side(fraction)
