"""Losses: closed forms, stability, gradients, messages."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from featmatch.nn.autograd import grad
from featmatch.nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from featmatch.nn.tensor import Tensor

few = settings(max_examples=30)
shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)
seeds = st.integers(0, 999)


def test_mse_of_a_small_example():
    assert mse_loss([1, 2, 3], [1, 4, 0]).item() == pytest.approx((0 + 4 + 9) / 3)


@few
@given(shape=shapes, seed=seeds)
def test_mse(shape, seed):
    x, t = np.random.default_rng(seed).standard_normal((2, *shape))
    assert mse_loss(x, t).item() == pytest.approx(np.mean((x - t) ** 2))
    check_gradients(mse_loss, x, t)


def test_binary_cross_entropy_without_knowledge_is_log_2():
    loss = binary_cross_entropy_with_logits(np.zeros((2, 3)), np.array([[0, 1, 0.5], [1, 0, 0.1]]))
    assert loss.item() == pytest.approx(math.log(2), rel=1e-7)


@few
@given(shape=shapes, seed=seeds, weighted=st.booleans())
def test_binary_cross_entropy(shape, seed, weighted):
    rng = np.random.default_rng(seed)
    x, t = 3 * rng.standard_normal(shape), rng.uniform(0.1, 0.9, shape)
    weight = rng.uniform(0, 2, shape) if weighted else None
    p = 1 / (1 + np.exp(-x))
    losses = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    expected = np.mean(losses if weight is None else weight * losses)
    got = binary_cross_entropy_with_logits(x, t, weight)
    assert got.item() == pytest.approx(expected, rel=1e-12)
    check_gradients(lambda x, t: binary_cross_entropy_with_logits(x, t, weight), x, t)


def test_binary_cross_entropy_of_hard_labels_against_scikit_learn():
    rng = np.random.default_rng(0)
    x, t = 2 * rng.standard_normal(50), rng.integers(0, 2, 50)
    got = binary_cross_entropy_with_logits(x, t).item()
    assert got == pytest.approx(log_loss(t, 1 / (1 + np.exp(-x))), rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_of_huge_logits(dtype):
    """-log of a probability of e^-x is x; of one near 1 it is e^-x; nothing overflows."""
    x = Tensor(np.array([-500, 500, 500, -500, -30, 30], dtype), requires_grad=True)
    t = np.array([1, 0, 1, 0, 0, 1], dtype)
    each = [
        binary_cross_entropy_with_logits(x[place : place + 1], t[place : place + 1]).item()
        for place in range(6)
    ]
    small = math.exp(-30)
    np.testing.assert_allclose(each, [500, 500, 0, 0, small, small], rtol=1e-6, atol=1e-30)
    (gradient,) = grad(binary_cross_entropy_with_logits(x, t), [x])
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient * 6, [-1, 1, 0, 0, 0, 0], atol=1e-6)


def test_weights_broadcast_and_mask():
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((2, 3)), rng.uniform(0, 1, (2, 3))
    mask = np.array([1, 0, 1])
    loss = binary_cross_entropy_with_logits(x, t, mask / mask.mean())
    kept = binary_cross_entropy_with_logits(x[:, ::2], t[:, ::2])
    assert loss.item() == pytest.approx(kept.item(), rel=1e-6)
    single = binary_cross_entropy_with_logits(x.astype(np.float32), t, mask.astype(np.float64))
    assert binary_cross_entropy_with_logits(x, t, 0).item() == 0
    assert single.item() == pytest.approx(loss.item() * 2 / 3, rel=1e-6)


def test_cross_entropy_without_knowledge_is_log_of_the_number_of_classes():
    assert cross_entropy(np.full((3, 7), 5.0), [0, 6, 3]).item() == pytest.approx(math.log(7))


@few
@given(n=st.integers(1, 5), k=st.integers(1, 5), seed=seeds)
def test_cross_entropy(n, k, seed):
    rng = np.random.default_rng(seed)
    x, labels = 3 * rng.standard_normal((n, k)), rng.integers(0, k, n)
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    expected = -np.mean(np.log(p[np.arange(n), labels]))
    assert cross_entropy(x, labels).item() == pytest.approx(expected, rel=1e-12, abs=1e-15)
    check_gradients(lambda x: cross_entropy(x, labels), x)


def test_cross_entropy_of_huge_logits():
    x = Tensor(np.float32([[1000, 0, -1000], [-1000, 0, 1000]]), requires_grad=True)
    loss = cross_entropy(x, np.uint8([0, 1]))
    assert loss.item() == 500
    np.testing.assert_array_equal(grad(loss, [x])[0], [[0, 0, 0], [0, -0.5, 0.5]])


def test_cross_entropy_of_two_classes_is_the_binary_one():
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal(20), rng.integers(0, 2, 20)
    both = cross_entropy(np.stack([np.zeros(20), x], axis=1), labels)
    assert both.item() == pytest.approx(binary_cross_entropy_with_logits(x, labels * 1.0).item())


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: mse_loss(x, np.zeros((2, 2), np.float32)),
        lambda x: binary_cross_entropy_with_logits(x, np.ones((2, 2)), np.float64(2)),
        lambda x: cross_entropy(x, [0, 1]),
    ],
)
def test_losses_of_float32_are_float32_and_can_be_walked_twice(loss):
    x = Tensor(np.float32([[0.5, -1], [2, 0]]), requires_grad=True)
    y = loss(x)
    first, second = grad(y, [x])[0].copy(), grad(y, [x])[0]
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32
    assert y.shape == ()


@pytest.mark.parametrize("loss", [mse_loss, binary_cross_entropy_with_logits])
@pytest.mark.parametrize(
    ("input", "target", "message"),
    [
        ((2, 3), (3, 2), r"target: expected the shape of input, \(2, 3\), got \(3, 2\)"),
        ((2, 1), (2,), r"target: expected the shape of input, \(2, 1\), got \(2,\)"),
        ((0, 3), (0, 3), r"input: expected at least one element, got shape \(0, 3\)"),
    ],
)
def test_shapes_that_do_not_fit(loss, input, target, message):
    with pytest.raises(ValueError, match=message):
        loss(np.zeros(input), np.zeros(target))


@pytest.mark.parametrize(
    ("target", "weight", "message"),
    [
        ([0, 1.5], None, r"target: expected labels from 0 to 1, got 0 to 1\.5"),
        ([-1, 1], None, "target: expected labels from 0 to 1, got -1 to 1"),
        ([np.nan, 1], None, "target: expected finite numbers, got nan"),
        ([0, 1], [1, 2, 3], r"weight: expected a shape that broadcasts to \(2,\), got \(3,\)"),
        ([0, 1], [[1], [2]], r"weight: expected a shape that broadcasts to \(2,\), got \(2, 1\)"),
        ([0, 1], [1, np.inf], "weight: expected finite numbers, got inf"),
    ],
)
def test_refused_binary_labels_and_weights(target, weight, message):
    with pytest.raises(ValueError, match=message):
        binary_cross_entropy_with_logits(np.zeros(2), target, weight)


@pytest.mark.parametrize(
    ("shape", "target", "message"),
    [
        ((3,), [0, 1, 2], r"input: expected 2 axes \(N, K\), got shape \(3,\)"),
        ((2, 3), [0, 1, 2], r"target: expected one integer for each of 2 rows.* shape \(3,\)"),
        ((2, 3), [[0], [1]], r"target: expected one integer .* shape \(2, 1\)"),
        ((2, 3), [0.0, 1.0], "target: expected one integer for each of 2 rows.* got float64"),
        ((0, 3), np.empty(0, int), "target: expected one integer .* at least one"),
        ((2, 3), [0, 3], "target: expected classes from 0 to 2, got 0 to 3"),
        ((2, 3), [-1, 0], "target: expected classes from 0 to 2, got -1 to 0"),
    ],
)
def test_refused_classes(shape, target, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(np.zeros(shape), target)
