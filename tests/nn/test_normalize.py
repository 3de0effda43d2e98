import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import preprocessing

from featmatch.nn.autograd import grad
from featmatch.nn.normalization import normalize
from featmatch.nn.tensor import Tensor


def test_three_four_five():
    y = normalize(np.array([[3.0, 4.0], [0, -2]])).data
    np.testing.assert_allclose(y, [[0.6, 0.8], [0, -1]], rtol=1e-15)


@settings(max_examples=30)
@given(st.integers(0, 5), st.integers(1, 70))
def test_scikit_learn_agrees(num_vectors, length):
    x = np.random.default_rng(0).normal(size=(num_vectors, length))
    expected = preprocessing.normalize(x) if num_vectors else x
    np.testing.assert_allclose(normalize(x).data, expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (3, 5), (2, 2, 3, 4), (0, 4), (2, 1)])
def test_gradients(shape):
    x = np.random.default_rng(0).uniform(0.5, 1, shape)
    check_gradients(normalize, x)
    check_gradients(lambda x: normalize(x, eps=0.9), x / 8 / max(shape[-1], 1))


def test_short_vectors_are_divided_by_eps():
    x = Tensor(np.array([[0, 0], [0, 1e-8], [0, 1e-3]], np.float32), True)
    y = normalize(x, eps=1e-6)
    np.testing.assert_allclose(y.data, [[0, 0], [0, 0.01], [0, 1]], rtol=1e-6)
    (dx,) = grad(y, [x], np.ones((3, 2)))
    np.testing.assert_allclose(dx, [[1e6, 1e6], [1e6, 1e6], [1e3, 0]], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neither_type_nor_input_nor_gradient_is_changed(dtype):
    x = Tensor(np.random.default_rng(0).normal(size=(5, 3)).astype(dtype), True)
    x.data.flags.writeable = False
    dy = np.ones((5, 3), dtype)
    dy.flags.writeable = False
    y = normalize(x)
    first, second = grad(y, [x], dy)[0], grad(y, [x], dy)[0]
    np.testing.assert_array_equal(first, second)
    assert y.dtype == first.dtype == dtype


def test_what_is_recorded():
    x = Tensor([[1.0]], True)
    node = normalize(x, 1e-4).node
    assert (node.op, node.inputs, node.attributes) == ("normalize", (x,), {"eps": 1e-4})


def test_errors():
    with pytest.raises(ValueError, match=r"input: expected at least 1 axis \(\.\.\., C\), got a"):
        normalize(1.0)
    with pytest.raises(ValueError, match="eps: expected a number from 1e-30 to 1, got 0"):
        normalize([1.0], 0)
