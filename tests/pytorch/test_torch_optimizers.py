"""Paths of optimizers, schedules and averages against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_check import assert_close

from featmatch.nn.averaging import WeightAverage
from featmatch.nn.clipping import clip_grad_norm
from featmatch.nn.module import Module
from featmatch.nn.optimizers import SGD, Adam, AdamW
from featmatch.nn.schedules import StepDecay, WarmupCosine
from featmatch.nn.tensor import Parameter

SHAPES = [(3, 3, 2, 4), (4,), (4, 5), ()]


def starts(seed=0):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(shape), np.float32) for shape in SHAPES]


def peers(arrays):
    return [torch.nn.Parameter(torch.tensor(array)) for array in arrays]


def follow(ours, theirs, steps=25, tolerance=2e-6):
    """Let both take steps along the same gradients, whose sizes differ a lot."""
    for step in range(steps):
        size = np.float32(10.0 ** (step % 5 - 2))
        gradients = [np.asarray(size * gradient) for gradient in starts(step + 1)]
        ours.step(gradients)
        for peer, gradient in zip(theirs.in_order, gradients, strict=True):
            peer.grad = torch.tensor(gradient)
        theirs.step()
        for parameter, peer in zip(ours.parameters, theirs.in_order, strict=True):
            assert_close(parameter.data, peer.detach().numpy(), tolerance)


def pair(kind, peer_kind, **options):
    ours = kind([Parameter(array.copy()) for array in starts()], **options)
    parameters = peers(starts())
    theirs = peer_kind(parameters, **options)
    theirs.in_order = parameters
    return ours, theirs


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.5, "weight_decay": 0.1},
        {"weight_decay": 0.3},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ],
)
def test_sgd(options):
    follow(*pair(SGD, torch.optim.SGD, lr=0.01, **options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.1, "betas": (0.5, 0.9)},
        {"lr": 0.02, "weight_decay": 0.1},
        {"lr": 0.02, "eps": 0.1, "betas": (0.0, 0.999)},
    ],
)
def test_adam(options):
    follow(*pair(Adam, torch.optim.Adam, **options), tolerance=1e-5)


@pytest.mark.parametrize("options", [{}, {"lr": 0.1, "weight_decay": 0.5}, {"weight_decay": 0.0}])
def test_adamw(options):
    """PyTorch's parameter groups say what here follows from the number of axes."""
    ours = AdamW([Parameter(array.copy()) for array in starts()], **options)
    parameters = peers(starts())
    groups = [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1]},
        {
            "params": [parameter for parameter in parameters if parameter.ndim <= 1],
            "weight_decay": 0.0,
        },
    ]
    theirs = torch.optim.AdamW(groups, **options)
    theirs.in_order = parameters
    follow(ours, theirs, tolerance=1e-5)


@settings(max_examples=20)
@given(seed=st.integers(0, 999), limit=st.floats(0.01, 100))
def test_clipping(seed, limit):
    gradients, parameters = starts(seed), peers(starts())
    for gradient, parameter in zip(gradients, parameters, strict=True):
        parameter.grad = torch.tensor(gradient)
    clipped, norm = clip_grad_norm(gradients, limit)
    peer_norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    assert norm == pytest.approx(float(peer_norm), rel=1e-6)
    for gradient, parameter in zip(clipped, parameters, strict=True):
        assert_close(gradient, parameter.grad.numpy(), 1e-5)


def rates(scheduler, optimizer, steps):
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_schedules():
    optimizer = torch.optim.SGD(peers(starts()), lr=0.3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20, eta_min=0.01)
    ours = WarmupCosine(0.3, 0, 20, 0.01)
    assert rates(cosine, optimizer, 21) == pytest.approx([ours(step) for step in range(21)])

    optimizer = torch.optim.SGD(peers(starts()), lr=0.3)
    steps = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
    assert rates(steps, optimizer, 20) == pytest.approx(
        [StepDecay(0.3, 4, 0.5)(s) for s in range(20)]
    )

    optimizer = torch.optim.SGD(peers(starts()), lr=0.3)
    up = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / 6, 1, total_iters=5)
    ours = WarmupCosine(0.3, 5, 20)
    assert rates(up, optimizer, 6) == pytest.approx([ours(step) for step in range(6)])


class Weights(Module):
    def __init__(self, arrays):
        self.weights = [Parameter(array) for array in arrays]


def test_average():
    """After the warm-up, which PyTorch's has not."""
    arrays = starts()
    network, peer = Weights(arrays), torch.nn.ParameterList(peers(arrays))
    ours = WeightAverage(network, 0.8)
    ours.load_state_dict(ours.state_dict() | {"num_updates": np.array(1000)})
    theirs = torch.optim.swa_utils.AveragedModel(
        peer, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.8)
    )
    theirs.update_parameters(peer)  # the first update is a copy
    for step in range(1, 20):
        for parameter, other, array in zip(network.weights, peer, starts(step), strict=True):
            parameter.data[...] = array
            other.data = torch.tensor(array)
        ours.update(network)
        theirs.update_parameters(peer)
        for parameter, other in zip(ours.network.weights, theirs.module, strict=True):
            assert_close(parameter.data, other.detach().numpy(), 1e-5)
