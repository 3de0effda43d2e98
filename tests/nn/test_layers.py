import math

import numpy as np
import pytest

from featmatch.nn import activations
from featmatch.nn.activation_layers import LeakyReLU, ReLU, RReLU, Sigmoid, Softplus, Tanh
from featmatch.nn.autograd import grad
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.layers import BatchNorm2d, Conv2d, ConvTranspose2d, Linear
from featmatch.nn.module import Sequential
from featmatch.nn.normalization import batch_norm
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.resampling import upsample
from featmatch.nn.resizing_layers import AvgPool2d, Flatten, MaxPool2d, Upsample
from featmatch.nn.window import TransposedWindow

X = np.random.default_rng(0).normal(size=(2, 7, 8, 4)).astype(np.float32)


def seeded(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("options", "weight_shape", "arguments"),
    [
        ({"kernel_size": 3}, (3, 3, 4, 6), (1, 0, 1, 1)),
        ({"kernel_size": 1, "stride": 2}, (1, 1, 4, 6), (2, 0, 1, 1)),
        ({"kernel_size": (3, 2), "padding": "same"}, (3, 2, 4, 6), (1, "same", 1, 1)),
        (
            {"kernel_size": 3, "stride": (2, 1), "padding": (2, 1), "dilation": 2, "groups": 2},
            (3, 3, 2, 6),
            ((2, 1), (2, 1), 2, 2),
        ),
    ],
)
@pytest.mark.parametrize("bias", [True, False])
def test_conv2d(options, weight_shape, arguments, bias):
    layer = Conv2d(4, 6, **options, bias=bias, rng=seeded())
    assert layer.weight.shape == weight_shape
    if bias:
        assert layer.bias.data.tolist() == [0] * 6
        layer.bias.data += np.arange(6)
    expected = conv2d(X, layer.weight, layer.bias, *arguments)
    np.testing.assert_array_equal(layer(X).data, expected.data)
    assert list(layer.named_parameters()) == ["weight", "bias"][: 1 + bias]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
def test_conv_transpose2d(bias, groups):
    layer = ConvTranspose2d(4, 6, (3, 2), 2, 1, (1, 0), groups, bias, 2, rng=seeded())
    assert layer.weight.shape == (3, 2, 4, 6 // groups)
    if bias:
        assert layer.bias.data.tolist() == [0] * 6
        layer.bias.data += np.arange(6)
    window = TransposedWindow(2, 1, (1, 0), 2)
    expected = conv_transpose2d(X, layer.weight, layer.bias, window, groups)
    np.testing.assert_array_equal(layer(X).data, expected.data)
    assert list(layer.named_parameters()) == ["weight", "bias"][: 1 + bias]


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias):
    layer = Linear(4, 3, bias, rng=seeded())
    assert layer.weight.shape == (4, 3)
    if bias:
        assert layer.bias.data.tolist() == [0] * 3
        layer.bias.data += np.arange(3)
    expected = X @ layer.weight.data + (np.arange(3) if bias else 0)
    np.testing.assert_allclose(layer(X).data, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(layer(X[0, 0]).data, expected[0, 0], rtol=1e-5, atol=1e-5)
    assert list(layer.named_parameters()) == ["weight", "bias"][: 1 + bias]


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda **options: Conv2d(32, 64, 3, **options), 9 * 32),
        (lambda **options: Conv2d(64, 64, 5, groups=32, **options), 25 * 2),
        (lambda **options: ConvTranspose2d(32, 64, 3, **options), 9 * 32),
        (lambda **options: ConvTranspose2d(64, 64, 5, groups=32, **options), 25 * 2),
        (lambda **options: ConvTranspose2d(32, 64, 2, 2, **options), 32),
        (lambda **options: ConvTranspose2d(32, 64, 3, (1, 2), **options), 9 * 32 / 2),
        (lambda **options: Linear(200, 100, **options), 200),
    ],
)
@pytest.mark.parametrize("slope", [0, 0.5])
def test_weights_are_he_normal(make, fan_in, slope):
    weight = make(rng=seeded(), negative_slope=slope).weight.data
    variance = 2 / ((1 + slope**2) * fan_in)
    assert weight.dtype == np.float32
    assert abs(weight.mean()) < 4 * math.sqrt(variance / weight.size)
    assert weight.var() == pytest.approx(variance, rel=6 / math.sqrt(weight.size))


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: Conv2d(4, 6, 3, rng=rng),
        lambda rng: ConvTranspose2d(4, 6, 3, rng=rng),
        lambda rng: Linear(4, 6, rng=rng),
    ],
)
def test_weights_follow_the_seed(make):
    one, same, other = (make(seeded(seed)).weight.data for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize("layer", [Conv2d, ConvTranspose2d])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 4, 3), "in_channels: expected an integer of at least 1, got 0"),
        ((4, 2.0, 3), "out_channels: expected an integer of at least 1, got 2.0"),
        ((4, 4, 0), "kernel_size: expected an integer of at least 1, got 0"),
        ((4, 4, (1, 2, 3)), r"kernel_size: expected one integer or \(height, width\), got"),
    ],
)
def test_convolution_errors(layer, arguments, message):
    with pytest.raises(ValueError, match=message):
        layer(*arguments, rng=seeded())


@pytest.mark.parametrize("layer", [Conv2d, ConvTranspose2d])
def test_channels_have_to_divide_into_groups(layer):
    with pytest.raises(ValueError, match="groups: expected an integer of at least 1, got 0"):
        layer(4, 4, 3, groups=0, rng=seeded())
    with pytest.raises(ValueError, match="in_channels: expected a multiple of 3 groups, got 4"):
        layer(4, 6, 3, groups=3, rng=seeded())
    with pytest.raises(ValueError, match="out_channels: expected a multiple of 2 groups, got 5"):
        layer(4, 5, 3, groups=2, rng=seeded())


@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 2), (4, 2), (3, 2), (3, 1), (5, 3)])
def test_a_transposed_convolution_keeps_the_size_of_activations(kernel_size, stride):
    """A rectified normal input has a mean square of 1 / 2; He weights make the output's 1."""
    rng = seeded()
    x = np.maximum(rng.standard_normal((4, 30, 30, 32), np.float32), 0)
    layer = ConvTranspose2d(32, 64, kernel_size, stride, rng=rng)
    inner = layer(x).data[:, 6:-6, 6:-6]
    assert np.mean(inner**2) == pytest.approx(1, rel=0.1)


def test_linear_errors():
    with pytest.raises(ValueError, match="expected an integer of at least 1, got 0"):
        Linear(0, 3, rng=seeded())
    for x in (X, np.zeros(5), np.zeros(())):
        with pytest.raises(ValueError, match=r"input: expected shape \(..., N, 5\), got \("):
            Linear(5, 3, rng=seeded())(x)


def test_random_layers_need_a_generator():
    for make in (lambda: Conv2d(1, 1, 1), lambda: Linear(1, 1), lambda: RReLU()):
        with pytest.raises(TypeError, match="rng"):
            make()


def test_batch_norm_in_both_modes():
    layer = BatchNorm2d(4, eps=1e-3, momentum=0.2)
    state = [array.copy() for array in (layer.running_mean, layer.running_var)]
    others = layer.weight, layer.bias
    expected = batch_norm(X, *state, *others, 0.2, 1e-3)
    np.testing.assert_array_equal(layer(X).data, expected.data)
    np.testing.assert_array_equal([layer.running_mean, layer.running_var], state)
    layer.eval()
    expected = batch_norm(X, *state, *others, eps=1e-3)
    np.testing.assert_array_equal(layer(X).data, expected.data)
    np.testing.assert_array_equal([layer.running_mean, layer.running_var], state)


def test_batch_norm_at_first():
    layer = BatchNorm2d(3)
    values = {name: array.tolist() for name, array in layer.state_dict().items()}
    zeros, ones = [0] * 3, [1] * 3
    assert values == {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}
    assert list(layer.named_buffers()) == ["running_mean", "running_var"]
    np.testing.assert_allclose(layer.eval()(X[..., :3]).data, X[..., :3], rtol=1e-5)
    with pytest.raises(ValueError, match="num_features: expected an integer of at least 1, got 0"):
        BatchNorm2d(0)


def test_running_statistics_are_saved_and_loaded():
    layer, other = BatchNorm2d(4), BatchNorm2d(4)
    layer(X)
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(other.eval()(X).data, layer.eval()(X).data)


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (ReLU(), activations.relu),
        (LeakyReLU(), activations.leaky_relu),
        (LeakyReLU(0.3), lambda x: activations.leaky_relu(x, 0.3)),
        (Tanh(), activations.tanh),
        (Sigmoid(), activations.sigmoid),
        (Softplus(), activations.softplus),
        (MaxPool2d(2), lambda x: max_pool2d(x, 2)),
        (MaxPool2d((3, 2), 1, (1, 0)), lambda x: max_pool2d(x, (3, 2), 1, (1, 0))),
        (AvgPool2d(2), lambda x: avg_pool2d(x, 2)),
        (AvgPool2d((3, 2), 1, (1, 0)), lambda x: avg_pool2d(x, (3, 2), 1, (1, 0))),
        (Upsample(3), lambda x: upsample(x, 3)),
    ],
)
def test_layers_without_weights_are_their_functions(layer, function):
    np.testing.assert_array_equal(layer(X).data, function(X).data)
    assert layer.state_dict() == {}


def test_rrelu_is_random_in_training_only():
    layer = RReLU(0.1, 0.5, rng=seeded(3))
    expected = activations.rrelu(X, 0.1, 0.5, True, seeded(3)).data
    first, second = layer(X).data, layer(X).data
    np.testing.assert_array_equal(first, expected)
    assert (first != second).any()
    assert layer.generators() == [layer.rng]
    layer.eval()
    np.testing.assert_array_equal(layer(X).data, activations.leaky_relu(X, 0.3).data)


@pytest.mark.parametrize(
    ("shape", "flat"), [((2, 3, 4, 5), (2, 60)), ((3, 4), (3, 4)), ((5,), (5, 1)), ((0, 2), (0, 2))]
)
def test_flatten(shape, flat):
    x = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    np.testing.assert_array_equal(Flatten()(x).data, x.reshape(flat))


def test_a_network_of_all_layers_learns_something():
    rng = seeded(1)
    network = Sequential(
        *(Conv2d(4, 6, 3, padding=1, bias=False, rng=rng), BatchNorm2d(6), RReLU(rng=rng)),
        *(
            MaxPool2d(2),
            Conv2d(6, 6, 3, padding=1, groups=6, rng=rng, negative_slope=0.1),
            LeakyReLU(0.1),
        ),
        *(ConvTranspose2d(6, 4, 2, 2, rng=rng), AvgPool2d(2), Upsample(2), Softplus()),
        *(Flatten(), Linear(192, 8, rng=rng), Tanh(), Linear(8, 1, rng=rng), Sigmoid()),
    )
    losses = []
    for _ in range(40):
        error = network(X) - [[0.2], [0.8]]
        loss = (error * error).sum()
        for parameter, gradient in zip(
            network.parameters(), grad(loss, network.parameters()), strict=True
        ):
            parameter.data -= 0.2 * gradient
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
