"""Names, modes and states of modules."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from featmatch.nn.module import Module, Sequential, keep_modes
from featmatch.nn.tensor import Parameter, Tensor


class Scale(Module):
    """x * weight, with a buffer and a generator."""

    def __init__(self, value, rng=None):
        self.weight = Parameter(np.float32([value]))
        self.seen = np.zeros(2, np.float32)
        self.order = np.arange(3)
        self.rng = rng
        self.option = "none of these"

    def forward(self, x):
        return x * self.weight


class Network(Module):
    def __init__(self):
        rng = np.random.default_rng(0)
        self.first = Scale(1, rng)
        self.branches = [Scale(2, rng), (Scale(3), [Scale(4, np.random.default_rng(1))])]
        self.body = Sequential(Scale(5), Scale(6))
        self.biases = (Parameter(np.zeros(2)), [Parameter(np.ones((1, 3)))])

    def forward(self, x, y):
        return self.body(self.first(x)) + y


SCALES = ["first", "branches.0", "branches.1.0", "branches.1.1.0", "body.layers.0", "body.layers.1"]


def test_parameters_have_names_at_every_depth():
    network = Network()
    named = network.named_parameters()
    assert list(named) == [f"{name}.weight" for name in SCALES] + ["biases.0", "biases.1.0"]
    assert [float(named[f"{name}.weight"].data[0]) for name in SCALES] == [1, 2, 3, 4, 5, 6]
    assert all(a is b for a, b in zip(network.parameters(), named.values(), strict=True))


def test_buffers_have_names():
    names = [f"{name}.{buffer}" for name in SCALES for buffer in ("seen", "order")]
    assert list(Network().named_buffers()) == names


def test_modules_come_outer_before_inner():
    network = Network()
    assert list(network.children()) == [
        "first",
        "branches.0",
        "branches.1.0",
        "branches.1.1.0",
        "body",
    ]
    kinds = [type(module).__name__ for module in network.modules()]
    assert kinds == ["Network", *["Scale"] * 4, "Sequential", *["Scale"] * 2]


def test_a_shared_parameter_is_listed_once_but_keeps_its_names():
    shared = Scale(1)
    network = Sequential(shared, shared)
    assert list(network.named_parameters()) == ["layers.0.weight", "layers.1.weight"]
    assert network.parameters() == [shared.weight]


def test_generators_come_once():
    network = Network()
    first, second = network.generators()
    assert first is network.first.rng
    assert second is network.branches[1][1][0].rng


def test_a_call_is_forward():
    y = Network()(Tensor(np.float32([2])), 0.5)
    np.testing.assert_array_equal(y.data, [2 * 1 * 5 * 6 + 0.5])
    x = Tensor([1.0])
    assert Sequential()(x) is x


def test_a_module_needs_forward():
    class Nothing(Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Nothing has no forward\(\)"):
        Nothing()(1)


def test_modules_show_what_they_are_made_of():
    scale = "Scale(weight=(1,), seen=(2,), order=(3,), rng=None, option='none of these')"
    assert repr(Scale(1).eval()) == scale
    assert repr(Sequential(Sequential(Scale(1)), Scale(2))).splitlines() == [
        "Sequential(",
        "  layers.0: Sequential(",
        f"    layers.0: {scale}",
        "  )",
        f"  layers.1: {scale}",
        ")",
    ]


def test_modes_reach_every_module():
    network = Network()
    assert all(module.training for module in network.modules())
    assert network.eval() is network
    assert not any(module.training for module in network.modules())
    network.train()
    assert all(module.training for module in network.modules())
    network.train(False)
    assert not any(module.training for module in network.modules())


def test_modes_are_kept_whatever_happens():
    network = Sequential(Module(), Sequential(Module().eval()))
    before = [module.training for module in network.modules()]
    assert before == [True, True, True, False]
    with keep_modes(network):
        network.eval()
    assert [module.training for module in network.modules()] == before
    with pytest.raises(NotImplementedError), keep_modes(network):
        network.eval()(1)
    assert [module.training for module in network.modules()] == before


def test_states_are_copies_and_come_back():
    network = Network()
    state = network.state_dict()
    before = copy.deepcopy(state)
    arrays = [parameter.data for parameter in network.parameters()]
    for array in arrays:
        array += 1
    for buffer in network.named_buffers().values():
        buffer += 1
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])
    network.load_state_dict(state)
    for name, array in network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    for parameter, array in zip(network.parameters(), arrays, strict=True):
        assert parameter.data is array


def test_a_state_of_another_precision_is_converted():
    single, double = Scale(1), Scale(2).astype(np.float64)
    single.load_state_dict(double.state_dict())
    assert single.weight.dtype == np.float32
    assert single.weight.data[0] == 2


def test_a_state_with_differences_is_refused_whole():
    network = Sequential(Scale(1), Scale(2))
    state = {name: array + 1 for name, array in network.state_dict().items()}
    del state["layers.0.seen"]
    state["layers.1.weight"] = np.zeros((1, 2))
    state["bias"] = np.zeros(1)
    message = (
        r"state: expected the arrays of this network, got no layers\.0\.seen; an unknown bias;"
        r" layers\.1\.weight of shape \(1, 2\) instead of \(1,\)$"
    )
    with pytest.raises(ValueError, match=message):
        network.load_state_dict(state)
    assert network.layers[0].weight.data[0] == 1


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(["a"]), "expected float32 for layers.1.weight, got <U1"),
        (np.array([1j]), "expected float32 for layers.1.weight, got complex128"),
        (np.array([None]), "expected float32 for layers.1.weight, got object"),
        (np.array([np.nan]), "expected finite numbers of float32 for layers.1.weight, got others"),
        (np.array([1e300]), "expected finite numbers of float32 for layers.1.weight, got others"),
    ],
)
def test_a_state_that_is_not_of_finite_numbers_is_refused_whole(array, message):
    network = Sequential(Scale(1), Scale(2))
    before = network.state_dict()
    state = {name: array + 1 for name, array in before.items()} | {"layers.1.weight": array}
    with pytest.raises(ValueError, match=f"^state: {message}$"):
        network.load_state_dict(state)
    for name, kept in network.state_dict().items():
        np.testing.assert_array_equal(kept, before[name])


def test_a_buffer_of_integers_takes_no_fractions():
    network = Scale(1)
    with pytest.raises(ValueError, match="expected int64 for order, got float64"):
        network.load_state_dict(network.state_dict() | {"order": np.array([0.5, 1, 2])})


def test_a_state_is_a_mapping():
    with pytest.raises(TypeError, match="state: expected a mapping of names to arrays, got None"):
        Scale(1).load_state_dict(None)


def test_many_differences_are_counted():
    with pytest.raises(ValueError, match=r"got no first\.weight; .*; and 14 more differences$"):
        Network().load_state_dict({})


def test_change_of_precision():
    network = Network()
    parameters = network.parameters()
    assert network.astype(np.float64) is network
    assert {array.dtype for array in network.state_dict().values()} == {
        np.dtype(np.float64),
        np.dtype(np.int64),
    }
    assert all(a is b for a, b in zip(network.parameters(), parameters, strict=True))
    network.astype(np.float32)
    assert network.first.seen.dtype == network.branches[1][0].weight.dtype == np.float32
    np.testing.assert_array_equal(network.first.order, [0, 1, 2])


def test_a_deep_copy_stands_alone():
    network = Network()
    other = copy.deepcopy(network)
    other.first.weight.data += 1
    assert network.first.weight.data[0] == 1
    assert other.generators()[0] is other.first.rng is other.branches[0].rng
    assert other.first.rng is not network.first.rng


def test_modules_in_dicts_have_names():
    class Heads(Module):
        def __init__(self):
            self.heads = {"score": Parameter(np.zeros(1)), "descriptor": [Parameter(np.zeros(2))]}

    assert list(Heads().named_parameters()) == ["heads.score", "heads.descriptor.0"]


def test_a_sequence_is_made_of_modules():
    with pytest.raises(TypeError, match="layers: expected modules, one by one, got"):
        Sequential([Sequential()])
