import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.activation_layers import ReLU
from featmatch.nn.folding import fold
from featmatch.nn.layers import BatchNorm2d, Conv2d, ConvTranspose2d, Linear
from featmatch.nn.module import Module, Sequential

X = np.random.default_rng(0).normal(size=(2, 7, 8, 4)).astype(np.float32)


class Branches(Module):
    """Two sequences next to each other, in a list and as an attribute."""

    def __init__(self, rng):
        self.parts = [block(rng), block(rng)]
        self.head = Sequential(Sequential(*block(rng).layers, ReLU()), BatchNorm2d(4))

    def forward(self, x):
        return self.head(self.parts[0](x) + self.parts[1](x))


def block(rng):
    return Sequential(Conv2d(4, 4, 3, padding=1, bias=False, rng=rng), trained(4, rng))


def trained(channels, rng):
    """A batch norm that has seen something."""
    norm = BatchNorm2d(channels, eps=1e-3)
    norm.weight.data[:], norm.running_var[:] = rng.uniform(0.5, 2, (2, channels))
    norm.bias.data[:], norm.running_mean[:] = rng.normal(size=(2, channels))
    return norm


def kinds(network):
    return [type(module).__name__ for module in network.modules()]


def assert_same_output(network, folded, x=X):
    before, after = network.eval()(x).data, folded(x).data
    np.testing.assert_allclose(after, before, atol=1e-5 * max(1, np.abs(before).max()))


@settings(max_examples=30)
@given(
    st.sampled_from([Conv2d, ConvTranspose2d]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([4, 8]),
    st.integers(1, 3),
    st.integers(1, 2),
    st.booleans(),
    st.integers(0, 99),
)
def test_output_stays(layer, groups, channels, kernel_size, stride, bias, seed):
    rng = np.random.default_rng(seed)
    convolution = layer(4, channels, kernel_size, stride, groups=groups, bias=bias, rng=rng)
    if bias:
        convolution.bias.data[:] = rng.normal(size=channels)
    network = Sequential(convolution, trained(channels, rng), ReLU())
    folded = fold(network)
    assert kinds(folded) == ["Sequential", layer.__name__, "ReLU"]
    assert folded.layers[0].weight.shape == convolution.weight.shape
    assert_same_output(network, folded)


def test_sequences_at_any_depth():
    network = Branches(np.random.default_rng(0))
    network(X)
    folded = fold(network)
    assert isinstance(folded, Branches)
    assert kinds(folded) == [
        *("Branches", "Sequential", "Conv2d", "Sequential", "Conv2d"),
        *("Sequential", "Sequential", "Conv2d", "ReLU", "BatchNorm2d"),
    ]
    assert_same_output(network, folded)


def test_original_stays_as_it_is_and_the_copy_is_in_evaluation_mode():
    network = Branches(np.random.default_rng(0))
    before, layers = network.state_dict(), kinds(network)
    folded = fold(network)
    folded.parts[0].layers[0].weight.data += 1
    folded.head.layers[1].running_mean += 1
    assert kinds(network) == layers
    assert all(module.training for module in network.modules())
    assert not any(module.training for module in folded.modules())
    for name, array in network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_only_what_follows_a_convolution_at_once_is_folded():
    rng = np.random.default_rng(0)
    network = Sequential(
        *(trained(4, rng), Conv2d(4, 4, 1, rng=rng), ReLU(), trained(4, rng)),
        *(Linear(4, 4, rng=rng), trained(4, rng), Sequential(Conv2d(4, 4, 1, rng=rng))),
        trained(4, rng),
    )
    assert kinds(fold(network)) == kinds(network)
    assert_same_output(network, fold(network))


def test_two_batch_norms_in_a_row():
    rng = np.random.default_rng(0)
    network = Sequential(*block(rng).layers, trained(4, rng))
    assert kinds(fold(network)) == ["Sequential", "Conv2d"]
    assert_same_output(network, fold(network))


def test_a_convolution_used_twice():
    rng = np.random.default_rng(0)
    shared = Conv2d(4, 4, 1, rng=rng)
    both = Sequential(shared, trained(4, rng))
    network = Sequential(shared, ReLU(), both, both, shared, trained(4, rng))
    folded = fold(network)
    assert "BatchNorm2d" not in kinds(folded)
    assert_same_output(network, folded)


@pytest.mark.parametrize("layer", [Conv2d(4, 4, 1, rng=np.random.default_rng(0)), BatchNorm2d(4)])
def test_a_layer_alone_is_copied(layer):
    folded = fold(layer)
    assert folded is not layer
    assert_same_output(layer, folded)


def test_empty_sequence():
    assert fold(Sequential()).layers == ()


def test_folding_twice_changes_nothing_more():
    once = fold(Branches(np.random.default_rng(0)))
    twice = fold(once)
    assert kinds(twice) == kinds(once)
    np.testing.assert_array_equal(twice(X).data, once(X).data)
