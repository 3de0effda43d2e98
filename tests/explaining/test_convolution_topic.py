"""Convolution, step by step: the numbers, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from featmatch.explaining.convolution import convolution, correlated
from featmatch.images.image import read_image

IMAGE = read_image(np.random.default_rng(2).integers(0, 256, (60, 80, 3), dtype=np.uint8))
DATA = convolution(IMAGE).data
KERNELS = {kernel.name: kernel for kernel in DATA["kernels"]}


def test_the_crop_is_cut_from_the_picture():
    x, y, side = DATA["x"], DATA["y"], DATA["side"]
    assert DATA["crop"].shape == (side, side) == (10, 10)
    np.testing.assert_array_equal(DATA["picture"], IMAGE.gray())
    np.testing.assert_array_equal(DATA["crop"], DATA["picture"][y : y + side, x : x + side])


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_feature_maps_are_cross_correlations(kernel):
    expected = signal.correlate2d(DATA["crop"], kernel.weights, mode="valid")
    np.testing.assert_allclose(kernel.feature_map, expected, atol=1e-6)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_flipped_maps_are_convolutions(kernel):
    expected = signal.convolve2d(DATA["crop"], kernel.weights, mode="valid")
    np.testing.assert_allclose(kernel.flipped_map, expected, atol=1e-6)


def test_pictures_show_the_whole_answer():
    whole = signal.correlate2d(DATA["picture"].astype(float), KERNELS["sobel-x"].weights, "same")
    limit = np.abs(whole[1:-1, 1:-1]).max()
    assert KERNELS["sobel-x"].limit == pytest.approx(limit)
    expected = np.rint(128 + 127 * np.clip(whole / limit, -1, 1))
    np.testing.assert_array_equal(KERNELS["sobel-x"].picture, expected)


def test_pictures_of_means_show_gray_levels():
    kernel = KERNELS["gaussian"]
    whole = signal.correlate2d(DATA["picture"].astype(float), kernel.weights, "same")
    assert kernel.limit is None
    np.testing.assert_array_equal(kernel.picture, np.rint(whole))


def test_options_reach_the_engine():
    numbers = np.arange(25.0).reshape(5, 5)
    out = correlated(numbers, np.ones((1, 1)), stride=2, padding=1)
    np.testing.assert_array_equal(out, np.pad(numbers, 1)[::2, ::2])
