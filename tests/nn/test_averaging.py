"""Averages of weights: the recursion, exact resumption, messages."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.nn.averaging import WeightAverage
from featmatch.nn.module import Module
from featmatch.nn.tensor import Parameter


class Layer(Module):
    def __init__(self, size=3, value=0.0):
        self.weight = Parameter(np.full(size, value, np.float32))
        self.running_mean = np.full(size, value, np.float32)
        self.order = np.arange(size)

    def set(self, value):
        for array in (self.weight.data, self.running_mean, self.order):
            array[...] = value


def arrays(average):
    return average.network.weight.data, average.network.running_mean


def test_the_recursion_with_warm_up():
    layer = Layer(value=1.0)
    average, expected = WeightAverage(layer, 0.9), 1.0
    for t in range(1, 150):
        layer.set(t)
        average.update(layer)
        decay = min(0.9, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * t
        for array in arrays(average):
            np.testing.assert_allclose(array, expected, rtol=1e-5)
        np.testing.assert_array_equal(average.network.order, t)
        np.testing.assert_array_equal(layer.weight.data, t)
    assert average.num_updates == 149
    # at the full decay, the average of 1, 2, 3, ... trails by decay / (1 - decay)
    assert expected == pytest.approx(149 - 9, abs=0.01)


def test_the_first_update_keeps_two_elevenths():
    layer = Layer(value=11.0)
    average = WeightAverage(layer)
    layer.set(0)
    average.update(layer)
    np.testing.assert_allclose(average.network.weight.data, 2)


def test_constant_weights_are_their_own_average():
    layer = Layer(value=0.1)
    average = WeightAverage(layer)
    for _ in range(50):
        average.update(layer)
    for array in arrays(average):
        np.testing.assert_array_equal(array, np.float32(0.1))


def test_no_decay_is_a_copy():
    layer = Layer(value=1.0)
    average = WeightAverage(layer, 0)
    layer.set(7)
    average.update(layer)
    np.testing.assert_array_equal(average.network.weight.data, 7)


def test_an_average_is_less_noisy_than_the_weights():
    rng, layer = np.random.default_rng(0), Layer(100)
    average = WeightAverage(layer, 0.99)
    for _ in range(1000):
        layer.weight.data[...] = 5 + rng.standard_normal(100)
        average.update(layer)
    # the variance of an exponential average is (1 - d) / (1 + d)
    assert np.std(average.network.weight.data) == pytest.approx((0.01 / 1.99) ** 0.5, rel=0.3)
    assert np.mean(average.network.weight.data) == pytest.approx(5, abs=0.05)


def test_the_averaged_network_is_of_its_own_and_in_evaluation_mode():
    layer = Layer(value=1.0)
    average = WeightAverage(layer)
    assert layer.training
    assert not average.network.training
    average.network.set(9)
    np.testing.assert_array_equal(layer.weight.data, 1)
    held = average.network.weight.data
    average.update(layer)
    assert average.network.weight.data is held


def test_copy_into_another_network():
    layer, other = Layer(value=3.0), Layer(value=5.0)
    average = WeightAverage(layer)
    average.copy_to(other)
    np.testing.assert_array_equal(other.weight.data, 3)
    np.testing.assert_array_equal(other.running_mean, 3)
    other.set(4)
    np.testing.assert_array_equal(average.network.weight.data, 3)


def test_averaging_resumes_bit_for_bit():
    rng, layer = np.random.default_rng(0), Layer(50)
    straight, resumed = WeightAverage(layer, 0.95), WeightAverage(Layer(50), 0.95)
    for step in range(40):
        layer.weight.data[...] = rng.standard_normal(50)
        straight.update(layer)
        if step == 20:
            resumed.load_state_dict(straight.state_dict())
        if step > 20:
            resumed.update(layer)
    assert list(straight.state_dict()) == [
        "num_updates",
        "network.weight",
        "network.running_mean",
        "network.order",
    ]
    for name, array in straight.state_dict().items():
        np.testing.assert_array_equal(array, resumed.state_dict()[name])
    assert resumed.num_updates == 40


def test_states_are_copies():
    average = WeightAverage(Layer(value=1.0))
    state = average.state_dict()
    average.network.set(2)
    np.testing.assert_array_equal(state["network.weight"], 1)


def test_other_networks_and_states_are_refused():
    average, diverged = WeightAverage(Layer(3, 1.0)), Layer(3)
    diverged.weight.data[1] = np.inf
    with pytest.raises(ValueError, match=r"weight of shape \(4,\) instead of \(3,\)"):
        average.update(Layer(4))
    with pytest.raises(ValueError, match=r"weight of shape \(3,\) instead of \(4,\)"):
        average.copy_to(Layer(4))
    state = average.state_dict() | {"weight": np.zeros(3), "network.order": np.arange(4)}
    message = (
        r"state: expected that of this average, got an unknown weight; network\.order of shape"
        r" \(4,\) instead of \(3,\)"
    )
    with pytest.raises(ValueError, match=message):
        average.load_state_dict(state)
    with pytest.raises(ValueError, match="got no num_updates"):
        average.load_state_dict({})
    with pytest.raises(ValueError, match="num_updates: expected an integer of at least 0, got -1"):
        average.load_state_dict(average.state_dict() | {"num_updates": np.array(-1)})
    with pytest.raises(ValueError, match=r"finite numbers of float32 for network\.weight"):
        average.load_state_dict(average.state_dict() | {"network.weight": np.full(3, np.nan)})
    with pytest.raises(ValueError, match="network: expected finite numbers, got others in weight"):
        average.update(diverged)
    assert average.num_updates == 0
    np.testing.assert_array_equal(average.network.weight.data, 1)


@pytest.mark.parametrize("decay", [-0.1, 1.1, np.nan])
def test_refused_decays(decay):
    with pytest.raises(ValueError, match="decay: expected a number from 0 to 1, got"):
        WeightAverage(Layer(), decay)
