"""Gradients by central differences, in float64."""

from __future__ import annotations

import numpy as np

from featmatch.nn.autograd import grad
from featmatch.nn.tensor import Tensor


def check_gradients(function, *arrays, step=1e-5, tolerance=1e-6, seed=0):
    """Compare the gradients of ``sum(w * function(*tensors))`` with central differences.

    `w` are random weights; the relative error of each gradient, as a vector, has to stay below
    `tolerance`. Stay away from kinks by more than `step`.
    """
    inputs = [np.array(array, np.float64) for array in arrays]

    def value(*changed):
        return float(np.sum(weights * function(*(Tensor(array) for array in changed)).data))

    tensors = [Tensor(array, requires_grad=True) for array in inputs]
    output = function(*tensors)
    assert output.dtype == np.float64
    weights = np.random.default_rng(seed).uniform(0.5, 1.5, output.shape)
    for place, gradient in enumerate(grad(output, tensors, weights)):
        expected = np.zeros_like(inputs[place])
        for index in np.ndindex(expected.shape):
            above, below = ([array.copy() for array in inputs] for _ in range(2))
            above[place][index] += step
            below[place][index] -= step
            expected[index] = (value(*above) - value(*below)) / (2 * step)
        error = np.linalg.norm(gradient - expected)
        assert gradient.shape == expected.shape
        assert error <= tolerance * max(np.linalg.norm(expected), 1e-3), (place, error)
