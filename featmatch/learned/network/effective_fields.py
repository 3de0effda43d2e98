"""How much each pixel of an image matters to the units of each layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from featmatch import nn
from featmatch.learned.network.layers import Layer, layers_of
from featmatch.learned.network.network import STRIDE, FeatureNetwork
from featmatch.nn.inspection.receptive_field import AxisField
from featmatch.types import Array


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """The field of a layer's units.

    Parameters
    ----------
    layer : Layer
        On the windows of the image that were looked at.
    seen : nn.EffectiveReceptiveField
        Its magnitude, (S, S), is that of the pixels of the theoretical field and no others. Of the
        score, whose units see squares of several sizes, S is the largest.
    """

    layer: Layer
    seen: nn.EffectiveReceptiveField

    @property
    def size(self) -> int:
        """Side of the theoretical field, in pixels of the image."""
        return len(self.seen.magnitude)


def effective_fields(
    network: FeatureNetwork, pixels: Array, num_windows: int, rng: np.random.Generator
) -> Iterator[EffectiveField]:
    """Measure fields by the gradient of units in the middle of windows of an image.

    W. Luo, Y. Li, R. Urtasun and R. Zemel, *Understanding the effective receptive field in deep
    convolutional neural networks*, NIPS 2016, with windows of an image for noise. The units are
    looked at before their activation. All channels count, each with a random sign in every window.

    Parameters
    ----------
    network : FeatureNetwork
        In evaluation mode, as `load_network` gives it.
    pixels : (H, W) float32
        Normalized; H and W are multiples of `STRIDE`. An image smaller than a window is continued
        by its border pixels.
    num_windows : int
    rng : Generator
        Draws windows and signs.

    Yields
    ------
    EffectiveField
        One for each of `layers_of`, measured when it is asked for.
    """
    windows = _windows(pixels, _window_size(network), num_windows, rng)
    images = nn.Tensor(windows[..., None], requires_grad=True)
    for layer in layers_of(network, images):
        yield _measure(layer, images, rng)


def _window_size(network: FeatureNetwork) -> int:
    """Pixels that hold the whole field of some unit of every layer, in whole cells."""
    graph = nn.trace(network, (1, STRIDE, STRIDE, 1))
    fields = nn.receptive_fields(graph)
    outputs = [graph.operations[place].name for place in graph.outputs.values()]
    largest = max(max(fields[name].size) for name in outputs)
    return STRIDE * (-(-largest // STRIDE) + 1)


def _windows(pixels: Array, side: int, count: int, rng: np.random.Generator) -> Array:
    """Cut windows out of an image at whole cells."""
    pixels = np.pad(pixels, [(0, max(0, side - length)) for length in pixels.shape], mode="edge")
    cells = (np.array(pixels.shape) - side) // STRIDE
    corners = STRIDE * rng.integers(0, cells + 1, (count, 2))
    return np.stack([pixels[y : y + side, x : x + side] for y, x in corners])


def _measure(layer: Layer, images: nn.Tensor, rng: np.random.Generator) -> EffectiveField:
    num_images, height, _, num_channels = layer.before.shape
    unit = _unit_with_the_largest_field(layer.field.rows, height)
    seed = np.zeros_like(layer.before.data)
    seed[:, unit, unit] = rng.choice([-1, 1], (num_images, num_channels))
    (gradient,) = nn.grad(layer.before, [images], seed)
    magnitude = np.sqrt(np.mean(gradient[..., 0].astype(np.float64) ** 2, axis=0))
    (top, left), (bottom, right) = layer.field.interval((unit, unit))
    inside = magnitude[top : bottom + 1, left : right + 1]
    return EffectiveField(layer, nn.EffectiveReceptiveField(inside))


def _unit_with_the_largest_field(axis: AxisField, num_units: int) -> int:
    """Find one near the middle of a map, along either axis."""
    sizes = [last - first + 1 for first, last in axis.intervals]
    phase = sizes.index(max(sizes))
    return num_units // 2 // axis.period * axis.period + phase
