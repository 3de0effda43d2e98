import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import assert_close, check_against_torch

from featmatch.nn.normalization import batch_norm, fold_batch_norm, normalize

SHAPES = st.sampled_from([(4,), (7,), (2, 3), (5, 1, 2), (1, 3, 4), (3, 4, 5)])


def channels_second(x):
    return x.movedim(-1, 1)


def drawn_state(channels, seed):
    rng = np.random.default_rng(seed)
    mean, weight, bias = rng.standard_normal((3, channels), np.float32)
    return mean, rng.uniform(0.5, 2, channels).astype(np.float32), weight, bias


@settings(max_examples=40)
@given(SHAPES, st.integers(1, 5), st.booleans(), st.floats(0, 1), st.sampled_from([1e-5, 0.1]))
def test_batch_norm(shape, channels, training, momentum, eps):
    mean, var, weight, bias = drawn_state(channels, seed=1)
    torch_mean, torch_var = torch.tensor(mean), torch.tensor(var)
    x = 2 + 3 * np.random.default_rng(2).standard_normal((*shape, channels))

    def theirs(x, weight, bias):
        y = functional.batch_norm(
            channels_second(x), torch_mean, torch_var, weight, bias, training, momentum, eps
        )
        return y.movedim(1, -1)

    check_against_torch(
        lambda x, weight, bias: batch_norm(
            x, mean, var, weight, bias, momentum if training else None, eps
        ),
        theirs,
        *(x, weight, bias),
    )
    assert_close(mean, torch_mean.numpy(), 1e-6)
    assert_close(var, torch_var.numpy(), 1e-6)


@pytest.mark.parametrize("bias", [True, False])
def test_fold_batch_norm(bias):
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((3, 3, 4, 5), np.float32)
    bias = rng.standard_normal(5, np.float32) if bias else None
    mean, var, gamma, beta = state = drawn_state(5, seed=1)
    theirs = torch.nn.utils.fuse_conv_bn_weights(
        torch.tensor(weight.transpose(3, 2, 0, 1)),
        None if bias is None else torch.tensor(bias),
        *(torch.tensor(mean), torch.tensor(var), 1e-3, torch.tensor(gamma), torch.tensor(beta)),
    )
    folded, shift = fold_batch_norm(weight, bias, *state, 1e-3)
    assert_close(folded, theirs[0].detach().numpy().transpose(2, 3, 1, 0), 1e-6)
    assert_close(shift, theirs[1].detach().numpy(), 1e-6)


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 5), min_size=0, max_size=3),
    st.integers(2, 70),
    st.sampled_from([1e-6, 1.0]),
)
def test_normalize(shape, length, eps):
    x = np.random.default_rng(2).standard_normal((*shape, length)) / np.sqrt(length)
    check_against_torch(
        lambda x: normalize(x, eps), lambda x: functional.normalize(x, dim=-1, eps=eps), x
    )
