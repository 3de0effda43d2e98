"""3 x 3 against 5 x 5: closed forms, and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from featmatch.explaining.kernel_size import compose, kernel_size
from featmatch.images.image import read_image

GRAY = np.random.default_rng(9).integers(0, 256, (96, 128), dtype=np.uint8)
DATA = kernel_size(read_image(GRAY)).data
SMALL, LARGE = DATA["plans"]
PATHS = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1])  # through two 3 x 3 kernels to each pixel


def test_fields_are_equal_and_weights_are_not():
    assert SMALL.receptive_field == LARGE.receptive_field == 5
    assert (SMALL.num_weights, LARGE.num_weights) == (18, 25)


def test_costs_are_those_of_the_formulas():
    count, pixels = DATA["num_channels"], DATA["map_height"] * DATA["map_width"]
    assert pixels == 48 * 64
    for plan in (SMALL, LARGE):
        assert plan.num_parameters == plan.num_weights * count**2
        assert plan.num_multiply_adds == plan.num_parameters * pixels


def test_times_are_measured():
    assert len(SMALL.seconds) == len(LARGE.seconds) >= 5
    assert min(SMALL.seconds + LARGE.seconds) > 0
    assert DATA["num_threads"] >= 1


def test_nothing_counts_outside_of_the_field():
    outside = np.ones((9, 9), bool)
    outside[2:7, 2:7] = False
    assert np.abs(SMALL.effective_field[outside]).max() < 1e-3
    assert np.abs(LARGE.effective_field[outside]).max() < 1e-3


def test_a_pixel_counts_as_the_root_of_its_paths():
    """Random weights: the variance of a sum over paths is their number."""
    small, large = SMALL.effective_field[2:7, 2:7], LARGE.effective_field[2:7, 2:7]
    np.testing.assert_allclose(small / np.linalg.norm(small), np.sqrt(PATHS) / 9, atol=0.03)
    np.testing.assert_allclose(large / np.linalg.norm(large), 0.2, atol=0.03)


def test_composed_kernels_are_convolutions_of_kernels():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    np.testing.assert_allclose(compose(first, second), signal.convolve2d(first, second))
    numbers = rng.normal(size=(12, 12))
    one_by_one = signal.correlate2d(signal.correlate2d(numbers, first, "valid"), second, "valid")
    at_once = signal.correlate2d(numbers, compose(first, second), "valid")
    np.testing.assert_allclose(one_by_one, at_once)


@pytest.mark.parametrize("composition", DATA["compositions"], ids=lambda each: each.label)
def test_both_ways_give_the_same_picture(composition):
    np.testing.assert_allclose(
        composition.composed, signal.convolve2d(composition.first, composition.second)
    )
    assert composition.max_difference < 1e-9
    assert composition.picture.shape == (92, 124)
