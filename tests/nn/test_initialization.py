"""Scales of random weights, and what they are for: signals that neither grow nor die.

A variance that is wrong by a factor of 2 makes a factor of 10⁹ in thirty layers.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from featmatch.nn.initialization import he_normal, he_uniform, xavier_normal, xavier_uniform

ALL = [he_normal, he_uniform, xavier_normal, xavier_uniform]
HE, XAVIER = ALL[:2], ALL[2:]
SHAPES = [(300, 400), (3, 3, 40, 60), (5, 1, 200, 10), (1, 1, 500, 200)]


def fans(shape):
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


@pytest.mark.parametrize("slope", [0, 0.1, 1])
@pytest.mark.parametrize("function", HE)
@pytest.mark.parametrize("shape", SHAPES)
def test_variance_of_he(function, shape, slope):
    weights = function(shape, np.random.default_rng(0), slope)
    expected = 2 / ((1 + slope**2) * fans(shape)[0])
    assert weights.shape == shape
    assert weights.var() == pytest.approx(expected, rel=0.06)
    assert abs(weights.mean()) < 5 * math.sqrt(expected / weights.size)


@pytest.mark.parametrize("gain", [1, 5 / 3])
@pytest.mark.parametrize("function", XAVIER)
@pytest.mark.parametrize("shape", SHAPES)
def test_variance_of_xavier(function, shape, gain):
    weights = function(shape, np.random.default_rng(0), gain)
    expected = 2 * gain**2 / sum(fans(shape))
    assert weights.var() == pytest.approx(expected, rel=0.06)
    assert abs(weights.mean()) < 5 * math.sqrt(expected / weights.size)


@pytest.mark.parametrize("function", ALL)
def test_uniform_weights_keep_to_their_bounds_and_normal_ones_have_tails(function):
    weights = function((200, 200), np.random.default_rng(0))
    largest = np.abs(weights).max() / weights.std()
    fourth = np.mean(weights.astype(np.float64) ** 4) / np.var(weights) ** 2
    if function in (he_uniform, xavier_uniform):
        assert largest == pytest.approx(math.sqrt(3), rel=0.01)
        assert fourth == pytest.approx(9 / 5, rel=0.02)
    else:
        assert largest > 3.5
        assert fourth == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize("function", ALL)
def test_float32_and_the_same_for_a_seed(function):
    first, again, other = (function((3, 3, 2, 4), np.random.default_rng(s)) for s in (1, 1, 2))
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("slope", [0.0, 0.25])
@pytest.mark.parametrize("function", HE)
def test_the_signal_survives_thirty_rectified_layers(function, slope):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 256)).astype(np.float32)
    for _ in range(30):
        y = x @ function((256, 256), rng, slope)
        x = np.maximum(y, slope * y)
    assert 0.1 < np.mean(y**2) / 2 * (1 + slope**2) < 10


@pytest.mark.parametrize("function", XAVIER)
def test_the_signal_survives_thirty_linear_layers(function):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 256)).astype(np.float32)
    for _ in range(30):
        x = x @ function((256, 256), rng)
    assert 0.1 < np.mean(x**2) < 10


def test_no_gain_no_weights():
    assert not xavier_normal((2, 3), np.random.default_rng(0), 0).any()


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((), r"shape: expected at least two axes \(\.\.\., in, out\), got \(\)"),
        ((3,), r"shape: expected at least two axes \(\.\.\., in, out\), got \(3,\)"),
        ((3, 0), "shape: expected an integer of at least 1, got 0"),
        ((0, 3, 1, 2), "shape: expected an integer of at least 1, got 0"),
        ((2.5, 2), r"shape: expected an integer of at least 1, got 2\.5"),
    ],
)
def test_refused_shapes(function, shape, message):
    with pytest.raises(ValueError, match=message):
        function(shape, np.random.default_rng(0))


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, "1"])
def test_refused_slopes_and_gains(value):
    rng = np.random.default_rng(0)
    for function in HE:
        with pytest.raises(ValueError, match="negative_slope: expected a number from 0 to 1, got"):
            function((2, 2), rng, value)
    for function in XAVIER:
        with pytest.raises(ValueError, match="gain: expected a number from 0 to 1000, got"):
            function((2, 2), rng, value)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("rng", [0, None])
def test_refused_generators(function, rng):
    message = rf"rng: expected a numpy\.random\.Generator, got {rng}"
    with pytest.raises(TypeError, match=message):
        function((2, 2), rng)


@pytest.mark.parametrize("function", ALL)
def test_a_shape_is_not_a_number(function):
    with pytest.raises(ValueError, match=r"shape: expected at least two axes .*, got 5"):
        function(5, np.random.default_rng(0))
