from __future__ import annotations

import numpy as np
import pytest
from example_networks import Function
from onnx_check import compare, image, sizes

from featmatch.nn.activations import leaky_relu, relu, rrelu, sigmoid, softplus, tanh
from featmatch.nn.arithmetic import concatenate, exp, log, sqrt
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.export.onnx_export import export_onnx
from featmatch.nn.normalization import normalize
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.resampling import upsample
from featmatch.nn.tensor import Tensor
from featmatch.nn.window import TransposedWindow


def weights(*shape):
    """Make up weights, the same ones in every call."""
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


BIAS = weights(6)
MAPS = {
    "conv2d": lambda x: conv2d(x, weights(3, 2, 4, 6), BIAS, (2, 1), (1, 2), (1, 2)),
    "conv2d_same": lambda x: conv2d(x, weights(4, 3, 4, 6), None, padding="same"),
    "conv2d_groups": lambda x: conv2d(x, weights(3, 3, 2, 6), BIAS, groups=2),
    "conv2d_depthwise": lambda x: conv2d(x, weights(3, 3, 1, 4), None, groups=4),
    "conv_transpose2d": lambda x: conv_transpose2d(
        x, weights(3, 2, 4, 6), BIAS, TransposedWindow((2, 3), (1, 0), (1, 2))
    ),
    "conv_transpose2d_groups": lambda x: conv_transpose2d(
        x, weights(3, 3, 4, 3), BIAS, TransposedWindow(2), groups=2
    ),
    "conv_transpose2d_dilation": lambda x: conv_transpose2d(
        x, weights(3, 3, 4, 6), None, TransposedWindow(dilation=(1, 2))
    ),
    "max_pool2d": lambda x: max_pool2d(x * -1, (3, 2), (2, 1), (1, 0)),
    "avg_pool2d": lambda x: avg_pool2d(x, (3, 2), (2, 1), (1, 1)),
    "upsample_2": lambda x: upsample(x, 2),
    "upsample_3": lambda x: upsample(x, 3),
    "relu": lambda x: relu(x - 0.5),
    "leaky_relu": lambda x: leaky_relu(x - 0.5, 0.2),
    "rrelu": lambda x: rrelu(x - 0.5),
    "tanh": lambda x: tanh(x * 3 - 1),
    "sigmoid": lambda x: sigmoid(x * 9 - 4),
    "softplus": lambda x: softplus(x * 9 - 4),
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "negate": lambda x: -x,
    "normalize": normalize,
    "add_map": lambda x: x + relu(x - 0.5),
    "subtract_from": lambda x: 1 - x,
    "multiply_pixels": lambda x: x * weights(1, 10, 12, 1),
    "multiply_columns": lambda x: x * weights(12, 1),
    "divide_by": lambda x: 2 / x,
    "divide_channels": lambda x: x / (1 + np.arange(4, dtype=np.float32)),
    "add_vector_from_input": lambda x: x + x.sum(axis=0).sum(axis=0).sum(axis=0),
    "concatenate_channels": lambda x: concatenate([x, -x, np.ones((2, 10, 12, 1), np.float32)]),
    "concatenate_rows": lambda x: concatenate([x, -x], axis=1),
    "matmul": lambda x: x @ weights(4, 7),
    "matmul_from_left": lambda x: Tensor(weights(8, 12)) @ x,
    "sum_of_no_axes": lambda x: x.sum(()) + x.mean(()),
    "mean_channels": lambda x: x.mean(axis=3, keepdims=True),
    "gate": lambda x: x * sigmoid(x.mean(axis=(1, 2), keepdims=True)),
    "getitem": lambda x: x[:, 1::2, :-3, ..., 1:],
    "getitem_all": lambda x: x[:] * 2,
    "reshape": lambda x: x.reshape(2, 5, 4, 24),
    "transpose": lambda x: x.transpose(0, 2, 1, 3),
}
OTHERS = {
    "sum_pixels": lambda x: x.sum(axis=(1, 2)),
    "mean_pixels": lambda x: x.mean(axis=(1, 2)),
    "mean_channels_dropped": lambda x: x.mean(axis=-1),
    "sum_channels": lambda x: x.sum(axis=-1),
    "flatten": lambda x: x.reshape(2, -1),
    "flatten_transposed": lambda x: x.transpose(0, 3, 1, 2).reshape(2, 4, 120),
    "matmul_of_maps": lambda x: x.reshape(2, 120, 4) @ x.reshape(2, 120, 4).transpose(0, 2, 1),
    "normalize_vectors": lambda x: normalize(x.reshape(2, 120, 4)),
    "space_to_depth": lambda x: x.reshape(2, 5, 2, 6, 2, 4).transpose(0, 1, 3, 2, 4, 5) * 2,
    "concatenate_vectors": lambda x: concatenate([x.sum(axis=(1, 2)), x.sum(axis=(2, 1))], axis=1),
}


@pytest.mark.parametrize("name", [*MAPS, *OTHERS])
def test_opencv_computes_what_the_engine_does(name, path):
    network = Function((MAPS | OTHERS)[name])
    export_onnx(network, (2, 10, 12, 4), path)
    compare(network, path, image(2, 10, 12, 4))


NOT_OPEN = {  # where the Python code is made for sizes; a reshape to (2, ...) is for two images
    **dict.fromkeys(["multiply_pixels", "multiply_columns", "matmul_from_left"], "height width"),
    **dict.fromkeys(["concatenate_channels", "reshape"], "batch height width"),
}


@pytest.mark.parametrize("name", MAPS)
def test_sizes_are_open_where_the_network_allows(name, path):
    network, fixed = Function(MAPS[name]), NOT_OPEN.get(name, "").split()
    export_onnx(network, (2, 10, 12, 4), path)
    labels, shape, other = ("batch", "height", "width"), (2, 10, 12), (4, 14, 16)
    expected = [
        size if label in fixed else f"input.{label}"
        for label, size in zip(labels, shape, strict=True)
    ]
    batch, channels, *size = sizes(path)["input"]
    assert [batch, *size] == expected
    assert channels == 4
    changed = (
        before if label in fixed else after
        for label, before, after in zip(labels, shape, other, strict=True)
    )
    compare(network, path, image(*changed, 4))
