from __future__ import annotations

import numpy as np
import pytest
from example_networks import conv, lenet

from featmatch.nn.activations import relu
from featmatch.nn.inspection.trace import basic_slices, trace
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.module import Module, Sequential
from featmatch.nn.tensor import Parameter, Tensor, no_grad


class Function(Module):
    """A network of one function of the input, with parameters as attributes."""

    def __init__(self, function, **attributes):
        vars(self).update(attributes, function=function)

    def forward(self, *inputs):
        return self.function(self, *inputs)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_operations_stand_after_what_they_need_and_are_named_by_their_layers(rng):
    graph = trace(lenet(rng), (2, 28, 28, 1))
    rows = [(o.name, o.op, o.shape, o.inputs, o.num_parameters) for o in graph.operations]
    assert rows == [
        ("input", "input", (2, 28, 28, 1), (), 0),
        ("layers.0", "conv2d", (2, 28, 28, 6), (0, None, None), 156),
        ("relu_1", "relu", (2, 28, 28, 6), (1,), 0),
        ("max_pool2d_1", "max_pool2d", (2, 14, 14, 6), (2,), 0),
        ("layers.3", "conv2d", (2, 10, 10, 16), (3, None, None), 2416),
        ("relu_2", "relu", (2, 10, 10, 16), (4,), 0),
        ("max_pool2d_2", "max_pool2d", (2, 5, 5, 16), (5,), 0),
        ("reshape_1", "reshape", (2, 400), (6,), 0),
        ("layers.7", "matmul", (2, 10), (7, None), 4000),
        ("layers.7_2", "add", (2, 10), (8, None), 10),
    ]
    assert graph.outputs == {"output": 9}
    assert [operation.name for operation in graph.inputs] == ["input"]


def test_operations_hand_over_what_was_recorded(rng):
    network = Sequential(conv(rng, 1, 2, 3, stride=2))
    operation = trace(network, (1, 8, 8, 1))["layers.0"]
    assert operation.tensors[1] is network.layers[0].weight
    assert operation.attributes["stride"] == (2, 2)
    assert trace(network, (1, 8, 8, 1))["input"].tensors == ()
    assert trace(network, (1, 8, 8, 1))["input"].attributes == {}


def test_branches_keep_their_places():
    graph = trace(Function(lambda self, x: relu(x) + x * 2), (3,))
    assert [(o.name, o.inputs) for o in graph.operations] == [
        ("input", ()),
        ("relu_1", (0,)),
        ("multiply_1", (0, None)),
        ("add_1", (1, 2)),
    ]


def test_a_layer_used_twice_has_its_parameters_counted_once(rng):
    network = Function(lambda self, x: self.layer(relu(self.layer(x))), layer=conv(rng, 3, 3))
    graph = trace(network, (1, 4, 4, 3))
    assert [(o.name, o.num_parameters) for o in graph.operations] == [
        ("input", 0),
        ("layer", 81),
        ("relu_1", 0),
        ("layer_2", 0),
    ]


def test_parameters_behind_a_computed_weight_are_counted_and_give_the_name():
    network = Function(
        lambda self, x: x @ (self.layer.scale * self.layer.weight),
        layer=Function(None, weight=Parameter(np.ones((3, 4))), scale=Parameter(np.ones((1, 4)))),
    )
    graph = trace(network, (2, 3))
    assert [(o.name, o.op, o.num_parameters) for o in graph.operations[1:]] == [
        ("layer", "matmul", 16)
    ]


def test_parameters_of_the_network_itself_give_no_name():
    graph = trace(Function(lambda self, x: x * self.scale, scale=Parameter([2.0])), (3,))
    assert [(o.name, o.num_parameters) for o in graph.operations] == [
        ("input", 0),
        ("multiply_1", 1),
    ]


def test_names_do_not_collide():
    network = Function(
        lambda self, x: relu(relu(x) * self.relu_1.scale),
        relu_1=Function(None, scale=Parameter([2.0])),
    )
    names = [operation.name for operation in trace(network, (3,)).operations]
    assert names == ["input", "relu_1", "relu_1_2", "relu_2"]


def test_several_inputs_are_numbered():
    graph = trace(Function(lambda self, x, y: x @ y), [(2, 3), (3, 4)])
    assert [(o.name, o.shape) for o in graph.operations] == [
        ("input_1", (2, 3)),
        ("input_2", (3, 4)),
        ("matmul_1", (2, 4)),
    ]


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (lambda x, y: y, ["output"]),
        (lambda x, y: (x, y), ["output.0", "output.1"]),
        (lambda x, y: [y, (x, y)], ["output.0", "output.1.0", "output.1.1"]),
        (lambda x, y: {"logits": y, "maps": [x]}, ["logits", "maps.0"]),
    ],
)
def test_outputs_are_named_by_where_they_were_returned(result, names):
    graph = trace(Function(lambda self, x: result(x, relu(x))), (2, 3))
    assert list(graph.outputs) == names
    ops = {graph.operations[place].op for place in graph.outputs.values()}
    assert ops <= {"input", "relu"}


class Probe(Module):
    def forward(self, x):
        if self.fails:
            raise RuntimeError
        self.seen = self.training
        return x * 1


@pytest.mark.parametrize("fails", [False, True])
def test_evaluation_mode_is_only_lent(rng, fails):
    network = Sequential(Probe(), BatchNorm2d(1), Probe())
    network.layers[0].fails, network.layers[2].fails = False, fails
    network.layers[1].eval()
    if fails:
        with pytest.raises(RuntimeError):
            trace(network, (2, 2, 2, 1))
    else:
        trace(network, (2, 2, 2, 1))
        assert not network.layers[2].seen
    assert not network.layers[0].seen
    assert [module.training for module in network.modules()] == [True, True, False, True]


def test_the_input_has_the_parameters_type_and_values_as_pixels_have(rng):
    network = Sequential(Linear(3, 2, rng=rng))
    assert trace(network, (2, 3))["input"].output.dtype == np.float32
    x = trace(network.astype(np.float64), (50, 3))["input"].output.data
    assert x.dtype == np.float64
    assert x.min() > 0
    assert 0.9 < x.max() <= 1
    assert np.array_equal(x, trace(network, (50, 3))["input"].output.data)
    other = trace(network, (50, 3), np.random.default_rng(1))["input"].output.data
    assert not np.array_equal(x, other)


@pytest.mark.parametrize("shape", [(2, 0), (2, -1), (), [3, 4], 3.5, ((2, 3), 4), (2.0, 3)])
def test_shapes_are_checked(shape):
    with pytest.raises(ValueError, match="input_shape: expected"):
        trace(Function(lambda self, x: x * 1), shape)


def test_outputs_without_a_record_are_refused():
    expected = "network: expected outputs that recorded operations computed from the input, got"
    with pytest.raises(ValueError, match=expected + r" output\.1 = Tensor"):
        trace(Function(lambda self, x: (x * 1, Tensor([1.0]))), (2,))
    with no_grad(), pytest.raises(ValueError, match=expected + " output = Tensor"):
        trace(Function(lambda self, x: x * 1), (2,))


def test_outputs_of_other_types_are_refused():
    expected = "network: expected a tensor, or a tuple, list or dict of tensors, .* got ndarray"
    with pytest.raises(TypeError, match=expected):
        trace(Function(lambda self, x: {"y": x.data}), (2,))


def test_an_unknown_name_lists_those_there_are():
    graph = trace(Function(lambda self, x: relu(x)), (2,))
    with pytest.raises(ValueError, match=r"operation: expected one of input, relu_1, got 'conv'"):
        graph["conv"]


def test_a_convolution_alone_is_a_network(rng):
    graph = trace(Conv2d(1, 2, 3, rng=rng), (1, 5, 5, 1))
    assert [(o.name, o.num_parameters) for o in graph.operations] == [
        ("input", 0),
        ("conv2d_1", 20),
    ]


ALL = slice(None)


@pytest.mark.parametrize(
    ("index", "slices"),
    [
        (slice(1, 5, 2), (slice(1, 5, 2), ALL, ALL)),
        ((ALL, slice(2)), (ALL, slice(2), ALL)),
        (..., (ALL, ALL, ALL)),
        ((..., slice(2)), (ALL, ALL, slice(2))),
        ((slice(1), ..., slice(2), slice(3)), (slice(1), slice(2), slice(3))),
        (0, None),
        ((ALL, 0), None),
        ((..., None), None),
        ((ALL, [0, 1]), None),
    ],
)
def test_indices_of_slices_are_spelt_out(index, slices):
    assert basic_slices(index, 3) == slices
