"""Operators, simple functions and initialization against PyTorch."""

from __future__ import annotations

import operator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_check import check_against_torch

from featmatch.nn.arithmetic import concatenate, exp, log, sqrt
from featmatch.nn.initialization import he_normal, he_uniform, xavier_normal, xavier_uniform

few = settings(max_examples=20)
seeds = st.integers(0, 999)


def draw(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
@few
@given(
    shapes=st.sampled_from(
        [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 4)), ((), (2,)), ((3, 1, 2), (4, 1))]
    ),
    seed=seeds,
)
def test_binary_operators(operation, shapes, seed):
    check_against_torch(operation, operation, draw(*shapes[0], seed=seed), draw(*shapes[1], seed=1))


@few
@given(m=st.integers(1, 9), k=st.integers(1, 9), n=st.integers(1, 9), batch=st.integers(1, 3))
def test_matmul(m, k, n, batch):
    check_against_torch(operator.matmul, operator.matmul, draw(batch, m, k), draw(k, n, seed=1))


@pytest.mark.parametrize("axis", [0, -1, (0, 2), (-1, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sum_and_mean(axis, keepdims):
    x = draw(2, 3, 4)
    check_against_torch(
        lambda x: x.sum(axis, keepdims) * x.mean(axis, keepdims),
        lambda x: x.sum(axis, keepdims) * x.mean(axis, keepdims),
        x,
    )


def test_reshape_transpose_and_getitem():
    index = np.array([2, 0, 2])
    check_against_torch(
        lambda x: -x.transpose(2, 0, -2)[1:].reshape(-1, 2)[index] / 3,
        lambda x: -x.permute(2, 0, -2)[1:].reshape(-1, 2)[torch.tensor(index)] / 3,
        draw(2, 3, 4),
    )


@few
@given(shape=st.lists(st.integers(1, 4), max_size=3), seed=seeds)
def test_functions(shape, seed):
    x = np.abs(draw(*shape, seed=seed))
    check_against_torch(exp, torch.exp, x)
    check_against_torch(log, torch.log, x)
    check_against_torch(sqrt, torch.sqrt, x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenate(axis):
    check_against_torch(
        lambda *x: concatenate(x, axis), lambda *x: torch.cat(x, axis), draw(2, 2), draw(2, 2)
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda s, r: he_normal(s, r, 0.1), lambda w: torch.nn.init.kaiming_normal_(w, 0.1)),
        (lambda s, r: he_uniform(s, r, 0.1), lambda w: torch.nn.init.kaiming_uniform_(w, 0.1)),
        (lambda s, r: xavier_normal(s, r, 1.5), lambda w: torch.nn.init.xavier_normal_(w, 1.5)),
        (lambda s, r: xavier_uniform(s, r, 1.5), lambda w: torch.nn.init.xavier_uniform_(w, 1.5)),
    ],
)
@pytest.mark.parametrize("shape", [(3, 3, 64, 32), (200, 300)])
def test_scale_of_initial_weights(ours, theirs, shape):
    weights = ours(shape, np.random.default_rng(0))
    torch.manual_seed(0)
    peer = theirs(torch.empty(shape[-1], shape[-2], *shape[:-2])).numpy()
    assert weights.std() == pytest.approx(peer.std(), rel=0.03)
    assert np.quantile(np.abs(weights), 0.9) == pytest.approx(
        np.quantile(np.abs(peer), 0.9), rel=0.03
    )
