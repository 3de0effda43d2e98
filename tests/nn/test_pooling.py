import tracemalloc

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from featmatch.nn.autograd import grad
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.tensor import Tensor

both = pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
SIZES = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def windows(draw):
    """Shape of an input, and a kernel size, stride and padding that fit it."""
    shape = (draw(st.integers(0, 2)), *draw(st.tuples(*[st.integers(1, 8)] * 2)))
    kernel, stride = draw(SIZES), draw(st.none() | SIZES)
    padding = tuple(draw(st.integers(0, size // 2)) for size in kernel)
    assume(all(k <= n + 2 * p for k, n, p in zip(kernel, shape[1:], padding, strict=True)))
    return (*shape, draw(st.integers(1, 3))), kernel, stride, padding


def distinct(shape, seed=0):
    """Numbers that all differ by 1 / 8 at least, half of them negative."""
    size = int(np.prod(shape))
    return (np.random.default_rng(seed).permutation(size) / 8 - size / 16).reshape(shape)


def pool_directly(x, kernel_size, stride, padding, outside, summary):
    """One window after the other."""
    (kh, kw), (sh, sw), (down, across) = kernel_size, stride or kernel_size, padding
    n, height, width, channels = x.shape
    padded = np.full((n, height + 2 * down, width + 2 * across, channels), float(outside))
    padded[:, down : down + height, across : across + width] = x
    rows = range(0, height + 2 * down - kh + 1, sh)
    columns = range(0, width + 2 * across - kw + 1, sw)
    y = np.empty((n, len(rows), len(columns), channels))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            y[:, i, j] = summary(padded[:, top : top + kh, left : left + kw], axis=(1, 2))
    return y


@settings(max_examples=40)
@given(windows())
def test_windows_one_by_one(options):
    shape, *window = options
    x = distinct(shape)
    largest = pool_directly(x, *window, -np.inf, np.max)
    mean = pool_directly(x, *window, 0, np.mean)
    np.testing.assert_array_equal(max_pool2d(x, *window).data, largest)
    np.testing.assert_allclose(avg_pool2d(x, *window).data, mean, rtol=1e-12, atol=1e-12)


@both
@settings(max_examples=20)
@given(windows())
def test_gradients(pool, options):
    shape, *window = options
    check_gradients(lambda x: pool(x, *window), distinct(shape))


def test_the_usual_example():
    x = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])[None, :, :, None]
    assert max_pool2d(x, 2).data[0, :, :, 0].tolist() == [[6, 8], [3, 4]]
    assert avg_pool2d(x, 2).data[0, :, :, 0].tolist() == [[3.25, 5.25], [2, 2]]


def test_padding_never_wins_but_counts():
    x = np.full((1, 2, 2, 1), -3.0)
    assert max_pool2d(x, 3, 1, 1).data.ravel().tolist() == [-3] * 4
    np.testing.assert_allclose(avg_pool2d(x, 3, 1, 1).data.ravel(), [-3 * 4 / 9] * 4)


def test_gradient_goes_to_the_first_of_equal_elements():
    x = Tensor(np.zeros((1, 4, 4, 1)), True)
    (dx,) = grad(max_pool2d(x, 2), [x], np.arange(1, 5).reshape(1, 2, 2, 1))
    expected = [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert dx[0, :, :, 0].tolist() == expected


def test_no_gradient_goes_to_the_padding():
    x = Tensor(np.zeros((1, 3, 3, 1)), True)
    (dx,) = grad(max_pool2d(x, 3, 1, 1), [x], np.ones((1, 3, 3, 1)))
    assert dx[0, :, :, 0].tolist() == [[4, 2, 0], [2, 1, 0], [0, 0, 0]]


def test_first_means_row_by_row():
    x = Tensor(np.array([[0.0, 5], [5, 5]]).reshape(1, 2, 2, 1), True)
    (dx,) = grad(max_pool2d(x, 2), [x])
    assert dx[0, :, :, 0].tolist() == [[0, 1], [0, 0]]


def test_gradients_of_overlapping_windows_add_up():
    x = Tensor(np.array([0, 0, 9, 0, 0.0]).reshape(1, 1, 5, 1), True)
    (largest,) = grad(max_pool2d(x, (1, 3), 1), [x], np.ones((1, 1, 3, 1)))
    (mean,) = grad(avg_pool2d(x, (1, 3), 1), [x], np.ones((1, 1, 3, 1)))
    assert largest.ravel().tolist() == [0, 0, 3, 0, 0]
    np.testing.assert_allclose(mean.ravel() * 3, [1, 2, 3, 2, 1])


@both
def test_rows_that_no_window_reaches_are_left_out(pool):
    x = Tensor(distinct((1, 5, 7, 2)), True)
    y = pool(x, 2)
    (dx,) = grad(y, [x], np.ones(y.shape))
    assert y.shape == (1, 2, 3, 2)
    assert not dx[:, 4:].any()
    assert not dx[:, :, 6:].any()


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges(pool, dtype):
    one = Tensor(np.full((1, 1, 1, 1), 7, dtype), True)
    y = pool(one, 1)
    assert (y.item(), y.dtype, grad(y, [one])[0].item()) == (7, dtype, 1)
    none = Tensor(np.zeros((0, 4, 4, 3), dtype), True)
    y = pool(none, 3, 2, 1)
    (dx,) = grad(y, [none], np.zeros(y.shape))
    assert (y.shape, y.dtype, dx.shape) == ((0, 2, 2, 3), dtype, (0, 4, 4, 3))


@both
def test_global_pooling(pool):
    x = distinct((2, 3, 5, 4))
    expected = x.max((1, 2)) if pool is max_pool2d else x.mean((1, 2))
    np.testing.assert_allclose(pool(x, (3, 5)).data[:, 0, 0], expected, rtol=1e-12)


@both
def test_neither_input_nor_gradient_is_changed(pool):
    x = Tensor(distinct((1, 4, 4, 2)), True)
    x.data.flags.writeable = False
    dy = np.ones((1, 4, 4, 2))
    dy.flags.writeable = False
    y = pool(x, 3, 1, 1)
    np.testing.assert_array_equal(grad(y, [x], dy), grad(y, [x], dy))


@both
def test_what_is_recorded(pool):
    x = Tensor(distinct((1, 6, 6, 1)), True)
    y = pool(x, (2, 3), padding=(1, 0))
    assert y.node.op == pool.__name__
    assert y.node.inputs == (x,)
    assert y.node.attributes == {
        "kernel_size": (2, 3),
        "stride": (2, 3),
        "padding": ((1, 1), (0, 0)),
    }


@both
def test_memory_is_that_of_a_few_maps_whatever_the_kernel(pool):
    x = Tensor(np.random.default_rng(0).random((1, 128, 128, 8), np.float32), True)
    tracemalloc.start()
    y = pool(x, 7, 1, 3)
    kept, peak = tracemalloc.get_traced_memory()
    (dx,) = grad(y, [x], y.data)
    _, peak_backward = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert dx.shape == x.shape
    assert kept < 1.1 * x.data.nbytes
    assert peak < 4 * x.data.nbytes
    assert peak_backward < 7 * x.data.nbytes


@both
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4, 4, 3), {"kernel_size": 2}, r"input: expected 4 axes \(N, H, W, C\), got shape \(4,"),
        ((1, 4, 4, 3), {"kernel_size": 0}, "kernel_size: expected an integer of at least 1, got 0"),
        ((1, 4, 4, 3), {"kernel_size": 2.5}, "kernel_size: expected an integer of at least 1"),
        ((1, 4, 4, 3), {"kernel_size": (2, 2, 2)}, r"kernel_size: expected one integer or \(heigh"),
        ((1, 4, 4, 3), {"kernel_size": 2, "stride": 0}, "stride: expected an integer of at least"),
        ((1, 4, 4, 3), {"kernel_size": 2, "padding": -1}, "padding: expected an integer of at le"),
        ((1, 4, 4, 3), {"kernel_size": 2, "padding": "same"}, "padding: expected an integer of at"),
        (
            (1, 4, 4, 3),
            {"kernel_size": (3, 2), "padding": (1, 2)},
            r"padding: expected at most half the kernel size \(3, 2\), got \(1, 2\)",
        ),
        (
            (1, 4, 4, 3),
            {"kernel_size": 3, "padding": (2, 1)},
            "padding: expected at most half the k",
        ),
        (
            (1, 4, 3, 3),
            {"kernel_size": (6, 7), "padding": (1, 1)},
            "input: expected a padded width of at least 7, the extent of the kernel, got 5",
        ),
        ((1, 0, 4, 3), {"kernel_size": 1}, "input: expected at least one pixel"),
    ],
)
def test_errors(pool, shape, options, message):
    with pytest.raises(ValueError, match=message):
        pool(np.zeros(shape), **options)
