import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import check_against_torch

from featmatch.nn.activations import leaky_relu, relu, rrelu, sigmoid, softplus, tanh

SHAPES = st.lists(st.integers(1, 5), min_size=0, max_size=4)


def drawn(shape, seed):
    return np.random.default_rng(seed).uniform(-3, 3, shape)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (relu, torch.relu),
        (tanh, torch.tanh),
        (sigmoid, torch.sigmoid),
        (softplus, functional.softplus),
        (leaky_relu, functional.leaky_relu),
        (rrelu, functional.rrelu),
    ],
)
@settings(max_examples=20)
@given(SHAPES, st.integers(0, 99))
def test_defaults(ours, theirs, shape, seed):
    check_against_torch(ours, theirs, drawn(shape, seed))


@settings(max_examples=20)
@given(SHAPES, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_slopes(shape, lower, upper, training):
    lower, upper = sorted((lower, upper))
    x, rng = drawn(shape, 0), np.random.default_rng(0)
    check_against_torch(
        lambda x: leaky_relu(x, upper), lambda x: functional.leaky_relu(x, upper), x
    )
    check_against_torch(
        lambda x: rrelu(x, lower, upper), lambda x: functional.rrelu(x, lower, upper), x
    )
    # the only slope that both draw in training
    check_against_torch(
        lambda x: rrelu(x, upper, upper, training, rng),
        lambda x: functional.rrelu(x, upper, upper, training),
        x,
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(relu, torch.relu), (leaky_relu, functional.leaky_relu), (rrelu, functional.rrelu)],
)
def test_gradient_at_the_kink(ours, theirs):
    check_against_torch(ours, theirs, np.zeros((3, 4)))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(tanh, torch.tanh), (sigmoid, torch.sigmoid), (softplus, functional.softplus)],
)
def test_huge_input(ours, theirs):
    check_against_torch(ours, theirs, [-1e15, -1e4, -60, -20, 20, 60, 1e4, 1e15])
