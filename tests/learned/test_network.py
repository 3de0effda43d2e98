"""The network: what it sees, that its descriptors are those of dense maps, and turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_training import NETWORK, texture

from featmatch import nn
from featmatch.learned.network.network import (
    ACTIVATIONS,
    STRIDE,
    FeatureNetwork,
    NetworkOptions,
    normalized,
    turned,
)

SHALLOW = replace(NETWORK, channels=(4, 4, 4))


def make(options=NETWORK, seed=0, dtype=np.float32):
    network = FeatureNetwork(options, np.random.default_rng(seed))
    return network.astype(dtype).eval()


def images(height, width, count=1, dtype=np.float32):
    gray = np.stack([texture(height, width, seed) for seed in range(count)])
    return normalized(gray)[..., None].astype(dtype)


@pytest.mark.parametrize("options", [NETWORK, SHALLOW])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (48, 80)])
def test_there_is_a_logit_a_pixel_and_a_map_a_scale(options, height, width):
    logits, maps = make(options)(images(height, width, 2))
    assert logits.shape == (2, height, width, 1)
    strides = (2, 4, 8, 16)[: len(options.channels)]
    assert [x.shape for x in maps] == [(2, height // s, width // s, 4) for s in strides]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_gives_unit_descriptors(activation):
    network = make(replace(NETWORK, activation=activation))
    _, maps = network(images(32, 32, 2))
    points = np.random.default_rng(0).uniform(-1, 32, (2, 30, 2))
    descriptors = network.describe(maps, points)
    assert descriptors.shape == (2, 30, 8)
    np.testing.assert_allclose(np.linalg.norm(descriptors.data, axis=-1), 1, rtol=1e-5)


def test_there_may_be_no_points_to_describe():
    network = make()
    _, maps = network(images(16, 16, 2))
    assert network.describe(maps, np.zeros((2, 0, 2))).shape == (2, 0, 8)


@pytest.mark.parametrize("options", [NETWORK, SHALLOW])
def test_descriptors_are_samples_of_dense_maps(options):
    network = make(options, dtype=np.float64)
    _, maps = network(images(48, 64, 2, np.float64))
    points = np.random.default_rng(1).uniform(0, 47, (2, 25, 2))
    sums = sum(
        nn.sample_points(lateral(features), (points + 0.5) / 2 ** (level + 1) - 0.5).data
        for level, (lateral, features) in enumerate(zip(network.laterals, maps, strict=True))
    )
    rows = network.description(nn.Tensor(sums.reshape(50, 8))).data
    expected = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).reshape(2, 25, 8)
    np.testing.assert_allclose(network.describe(maps, points).data, expected, rtol=1e-9)


def see_through(level):
    """A network whose maps hold the mean brightness of their cells, and 1; it describes by one."""
    network = make(NetworkOptions(channels=(2, 2, 2, 2), descriptor_size=2, num_turns=1))
    for block in network.blocks:
        first, norm, _, second, other_norm, _ = block.layers
        for layer in (first, second):
            layer.weight.data[...] = 0
            layer.weight.data[1, 1, 0, 0] = 1
        norm.bias.data[1] = other_norm.bias.data[1] = 1
    network.blocks[0].layers[0].weight.data[1, 1, :, 0] = 1 / 4
    for place, lateral in enumerate(network.laterals):
        lateral.weight.data[0, 0] = np.eye(2) * (place == level)
        lateral.bias.data[...] = 0
    network.description.layers[1].weight.data[...] = np.eye(2)
    network.description.layers[1].bias.data[...] = 0
    return network


@pytest.mark.parametrize("level", range(4))
def test_maps_are_sampled_where_the_points_are(level):
    """On a slope, the mean brightness of a cell is that of its middle, whatever its size."""
    network = see_through(level)
    y, x = np.mgrid[:96, :96].astype(np.float32)
    _, maps = network(np.stack([x, y])[..., None])
    points = np.random.default_rng(0).uniform(8, 87, (2, 30, 2))
    values, ones = np.moveaxis(network.describe(maps, points).data, -1, 0)
    np.testing.assert_allclose(values / ones, [points[0, :, 0], points[1, :, 1]], rtol=1e-3)


def test_images_of_a_batch_do_not_touch():
    network = make()
    both = images(32, 48, 2)
    logits, maps = network(both)
    for place in (0, 1):
        alone, own_maps = network(both[place : place + 1])
        np.testing.assert_allclose(alone.data[0], logits.data[place], atol=1e-5)
        for own, features in zip(own_maps, maps, strict=True):
            np.testing.assert_allclose(own.data[0], features.data[place], atol=1e-5)


# --- what it sees and costs


def test_the_usual_network_sees_and_costs_what_was_planned():
    network = make(NetworkOptions())
    summary = nn.summarize(network, (1, 160, 160, 1))
    sizes = {
        row.name: row.receptive_field.size
        for row in summary.rows
        if row.op == "conv2d" and row.name.startswith("blocks")
    }
    planned = {0: (6, 10), 1: (20, 28), 2: (48, 64), 3: (104, 136)}
    assert sizes == {
        f"blocks.{block}.layers.{layer}": (size, size)
        for block, both in planned.items()
        for layer, size in zip((0, 3), both, strict=True)
    }
    # 3,428 of the plan for a logit of each 2 x 2 pixels, and 12 for those of all four of them
    assert summary.num_multiply_adds == (3428 + 12) * 160 * 160
    assert summary.num_parameters < 170_000


def test_receptive_fields_reach_every_output_of_the_network():
    graph = nn.trace(make(), (1, 64, 64, 1))
    fields = nn.receptive_fields(graph)
    found = {}
    for name, place in graph.outputs.items():
        field = fields[graph.operations[place].name]
        found[name] = (*field.size, *field.stride)
    assert found == {
        "output.0": (88, 88, 1, 1),
        "output.1.0": (10, 10, 2, 2),
        "output.1.1": (28, 28, 4, 4),
        "output.1.2": (64, 64, 8, 8),
        "output.1.3": (136, 136, 16, 16),
    }


@pytest.mark.parametrize("unit", [(85, 90), (86, 91), (83, 88)])
def test_the_gradient_of_a_logit_reaches_as_far_as_its_receptive_field(unit):
    network = make(dtype=np.float64)
    shape = (1, 176, 192, 1)
    graph = nn.trace(network, shape)
    name = graph.operations[graph.outputs["output.0"]].name
    interval = nn.receptive_fields(graph)[name].interval(unit)
    effective = nn.effective_receptive_field(network, shape, unit, operation=name)
    found = effective.magnitude > 1e-13 * effective.magnitude.max()
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    assert ((rows[0], columns[0]), (rows[-1], columns[-1])) == interval


@pytest.mark.parametrize("pixel", [(0, 0), (96, 37)])
def test_a_pixel_changes_no_logit_that_does_not_see_it(pixel):
    network = make(dtype=np.float64)
    graph = nn.trace(network, (1, 192, 192, 1))
    field = nn.receptive_fields(graph)[graph.operations[graph.outputs["output.0"]].name]
    before = images(192, 192, dtype=np.float64)
    after = before.copy()
    after[(0, *pixel)] += 3
    change = np.abs(network(after)[0].data - network(before)[0].data)[0, ..., 0]
    assert change[pixel] > 1e-5
    for place in np.argwhere(change > 1e-9):  # the rest is rounding
        (top, left), (bottom, right) = field.interval(tuple(place.tolist()))
        assert top <= pixel[0] <= bottom
        assert left <= pixel[1] <= right


def test_a_shift_by_the_stride_shifts_everything():
    network = make(SHALLOW, dtype=np.float64)  # sees 80 pixels
    whole = images(192, 208, dtype=np.float64)
    logits, maps = network(whole[:, :, :192])
    moved, moved_maps = network(whole[:, :, STRIDE:])
    inner = slice(48, 144)
    np.testing.assert_allclose(
        moved.data[:, inner, 48:128], logits.data[:, inner, 64:144], atol=1e-9
    )
    points = np.random.default_rng(0).uniform(80, 110, (1, 20, 2))
    np.testing.assert_allclose(
        network.describe(moved_maps, points - [STRIDE, 0]).data,
        network.describe(maps, points).data,
        atol=1e-9,
    )


# --- turns


@settings(max_examples=30)
@given(st.sampled_from([1, 2, 4, 8]), st.integers(-9, 9), st.integers(1, 5))
def test_a_turn_rolls_the_ring_of_parts(num_turns, turn, num_points):
    descriptors = np.random.default_rng(0).normal(size=(num_points, 16)).astype(np.float32)
    ring = descriptors.reshape(num_points, num_turns, -1)
    expected = np.roll(ring, turn, axis=1).reshape(num_points, 16)
    found = turned(descriptors, num_turns, turn)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.data, expected)
    np.testing.assert_array_equal(turned(found, num_turns, -turn).data, descriptors)
    np.testing.assert_array_equal(turned(descriptors, num_turns, turn + num_turns).data, expected)


def test_the_gradient_of_a_turn_is_the_turn_back():
    x = nn.Tensor(np.random.default_rng(0).normal(size=(3, 8)), requires_grad=True)
    seed = np.random.default_rng(1).normal(size=(3, 8))
    (gradient,) = nn.grad(turned(x, 4, 3), [x], seed)
    np.testing.assert_allclose(gradient, turned(seed, 4, -3).data, rtol=1e-6)


# --- contrast


def test_a_normalized_image_has_mean_zero_and_known_contrast():
    gray = np.stack([texture(20, 30), 0.2 * texture(20, 30, 1)])
    found = normalized(gray)
    assert found.dtype == np.float32
    deviations = gray.std(axis=(1, 2))
    np.testing.assert_allclose(found.mean(axis=(1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(axis=(1, 2)), deviations / (deviations + 0.05), rtol=1e-5)


def test_a_blank_image_is_zero():
    np.testing.assert_allclose(normalized(np.full((1, 16, 16), 0.7, np.float32)), 0, atol=1e-5)


# --- options


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channels": (4, 4)}, "channels: expected three or four numbers, got (4, 4)"),
        ({"channels": (4, 0, 4)}, "channels: expected an integer from 1 to 1,024, got 0"),
        ({"head_channels": 0}, "head_channels: expected an integer from 1 to 1,024, got 0"),
        ({"num_turns": 65}, "num_turns: expected an integer from 1 to 64, got 65"),
        (
            {"descriptor_size": 2000},
            "descriptor_size: expected an integer from 1 to 1,024, got 2000",
        ),
        ({"descriptor_size": 10}, "descriptor_size: expected a multiple of num_turns (4), got 10"),
        ({"activation": "step"}, "activation: expected one of leaky_relu, relu, rrelu, tanh, "),
    ],
)
def test_a_wrong_option_is_told(changes, words):
    with pytest.raises(ValueError) as error:
        replace(NETWORK, **changes)
    assert str(error.value).startswith(words)


def test_an_option_of_another_kind_is_told():
    with pytest.raises(TypeError, match=r"^num_turns: expected an integer from 1 to 64, got 4\.0$"):
        replace(NETWORK, num_turns=4.0)
    with pytest.raises(TypeError, match=r"^channels: expected three or four numbers, got 4$"):
        replace(NETWORK, channels=4)
    with pytest.raises(ValueError, match=r"^activation: expected one of .*, got \['relu'\]$"):
        replace(NETWORK, activation=["relu"])


def test_the_same_generator_gives_the_same_network():
    first, second, other = make(seed=3), make(seed=3), make(seed=4)
    for name, array in first.state_dict().items():
        np.testing.assert_array_equal(array, second.state_dict()[name], strict=True)
    assert any((a != other.state_dict()[name]).any() for name, a in first.state_dict().items())
