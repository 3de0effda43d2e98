"""Optimizers: single steps by hand, minima found, exact resumption, messages."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from featmatch.nn.autograd import grad
from featmatch.nn.layers import Linear
from featmatch.nn.optimizers import SGD, Adam, AdamW, Optimizer
from featmatch.nn.tensor import Parameter, Tensor

MAKERS = {
    "sgd": lambda parameters: SGD(parameters, 0.02),
    "momentum": lambda parameters: SGD(parameters, 0.01, momentum=0.9, weight_decay=1e-4),
    "nesterov": lambda parameters: SGD(parameters, 0.01, momentum=0.9, nesterov=True),
    "adam": lambda parameters: Adam(parameters, 0.1),
    "adam with decay": lambda parameters: Adam(parameters, 0.05, (0.8, 0.99), weight_decay=1e-4),
    "adamw": lambda parameters: AdamW(parameters, 0.1, weight_decay=1e-4),
}
every = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def parameters(dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    return [Parameter(rng.standard_normal(shape).astype(dtype)) for shape in [(3, 4), (4,), ()]]


def gradients(seed, dtype=np.float32):
    return [parameter.data for parameter in parameters(dtype, seed + 100)]


def test_plain_descent():
    w = Parameter([1.0, 2.0])
    SGD([w], 0.5).step([np.array([2.0, -4.0])])
    np.testing.assert_array_equal(w.data, [0, 4])


def test_momentum_of_a_constant_gradient_is_a_geometric_series():
    w = Parameter(np.zeros(1))
    optimizer = SGD([w], 0.1, momentum=0.5)
    for steps in range(1, 6):
        optimizer.step([np.ones(1)])
        velocities = [2 - 0.5**t for t in range(steps)]  # 1 + 1/2 + 1/4 + ...
        assert w.data[0] == pytest.approx(-0.1 * sum(velocities))


def test_nesterov_looks_one_step_ahead():
    w = Parameter(np.zeros(1))
    optimizer = SGD([w], 0.1, momentum=0.5, nesterov=True)
    optimizer.step([np.ones(1)])
    assert w.data[0] == pytest.approx(-0.1 * 1.5)
    optimizer.step([np.ones(1)])
    assert w.data[0] == pytest.approx(-0.1 * (1.5 + 1.75))


def test_weight_decay_of_sgd_and_adam_is_a_gradient_on_every_parameter():
    for decayed, plain in (
        (SGD(parameters(np.float64), 0.1, 0.9, weight_decay=0.3), SGD),
        (Adam(parameters(np.float64), 0.1, weight_decay=0.3), Adam),
    ):
        options = {"momentum": 0.9} if plain is SGD else {}
        other = plain(parameters(np.float64), 0.1, **options)
        for step in range(3):
            own = gradients(step, np.float64)
            with_penalty = [g + 0.3 * w.data for g, w in zip(own, other.parameters, strict=True)]
            decayed.step(own)
            other.step(with_penalty)
        for a, b in zip(decayed.parameters, other.parameters, strict=True):
            np.testing.assert_allclose(a.data, b.data, rtol=1e-13)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e6])
def test_the_first_step_of_adam_is_the_learning_rate(size):
    w = Parameter(np.zeros(3))
    Adam([w], 0.01).step([np.array([size, -size, 0])])
    np.testing.assert_allclose(w.data, [-0.01, 0.01, 0], rtol=2e-4)


def test_adam_with_constant_gradients_goes_on_at_the_learning_rate():
    w = Parameter(np.zeros(1))
    optimizer = Adam([w], 0.01)
    for _ in range(50):
        optimizer.step([np.full(1, 3.0)])
    assert w.data[0] == pytest.approx(-0.5, rel=1e-6)


def test_adamw_without_gradient_only_decays_matrices():
    matrix, bias = Parameter(np.ones((1, 2))), Parameter(np.ones(2))
    optimizer = AdamW([matrix, bias], 0.1, weight_decay=0.5)
    for _ in range(3):
        optimizer.step([np.zeros((1, 2)), np.zeros(2)])
    np.testing.assert_allclose(matrix.data, (1 - 0.05) ** 3)
    np.testing.assert_array_equal(bias.data, 1)


def test_adamw_without_decay_is_adam():
    first, second = AdamW(parameters(), weight_decay=0), Adam(parameters())
    for step in range(3):
        first.step(gradients(step))
        second.step(gradients(step))
    for a, b in zip(first.parameters, second.parameters, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


@every
def test_the_minimum_of_a_narrow_valley_is_found(make):
    w = Parameter(np.array([[3.0, -2.0]]))
    optimizer = make([w])
    for step in range(1500):
        optimizer.lr *= 0.999 if step > 500 else 1
        loss = (w * w * np.array([10, 1]) - w * np.array([20, 2])).sum()
        optimizer.step(grad(loss, [w]))
    np.testing.assert_allclose(w.data, [[1, 1]], atol=1e-3)


@every
def test_data_is_changed_in_place_and_gradients_not_at_all(make):
    optimizer, own = make(parameters()), gradients(0)
    held = [parameter.data for parameter in optimizer.parameters]
    copies = [array.copy() for array in own]
    for array in own:
        array.flags.writeable = False
    before = [array.copy() for array in held]
    optimizer.step(own)
    for parameter, array, old in zip(optimizer.parameters, held, before, strict=True):
        assert parameter.data is array
        assert array.dtype == np.float32
        assert (array != old).all()
    for array, old in zip(own, copies, strict=True):
        np.testing.assert_array_equal(array, old)


@every
def test_the_learning_rate_may_change(make):
    optimizer = make(parameters())
    before = [parameter.data.copy() for parameter in optimizer.parameters]
    optimizer.lr = 0.0
    optimizer.step(gradients(0))
    for parameter, old in zip(optimizer.parameters, before, strict=True):
        np.testing.assert_array_equal(parameter.data, old)


@every
def test_training_resumes_bit_for_bit(make):
    straight = make(parameters())
    for step in range(4):
        straight.step(gradients(step))
    straight.lr *= 0.7
    state = straight.state_dict()
    kept = copy.deepcopy(state)
    resumed = make([Parameter(parameter.data.copy()) for parameter in straight.parameters])
    resumed.load_state_dict(state)
    assert (resumed.lr, resumed.num_steps) == (straight.lr, 4)
    for step in range(4, 8):
        straight.step(gradients(step))
        resumed.step(gradients(step))
    for a, b in zip(straight.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
    for name, array in straight.state_dict().items():
        np.testing.assert_array_equal(array, resumed.state_dict()[name])
    for name, array in state.items():
        np.testing.assert_array_equal(array, kept[name])


def test_states_can_be_saved_by_numpy(tmp_path):
    optimizer = Adam(parameters())
    optimizer.step(gradients(0))
    np.savez(tmp_path / "state.npz", **optimizer.state_dict())
    other = Adam(parameters(), lr=1)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as state:
        other.load_state_dict(state)
    assert list(other.state_dict()) == [
        *["num_steps", "lr", "mean.0", "mean.1", "mean.2"],
        *["mean_square.0", "mean_square.1", "mean_square.2"],
    ]
    assert (other.lr, other.num_steps) == (1e-3, 1)


def test_states_of_others_are_refused_whole():
    optimizer = Adam(parameters())
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=r"state: expected that of this optimizer, got no mean\.0"):
        optimizer.load_state_dict(SGD(parameters(), 0.1).state_dict())
    other = Adam([Parameter(np.zeros((3, 4))), Parameter(np.zeros(5)), Parameter(0.0)])
    with pytest.raises(ValueError, match=r"mean\.1 of shape \(5,\) instead of \(4,\)"):
        optimizer.load_state_dict(other.state_dict())
    for name, array in optimizer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g[:2], "gradients: expected 3 arrays, one for each parameter, got 2"),
        (lambda g: [g[0].T, *g[1:]], r"gradients\[0\]: expected shape \(3, 4\), got \(4, 3\)"),
        (lambda g: [g[0], g[1][:, None], g[2]], r"gradients\[1\]: expected shape \(4,\), got"),
        (lambda g: [*g[:2], g[2] * np.nan], r"gradients\[2\]: expected finite numbers, got nan"),
        (lambda g: [g[0] / 0 * 1, *g[1:]], r"gradients\[0\]: expected finite numbers, got -?inf"),
    ],
)
@every
def test_refused_gradients_change_nothing(make, change, message):
    optimizer = make(parameters())
    with np.errstate(all="ignore"):
        wrong = change(gradients(0))
    with pytest.raises(ValueError, match=message):
        optimizer.step(wrong)
    for parameter, original in zip(optimizer.parameters, parameters(), strict=True):
        np.testing.assert_array_equal(parameter.data, original.data)
    assert optimizer.num_steps == 0


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (SGD, {"lr": -0.1}, "lr: expected a finite number of at least 0, got -0.1"),
        (SGD, {"lr": math.inf}, "lr: expected a finite number of at least 0, got inf"),
        (SGD, {"lr": 1, "momentum": 1.5}, "momentum: expected a number from 0 to 1, got 1.5"),
        (
            SGD,
            {"lr": 1, "weight_decay": -1},
            "weight_decay: expected a finite number of at least 0, got -1",
        ),
        (SGD, {"lr": 1, "nesterov": True}, "momentum: expected a number above 0 with nesterov"),
        (Adam, {"lr": math.nan}, "lr: expected a finite number of at least 0, got nan"),
        (
            Adam,
            {"betas": (0.9, 1.0)},
            "betas: expected a number of at least 0 and below 1, got 1.0",
        ),
        (
            Adam,
            {"betas": (-0.1, 0.9)},
            "betas: expected a number of at least 0 and below 1, got -0.1",
        ),
        (Adam, {"betas": (0.9,)}, r"betas: expected two numbers, got \(0.9,\)"),
        (Adam, {"betas": 0.9}, r"betas: expected two numbers, got 0\.9"),
        (Adam, {"eps": 0}, "eps: expected a finite number above 0, got 0"),
        (AdamW, {"weight_decay": "1"}, "weight_decay: expected a finite number .*, got '1'"),
    ],
)
def test_refused_options(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(parameters(), **options)


def test_refused_parameters():
    w = Parameter(np.zeros(2))
    with pytest.raises(ValueError, match="parameters: expected at least one, got none"):
        SGD(iter([]), 0.1)
    with pytest.raises(ValueError, match="parameters: expected each once, got one several times"):
        Adam([w, w])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda network: network, r"got Linear\(.*\)$"),
        (lambda network: network.named_parameters(), "got an object of type dict$"),
        (lambda network: network.weight, r"got Parameter\(.*\)$"),
        (lambda network: [network.weight.data], "got an object of type ndarray among them$"),
        (lambda network: [network.weight, None], "got None among them$"),
    ],
)
def test_parameters_are_not_their_network(wrong, message):
    network = Linear(10, 10, rng=np.random.default_rng(0))
    expected = r"parameters: expected Parameters, as network\.parameters\(\) lists them, "
    with pytest.raises(TypeError, match=expected + message):
        Adam(wrong(network))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: None, "gradients: expected 3 arrays, one for each parameter, got None"),
        (lambda g: [*g[:2], 1.0], r"gradients\[2\]: expected an ndarray, got 1\.0"),
        (
            lambda g: [g[0], list(range(4)), g[2]],
            r"gradients\[1\]: expected an ndarray, got \[0, 1",
        ),
        (lambda g: [Tensor(g[0]), *g[1:]], r"gradients\[0\]: expected an ndarray, got Tensor\("),
        (lambda g: [g[0], None, g[2]], r"gradients\[1\]: expected an ndarray, got None"),
    ],
)
def test_gradients_are_arrays(change, message):
    optimizer = Adam(parameters())
    with pytest.raises(TypeError, match=message):
        optimizer.step(change(gradients(0)))
    for parameter, original in zip(optimizer.parameters, parameters(), strict=True):
        np.testing.assert_array_equal(parameter.data, original.data)
    assert optimizer.num_steps == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean_square.2": np.array(np.nan)}, r"finite numbers of float32 for mean_square\.2"),
        ({"mean.1": np.array(list("abcd"))}, r"expected float32 for mean\.1, got <U1"),
        (
            {"num_steps": np.array(-1)},
            "state: num_steps: expected an integer of at least 0, got -1",
        ),
        ({"lr": np.array(-1.0)}, "state: lr: expected a finite number of at least 0, got -1"),
    ],
)
def test_damaged_states_are_refused_whole(change, message):
    optimizer, other = Adam(parameters()), Adam(parameters())
    other.step(gradients(0))
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(other.state_dict() | change)
    for name, array in optimizer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_new_optimizer_has_to_say_its_step():
    with pytest.raises(NotImplementedError, match=r"Optimizer has no _update\(\)"):
        Optimizer(parameters(), 0.1).step(gradients(0))
