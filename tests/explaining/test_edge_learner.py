"""The gradients that are written out, against those of the engine."""

from __future__ import annotations

import numpy as np

from featmatch import nn
from featmatch.explaining.edge_learner import SLOPE, EdgeLearner


def test_its_gradient_is_that_of_the_engine():
    rng = np.random.default_rng(0)
    learner = EdgeLearner(5, 0.01, np.random.default_rng(1))
    patches = rng.standard_normal((20, 49), np.float32)
    targets = rng.standard_normal(20, np.float32)
    learner.step(patches, targets)  # so that no bias is 0
    kernels = nn.Parameter(learner.kernels.reshape(49, 5))
    rest = [nn.Parameter(part.copy()) for part in (learner._biases, learner._weights)]
    offset = nn.Parameter(learner._offset.copy())
    biases, weights = rest
    answers = nn.leaky_relu(nn.Tensor(patches) @ kernels + biases, SLOPE) @ weights + offset
    loss = nn.mse_loss(answers, targets[:, None])
    assert learner.loss(patches, targets) == np.float32(loss.item()).astype(float) or np.isclose(
        learner.loss(patches, targets), loss.item(), rtol=1e-5
    )
    found = nn.grad(loss, [kernels, biases, weights, offset])
    expected = np.concatenate([part.ravel() for part in found])
    np.testing.assert_allclose(learner.gradient(patches, targets), expected, rtol=1e-3, atol=1e-5)


def test_a_step_goes_down():
    rng = np.random.default_rng(0)
    learner = EdgeLearner(4, 0.01, rng)
    patches = rng.standard_normal((30, 49), np.float32)
    targets = patches[:, 24].copy()
    losses = []
    for _ in range(60):
        losses.append(learner.loss(patches, targets))
        learner.step(patches, targets)
    assert losses[-1] < 0.2 * losses[0]
