"""Losses against PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import check_against_torch

from featmatch.learned.training.matching_loss import matching_nll, softmax_nll
from featmatch.nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss

few = settings(max_examples=30)
shapes = st.lists(st.integers(1, 5), max_size=4).map(tuple)
seeds = st.integers(0, 999)


def unit(rng, *shape):
    rows = rng.standard_normal(shape)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@few
@given(shape=shapes, seed=seeds)
def test_mse(shape, seed):
    rng = np.random.default_rng(seed)
    check_against_torch(mse_loss, functional.mse_loss, *rng.standard_normal((2, *shape)))


@few
@given(shape=shapes, seed=seeds, weighted=st.booleans(), size=st.sampled_from([0.1, 1, 30]))
def test_binary_cross_entropy(shape, seed, weighted, size):
    rng = np.random.default_rng(seed)
    x, t = size * rng.standard_normal(shape), rng.uniform(0, 1, shape)
    weight = rng.uniform(0.1, 2, shape[-1:]).astype(np.float32) if weighted else None
    check_against_torch(
        lambda x, t: binary_cross_entropy_with_logits(x, t, weight),
        lambda x, t: functional.binary_cross_entropy_with_logits(
            x, t, None if weight is None else torch.tensor(weight)
        ),
        x,
        t,
    )


@few
@given(n=st.integers(1, 9), k=st.integers(1, 9), seed=seeds, size=st.sampled_from([0.1, 1, 5]))
def test_cross_entropy(n, k, seed, size):
    rng = np.random.default_rng(seed)
    x, labels = size * rng.standard_normal((n, k)), rng.integers(0, k, n)
    check_against_torch(
        lambda x: cross_entropy(x, labels),
        lambda x: functional.cross_entropy(x, torch.tensor(labels)),
        x,
    )


@few
@given(
    na=st.integers(8, 40),
    nb=st.integers(8, 40),
    d=st.integers(2, 16),
    share=st.floats(0.5, 1),
    t=st.sampled_from([2, 0.2, 0.05, 1 / 40]),
    seed=seeds,
)
def test_matching(na, nb, d, share, t, seed):
    rng = np.random.default_rng(seed)
    u, v = unit(rng, na, d), unit(rng, nb, d)
    m = int(share * min(na, nb))
    matches = np.stack([rng.permutation(na)[:m], rng.permutation(nb)[:m]], axis=1)
    rows, columns = torch.tensor(matches.T)

    def peer_of_similarity(s):
        along_rows, along_columns = (functional.log_softmax(s / t, axis) for axis in (1, 0))
        return -(along_rows + along_columns)[rows, columns].mean()

    check_against_torch(lambda s: softmax_nll(s, matches, t), peer_of_similarity, u @ v.T)
    check_against_torch(
        lambda u, v: matching_nll(u, v, matches, t), lambda u, v: peer_of_similarity(u @ v.T), u, v
    )
