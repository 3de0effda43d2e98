"""Five activation functions, with their slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch import nn

Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes
    ----------
    name, title : str
    formula, slope_formula : str
        f(x) and f'(x), in words of mathematics.
    output_range : str
        The values that f can take.
    apply : callable
        The function of `featmatch.nn`.
    """

    name: str
    title: str
    formula: str
    slope_formula: str
    output_range: str
    apply: Callable[[nn.Tensor], nn.Tensor]

    def value_and_slope(self, x: npt.NDArray[np.floating]) -> tuple[Array, Array]:
        """Return f(x) and f'(x), in the shape of `x`."""
        tensor = nn.Tensor(x, requires_grad=True)
        y = self.apply(tensor)
        (slope,) = nn.grad(y, [tensor], np.ones_like(x))
        return y.data, slope


ACTIVATIONS = (
    Activation(
        *("tanh", "tanh", "(1 − e^(−2x)) / (1 + e^(−2x))", "1 − f(x)²", "between −1 and 1"),
        nn.tanh,
    ),
    Activation(
        *("sigmoid", "sigmoid", "1 / (1 + e^(−x))", "f(x) (1 − f(x))", "between 0 and 1"),
        nn.sigmoid,
    ),
    Activation("relu", "ReLU", "max(0, x)", "1 for x > 0, else 0", "0 and above", nn.relu),
    Activation(
        *("leaky-relu", "leaky ReLU", "max(0.1 x, x)", "1 for x > 0, else 0.1", "all numbers"),
        lambda x: nn.leaky_relu(x, 0.1),
    ),
    Activation(
        "rrelu",
        "randomized leaky ReLU",
        "max(a x, x), with a random a",
        "1 for x > 0, else a",
        "all numbers",
        nn.rrelu,
    ),
)
