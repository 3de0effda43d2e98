"""How much each pixel of the input matters to a unit, inside of its receptive field."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from featmatch.checks import Pair, check_number
from featmatch.errors import ArgumentError
from featmatch.nn.autograd import grad
from featmatch.nn.inspection.trace import Graph, Operation, Shape, trace
from featmatch.nn.module import Module
from featmatch.nn.tensor import Array


@dataclass(frozen=True, eq=False)
class EffectiveReceptiveField:
    """Gradient of a unit with respect to the pixels of the input.

    Attributes
    ----------
    magnitude : ndarray (H, W) float64
        Root mean square of the gradient over images and channels of the input. Fast ways to
        convolve leave rounding errors where it should be 0, of about 1e-6 of the largest value.
    """

    magnitude: Array

    @property
    def sigma(self) -> tuple[float, float]:
        """Standard deviation of the pixels' places (down, across), weighted by squared magnitude.

        For n linear layers with random weights, kernel sizes k and strides j of their inputs
        it is near ``sqrt(sum of j^2 (k^2 - 1) / 12)`` (Luo et al., section 2.2).
        """
        energy = self.magnitude**2
        return _deviation(energy.sum(axis=1)), _deviation(energy.sum(axis=0))

    def side(self, fraction: float) -> int:
        """Side of the smallest square, anywhere, that holds a fraction of the sum of magnitudes.

        0 if there is no gradient at all.
        """
        share = check_number("fraction", fraction, 0, 1)
        sums = np.pad(self.magnitude.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        height, width = self.magnitude.shape

        def largest(side: int) -> float:
            h, w = min(side, height), min(side, width)
            windows = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w]
            return float(windows.max())

        enough = share * float(sums[-1, -1]) * (1 - 1e-12)  # for the rounding of the sums
        return 1 + bisect_left(range(1, max(height, width)), enough, key=largest) if enough else 0


def effective_receptive_field(
    network: Module,
    input_shape: Shape | Sequence[Shape],
    unit: Pair | None = None,
    channel: int | None = None,
    operation: str | None = None,
    rng: np.random.Generator | None = None,
) -> EffectiveReceptiveField:
    """Measure which pixels a unit depends on, and how much, from the engine's own backward pass.

    W. Luo, Y. Li, R. Urtasun and R. Zemel, *Understanding the effective receptive field in deep
    convolutional neural networks*, NIPS 2016. The network is in evaluation mode, so that batch
    normalization, with fixed statistics, does not connect all pixels.

    Parameters
    ----------
    network : Module
    input_shape : tuple of int (N, H, W, C)
        The gradient is averaged over N random images. Of several inputs, the first one's gradient
        is measured.
    unit : (row, column), optional
        Place on the output; the middle one if left out.
    channel : int, optional
        Channel of the output. Left out: all, each with a random sign in every image, so that the
        mean square is, on average over images, the sum of what the channels have on their own.
    operation : str, optional
        Name of the operation that the unit belongs to (`featmatch.nn.trace`); the network's
        output if left out.
    rng : numpy.random.Generator, optional
        Draws images and signs; left out: one with a fixed seed.

    Returns
    -------
    EffectiveReceptiveField

    Raises
    ------
    ValueError
        The network has several outputs and none was chosen, the map or the input does not have
        four axes, or `unit` or `channel` is outside of the map.
    """
    rng = rng or np.random.default_rng(0)
    graph = trace(network, input_shape, rng)
    x, y = graph.operations[0].output, _choose(graph, operation).output
    if x.ndim != 4 or y.ndim != 4:
        raise ArgumentError(f"operation: expected maps (N, H, W, C), got {y.shape} of {x.shape}")
    n, height, width, channels = y.shape
    row, column = unit or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ArgumentError(f"unit: expected a place on a map of {height} x {width}, got {unit}")
    if channel is not None and not 0 <= channel < channels:
        raise ArgumentError(f"channel: expected one of {channels}, got {channel}")
    chosen = slice(None) if channel is None else slice(channel, channel + 1)
    signs = rng.choice([-1, 1], (n, channels))
    seed = np.zeros_like(y.data)
    seed[:, row, column, chosen] = signs[:, chosen]
    (gradient,) = grad(y, [x], seed)
    squares = np.asarray(gradient, np.float64) ** 2
    return EffectiveReceptiveField(np.sqrt(squares.mean(axis=(0, 3))))


def _choose(graph: Graph, name: str | None) -> Operation:
    if name is not None:
        return graph[name]
    if len(graph.outputs) > 1:
        names = ", ".join(graph.operations[place].name for place in graph.outputs.values())
        raise ArgumentError(f"operation: expected a choice among the outputs ({names}), got None")
    return graph.operations[next(iter(graph.outputs.values()))]


def _deviation(weights: Array) -> float:
    total = float(weights.sum())
    if total == 0:
        return 0.0
    places = np.arange(len(weights))
    mean = float(weights @ places) / total
    return float(np.sqrt(weights @ (places - mean) ** 2 / total))
