import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import preprocessing

from featmatch.nn.autograd import grad
from featmatch.nn.normalization import batch_norm, fold_batch_norm
from featmatch.nn.tensor import Tensor, no_grad

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).filter(
    lambda sizes: np.prod(sizes) > 1
)


def fresh(channels, dtype=np.float64):
    """Running mean and variance, then weight and bias, of a layer just made."""
    zeros, ones = np.zeros(channels, dtype), np.ones(channels, dtype)
    return [zeros.copy(), ones.copy(), ones.copy(), zeros.copy()]


def drawn(channels, seed=0):
    """The same of a trained one."""
    rng = np.random.default_rng(seed)
    mean, weight, bias = rng.normal(size=(3, channels))
    return [mean, rng.uniform(0.5, 2, channels), weight, bias]


class TestBatchNorm:
    @settings(max_examples=30)
    @given(SHAPES, st.integers(1, 3))
    def test_scikit_learn_agrees(self, sizes, channels):
        x = np.random.default_rng(0).normal(3, 2, (*sizes, channels))
        weight, bias = drawn(channels)[2:]
        y = batch_norm(x, *fresh(channels)[:2], weight, bias, momentum=0.1, eps=1e-12)
        expected = preprocessing.StandardScaler().fit_transform(x.reshape(-1, channels))
        expected = (expected * weight + bias).reshape(x.shape)
        np.testing.assert_allclose(y.data, expected, rtol=1e-9, atol=1e-9)

    def test_two_numbers(self):
        y = batch_norm([[1.0], [3.0]], *fresh(1, np.float32), momentum=0.1, eps=0.0)
        assert y.data.tolist() == [[-1], [1]]

    def test_running_statistics_follow_the_batch_in_place(self):
        x = np.random.default_rng(0).normal(3, 2, (2, 3, 4, 5))
        state = drawn(5)
        mean, var = state[0].copy(), state[1].copy()
        batch_norm(x, *state, momentum=0.3)
        columns = x.reshape(-1, 5)
        np.testing.assert_allclose(state[0], 0.7 * mean + 0.3 * columns.mean(0), rtol=1e-12)
        np.testing.assert_allclose(state[1], 0.7 * var + 0.3 * columns.var(0, ddof=1), rtol=1e-12)

    @pytest.mark.parametrize("momentum", [0.0, None])
    def test_running_statistics_stay(self, momentum):
        state = drawn(5)
        before = [array.copy() for array in state]
        batch_norm(np.random.default_rng(0).normal(size=(8, 5)), *state, momentum)
        np.testing.assert_array_equal(state, before)

    def test_they_follow_even_if_nothing_is_recorded(self):
        state = fresh(2)
        with no_grad():
            batch_norm([[1.0, 2], [3, 6]], *state, momentum=1)
        assert [array.tolist() for array in state[:2]] == [[2, 4], [2, 8]]

    def test_evaluation_uses_them(self):
        x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
        mean, var, weight, bias = state = drawn(5)
        expected = (x - mean) / np.sqrt(var + 1e-3) * weight + bias
        np.testing.assert_allclose(batch_norm(x, *state, eps=1e-3).data, expected, rtol=1e-12)

    @pytest.mark.parametrize("momentum", [0.1, None])
    @pytest.mark.parametrize("shape", [(2, 3), (3, 2, 2, 3)])
    def test_gradients(self, momentum, shape):
        mean, var, weight, bias = drawn(3)
        x = np.random.default_rng(0).normal(size=shape)

        def function(x, weight, bias):
            return batch_norm(x, mean.copy(), var.copy(), weight, bias, momentum)

        check_gradients(function, x, weight, bias)

    @pytest.mark.parametrize("momentum", [0.1, None])
    def test_gradients_are_computed_for_what_needs_them(self, momentum):
        x, tensors = np.random.default_rng(0).normal(size=(4, 3)), [Tensor(a) for a in drawn(3)[2:]]
        everything = [Tensor(x, True), *(Tensor(tensor.data, True) for tensor in tensors)]
        y = batch_norm(everything[0], *fresh(3)[:2], *everything[1:], momentum)
        wanted = grad(y, everything, x)
        for place in range(3):
            inputs = [Tensor(x), *tensors]
            inputs[place] = everything[place]
            y = batch_norm(inputs[0], *fresh(3)[:2], *inputs[1:], momentum)
            np.testing.assert_allclose(grad(y, [inputs[place]], x)[0], wanted[place])

    def test_large_mean_and_small_spread(self):
        rng = np.random.default_rng(0)
        x = (1000 + rng.normal(size=(8, 64, 64, 2))).astype(np.float32)
        state = fresh(2, np.float32)
        y = batch_norm(x, *state, momentum=1).data
        exact = x.astype(np.float64)
        mean, var = exact.mean((0, 1, 2)), exact.var((0, 1, 2), ddof=1)
        np.testing.assert_allclose(state[0], mean, rtol=1e-7)
        np.testing.assert_allclose(state[1], var, rtol=1e-5)
        np.testing.assert_allclose(y, (exact - mean) / np.sqrt(var), atol=2e-4)

    @pytest.mark.parametrize("value", [1e5 + 0.3, 1000.1, -3e-5, 0])
    def test_constant_channel_whatever_its_value(self, value):
        x = np.full((8, 120, 160, 2), value, np.float32)
        state = fresh(2, np.float32)
        assert not batch_norm(x, *state, momentum=1).data.any()
        assert state[0].tolist() == [np.float32(value)] * 2
        assert not state[1].any()

    @pytest.mark.parametrize("offset", [0, 1e3, -1e5])
    def test_offsets_and_outliers_against_float64(self, offset):
        rng = np.random.default_rng(0)
        x = (offset + rng.normal(size=(8, 60, 80, 2))).astype(np.float32)
        x[0, 0, 0] += 100  # the pixel that comes first
        tensor, dy = Tensor(x, True), rng.normal(size=x.shape)
        exact = Tensor(x.astype(np.float64), True)
        y = batch_norm(tensor, *fresh(2, np.float32), momentum=0.1)
        expected = batch_norm(exact, *fresh(2), momentum=0.1)
        np.testing.assert_allclose(y.data, expected.data, rtol=1e-5, atol=2e-5)
        dx, wanted = grad(y, [tensor], dy)[0], grad(expected, [exact], dy)[0]
        np.testing.assert_allclose(dx, wanted, rtol=1e-5, atol=2e-5)

    def test_constant_channel(self):
        x = Tensor(np.full((4, 2), 5.0), True)
        y = batch_norm(x, *fresh(2), momentum=0.1)
        assert not y.data.any()
        assert np.isfinite(grad(y, [x], np.ones((4, 2)))[0]).all()

    @pytest.mark.parametrize("momentum", [0.1, None])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("state_dtype", [np.float32, np.float64])
    def test_type_is_that_of_the_input(self, momentum, dtype, state_dtype):
        mean, var, *others = fresh(3, state_dtype)
        tensors = [Tensor(np.ones((4, 3), dtype), True), *(Tensor(a, True) for a in others)]
        y = batch_norm(tensors[0], mean, var, *tensors[1:], momentum)
        gradients = grad(y, tensors, np.ones((4, 3)))
        assert y.dtype == dtype
        assert [g.dtype for g in gradients] == [dtype, state_dtype, state_dtype]
        assert mean.dtype == var.dtype == state_dtype

    def test_empty_batch(self):
        x = Tensor(np.zeros((0, 4, 4, 3), np.float32), True)
        y = batch_norm(x, *fresh(3))
        assert y.shape == grad(y, [x], np.zeros(y.shape))[0].shape == (0, 4, 4, 3)

    @pytest.mark.parametrize("momentum", [0.1, None])
    def test_neither_input_nor_gradient_is_changed(self, momentum):
        x = Tensor(np.random.default_rng(0).normal(size=(5, 3)), True)
        x.data.flags.writeable = False
        dy = np.random.default_rng(1).normal(size=(5, 3))
        dy.flags.writeable = False
        y = batch_norm(x, *drawn(3), momentum)
        np.testing.assert_array_equal(grad(y, [x], dy), grad(y, [x], dy))

    def test_what_is_recorded(self):
        x, mean, var, weight, bias = (Tensor([[1.0], [2.0]], True), *fresh(1))
        node = batch_norm(x, mean, var, weight, bias, 0.1, 1e-4).node
        assert (node.op, len(node.inputs), node.inputs[0]) == ("batch_norm", 3, x)
        assert node.attributes["running_mean"] is mean
        assert node.attributes["running_var"] is var
        assert node.attributes["eps"] == 1e-4
        assert node.attributes["training"] is True

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            (
                {"input": np.zeros(3)},
                ValueError,
                r"input: expected at least 2 axes \(\.\.\., C\), g",
            ),
            (
                {"input": np.zeros((1, 3))},
                ValueError,
                "input: expected at least 2 elements a channel",
            ),
            (
                {"input": np.zeros((0, 3))},
                ValueError,
                "input: expected at least 2 elements a channel",
            ),
            (
                {"running_mean": np.zeros(2)},
                ValueError,
                r"running_mean: expected shape \(3,\), got \(",
            ),
            (
                {"running_var": np.zeros((1, 3))},
                ValueError,
                r"running_var: expected shape \(3,\), got",
            ),
            ({"weight": np.zeros(4)}, ValueError, r"weight: expected shape \(3,\), got \(4,\)"),
            ({"bias": np.zeros(())}, ValueError, r"bias: expected shape \(3,\), got \(\)"),
            (
                {"running_mean": [0, 0, 0]},
                TypeError,
                "running_mean: expected an array of floats, got l",
            ),
            (
                {"running_var": np.ones(3, int)},
                TypeError,
                "running_var: expected an array of floats, ",
            ),
            ({"eps": -1e-5}, ValueError, "eps: expected a number from 0 to 1, got -1e-05"),
            ({"momentum": 2}, ValueError, "momentum: expected a number from 0 to 1, got 2"),
        ],
    )
    def test_errors(self, change, error, message):
        names = ("running_mean", "running_var", "weight", "bias")
        arguments = {"input": np.zeros((4, 3)), **dict(zip(names, fresh(3), strict=True))}
        with pytest.raises(error, match=message):
            batch_norm(**({"momentum": 0.1} | arguments | change))


class TestFoldBatchNorm:
    @pytest.mark.parametrize("with_bias", [True, False])
    def test_one_matrix_does_the_work_of_both(self, with_bias):
        rng = np.random.default_rng(0)
        x, weight = rng.normal(size=(10, 4)), rng.normal(size=(4, 3))
        mean, var, gamma, beta = drawn(3)
        bias = rng.normal(size=3) if with_bias else None
        both = batch_norm(x @ weight + (bias if with_bias else 0), mean, var, gamma, beta, eps=0.01)
        folded, shift = fold_batch_norm(weight, bias, mean, var, gamma, beta, 0.01)
        np.testing.assert_allclose(x @ folded + shift, both.data, rtol=1e-12, atol=1e-12)

    def test_shapes_and_type_stay_and_nothing_is_changed(self):
        weight = np.ones((3, 3, 2, 5), np.float32)
        arrays = [weight, np.ones(5, np.float32), *(a.astype(np.float32) for a in drawn(5))]
        before = [array.copy() for array in arrays]
        folded, bias = fold_batch_norm(*arrays)
        assert (folded.shape, bias.shape) == ((3, 3, 2, 5), (5,))
        assert folded.dtype == bias.dtype == np.float32
        for array, old in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, old)

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            (
                {"weight": np.ones(5)},
                ValueError,
                r"weight: expected at least 2 axes \(\.\.\., C\), g",
            ),
            ({"bias": np.ones(4)}, ValueError, r"bias: expected shape \(5,\), got \(4,\)"),
            (
                {"running_mean": np.ones(())},
                ValueError,
                r"running_mean: expected shape \(5,\), got",
            ),
            ({"running_var": np.ones((5, 1))}, ValueError, r"running_var: expected shape \(5,\)"),
            ({"gamma": np.ones(6)}, ValueError, r"gamma: expected shape \(5,\), got \(6,\)"),
            ({"beta": 5 * [0]}, TypeError, "beta: expected an array of floats, got list"),
            ({"eps": -1}, ValueError, "eps: expected a number from 0 to 1, got -1"),
        ],
    )
    def test_errors(self, change, error, message):
        names = ("running_mean", "running_var", "gamma", "beta")
        arguments = dict(zip(names, drawn(5), strict=True))
        arguments |= {"weight": np.ones((2, 5)), "bias": None}
        with pytest.raises(error, match=message):
            fold_batch_norm(**(arguments | change))
