"""One number a channel against NumPy's broadcasting, and sums against float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.channels import by_channel
from featmatch.nn.sums import sum_channels, sum_products

SHAPES = [
    (3, 4),
    (1, 1, 1),
    (0, 5, 3),
    (2, 0, 3),
    (2, 3, 0),
    (8, 64, 64, 16),
    (5, 7, 11, 3),
    (2, 3, 9000, 1),
    (1, 2, 700, 12),
]


def drawn(shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("operation", [np.add, np.subtract, np.multiply])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_broadcasting(shape, dtype, operation):
    x, channels = drawn(shape, dtype), drawn(shape[-1:], np.float64, 1)
    expected = operation(x, channels.astype(dtype))
    np.testing.assert_array_equal(by_channel(operation, x, channels), expected, strict=True)
    out = np.empty_like(x)
    assert by_channel(operation, x, channels, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert by_channel(operation, x, channels, out=x) is x
    np.testing.assert_array_equal(x, expected)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=4))
def test_it_is_broadcasting_for_any_shape(shape):
    x, channels = drawn(shape), drawn(shape[-1:], seed=1)
    np.testing.assert_array_equal(by_channel(np.multiply, x, channels), x * channels, strict=True)


def test_maps_in_another_order():
    x, channels = drawn((5, 8, 16, 12)).transpose(3, 1, 0, 2), drawn((16,))
    np.testing.assert_array_equal(by_channel(np.add, x, channels), x + channels, strict=True)


@pytest.mark.parametrize("shape", [*SHAPES, (600, 3, 2), (4, 300, 2, 64)])
def test_sums_are_exact_to_the_last_digits(shape):
    """Of numbers far from zero, where rounding is largest."""
    x, y = drawn(shape) + np.float32(2), drawn(shape, seed=1) + np.float32(2)
    axes = tuple(range(len(shape) - 1))
    exact = x.astype(np.float64).sum(axes)
    np.testing.assert_allclose(sum_channels(x), exact, rtol=2e-6, strict=True)
    products = (x.astype(np.float64) * y).sum(axes)
    np.testing.assert_allclose(sum_products(x, y), products, rtol=2e-6, atol=1e-5, strict=True)


def test_sums_of_float64():
    x, y = drawn((5, 6, 7, 3), np.float64), drawn((5, 6, 7, 3), np.float64, 1)
    np.testing.assert_allclose(sum_channels(x), x.sum((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(sum_products(x, y), (x * y).sum((0, 1, 2)), rtol=1e-12)
