"""Activations as layers of a network."""

from __future__ import annotations

import numpy as np

from featmatch.nn.activations import leaky_relu, relu, rrelu, sigmoid, softplus, tanh
from featmatch.nn.module import Module
from featmatch.nn.tensor import Tensor, TensorLike


class ReLU(Module):
    """`relu` as a layer."""

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return relu(x)


class LeakyReLU(Module):
    """`leaky_relu` as a layer.

    Parameters
    ----------
    negative_slope : float, from 0 to 1
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return leaky_relu(x, self.negative_slope)


class RReLU(Module):
    """`rrelu` as a layer: random slopes in training mode, their mean in evaluation mode.

    Parameters
    ----------
    lower, upper : float, 0 <= lower <= upper <= 1
    rng : numpy.random.Generator
        Draws the slopes.
    """

    def __init__(
        self, lower: float = 1 / 8, upper: float = 1 / 3, *, rng: np.random.Generator
    ) -> None:
        self.lower, self.upper, self.rng = lower, upper, rng

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return rrelu(x, self.lower, self.upper, self.training, self.rng)


class Tanh(Module):
    """`tanh` as a layer."""

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return tanh(x)


class Sigmoid(Module):
    """`sigmoid` as a layer."""

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return sigmoid(x)


class Softplus(Module):
    """`softplus` as a layer."""

    def forward(self, x: TensorLike) -> Tensor:
        """Any shape -> the same shape."""
        return softplus(x)
