from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest
from example_networks import FeaturesS, Function, conv, lenet, randomize, resnet50
from onnx.reference import ReferenceEvaluator
from onnx_check import channels_first, compare, image, sizes

from featmatch.errors import MissingExtraError, OutputError
from featmatch.nn.activations import relu
from featmatch.nn.convolution import conv2d
from featmatch.nn.export.onnx_export import export_onnx
from featmatch.nn.folding import fold
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.module import Module, Sequential
from featmatch.nn.normalization import normalize
from featmatch.nn.resampling import sample_points
from featmatch.nn.tensor import Parameter


def weights(*shape):
    """Make up weights, the same ones in every call."""
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


def test_open_sizes_of_the_output_are_its_own(rng, path):
    export_onnx(Sequential(conv(rng, 1, 2, stride=2), Function(normalize)), (1, 8, 8, 1), path)
    assert sizes(path) == {
        "input": ["input.batch", 1, "input.height", "input.width"],
        "output": ["output.batch", 2, "output.height", "output.width"],
    }
    export_onnx(lenet(rng), (1, 28, 28, 1), path)
    assert sizes(path) == {"input": ["input.batch", 1, 28, 28], "output": ["output.0", 10]}


@pytest.mark.parametrize("folded", [False, True])
def test_a_network_of_branches(rng, path, folded):
    network = randomize(FeaturesS(rng))
    network = fold(network) if folded else network
    export_onnx(network, (1, 32, 48, 1), path)
    compare(network, path, image(1, 32, 48, 1))
    compare(network, path, image(3, 64, 80, 1))
    ops = [node.op_type for node in onnx.load(path).graph.node]
    assert ops.count("BatchNormalization") == (0 if folded else 6)
    assert "Transpose" not in ops


def test_a_residual_network_and_a_classifier(rng, path):
    network = randomize(resnet50(rng, 4, stride_first=True))
    export_onnx(network, (1, 64, 64, 3), path)
    compare(network, path, image(2, 64, 96, 3))
    network = lenet(rng)
    export_onnx(network, (2, 28, 28, 1), path)
    compare(network, path, image(5, 28, 28, 1))


def test_a_global_mean_leaves_height_and_width_open(rng, path):
    mean = Function(lambda x: x.mean(axis=(1, 2)))
    network = Sequential(conv(rng, 1, 4), mean, Linear(4, 3, rng=rng))
    export_onnx(network, (1, 8, 8, 1), path)
    assert sizes(path)["input"] == ["input.batch", 1, "input.height", "input.width"]
    assert sizes(path)["output"] == ["output.0", 3]
    compare(network, path, image(2, 9, 14, 1))


def test_vectors_and_batch_normalization_of_them(rng, path):
    network = randomize(Sequential(Linear(5, 7, rng=rng), BatchNorm2d(7), Linear(7, 2, rng=rng)))
    export_onnx(network, (3, 5), path)
    assert sizes(path) == {"input": ["input.0", 5], "output": ["output.0", 2]}
    compare(network, path, image(3, 5))


def test_several_inputs_and_outputs(path):
    network = Function(lambda x, y: {"sum": x[:, ::2] + y, "maps": relu(x), "same": y})
    export_onnx(network, [(1, 8, 6, 2), (1, 4, 6, 2)], path)
    assert list(sizes(path)) == ["input_1", "input_2", "sum", "maps", "same"]
    compare(network, path, image(1, 8, 6, 2), image(1, 4, 6, 2))


def test_scalars(path):
    """OpenCV 5.0 does not read a sum without axes; the reference implementation does."""
    export_onnx(Function(lambda x: x / x.sum() * 2), (1, 3, 4, 2), path)
    x = image(1, 3, 4, 2)
    (found,) = ReferenceEvaluator(str(path)).run(None, {"input": channels_first(x)})
    assert found == pytest.approx(channels_first(2 * x / x.sum()), rel=1e-6)


class Shared(Module):
    """Layers used twice, weights from others, and names that could be mixed up."""

    def __init__(self, rng):
        self.layer = Conv2d(2, 2, 3, padding=1, rng=rng)
        self.relu_1 = Conv2d(2, 2, 3, padding=1, rng=rng)
        self.scale = Parameter(weights(2))

    def forward(self, x):
        x = relu(self.layer(relu(self.layer(x))))
        x = conv2d(x, self.layer.weight * self.scale, padding="same")
        return {"layer": relu(self.relu_1(x)), "layer.weight": x * self.scale / self.scale}


def test_names_and_shared_weights(rng, path):
    network = Shared(rng)
    export_onnx(network, (1, 5, 6, 2), path)
    compare(network, path, image(1, 5, 6, 2))
    graph = onnx.load(path).graph
    names = [name for node in graph.node for name in node.output]
    assert len(set(names)) == len(names)
    constants = {constant.name: constant.dims for constant in graph.initializer}
    assert len(constants) == 8  # 2 kernels of layer, its bias, relu_1's two, scale as map
    assert constants["relu_1.weight"] == [2, 2, 3, 3]


def test_training_mode_is_not_exported_and_comes_back(rng, path):
    network = randomize(Sequential(conv(rng, 1, 2), BatchNorm2d(2)))
    before = network.state_dict()
    export_onnx(network, (2, 5, 5, 1), path)
    assert all(module.training for module in network.modules())
    for name, array in network.state_dict().items():
        assert np.array_equal(array, before[name])
    compare(network, path, image(2, 5, 5, 1))


def test_float64_becomes_float32(rng, path):
    network = randomize(Sequential(conv(rng, 1, 2), BatchNorm2d(2)))
    export_onnx(network, (1, 5, 5, 1), path)
    single = path.read_bytes()
    export_onnx(network.astype(np.float64), (1, 5, 5, 1), path)
    assert path.read_bytes() == single


def test_the_file_follows_the_standard(rng, path):
    network = FeaturesS(rng)
    export_onnx(network, (1, 32, 32, 1), path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert (model.opset_import[0].version, model.ir_version) == (13, 7)
    assert (model.producer_name, model.graph.name) == ("featmatch", "FeaturesS")
    first = path.read_bytes()
    export_onnx(network, (1, 32, 32, 1), path)
    assert path.read_bytes() == first


POINTS = np.ones((1, 2, 2), np.float32)
REFUSED = {
    "sample_points": lambda x: sample_points(x, POINTS),
    "getitem": lambda x: x[:, 0],
    "getitem_backwards": lambda x: x[:, ::-1],
    "batch_norm": lambda x: BatchNorm2d(4).eval()(x.reshape(1, 30, 4)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_onnx_does_not_have_is_refused(name, path):
    op = name.removesuffix("_backwards")
    with pytest.raises(ValueError, match=rf"network: expected operations .*, got {op} \({op}_1\)"):
        export_onnx(Function(REFUSED[name]), (1, 5, 6, 4), path)
    assert not path.exists()


def test_weights_from_the_input_are_refused(path):
    network = Function(lambda x: conv2d(x, x.reshape(3, 3, 1, 1), padding=1))
    with pytest.raises(ValueError, match=r"network: expected weights that do not .*, got conv2d_1"):
        export_onnx(network, (1, 3, 3, 1), path)


def test_what_is_not_recorded_is_noticed(path):
    network = Function(lambda x: x - x.data.mean())
    with pytest.raises(ValueError, match="network: expected that the input is only used by oper"):
        export_onnx(network, (1, 3, 3, 1), path)
    assert not path.exists()


def test_an_output_named_as_an_input_is_refused(path):
    with pytest.raises(ValueError, match="expected outputs named unlike inputs, got 'input'"):
        export_onnx(Function(lambda x: {"input": relu(x)}), (1, 3, 3, 1), path)


def test_a_missing_package_is_told(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install onnx$"):
        export_onnx(Function(relu), (1, 3, 3, 1), path)


def test_it_is_written_whole_or_not_at_all(path, monkeypatch):
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match="sample_points"):
        export_onnx(Function(REFUSED["sample_points"]), (1, 5, 6, 4), path)
    monkeypatch.setattr(onnx.checker, "check_model", fail)
    with pytest.raises(RuntimeError):
        export_onnx(Function(relu), (1, 3, 3, 1), path)
    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def fail(*_, **__):
    raise RuntimeError


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        export_onnx(Function(relu), (1, 3, 3, 1), tmp_path / "no" / "network.onnx")
