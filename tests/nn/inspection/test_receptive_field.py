from __future__ import annotations

import numpy as np
import pytest
from example_networks import (
    FeaturesS,
    Function,
    alexnet,
    conv,
    depth_to_space,
    resnet50,
    space_to_depth,
    vgg16,
)

from featmatch.nn.activations import relu, sigmoid
from featmatch.nn.arithmetic import concatenate
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.inspection.receptive_field import receptive_fields
from featmatch.nn.inspection.summary import summarize
from featmatch.nn.inspection.trace import trace
from featmatch.nn.module import Module, Sequential
from featmatch.nn.normalization import normalize
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.resampling import sample_points, upsample
from featmatch.nn.window import TransposedWindow


def enlarge(x, kernel_size, stride, padding=0):
    weight = ones(kernel_size, kernel_size)
    return conv_transpose2d(x, weight, None, TransposedWindow(stride, padding))


def fields(function, shape=(1, 24, 24, 1)):
    network = function if isinstance(function, Module) else Function(function)
    return list(receptive_fields(trace(network, shape)).values())


def ones(kh, kw, inputs=1, outputs=1):
    return np.ones((kh, kw, inputs, outputs), np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# Published values: https://github.com/google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md,
# of the authors of the Distill article. Their padding is -start.
ALEXNET = {
    **{"layers.0": (11, 4, 0), "max_pool2d_1": (19, 8, 0), "layers.2": (51, 8, 16)},
    **{"layers.4": (99, 16, 32), "layers.5": (131, 16, 48), "layers.6": (163, 16, 64)},
    **{"max_pool2d_3": (195, 32, 64)},
}
VGG16 = {
    **{"layers.0": (3, 1, 1), "max_pool2d_1": (6, 2, 2), "layers.5": (10, 2, 4)},
    **{"max_pool2d_2": (16, 4, 6), "layers.10": (24, 4, 10), "layers.12": (32, 4, 14)},
    **{"max_pool2d_3": (44, 8, 18), "layers.17": (60, 8, 26), "layers.19": (76, 8, 34)},
    **{"max_pool2d_4": (100, 16, 42), "layers.24": (132, 16, 58), "layers.26": (164, 16, 74)},
    **{"layers.28": (196, 16, 90), "max_pool2d_5": (212, 32, 90)},
}


@pytest.mark.parametrize(
    ("network", "published"),
    [
        (lambda rng: alexnet(rng), ALEXNET),
        (lambda rng: vgg16(rng, 1), VGG16),
        (lambda rng: resnet50(rng, stride_first=False), {"relu_48": (483, 32, 239)}),
    ],
)
def test_published_networks(rng, network, published):
    found = receptive_fields(trace(network(rng), (1, 195, 195, 3)))
    for name, (size, stride, padding) in published.items():
        field = found[name]
        assert (field.size, field.stride) == ((size, size), (stride, stride))
        assert field.start == (-padding, -padding)
        assert field.center == (-padding + (size - 1) / 2,) * 2
    assert all(field.aligned for field in found.values())


def test_two_3x3_layers_see_as_much_as_one_5x5_with_18_weights_instead_of_25(rng):
    channels = 7
    twice = Sequential(conv(rng, channels, channels), conv(rng, channels, channels))
    once = Sequential(conv(rng, channels, channels, 5))
    shape = (1, 9, 9, channels)
    (*_, of_two), (*_, of_one) = fields(twice, shape), fields(once, shape)
    assert of_two == of_one
    assert of_two.size == (5, 5)
    assert summarize(twice, shape).num_parameters == 18 * channels**2
    assert summarize(once, shape).num_parameters == 25 * channels**2


@pytest.mark.parametrize(
    ("function", "size", "stride", "start", "center"),
    [
        (lambda x: relu(x) * 2, (1, 1), (1, 1), (0, 0), (0, 0)),
        (lambda x: conv2d(x, ones(3, 5)), (3, 5), (1, 1), (0, 0), (1, 2)),
        (lambda x: conv2d(x, ones(3, 3), None, 2, 1), (3, 3), (2, 2), (-1, -1), (0, 0)),
        (lambda x: conv2d(x, ones(3, 2), None, 1, 0, (2, 3)), (5, 4), (1, 1), (0, 0), (2, 1.5)),
        (lambda x: conv2d(x, ones(4, 4), padding="same"), (4, 4), (1, 1), (-1, -1), (0.5, 0.5)),
        (lambda x: avg_pool2d(x, 2), (2, 2), (2, 2), (0, 0), (0.5, 0.5)),
        (lambda x: max_pool2d(x, 3, 2, 1), (3, 3), (2, 2), (-1, -1), (0, 0)),
        (lambda x: upsample(x, 2), (2, 2), (0.5, 0.5), (-1, -1), (-0.25, -0.25)),
        (lambda x: upsample(x, 3), (2, 2), (1 / 3, 1 / 3), (-1, -1), (-1 / 3, -1 / 3)),
        (lambda x: upsample(avg_pool2d(x, 4), 2), (8, 8), (2, 2), (-4, -4), (0.5, 0.5)),
        (lambda x: enlarge(x, 3, 2, 1), (2, 2), (0.5, 0.5), (0, 0), (0, 0)),
        (
            lambda x: enlarge(x, 2, 2),
            (1, 1),
            (0.5, 0.5),
            (0, 0),
            (-0.25,) * 2,
        ),
        (lambda x: space_to_depth(x, 3), (3, 3), (3, 3), (0, 0), (1, 1)),
        (lambda x: space_to_depth(conv2d(x, ones(3, 5)), 2), (4, 6), (2, 2), (0, 0), (1.5, 2.5)),
        (
            lambda x: depth_to_space(conv2d(x, ones(3, 3, 1, 4)), 2),
            (3, 3),
            (0.5, 0.5),
            (0, 0),
            (0.75, 0.75),
        ),
        (lambda x: depth_to_space(space_to_depth(x, 4), 4), (1, 1), (1, 1), (0, 0), (0, 0)),
        (lambda x: x.reshape(24, 24).reshape(1, 24, 24, 1), (1, 1), (1, 1), (0, 0), (0, 0)),
        (lambda x: x[:, 3::2, 1:], (1, 1), (2, 1), (3, 1), (3, 1)),
        (lambda x: x[:, ::-1], (1, 1), (-1, 1), (23, 0), (23, 0)),
        (lambda x: x.mean(axis=-1, keepdims=True), (1, 1), (1, 1), (0, 0), (0, 0)),
        (lambda x: x @ np.ones((1, 4), np.float32), (1, 1), (1, 1), (0, 0), (0, 0)),
        (lambda x: normalize(sigmoid(x)) / 2 - x, (1, 1), (1, 1), (0, 0), (0, 0)),
    ],
)
def test_single_operations(function, size, stride, start, center):
    field = fields(function)[-1]
    assert field.size == size
    assert field.stride == stride
    assert field.start == start
    assert field.center == center
    assert field.aligned


def test_sizes_differ_from_unit_to_unit_on_enlarged_maps():
    field = fields(lambda x: upsample(x, 3))[-1]
    assert field.rows.period == 3
    assert field.rows.sizes == (1, 2)
    rows = [field.interval((row, 0))[0][0] for row in range(6)]
    assert rows == [-1, 0, 0, 0, 1, 1]
    assert [field.interval((row, 4))[1] for row in range(4)] == [(0, 1), (0, 1), (1, 1), (1, 1)]


def test_a_stride_can_make_sizes_equal_again():
    field = fields(lambda x: avg_pool2d(upsample(x, 4), 2, 4))[-1]
    assert (field.rows.period, field.size, field.stride) == (1, (2, 2), (1, 1))
    field = fields(lambda x: upsample(x, 4)[:, ::6])[-1]
    assert (field.rows.period, field.columns.period) == (2, 4)


def test_gaps_of_a_transposed_convolution_see_nothing():
    field = fields(lambda x: enlarge(x, 1, 3))[-1]
    assert field.interval((3, 6)) == ((1, 2), (1, 2))
    (top, left), (bottom, right) = field.interval((4, 6))
    assert bottom < top
    assert (left, right) == (2, 2)
    assert field.size == (1, 1)


def test_branches_see_the_union_and_tell_if_their_centers_differ():
    def join(x, *kernels):
        return concatenate([conv2d(x, kernel, padding="same") for kernel in kernels])

    aligned = fields(lambda x: join(x, ones(3, 3), ones(5, 1), ones(1, 1)))[-1]
    assert (aligned.size, aligned.aligned) == ((5, 3), True)
    shifted = fields(lambda x: relu(join(x, ones(2, 3), ones(3, 3))))
    assert (shifted[-2].size, shifted[-2].start, shifted[-2].aligned) == ((3, 3), (-1, -1), False)
    assert shifted[-1].aligned  # only the operation where they meet tells it
    corners = fields(lambda x: x[:, ::2, ::2] + x[:, 1::2, 1::2])[-1]
    assert (corners.size, corners.stride, corners.aligned) == ((2, 2), (2, 2), False)


def test_a_pyramid_comes_back_aligned(rng):
    found = receptive_fields(trace(FeaturesS(rng), (1, 64, 64, 1)))
    assert [name for name, field in found.items() if not field.aligned] == ["concatenate_1"]


def test_branches_of_different_strides_see_everything():
    field = fields(lambda x: x[:, :6] + x[:, ::4], (1, 24, 7, 1))[-1]
    assert (field.size, field.stride, field.start) == ((24, 1), (0, 1), (0, 0))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.sum(),
        lambda x: x.mean(axis=(1, 2)) @ np.ones((1, 5), np.float32),
        lambda x: x * sigmoid(x.mean(axis=(1, 2), keepdims=True)),
        lambda x: x.sum(axis=-1),
        lambda x: relu(x.reshape(1, -1)),
        lambda x: conv2d(x.transpose(0, 2, 1, 3), ones(3, 3)),
        lambda x: x.reshape(1, 24, 12, 2).transpose(0, 2, 1, 3),
        lambda x: x.reshape(1, 1, 1, 576),
        lambda x: x.reshape(24, 24) @ x.reshape(24, 24),
        lambda x: x @ x.reshape(24, 24)[:1, :1],
        lambda x: concatenate([x, x], axis=1),
        lambda x: x[0],
        lambda x: conv2d(np.ones((1, 24, 24, 1)), x.reshape(24, 24, 1, 1)),
    ],
)
def test_what_mixes_all_pixels_sees_everything(function):
    field = fields(function)[-1]
    assert (field.size, field.stride, field.start) == ((24, 24), (0, 0), (0, 0))
    assert field.interval((7, 11)) == ((0, 0), (23, 23))
    assert field.center == (11.5, 11.5)
    assert field.aligned


def test_points_are_units():
    points = np.array([[[2.5, 3], [40.0, -7], [1, 1.25]]], np.float32)

    def sample(x):
        samples = sample_points(avg_pool2d(x, 2), points) @ np.ones((1, 8), np.float32)
        return samples[:, 1:]

    *_, pooled, sampled, _, cut = fields(sample)
    assert sampled.stride == (0, 0)
    assert sampled.size == (4, 4)
    assert sampled.interval((0, 0)) == ((6, 4), (7, 7))
    assert sampled.interval((1, 1)) == ((0, 22), (1, 23))  # moved onto the map
    assert sampled.interval((2, 2)) == ((2, 2), (5, 3))
    assert cut.interval((1, 1)) == sampled.interval((2, 2))
    assert pooled.size == (2, 2)


def test_inputs_of_one_size_lie_over_each_other_and_others_are_seen_whole():
    network = Function(lambda x, y, z: (conv2d(x, ones(3, 3)) + y[:, 2:, 2:]) * z)
    graph = trace(network, [(1, 24, 24, 1), (1, 24, 24, 1), (1,)])
    found = receptive_fields(graph)
    assert found["add_1"].start == (0, 0)
    assert found["add_1"].size == (3, 3)
    assert not found["add_1"].aligned
    assert found["multiply_1"].size == (24, 24)


def test_an_input_must_be_an_image():
    graph = trace(Function(lambda x: x * 2), (3, 4))
    with pytest.raises(ValueError, match=r"graph: expected a network for \(N, H, W, C\), got .*4"):
        receptive_fields(graph)
