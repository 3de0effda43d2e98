"""The network of the small trainings: kernels, a leaky ReLU, and one number from all of them."""

from __future__ import annotations

import numpy as np

from featmatch import nn
from featmatch.explaining.edge_task import PATCH, Floats

SLOPE = 0.1
"""Of the leaky ReLU below 0."""

_SMALLER = 0.1  # than usual are the weights that training begins with: what is learned shows


class EdgeLearner:
    """Learns from patches.

    Its gradients are written out: the engine, which would find them, takes many times as long over
    networks that are so small.

    Parameters
    ----------
    num_filters : int
    learning_rate : float
    rng : Generator
        Draws the weights.
    """

    def __init__(self, num_filters: int, learning_rate: float, rng: np.random.Generator) -> None:
        filters = nn.Conv2d(1, num_filters, PATCH, rng=rng)
        mixed = nn.Conv2d(num_filters, 1, 1, rng=rng)
        size = PATCH * PATCH * num_filters
        self._numbers = nn.Parameter(np.zeros(size + 2 * num_filters + 1, np.float32))
        ends = np.cumsum([size, num_filters, num_filters])
        kernels, self._biases, weights, self._offset = np.split(self._numbers.data, ends)
        self._kernels = kernels.reshape(PATCH * PATCH, num_filters)
        self._weights = weights.reshape(num_filters, 1)
        self._kernels[:] = _SMALLER * filters.weight.data.reshape(self._kernels.shape)
        self._weights[:] = mixed.weight.data.reshape(self._weights.shape)
        self._optimizer = nn.Adam([self._numbers], lr=learning_rate)

    @property
    def kernels(self) -> Floats:
        """A copy of the kernels (7, 7, F)."""
        return self._kernels.reshape(PATCH, PATCH, -1).copy()

    def answer(self, patches: Floats) -> Floats:
        """Tell a number (N,) of each of N patches (N, 49)."""
        sums = patches @ self._kernels + self._biases
        told: Floats = (np.maximum(sums, SLOPE * sums) @ self._weights)[:, 0] + self._offset
        return told

    def loss(self, patches: Floats, targets: Floats) -> float:
        """Mean squared error of the answers."""
        return float(np.mean((self.answer(patches) - targets) ** 2))

    def gradient(self, patches: Floats, targets: Floats) -> Floats:
        """Of the loss, by all parameters in a row: kernels, their biases, weights and offset."""
        sums = patches @ self._kernels + self._biases
        bent = np.maximum(sums, SLOPE * sums)
        by_answer = (bent @ self._weights)[:, 0] + self._offset - targets
        by_answer *= np.float32(2 / len(targets))
        by_sums = by_answer[:, None] * self._weights[:, 0] * np.where(sums < 0, SLOPE, 1)
        parts = (patches.T @ by_sums, by_sums.sum(axis=0), by_answer @ bent, by_answer.sum())
        return np.concatenate([np.ravel(part) for part in parts]).astype(np.float32)

    def step(self, patches: Floats, targets: Floats) -> None:
        """Go one step of Adam down the gradient."""
        self._optimizer.step([self.gradient(patches, targets)])
