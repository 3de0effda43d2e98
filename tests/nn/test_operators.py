"""Operators of tensors: values, gradients, broadcasting, and what they refuse."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.autograd import grad
from featmatch.nn.tensor import Tensor

few = settings(max_examples=30)


def draw(*shape, seed=0):
    """Numbers away from 0, where division and its gradient are tame."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


@st.composite
def broadcasting_shapes(draw):
    """Two shapes that broadcast, of 0 to 3 axes of up to 3."""
    full = draw(st.lists(st.integers(1, 3), max_size=3))
    shapes = []
    for _ in range(2):
        kept = [size if draw(st.booleans()) else 1 for size in full]
        shapes.append(tuple(kept[draw(st.integers(0, len(kept))) :]))
    return shapes


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: operation.__name__)
@few
@given(shapes=broadcasting_shapes(), seed=st.integers(0, 99))
def test_binary_operators(operation, shapes, seed):
    a, b = draw(*shapes[0], seed=seed), draw(*shapes[1], seed=seed + 100)
    np.testing.assert_array_equal(operation(Tensor(a), Tensor(b)).data, operation(a, b))
    check_gradients(operation, a, b)


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("other", [2, 0.1, np.float64(3), np.full((2, 1), 1.5), [1, 2, 3]])
def test_constants_on_either_side_keep_float32(operation, other):
    a = draw(2, 3).astype(np.float32)
    tensor, constant = Tensor(a, requires_grad=True), np.asarray(other, np.float32)
    right, left = operation(tensor, other), operation(other, tensor)
    for result, expected in ((right, operation(a, constant)), (left, operation(constant, a))):
        assert result.dtype == np.float32
        np.testing.assert_allclose(result.data, expected, rtol=2e-7)
        (gradient,) = grad(result, [tensor], np.ones(result.shape))
        assert gradient.dtype == np.float32
    check_gradients(lambda x: operation(other, x), a)


@few
@given(m=st.integers(0, 3), k=st.integers(1, 3), n=st.integers(1, 3), batches=broadcasting_shapes())
def test_matmul(m, k, n, batches):
    a, b = draw(*batches[0], m, k), draw(*batches[1], k, n, seed=1)
    np.testing.assert_allclose((Tensor(a) @ Tensor(b)).data, a @ b, rtol=1e-14)
    check_gradients(operator.matmul, a, b)


def test_matrices_on_the_left_may_be_arrays():
    a, b = draw(2, 3).astype(np.float32), draw(4, 2, seed=1)
    product = b @ Tensor(a, requires_grad=True)
    assert product.dtype == np.float32
    np.testing.assert_allclose(product.data, b @ a, rtol=1e-6)
    check_gradients(lambda x: b.tolist() @ x, draw(2, 3))


def test_negation():
    a = draw(2, 3)
    np.testing.assert_array_equal((-Tensor(a)).data, -a)
    check_gradients(operator.neg, a)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (-1, 1), (0, 1, 2), ()])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sum_and_mean(name, axis, keepdims):
    a = draw(2, 3, 4)
    got = getattr(Tensor(a), name)(axis, keepdims)
    np.testing.assert_allclose(got.data, getattr(a, name)(axis, keepdims=keepdims), rtol=1e-14)
    check_gradients(lambda x: getattr(x, name)(axis, keepdims), a)


def test_mean_of_an_empty_batch_and_of_nothing():
    empty = Tensor(np.zeros((0, 2, 3), np.float32), requires_grad=True)
    assert empty.mean((1, 2)).shape == (0,)
    assert grad(empty.mean((1, 2)), [empty], np.zeros(0))[0].shape == (0, 2, 3)
    assert empty.sum().item() == 0
    with pytest.raises(
        ValueError, match=r"data: expected elements along the axes \(0, 1, 2\), got"
    ):
        empty.mean()


@pytest.mark.parametrize("shape", [(6, 4), (-1,), (3, 2, 2, 2), (1, -1, 12)])
def test_reshape(shape):
    a = draw(2, 3, 4)
    np.testing.assert_array_equal(Tensor(a).reshape(*shape).data, a.reshape(shape))
    check_gradients(lambda x: x.reshape(*shape), a)


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (0, -1, 1), (-1, -3, -2)])
def test_transpose(axes):
    a = draw(2, 3, 4)
    np.testing.assert_array_equal(Tensor(a).transpose(*axes).data, a.transpose(axes))
    check_gradients(lambda x: x.transpose(*axes), a)


@pytest.mark.parametrize(
    "index",
    [
        1,
        -1,
        slice(0, 2),
        (slice(None), slice(None, None, 2)),
        (..., 1),
        (1, None, 2),
        np.array([0, 2, 2, 0]),
        (np.array([0, 0, 1]), np.array([3, 3, 1])),
        np.arange(12).reshape(3, 4) % 3 == 0,
        slice(2, 2),
    ],
)
def test_getitem(index):
    a = draw(3, 4)
    np.testing.assert_array_equal(Tensor(a)[index].data, a[index])
    check_gradients(lambda x: x[index], a)


def test_a_long_expression():
    def function(x, w, b):
        y = (x @ w + b) / 3
        z = (1 - y) * y.transpose(1, 0)[0] - 2 / y
        return (z - z.mean(0)).reshape(-1)[1:5] * 0.5 + x.sum()

    check_gradients(function, draw(3, 2), draw(2, 3, seed=1), draw(3, seed=2))


def test_results_are_arrays_even_without_axes():
    scalar = Tensor(np.float32(2), requires_grad=True)
    for result in (scalar + 1, scalar * scalar, 1 / scalar, -scalar, scalar.mean()):
        assert type(result.data) is np.ndarray
        assert type(grad(result, [scalar])[0]) is np.ndarray


def test_names_and_attributes_of_operations():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    made = {
        "add": (x + 1, {}),
        "multiply": (x * 2, {}),
        "divide": (x / 2, {}),
        "negate": (-x, {}),
        "matmul": (x @ np.ones((3, 1)), {}),
        "sum": (x.sum(1, keepdims=True), {"axis": 1, "keepdims": True}),
        "mean": (x.mean((-1, 0)), {"axis": (-1, 0), "keepdims": False}),
        "reshape": (x.reshape(3, 2), {"shape": (3, 2)}),
        "transpose": (x.transpose(1, 0), {"axes": (1, 0)}),
        "getitem": (x[0], {"index": 0}),
    }
    for name, (tensor, attributes) in made.items():
        assert (tensor.node.op, tensor.node.attributes) == (name, attributes)
        assert tensor.node.inputs[0] is x


@pytest.mark.parametrize("operation", BINARY, ids=lambda operation: operation.__name__)
def test_shapes_that_do_not_broadcast(operation):
    message = r"operands: expected shapes that broadcast, got \(2, 3\) and \(2,\)"
    with pytest.raises(ValueError, match=message):
        operation(Tensor(np.ones((2, 3))), np.ones(2))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (
            (2, 3),
            (2, 3),
            r"expected \(\.\.\., m, k\) and \(\.\.\., k, n\), got \(2, 3\) and \(2, 3\)",
        ),
        (
            (2, 3),
            (3,),
            r"expected \(\.\.\., m, k\) and \(\.\.\., k, n\), got \(2, 3\) and \(3,\)",
        ),
        ((2, 2, 3), (3, 3, 1), r"matrices: expected shapes that broadcast, got \(2,\) and \(3,\)"),
    ],
)
def test_matrices_that_do_not_fit(a, b, message):
    with pytest.raises(ValueError, match=message):
        Tensor(np.ones(a)) @ np.ones(b)


def test_constants_have_to_be_finite():
    with pytest.raises(
        ValueError, match=r"operand: expected finite numbers, got inf at index \(1\)"
    ):
        Tensor(np.ones(2)) * [1, np.inf]


@pytest.mark.parametrize("shape", [(4, 4), (5, -1), (-1, -1), (2.5, 4), ((2, 11),)])
def test_shapes_of_other_sizes(shape):
    with pytest.raises(ValueError, match=r"shape: expected one of 24 elements, as \(2, 3, 4\) has"):
        Tensor(draw(2, 3, 4)).reshape(*shape)


@pytest.mark.parametrize("axes", [(0, 2), (), (0, 1, 1), (0, 1, 3), (0, 1, 2.0), ((0, 1),)])
def test_orders_of_other_axes(axes):
    with pytest.raises(ValueError, match=r"axes: expected .* 3 axes of \(2, 3, 4\).*, got \("):
        Tensor(draw(2, 3, 4)).transpose(*axes)


@pytest.mark.parametrize("axis", [5, -4, (0, 3), (0, 0), (1, -2), 1.0, "1"])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_axes_that_do_not_exist(name, axis):
    message = r"axis: expected some of the 3 axes of \(2, 3, 4\), each once, got"
    with pytest.raises(ValueError, match=message):
        getattr(Tensor(draw(2, 3, 4)), name)(axis)


@pytest.mark.parametrize("index", [np.s_[:, 1:], np.s_[0, ..., ::-2], np.s_[None, 1, 1:2], 1])
def test_the_gradient_of_a_slice_has_zeros_elsewhere(index):
    x = Tensor(draw(2, 3, 4), requires_grad=True)
    dy = np.ones_like(x.data[index])
    expected = np.zeros(x.shape)
    expected[index] = 1
    np.testing.assert_array_equal(grad(x[index], [x], dy)[0], expected)


def test_sums_of_many_float32_are_exact():
    """A running sum in float32 would be off in the fourth digit."""
    x = Tensor(np.full((1_000_000, 2), 0.1, np.float32), requires_grad=True)
    bias = Tensor(np.zeros(2, np.float32), requires_grad=True)
    np.testing.assert_allclose(x.sum(0).data, 1e5, rtol=1e-6)
    np.testing.assert_allclose(x.mean((0, 1)).data, 0.1, rtol=1e-6)
    (gradient,) = grad(x + bias, [bias], x.data)
    np.testing.assert_allclose(gradient, 1e5, rtol=1e-6)
    assert gradient.dtype == x.sum(0).dtype == np.float32


@pytest.mark.parametrize("shape", [(6, 4), (-1, 4)])
def test_shapes_and_orders_may_be_tuples(shape):
    x = Tensor(draw(2, 3, 4))
    assert x.reshape(shape).shape == x.reshape(*shape).shape == (6, 4)
    assert x.transpose((2, 0, 1)).shape == x.transpose(2, 0, 1).shape == (4, 2, 3)
