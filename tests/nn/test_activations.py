import math

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from featmatch.nn.activations import leaky_relu, relu, rrelu, sigmoid, softplus, tanh
from featmatch.nn.autograd import grad
from featmatch.nn.tensor import Tensor

SMOOTH = {"tanh": tanh, "sigmoid": sigmoid, "softplus": softplus}
ALL = SMOOTH | {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "rrelu": rrelu,
    "rrelu in training": lambda x: rrelu(x, training=True, rng=np.random.default_rng(0)),
}
every = pytest.mark.parametrize("function", ALL.values(), ids=ALL.keys())


def away_from_zero(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.choice([-1, 1], shape) * rng.uniform(0.1, 3, shape)


@pytest.mark.parametrize(
    ("function", "x", "y"),
    [
        (relu, [-2, 0, 3], [0, 0, 3]),
        (leaky_relu, [-2, 0, 3], [-0.02, 0, 3]),
        (rrelu, [-48, 0, 3], [-11, 0, 3]),
        (tanh, [-1, 0, 1], [-math.tanh(1), 0, math.tanh(1)]),
        (sigmoid, [-1, 0, math.log(3)], [1 / (1 + math.e), 0.5, 0.75]),
        (softplus, [0, math.log(3), -1], [math.log(2), math.log(4), math.log(1 + 1 / math.e)]),
    ],
)
def test_closed_forms(function, x, y):
    np.testing.assert_allclose(function(np.array(x, float)).data, y, rtol=1e-14)


@settings(max_examples=40)
@given(st.floats(-700, 700))
def test_smooth_activations_agree_with_scipy(x):
    assert sigmoid(np.array(x)).item() == pytest.approx(special.expit(x), rel=1e-14)
    assert softplus(np.array(x)).item() == pytest.approx(-special.log_expit(-x), rel=1e-14)
    assert tanh(np.array(x)).item() == pytest.approx(math.tanh(x), rel=1e-14)


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_input_neither_overflows_nor_warns(function, dtype):
    largest = np.finfo(dtype).max
    x = Tensor(np.array([-largest, -1e4, -100, 0, 100, 1e4, largest], dtype), True)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = function(x)
        (dx,) = grad(y, [x], np.ones(7))
    assert np.isfinite(y.data).all()
    assert np.isfinite(dx).all()
    assert dx[-1] in (0, 1)


def test_limits():
    x = np.array([-1e4, 1e4])
    np.testing.assert_allclose(sigmoid(x).data, [0, 1], rtol=0, atol=1e-300)
    assert tanh(x).data.tolist() == [-1, 1]
    assert softplus(x).data.tolist() == [0, 1e4]


@every
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3), (2, 3, 4, 5), (0, 3, 4, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_type_stay(function, shape, dtype):
    x = Tensor(np.full(shape, -0.5, dtype), True)
    y = function(x)
    (dx,) = grad(y, [x], np.ones(shape, dtype))
    for result in (y, dx):
        assert (result.shape, result.dtype) == (shape, dtype)


@every
def test_gradients(function):
    check_gradients(function, away_from_zero((2, 3, 4, 5)))


@every
def test_neither_input_nor_gradient_is_changed(function):
    x = Tensor(away_from_zero((3, 4)), True)
    x.data.flags.writeable = False
    dy = np.ones((3, 4))
    dy.flags.writeable = False
    y = function(x)
    first, second = grad(y, [x], dy), grad(y, [x], dy)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("function", "slope"), [(relu, 0), (leaky_relu, 0.01), (rrelu, 11 / 48)])
def test_gradient_at_the_kink_is_the_lower_slope(function, slope):
    x = Tensor([0.0], True)
    assert grad(function(x), [x])[0].item() == np.float32(slope)


@settings(max_examples=20)
@given(st.floats(0, 1))
def test_leaky_relu_with_any_slope(slope):
    x = away_from_zero((5, 3))
    expected = np.where(x > 0, x, slope * x)
    np.testing.assert_allclose(leaky_relu(x, slope).data, expected, rtol=1e-15)


@pytest.mark.parametrize("slope", [-0.1, 1.5, float("nan"), "0.1", None])
def test_slope_out_of_range(slope):
    with pytest.raises(ValueError, match="negative_slope: expected a number from 0 to 1, got"):
        leaky_relu(np.zeros(3), slope)


def test_random_slopes_are_uniform_and_spare_positive_input():
    x = away_from_zero(20_000)
    y = rrelu(x, 0.2, 0.6, training=True, rng=np.random.default_rng(1)).data
    slopes = np.sort((y / x)[x < 0])
    np.testing.assert_array_equal(y[x > 0], x[x > 0])
    # Kolmogorov-Smirnov distance from the uniform distribution; 1.95 / sqrt(n) has p = 0.001
    uniform = (slopes - 0.2) / 0.4
    distance = np.abs(uniform - np.linspace(0, 1, len(slopes))).max()
    assert 0 <= uniform[0] < uniform[-1] <= 1
    assert distance < 1.95 / math.sqrt(len(slopes))


def test_gradient_of_random_slopes_is_the_slopes():
    x = Tensor(away_from_zero((30, 4)), True)
    y = rrelu(x, training=True, rng=np.random.default_rng(2))
    (dx,) = grad(y, [x], np.ones((30, 4)))
    np.testing.assert_allclose(dx, y.data / x.data, rtol=1e-15)


def test_random_slopes_follow_the_seed():
    x = away_from_zero((30, 4))
    one, same, other = (
        rrelu(x, training=True, rng=np.random.default_rng(seed)).data for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_rrelu_in_training_is_leaky_where_both_bounds_agree():
    x = away_from_zero((30, 4))
    y = rrelu(x, 0.25, 0.25, training=True, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(y.data, leaky_relu(x, 0.25).data)


def test_rrelu_errors():
    x = np.zeros(3)
    with pytest.raises(ValueError, match=r"rng: expected a numpy.random.Generator in training, go"):
        rrelu(x, training=True)
    with pytest.raises(ValueError, match=r"lower: expected a number from 0 to 1, got -0.1"):
        rrelu(x, -0.1, 0.3)
    with pytest.raises(ValueError, match=r"upper: expected a number from 0.4 to 1, got 0.3"):
        rrelu(x, 0.4, 0.3)


def test_what_is_recorded():
    x = Tensor([1.0], True)
    training = rrelu(x, training=True, rng=np.random.default_rng(0))
    recorded = [function(x).node for function in (relu, leaky_relu, rrelu, *SMOOTH.values())]
    assert [node.op for node in recorded] == [
        *("relu", "leaky_relu", "leaky_relu", "tanh", "sigmoid", "softplus")
    ]
    assert recorded[1].attributes == {"negative_slope": 0.01}
    assert recorded[2].attributes == {"negative_slope": (1 / 8 + 1 / 3) / 2}
    assert training.node.op == "rrelu"
    assert training.node.attributes == {"lower": 1 / 8, "upper": 1 / 3}


@every
def test_not_a_number_is_refused(function):
    with pytest.raises(ValueError, match=r"input: expected finite numbers, got nan at index \(1\)"):
        function([0, math.nan])
