"""Convolutions against their formulas, and their gradients against central differences."""

from __future__ import annotations

import numpy as np
import pytest
from convolution_cases import cases
from direct_convolution import direct_conv2d, direct_conv_transpose2d
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.autograd import grad
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.kernels import algorithms
from featmatch.nn.tensor import Tensor, no_grad
from featmatch.nn.window import TransposedWindow, Window

RNG = np.random.default_rng(5)
ALGORITHMS = [algorithms.IM2COL, algorithms.WINOGRAD_ROWS, algorithms.WINOGRAD_TILES]


def random(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


def relative_error(ours, expected):
    return np.linalg.norm(ours - expected) / np.linalg.norm(expected)


@given(cases())
@settings(max_examples=60)
def test_convolution_is_its_formula(case):
    y = conv2d(
        case.x, case.weight, case.bias, case.stride, case.padding, case.dilation, case.groups
    )
    expected = direct_conv2d(
        case.x, case.weight, case.bias, case.stride, case.sides, case.dilation, case.groups
    )
    assert y.dtype == np.float64
    np.testing.assert_allclose(y.data, expected, rtol=0, atol=1e-11)


@given(cases(transposed=True, max_size=6))
@settings(max_examples=60)
def test_transposed_convolution_is_its_formula(case):
    options = case.output_padding, case.groups, case.dilation
    window = TransposedWindow(case.stride, case.padding, case.output_padding, case.dilation)
    y = conv_transpose2d(case.x, case.weight, case.bias, window, case.groups)
    expected = direct_conv_transpose2d(
        case.x, case.weight, case.bias, case.stride, case.padding, *options
    )
    np.testing.assert_allclose(y.data, expected, rtol=0, atol=1e-11)


@given(cases(max_size=5))
@settings(max_examples=30)
def test_gradients_of_convolution(case):
    def convolve(x, weight, bias):
        return conv2d(x, weight, bias, case.stride, case.padding, case.dilation, case.groups)

    check_gradients(convolve, case.x, case.weight, case.bias)


@given(cases(transposed=True, max_size=4))
@settings(max_examples=30)
def test_gradients_of_transposed_convolution(case):
    window = TransposedWindow(case.stride, case.padding, case.output_padding, case.dilation)

    def convolve(x, weight, bias):
        return conv_transpose2d(x, weight, bias, window, case.groups)

    check_gradients(convolve, case.x, case.weight, case.bias)


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 21), st.integers(1, 21)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(*[st.integers(0, 3)] * 4),
)
@settings(max_examples=40)
def test_every_algorithm_gives_the_same(size, channels, padding):
    """3 x 3 kernels, which all of them can do, with any padding."""
    top, bottom, left, right = padding
    window = Window((3, 3), padding=((top, 2 + bottom), (left, 2 + right)))
    x = RNG.standard_normal((*size, channels[0]))
    weight, bias = RNG.standard_normal((3, 3, *channels)), RNG.standard_normal(channels[1])
    expected = direct_conv2d(x, weight, bias, (1, 1), window.padding, (1, 1), 1)
    dy = RNG.standard_normal(expected.shape)
    gradients = []
    for algorithm in ALGORITHMS:
        np.testing.assert_allclose(
            algorithm.forward(x, weight, bias, window), expected, rtol=0, atol=1e-10
        )
        gradients.append(algorithm.weight_gradient(x, dy, window))
    for gradient in gradients[1:]:
        np.testing.assert_allclose(gradient, gradients[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("algorithm", "bound"),
    list(zip(ALGORITHMS, [1e-6, 3e-6, 2e-5], strict=True)),
)
def test_rounding_in_float32(algorithm, bound):
    """Winograd's rounding error is larger, by factors that are known."""
    x, weight = random(1, 40, 40, 64), random(3, 3, 64, 64)
    window = Window((3, 3), padding=((1, 1), (1, 1)))
    exact = algorithms.IM2COL.forward(x.astype(np.float64), weight.astype(np.float64), None, window)
    y = algorithm.forward(x, weight, None, window)
    assert y.dtype == np.float32
    assert relative_error(y, exact) < bound


@pytest.mark.parametrize(
    ("shape", "options", "chosen"),
    [
        ((1, 1, 16, 16), {}, algorithms.POINTWISE),
        ((1, 1, 16, 16), {"stride": (2, 2)}, algorithms.POINTWISE),
        ((1, 1, 16, 16), {"padding": ((1, 1), (0, 0))}, algorithms.IM2COL),
        ((3, 3, 4, 16), {}, algorithms.WINOGRAD_ROWS),
        ((3, 3, 64, 47), {}, algorithms.WINOGRAD_ROWS),
        ((3, 3, 48, 64), {}, algorithms.WINOGRAD_TILES),
        ((3, 3, 64, 64), {"stride": (1, 2)}, algorithms.IM2COL),
        ((3, 3, 64, 64), {"dilation": (2, 1)}, algorithms.IM2COL),
        ((5, 5, 64, 64), {}, algorithms.IM2COL),
    ],
)
def test_choice_of_algorithm(shape, options, chosen):
    window = Window(shape[:2], **options)
    assert algorithms.choose(shape, window, (1, 60, 80, shape[3])) is chosen


@pytest.mark.parametrize(
    ("output_shape", "chosen"),
    [
        ((1, 32, 32, 64), algorithms.WINOGRAD_TILES),
        ((16, 8, 8, 64), algorithms.WINOGRAD_TILES),
        ((1, 31, 32, 64), algorithms.WINOGRAD_ROWS),
        ((1, 8, 8, 64), algorithms.WINOGRAD_ROWS),
        ((1, 7, 9, 64), algorithms.IM2COL),
        ((1, 2, 4000, 64), algorithms.IM2COL),
        ((0, 60, 80, 64), algorithms.IM2COL),
    ],
)
def test_small_maps_do_not_repay_transformed_weights(output_shape, chosen):
    assert algorithms.choose((3, 3, 64, 64), Window((3, 3)), output_shape) is chosen


def test_whole_numbers_stay_whole_numbers():
    image = RNG.integers(0, 256, (1, 60, 80, 1)).astype(np.float32)
    laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32).reshape(3, 3, 1, 1)
    y = conv2d(image, laplacian, padding="same").data
    expected = direct_conv2d(image, laplacian, None, (1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(("kernel", "width"), [((1, 31), 9000), ((11, 11), 700)])
def test_long_rows_are_cut_into_strips(kernel, width):
    x, weight = random(1, 11, width, 8), random(*kernel, 8, 4)
    tensors = [Tensor(array, requires_grad=True) for array in (x, weight)]
    y = conv2d(*tensors, padding=(0, 5))
    dy = random(*y.shape)
    wide = [Tensor(array.astype(np.float64), requires_grad=True) for array in (x, weight)]
    exact = conv2d(*wide, padding=(0, 5))
    assert relative_error(y.data, exact.data) < 1e-5
    for ours, gradient in zip(grad(y, tensors, dy), grad(exact, wide, dy), strict=True):
        assert relative_error(ours, gradient) < 1e-5


def test_bias_gradient_of_many_pixels():
    """A running sum in float32 over so many equal numbers would be off by more than 1e-4."""
    x, weight = np.ones((2, 600, 700, 1), np.float32), np.ones((1, 1, 1, 3), np.float32)
    bias = Tensor(np.zeros(3, np.float32), requires_grad=True)
    y = conv2d(x, weight, bias)
    (gradient,) = grad(y, [bias], np.full(y.shape, 0.1, np.float32))
    np.testing.assert_allclose(gradient, 0.1 * 2 * 600 * 700, rtol=1e-5)


def test_large_maps_are_cut_into_blocks():
    """Blocks of rows, blocks of images, sums over several groups of blocks."""
    for shape in ((1, 67, 203, 24), (40, 9, 9, 24)):
        x, weight, dy = random(*shape), random(3, 3, 24, 24), random(*shape)
        xs, ws = Tensor(x, requires_grad=True), Tensor(weight, requires_grad=True)
        y = conv2d(xs, ws, padding="same")
        dx, dw = grad(y, [xs, ws], dy)
        wide = [Tensor(a.astype(np.float64), requires_grad=True) for a in (x, weight)]
        expected = conv2d(*wide, padding="same")
        dx64, dw64 = grad(expected, wide, dy)
        for ours, exact in ((y.data, expected.data), (dx, dx64), (dw, dw64)):
            assert ours.dtype == np.float32
            assert relative_error(ours, exact) < 1e-5


def test_same_padding_keeps_the_size():
    x = random(1, 6, 7, 1)
    for kernel, dilation in (((3, 3), 1), ((2, 4), 1), ((3, 2), 3), ((1, 1), 1)):
        weight = random(*kernel, 1, 1)
        y = conv2d(x, weight, padding="same", dilation=dilation)
        assert y.shape == x.shape
        totals = [dilation * (k - 1) for k in kernel]
        sides = [(total // 2, total - total // 2) for total in totals]
        expected = direct_conv2d(x, weight, None, (1, 1), sides, (dilation,) * 2, 1)
        np.testing.assert_allclose(y.data, expected, atol=1e-5)


def test_transposed_convolution_is_the_adjoint():
    """<conv(x), y> = <x, conv_transpose(y)>, with the channels of the weights swapped."""
    x, weight = random(2, 11, 10, 4, dtype=np.float64), random(3, 2, 4, 6, dtype=np.float64)
    y = conv2d(x, weight, stride=2, padding=1).data
    other = RNG.standard_normal(y.shape)
    window = TransposedWindow(stride=2, padding=1)
    back = conv_transpose2d(other, weight.swapaxes(2, 3), window=window).data
    whole = np.zeros_like(x)
    whole[:, : back.shape[1], : back.shape[2]] = back
    assert np.sum(y * other) == pytest.approx(np.sum(x * whole))


def test_depthwise_is_every_channel_alone():
    x, weight = random(1, 8, 8, 5), random(3, 3, 1, 5)
    y = conv2d(x, weight, padding=1, groups=5).data
    for c in range(5):
        alone = conv2d(x[..., c : c + 1], weight[..., c : c + 1], padding=1).data
        np.testing.assert_allclose(y[..., c : c + 1], alone, atol=1e-5)


def test_sobel_finds_the_edge():
    """The textbook example: a step of height 1 answers with 4 on both sides of the edge."""
    image = np.zeros((1, 5, 6, 1))
    image[:, :, 3:] = 1
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).reshape(3, 3, 1, 1)
    y = conv2d(image, sobel).data[0, :, :, 0]
    np.testing.assert_allclose(y, [[0, 4, 4, 0]] * 3, atol=1e-14)


def test_the_kernel_is_not_flipped():
    impulse = np.zeros((1, 3, 3, 1))
    impulse[0, 1, 1] = 1
    weight = np.arange(9.0).reshape(3, 3, 1, 1)
    y = conv2d(impulse, weight, padding=1).data[0, :, :, 0]
    np.testing.assert_allclose(y, weight[::-1, ::-1, 0, 0], atol=1e-14)


@pytest.mark.parametrize(("kernel", "groups"), [((3, 3), 1), ((1, 1), 1), ((2, 3), 1), ((3, 3), 4)])
def test_no_images(kernel, groups):
    x = Tensor(np.zeros((0, 5, 5, 4), np.float32), requires_grad=True)
    weight = Tensor(random(*kernel, 4 // groups, 4), requires_grad=True)
    y = conv2d(x, weight, padding=1, groups=groups)
    assert y.shape[0] == 0
    dx, dw = grad(y, [x, weight], np.zeros(y.shape))
    assert dx.shape == x.shape
    np.testing.assert_array_equal(dw, np.zeros(weight.shape))


def test_one_pixel():
    y = conv2d([[[[2.0]]]], np.full((3, 3, 1, 1), 3.0), [1.0], padding=1)
    assert y.data.tolist() == [[[[7.0]]]]


def test_gradients_that_nobody_needs_are_not_computed():
    x, weight = Tensor(random(1, 5, 5, 2)), Tensor(random(3, 3, 2, 2), requires_grad=True)
    y = conv2d(x, weight)
    assert y.node.backward(np.ones(y.shape, np.float32))[0] is None
    with no_grad():
        assert conv2d(x, weight).node is None


def test_inputs_that_are_views():
    x, weight = random(2, 9, 8, 6), random(3, 3, 3, 4)
    view = x[:, ::2, ::-1, ::2]
    y = conv2d(view, weight.transpose(1, 0, 2, 3), padding=1).data
    expected = conv2d(view.copy(), weight.transpose(1, 0, 2, 3).copy(), padding=1).data
    np.testing.assert_array_equal(y, expected)


X, W = np.zeros((1, 4, 4, 6), np.float32), np.zeros((3, 3, 6, 4), np.float32)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X[0], W), {}, r"input: expected 4 axes \(N, H, W, C\), got shape \(4, 4, 6\)"),
        ((X, W[0]), {}, "weight: expected 4 axes"),
        ((X, W[:, :, :5]), {}, "weight: expected 6 input channels"),
        ((X, W, np.zeros(3)), {}, r"bias: expected shape \(4,\), got \(3,\)"),
        ((X, W), {"groups": 3}, "groups: expected a divisor of 6 input and 4 output .* got 3"),
        ((X, W), {"groups": 2}, "weight: expected 3 input channels"),
        ((X, W), {"groups": 0}, "groups: expected an integer of at least 1, got 0"),
        ((X, W), {"stride": 0}, "stride: expected an integer of at least 1, got 0"),
        ((X, W), {"stride": (1, 2, 3)}, r"stride: expected one integer or \(height, width\)"),
        ((X, W), {"stride": 2, "padding": "same"}, "stride: expected 1 with padding 'same', got 2"),
        ((X, W), {"padding": -1}, "padding: expected an integer of at least 0, got -1"),
        ((X, W), {"padding": "valid"}, "padding: expected an integer, a pair or 'same'"),
        ((X, W), {"padding": 0.5}, "padding: expected an integer of at least 0, got 0.5"),
        ((X, W), {"dilation": 2}, "padded height of at least 5, the extent of the kernel, got 4"),
        ((X[:, :, :2], W), {}, "padded width of at least 3, the extent of the kernel, got 2"),
        ((X + np.nan, W), {}, r"input: expected finite numbers, got nan at index \(0, 0, 0, 0\)"),
        ((X, W + np.inf), {}, "weight: expected finite numbers, got inf"),
        ((X, W[:0]), {}, "weight: expected at least 1 along each axis"),
    ],
)
def test_bad_input(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        conv2d(*arguments, **options)


V = np.zeros((2, 2, 6, 1), np.float32)
ADDED = {"window": TransposedWindow(output_padding=1)}
CUT = {"window": TransposedWindow(padding=4)}


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X[0], V), {}, "input: expected 4 axes"),
        ((X, V[..., 0]), {}, "weight: expected 4 axes"),
        ((X, V[:, :, :3]), {}, "weight: expected 6 input channels"),
        ((X, V), {"groups": 4}, "groups: expected a divisor of 6 input and 4 output channels"),
        (
            (X, V),
            ADDED,
            r"output_padding: expected less than .* \(1, 1\), got 1",
        ),
        (
            (X, V),
            {"window": TransposedWindow(padding=4)},
            "padding: expected less, as the output would be",
        ),
        ((X, V, np.zeros(2)), {}, r"bias: expected shape \(1,\), got \(2,\)"),
    ],
)
def test_bad_input_of_transposed_convolution(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        conv_transpose2d(*arguments, **options)
