"""The dual softmax of similarities: closed forms, gradients, messages."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.learned.training.matching_loss import matching_nll, softmax_nll
from featmatch.nn.autograd import grad
from featmatch.nn.losses import cross_entropy
from featmatch.nn.tensor import Tensor

few = settings(max_examples=30)


def unit(rng, *shape):
    rows = rng.standard_normal(shape)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@st.composite
def problems(draw):
    """Two sets of unit descriptors and some matches of them, with a temperature."""
    na, nb, d = (draw(st.integers(1, 5)) for _ in range(3))
    m = draw(st.integers(0, min(na, nb)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    matches = np.stack([rng.permutation(na)[:m], rng.permutation(nb)[:m]], axis=1)
    return unit(rng, na, d), unit(rng, nb, d), matches, draw(st.floats(1 / 40, 10))


def literal(similarity, matches, temperature):
    """-log of both softmaxes, as they are defined."""
    p = np.exp(similarity / temperature)
    along_rows, along_columns = p / p.sum(axis=1, keepdims=True), p / p.sum(axis=0)
    losses = [-math.log(along_rows[i, j]) - math.log(along_columns[i, j]) for i, j in matches]
    return np.mean(losses) if losses else 0.0


@few
@given(problem=problems())
def test_against_the_definition(problem):
    u, v, matches, t = problem
    expected = literal(u @ v.T, matches, t)
    for loss in (softmax_nll(u @ v.T, matches, t), matching_nll(u, v, matches, t)):
        assert loss.shape == ()
        assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@few
@given(problem=problems())
def test_gradients(problem):
    u, v, matches, t = problem
    t = max(t, 0.05)
    check_gradients(lambda s: softmax_nll(s, matches, t), 0.9 * u @ v.T)
    check_gradients(lambda u, v: matching_nll(u, v, matches, t), 0.9 * u, 0.9 * v)


@pytest.mark.parametrize("n", [1, 2, 1536])
def test_equal_descriptors_are_at_the_level_of_chance(n):
    same = np.tile(np.float32([0.6, 0.8]), (n, 1))
    matches = np.stack([np.arange(n), np.random.default_rng(0).permutation(n)], axis=1)
    assert matching_nll(same, same, matches).item() == pytest.approx(2 * math.log(n), abs=1e-5)
    flat = np.full((n, 2 * n), -0.3)
    expected = math.log(n) + math.log(2 * n)
    assert softmax_nll(flat, matches).item() == pytest.approx(expected, rel=1e-12)


def test_orthogonal_descriptors_have_a_closed_form():
    n, t = 5, 1 / 7
    matches = np.stack([np.arange(n), np.roll(np.arange(n), 2)], axis=1)
    u = np.eye(n)
    right = 2 * math.log(1 + (n - 1) * math.exp(-1 / t))
    wrong = 2 * math.log(math.exp(1 / t) + n - 1)
    assert matching_nll(u, u[np.roll(np.arange(n), -2)], matches, t).item() == pytest.approx(right)
    assert matching_nll(u, u, matches, t).item() == pytest.approx(wrong)


def test_it_is_the_sum_of_two_cross_entropies():
    rng = np.random.default_rng(0)
    s, columns = rng.uniform(-1, 1, (6, 6)), rng.permutation(6)
    matches = np.stack([np.arange(6), columns], axis=1)
    both = cross_entropy(20 * s, columns).item() + cross_entropy(20 * s.T, columns.argsort()).item()
    assert softmax_nll(s, matches).item() == pytest.approx(both, rel=1e-12)


def test_swapping_the_images_or_the_order_of_matches_changes_nothing():
    rng = np.random.default_rng(0)
    u, v = unit(rng, 6, 4), unit(rng, 5, 4)
    matches = np.array([[0, 4], [3, 1], [5, 0]])
    loss = matching_nll(u, v, matches).item()
    assert matching_nll(v, u, matches[:, ::-1]).item() == pytest.approx(loss, rel=1e-12)
    assert matching_nll(u, v, matches[::-1].tolist()).item() == pytest.approx(loss, rel=1e-12)


def test_points_without_a_match_only_compete():
    """A row that is nobody's match raises the loss of the matches' columns, none of the rows'."""
    s = Tensor(np.array([[0.9, 0.1], [0.2, 0.8], [0.85, -0.5]]), requires_grad=True)
    matches = np.array([[0, 0], [1, 1]])
    with_third, without = softmax_nll(s, matches, 0.2), softmax_nll(s.data[:2], matches, 0.2)
    column_sums = np.exp(5 * s.data).sum(axis=0)
    rise = np.mean(np.log(column_sums / np.exp(5 * s.data[:2]).sum(axis=0)))
    assert with_third.item() - without.item() == pytest.approx(rise, rel=1e-9)
    (gradient,) = grad(with_third, [s])
    np.testing.assert_allclose(gradient[2], 5 / 2 * np.exp(5 * s.data[2]) / column_sums)


@pytest.mark.parametrize("matches", [[], np.empty((0, 2), int)])
@pytest.mark.parametrize(("na", "nb"), [(3, 2), (0, 2), (0, 0)])
def test_no_matches_no_loss(na, nb, matches):
    u, v = (Tensor(np.ones((n, 1), np.float32), requires_grad=True) for n in (na, nb))
    loss = matching_nll(u, v, matches)
    assert (loss.item(), loss.dtype) == (0, np.float32)
    for gradient, tensor in zip(grad(loss, [u, v]), (u, v), strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(tensor.shape))
    assert softmax_nll(np.zeros((na, nb)), matches).item() == 0


@pytest.mark.parametrize("cosine", [-1, 1])
def test_float32_is_enough_at_the_lowest_temperature(cosine):
    """exp(±40) and the sums of 1000 of them stay inside float32."""
    u = Tensor(np.full((1000, 1), 1, np.float32), requires_grad=True)
    v = Tensor(np.full((1000, 1), cosine, np.float32), requires_grad=True)
    matches = np.stack([np.arange(1000)] * 2, axis=1)
    v.data[0] *= -1
    loss = matching_nll(u, v, matches, 1 / 40)
    expected = literal(u.data.astype(np.float64) @ v.data.T, matches, 1 / 40)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    for gradient, tensor in zip(grad(loss, [u, v]), (u, v), strict=True):
        assert gradient.dtype == np.float32
        assert np.isfinite(gradient).all()
        assert gradient.shape == tensor.shape


def test_a_second_walk_and_the_inputs_are_untouched():
    rng = np.random.default_rng(0)
    u, v = (Tensor(unit(rng, 4, 3), requires_grad=True) for _ in range(2))
    s = Tensor(u.data @ v.data.T, requires_grad=True)
    copies = [tensor.data.copy() for tensor in (u, v, s)]
    matches = np.array([[0, 1], [2, 2]])
    for loss, inputs in ((matching_nll(u, v, matches), [u, v]), (softmax_nll(s, matches), [s])):
        for first, second in zip(grad(loss, inputs), grad(loss, inputs), strict=True):
            np.testing.assert_array_equal(first, second)
        for doubled, once in zip(grad(loss, inputs, 2.0), grad(loss, inputs), strict=True):
            np.testing.assert_allclose(doubled, 2 * once, rtol=1e-14)
    for tensor, array in zip((u, v, s), copies, strict=True):
        np.testing.assert_array_equal(tensor.data, array)


@pytest.mark.parametrize("place", [0, 1])
def test_one_side_may_be_constant(place):
    rng = np.random.default_rng(0)
    tensors = [Tensor(unit(rng, 4, 3), requires_grad=side == place) for side in (0, 1)]
    free = [Tensor(tensor.data, requires_grad=True) for tensor in tensors]
    matches = np.array([[0, 1], [2, 2]])
    (gradient,) = grad(matching_nll(*tensors, matches), [tensors[place]])
    np.testing.assert_array_equal(gradient, grad(matching_nll(*free, matches), free)[place])


def test_steps_down_the_gradient_make_the_right_matches_the_best():
    rng = np.random.default_rng(0)
    raw, v = rng.standard_normal((8, 4)), unit(rng, 8, 4)
    columns = rng.permutation(8)
    matches = np.stack([np.arange(8), columns], axis=1)
    for _ in range(100):
        u = Tensor(raw / np.linalg.norm(raw, axis=1, keepdims=True), requires_grad=True)
        raw = u.data - 0.05 * grad(matching_nll(u, v, matches), [u])[0]
    np.testing.assert_array_equal((u.data @ v.T).argmax(axis=1), columns)


@pytest.mark.parametrize(
    ("matches", "message"),
    [
        ([0, 1], r"matches: expected \(M, 2\) integers, got int64 of shape \(2,\)"),
        ([[0, 1, 2]], r"matches: expected \(M, 2\) integers, got int64 of shape \(1, 3\)"),
        ([[0.0, 1.0]], r"matches: expected \(M, 2\) integers, got float64 of shape \(1, 2\)"),
        ([[0, 2], [3, 0]], r"matches: expected rows below 3 and columns below 2.*to \[3, 2\]"),
        ([[0, 2]], r"matches: expected rows below 3 and columns below 2.* got \[0, 2\]"),
        ([[-1, 0]], r"matches: expected rows .* none negative, got \[-1, 0\] to \[-1, 0\]"),
        ([[0, 0], [0, 1]], "matches: expected each row once at most, got one several times"),
        ([[0, 1], [2, 1]], "matches: expected each column once at most, got one several times"),
    ],
)
def test_refused_matches(matches, message):
    with pytest.raises(ValueError, match=message):
        softmax_nll(np.zeros((3, 2)), matches)
    with pytest.raises(ValueError, match=message):
        matching_nll(np.zeros((3, 4)), np.zeros((2, 4)), matches)


@pytest.mark.parametrize("temperature", [0, -1, 1 / 41, math.nan, math.inf, True, "0.1"])
def test_refused_temperatures(temperature):
    with pytest.raises(
        ValueError, match=r"temperature: expected a finite number of at least 0\.025, got"
    ):
        softmax_nll(np.zeros((3, 2)), [[0, 0]], temperature)
    with pytest.raises(
        ValueError, match=r"temperature: expected a finite number of at least 0\.025, got"
    ):
        matching_nll(np.zeros((3, 1)), np.zeros((2, 1)), [[0, 0]], temperature)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (np.ones(3), np.ones((2, 3))),
            r"descriptors0: expected 2 axes \(N, D\), got shape \(3,\)",
        ),
        ((np.eye(3), np.ones(3)), r"descriptors1: expected 2 axes \(N, D\), got shape \(3,\)"),
        ((2 * np.eye(3), np.eye(3)), "descriptors0: expected rows of unit length, got .* 2"),
        ((np.eye(3), np.ones((2, 3))), "descriptors1: expected rows of unit length, got .* 1.7"),
        ((np.eye(3), np.eye(2)), "descriptors1: expected 3 numbers a row, as descriptors0, got 2"),
        ((np.full((1, 1), np.nan), np.eye(1)), "descriptors0: expected finite numbers, got nan"),
    ],
)
def test_refused_descriptors(arguments, message):
    with pytest.raises(ValueError, match=message):
        matching_nll(*arguments, [[0, 0]])


@pytest.mark.parametrize(
    ("similarity", "message"),
    [
        (np.zeros(3), r"similarity: expected 2 axes \(Na, Nb\), got shape \(3,\)"),
        (np.full((2, 2), -3), "similarity: expected cosines from -1 to 1, got a size of 3"),
        (np.full((2, 2), np.inf), "similarity: expected finite numbers, got inf"),
    ],
)
def test_refused_similarities(similarity, message):
    with pytest.raises(ValueError, match=message):
        softmax_nll(similarity, [[0, 0]])
