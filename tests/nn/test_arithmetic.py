"""Functions of tensors against NumPy's, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.arithmetic import concatenate, exp, log, sqrt
from featmatch.nn.autograd import grad
from featmatch.nn.tensor import Tensor


@pytest.mark.parametrize("shape", [(), (0, 2), (1,), (3, 2)])
@pytest.mark.parametrize(("function", "reference"), [(exp, np.exp), (log, np.log), (sqrt, np.sqrt)])
def test_values_and_gradients(function, reference, shape):
    x = np.random.default_rng(0).uniform(0.2, 3, shape)
    np.testing.assert_array_equal(function(x).data, reference(x))
    assert function(x.astype(np.float32)).dtype == np.float32
    check_gradients(function, x)


def test_chains_and_names():
    x = Tensor(np.array([0.5, 2.0]), requires_grad=True)
    y = log(exp(sqrt(x)))
    np.testing.assert_allclose(y.data, np.sqrt([0.5, 2.0]), rtol=1e-15)
    assert [exp(x).node.op, log(x).node.op, sqrt(x).node.op] == ["exp", "log", "sqrt"]
    check_gradients(lambda x: log(exp(sqrt(x))), x.data)


def test_the_root_of_zero_has_an_infinite_slope():
    x = Tensor(np.array([0.0, 4.0]), requires_grad=True)
    np.testing.assert_array_equal(grad(sqrt(x), [x], [1, 1])[0], [np.inf, 0.25])


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (log, [1, 0], "input: expected positive numbers, got 0"),
        (log, [1, -2.5], r"input: expected positive numbers, got -2\.5"),
        (sqrt, [0, -1e-3], r"input: expected no negative numbers, got -0\.001"),
        (exp, [np.nan], "input: expected finite numbers, got nan"),
    ],
)
def test_numbers_outside_the_domain(function, value, message):
    with pytest.raises(ValueError, match=message):
        function(value)


@settings(max_examples=30)
@given(
    shape=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    data=st.data(),
)
def test_concatenate(shape, sizes, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    rng, arrays = np.random.default_rng(0), []
    for size in sizes:
        shape[axis] = size
        arrays.append(rng.standard_normal(shape))
    got = concatenate([Tensor(array) for array in arrays], axis)
    np.testing.assert_array_equal(got.data, np.concatenate(arrays, axis))
    check_gradients(lambda *tensors: concatenate(tensors, axis), *arrays)


def test_concatenate_joins_channels_of_arrays_too():
    image = np.zeros((1, 2, 2, 3), np.float32)
    y = concatenate([image, Tensor(image[..., :1], requires_grad=True)])
    assert y.shape == (1, 2, 2, 4)
    assert y.dtype == np.float32
    assert (y.node.op, y.node.attributes) == ("concatenate", {"axis": -1})


@pytest.mark.parametrize(
    ("shapes", "axis", "message"),
    [
        ([], 0, "tensors: expected at least one, got none"),
        ([(2, 3)], 2, r"axis: expected one of the 2 axes of \(2, 3\), got 2"),
        ([(2, 3)], -3, r"axis: expected one of the 2 axes of \(2, 3\), got -3"),
        ([()], 0, r"axis: expected one of the 0 axes of \(\), got 0"),
        (
            [(2, 3), (2, 4)],
            0,
            r"tensors: expected shapes that differ on axis 0 only, got \[\(2, 3\), \(2, 4\)\]",
        ),
        ([(2, 3), (2, 3, 1)], 1, "tensors: expected shapes that differ on axis 1 only"),
    ],
)
def test_tensors_that_do_not_join(shapes, axis, message):
    with pytest.raises(ValueError, match=message):
        concatenate([np.zeros(shape) for shape in shapes], axis)


def test_the_tensor_with_nan_is_named():
    with pytest.raises(ValueError, match=r"tensors\[1\]: expected finite numbers, got nan"):
        concatenate([np.zeros(2), np.array([np.nan])])
