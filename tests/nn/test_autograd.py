"""The chain rule through graphs of every shape."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.autograd import ancestors, grad
from featmatch.nn.tensor import Tensor, record


def leaf(*values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


def test_derivative_of_a_polynomial():
    x = leaf(2.0)
    (gradient,) = grad(x * x * x - 5 * x, [x])
    np.testing.assert_array_equal(gradient, [3 * 2.0**2 - 5])


def test_diamonds_add_up():
    x = leaf(3.0)
    left, right = x * 2, x * x
    (gradient,) = grad(left * right + left, [x])
    np.testing.assert_array_equal(gradient, [6 * 3.0**2 + 2])


def test_a_ladder_of_diamonds_is_walked_once():
    x = y = leaf(1.0)
    for _ in range(200):  # 2^200 paths
        y = y * 0.5 + y * 0.5
    np.testing.assert_array_equal(grad(y, [x])[0], [1])


def test_long_chains_need_no_deep_recursion():
    x = y = leaf(1.0)
    for _ in range(20_000):
        y = y + 1
    assert y.item() == 20_001
    np.testing.assert_array_equal(grad(y, [x])[0], [1])


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 12))
def test_random_graphs(seed, size):
    def function(*inputs):
        rng, tensors = np.random.default_rng(seed), list(inputs)
        for _ in range(size):
            a, b = (tensors[rng.integers(len(tensors))] for _ in range(2))
            tensors.append([a + b, a * b, a - 0.5 * b, a / (2 + b * b)][rng.integers(4)])
        return sum(tensors[-3:], Tensor(np.zeros(2)))

    values = np.random.default_rng(seed).uniform(-0.9, 0.9, (3, 2))
    check_gradients(lambda a, b, c: function(a, b, c) + a + b + c, *values)


def test_gradients_of_inner_tensors_and_of_the_output():
    x = leaf(2.0, 5.0)
    y = x * 3
    z = y * y
    gradients = grad(z.sum(), [z, x, y, y])
    for gradient, expected in zip(gradients, [[1, 1], [36, 90], [12, 30], [12, 30]], strict=True):
        np.testing.assert_array_equal(gradient, expected)
    np.testing.assert_array_equal(grad(x, [x], [4, 5])[0], [4, 5])


def test_an_inner_tensor_stands_for_all_that_comes_from_it():
    x = leaf(3.0)
    y = x * x
    np.testing.assert_array_equal(grad(x * y, [y])[0], [3])


def test_the_seed_weighs_the_outputs():
    x = leaf(1.0, 2.0)
    seed = np.array([10.0, -1.0])
    np.testing.assert_array_equal(grad(x * x, [x], seed)[0], [20, -4])
    np.testing.assert_array_equal(grad(x * x, [x], [10, -1])[0], [20, -4])
    np.testing.assert_array_equal(seed, [10, -1])


def test_a_graph_can_be_walked_again():
    x = leaf(1.0, 2.0)
    y = ((x * x).reshape(1, 2) @ np.ones((2, 2))).sum()
    np.testing.assert_array_equal(grad(y, [x])[0].copy(), grad(y, [x])[0])


def test_gradients_have_the_types_of_the_inputs():
    single = Tensor(np.ones(2, np.float32), requires_grad=True)
    double = Tensor(np.ones(2), requires_grad=True)
    first, second = grad((single * double).sum(), [single, double])
    assert (first.dtype, second.dtype) == (np.float32, np.float64)


def test_unused_inputs():
    x, other, constant = leaf(1.0), leaf(1.0, 2.0), Tensor(np.ones((1, 2), np.float32))
    message = r"inputs: expected tensors that the output was computed from, got others at \[0, 2\]"
    with pytest.raises(ValueError, match=message):
        grad(x * 2, [other, x, constant])
    gradients = grad(x * 2, [other, x, constant], allow_unused=True)
    for gradient, expected in zip(gradients, [[0, 0], [2], [[0, 0]]], strict=True):
        np.testing.assert_array_equal(gradient, expected)
    assert gradients[2].dtype == np.float32


def test_no_inputs_no_gradients():
    assert grad(leaf(1.0), []) == []


def test_backward_may_leave_out_what_needs_no_gradient():
    x, constant = leaf(1.0), Tensor(np.ones(1))
    y = record("own", np.ones(1), [constant, x], lambda dy: [None, 7 * dy])
    np.testing.assert_array_equal(grad(y, [x])[0], [7])


def test_outputs_without_history():
    with pytest.raises(ValueError, match="output: expected a tensor with a history, got one"):
        grad(Tensor([1.0]), [leaf(1.0)])


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (None, r"grad_output: expected an array of shape \(2,\), as the output does not have"),
        (np.ones(3), r"grad_output: expected shape \(2,\), got \(3,\)"),
        (1.0, r"grad_output: expected shape \(2,\), got \(\)"),
    ],
)
def test_seeds_that_do_not_fit(seed, message):
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=message):
        grad(x * x, [x], seed)


def test_ancestors_put_inputs_before_outputs():
    x, w = leaf(1.0), leaf(2.0)
    y = x * w
    z = y + x
    other = w * 3
    order = ancestors(z, other)
    assert len(order) == len({id(tensor) for tensor in order})
    assert {id(tensor) for tensor in order} >= {id(t) for t in (x, w, y, z, other)}
    places = {id(tensor): place for place, tensor in enumerate(order)}
    for tensor in order:
        for parent in tensor.node.inputs if tensor.node else ():
            assert places[id(parent)] < places[id(tensor)]
    assert ancestors(x) == [x]
    assert ancestors() == []


def test_threads_share_parameters():
    weight = Tensor(np.random.default_rng(0).standard_normal((8, 8)), requires_grad=True)
    results = {}

    def work(number):
        for _ in range(20):
            x = Tensor(np.full((3, 8), number, np.float64))
            results.setdefault(number, []).append(grad(((x @ weight) @ weight).sum(), [weight])[0])

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, gradients in results.items():
        assert len(gradients) == 20
        for gradient in gradients:
            np.testing.assert_allclose(gradient, number * results[1][0], rtol=1e-12)


def test_gradients_are_new_arrays():
    """They may be changed: nobody else has them, neither the caller nor another gradient."""
    a, b = (Tensor(np.ones(3), requires_grad=True) for _ in range(2))
    seed = np.arange(3.0)
    for output in (a + b, a + 1.0 + b, (a + b).reshape(3)):
        da, db = grad(output, [a, b], seed)
        da *= 5
        np.testing.assert_array_equal(db, [0, 1, 2])
        np.testing.assert_array_equal(seed, [0, 1, 2])
    (dx,) = grad(a.sum(), [a])
    dx *= 2
    np.testing.assert_array_equal(dx, [2, 2, 2])


def test_a_single_tensor_is_no_list_of_inputs():
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match="inputs: expected a list of tensors, got a single one"):
        grad(x.sum(), x)


def test_grad_output_is_checked():
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match="grad_output: expected finite numbers, got nan"):
        grad(x * 2.0, [x], [1, np.nan, 1])
