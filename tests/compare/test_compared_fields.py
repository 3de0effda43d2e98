"""Receptive fields of the layers on windows of an image."""

from __future__ import annotations

import numpy as np
import pytest
from feature_map_cases import NETWORK, photograph, untrained

from featmatch import nn
from featmatch.compare.fields import SHARE, measure_receptive_fields
from featmatch.images.image import read_image
from featmatch.learned.network.layers import layers_of


@pytest.fixture(scope="module")
def measured():
    return measure_receptive_fields(NETWORK, photograph(), quick=True)


def test_theoretical_sizes_follow_from_the_plan(measured):
    """r grows by (kernel - 1) jumps at each convolution or pooling of jump j; folding makes r 2."""
    size, jump, expected = 2, 2, []
    for block in range(4):
        if block:
            size, jump = size + jump, 2 * jump
        for _ in range(2):
            size += 2 * jump
            expected.append((size, jump))
    found = [(layer.size, layer.stride) for layer in measured.layers]
    assert found[:8] == expected
    assert expected[-1] == (136, 16)
    assert (measured.orb_patch, measured.share) == (31, SHARE)
    for layer in measured.layers[:8]:
        assert layer.center == (layer.stride - 1) / 2
        assert layer.heat.shape == (layer.size, layer.size)


def test_effective_fields_are_within_the_theoretical_ones(measured):
    for layer in measured.layers:
        assert 1 <= layer.effective_size <= layer.size
        assert layer.heat.shape == (layer.size, layer.size)
        assert layer.heat.max() == 1
        assert layer.heat.min() >= 0
        np.testing.assert_array_equal(layer.heat, np.round(layer.heat, 3))
        top = (layer.size - layer.effective_size) // 2
        inner = layer.heat[top : layer.size - top, top : layer.size - top]
        assert inner.sum() >= (SHARE - 0.1) * layer.heat.sum()
    sizes = [layer.effective_size for layer in measured.layers[:8]]
    assert sizes == sorted(sizes)


def test_heat_is_what_a_change_of_a_pixel_does():
    """Central differences: the first layer is linear before its activation."""
    network = nn.fold(untrained(channels=(1, 4, 4)))
    first = measure_receptive_fields(network, photograph(), quick=True).layers[0]
    image = np.zeros((1, 64, 64, 1), np.float32)
    expected = np.zeros((6, 6))
    for row in range(6):
        for column in range(6):
            moved = image.copy()
            moved[0, 30 + row, 30 + column] = 1
            with_pixel, without = (
                layers_of(network, nn.Tensor(pixels))[0].before.data[0, 16, 16, 0]
                for pixels in (moved, image)
            )
            expected[row, column] = abs(with_pixel - without)
    np.testing.assert_allclose(first.heat, expected / expected.max(), atol=2e-3)


def test_the_seed_decides():
    network = untrained()
    first, same, other = (
        measure_receptive_fields(network, photograph(), quick=True, seed=seed) for seed in (0, 0, 1)
    )
    for a, b, c in zip(first.layers, same.layers, other.layers, strict=True):
        np.testing.assert_array_equal(a.heat, b.heat)
        assert (a.heat != c.heat).any() or a.size == 6
    assert measure_receptive_fields(network, photograph()).layers[-1].heat.max() == 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (140, 90)])
@pytest.mark.parametrize("channels", [(4, 4, 4), (4, 4, 4, 4)])
def test_images_smaller_than_the_fields_are_continued(shape, channels):
    image = read_image(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    found = measure_receptive_fields(untrained(channels=channels), image, quick=True)
    assert len(found.layers) == 2 * len(channels) + 3
    for layer in found.layers:
        assert np.isfinite(layer.heat).all()
        assert layer.heat.max() == 1


def test_units_that_answer_to_nothing_have_no_field():
    network = nn.fold(untrained())
    network.blocks[0].layers[0].weight.data[:] = 0
    first = measure_receptive_fields(network, photograph(), quick=True).layers[0]
    assert not first.heat.any()
    assert first.effective_size == 0
