"""Values and gradients of PyTorch, in float32."""

from __future__ import annotations

import warnings

import numpy as np
import torch

from featmatch.nn.autograd import grad
from featmatch.nn.tensor import Tensor

with warnings.catch_warnings():  # about a GPU that is not there
    warnings.simplefilter("ignore")
    # oneDNN reads beyond the arrays for some strided convolutions of narrow images.
    torch.backends.mkldnn.set_flags(False)


def to_nchw(tensor):
    """(N, H, W, C) as PyTorch wants it."""
    return tensor.permute(0, 3, 1, 2)


def to_nhwc(tensor):
    return tensor.permute(0, 2, 3, 1)


def check_against_torch(ours, theirs, *arrays, tolerance=1e-4, seed=0):
    """Compare output and gradients of two functions of the same arrays.

    `ours` takes and returns tensors of featmatch, `theirs` those of PyTorch, in the same layout.
    The relative error of each, as a vector, has to stay below `tolerance`.
    """
    inputs = [np.asarray(array, np.float32) for array in arrays]
    tensors = [Tensor(array, requires_grad=True) for array in inputs]
    peers = [torch.tensor(array, requires_grad=True) for array in inputs]
    output, expected = ours(*tensors), theirs(*peers)
    weights = np.random.default_rng(seed).standard_normal(output.shape).astype(np.float32)
    assert output.dtype == np.float32
    assert_close(output.data, expected.detach().numpy(), tolerance)
    gradients = grad(output, tensors, weights)
    wanted = torch.autograd.grad(expected, peers, torch.tensor(weights))
    for gradient, peer in zip(gradients, wanted, strict=True):
        assert gradient.dtype == np.float32
        assert_close(gradient, peer.numpy(), tolerance)


def assert_close(ours, theirs, tolerance=1e-4):
    assert ours.shape == theirs.shape
    error = np.linalg.norm(ours - theirs)
    assert error <= tolerance * max(np.linalg.norm(theirs), 1e-6), error
