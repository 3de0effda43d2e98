"""The network: a photograph becomes a map of keypoint scores, and descriptors at points of it.

Convolutions of 3 x 3 work on four scales, each half as fine as the one before: a pyramid of feature
maps that see more and more of the image around a pixel, up to 136 pixels. From the finest three
comes a logit for every pixel of the image: how surely a point there would be found again in another
view. A descriptor gathers what all four maps hold at its point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from featmatch import nn
from featmatch.checks import check_integer
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.matching.turn_matcher import NUM_TURNS
from featmatch.nn.tensor import TensorLike, as_tensor

ACTIVATIONS: dict[str, Callable[[np.random.Generator], nn.Module]] = {
    "leaky_relu": lambda rng: nn.LeakyReLU(0.1),
    "relu": lambda rng: nn.ReLU(),
    "rrelu": lambda rng: nn.RReLU(rng=rng),
    "tanh": lambda rng: nn.Tanh(),
    "sigmoid": lambda rng: nn.Sigmoid(),
}
STRIDE = 16
"""Sides of the image are multiples of this: the coarsest map has a pixel for 16 x 16."""


@dataclass(frozen=True)
class NetworkOptions:
    """What a network is built from.

    Parameters
    ----------
    channels : tuple of int
        Feature maps at 1/2, 1/4, 1/8 and 1/16 of the image's size; without the last, a smaller
        network that sees less.
    head_channels : int
        Feature maps of the part that finds keypoints.
    descriptor_size : int
        Numbers in a descriptor; a multiple of `num_turns`.
    num_turns : int
        Steps of a full turn by which a descriptor can be turned; see `turned`. 1 for none.
    activation : {"leaky_relu", "relu", "rrelu", "tanh", "sigmoid"}
        What follows every convolution.
    """

    channels: tuple[int, ...] = (16, 32, 64, 64)
    head_channels: int = 16
    descriptor_size: int = 64
    num_turns: int = NUM_TURNS
    activation: str = "leaky_relu"

    def __post_init__(self) -> None:
        if not isinstance(self.channels, Sequence):
            raise ArgumentTypeError(
                f"channels: expected three or four numbers, got {self.channels!r}"
            )
        object.__setattr__(self, "channels", tuple(self.channels))
        if len(self.channels) not in (3, 4):
            raise ArgumentError(f"channels: expected three or four numbers, got {self.channels}")
        for number in self.channels:
            check_integer("channels", number, 1, 1024)
        check_integer("head_channels", self.head_channels, 1, 1024)
        check_integer("num_turns", self.num_turns, 1, 64)
        check_integer("descriptor_size", self.descriptor_size, 1, 1024)
        if self.descriptor_size % self.num_turns:
            raise ArgumentError(
                f"descriptor_size: expected a multiple of num_turns ({self.num_turns}), "
                f"got {self.descriptor_size}"
            )
        if self.activation not in tuple(ACTIVATIONS):
            expected = ", ".join(ACTIVATIONS)
            raise ArgumentError(f"activation: expected one of {expected}, got {self.activation!r}")


class FeatureNetwork(nn.Module):
    """Fully convolutional: finds keypoints in an image of any size, and describes points.

    The four logits of a folded pixel come from four channels; what these differ by would be a
    pattern of period 2 all over the map, which draws peaks to some pixels and away from others. The
    smallest binomial filter, two means of 2 x 2 pixels at the end, removes just this period.

    The plan is that of ALIKE (Zhao et al., "ALIKE: accurate and lightweight keypoint detection and
    descriptor extraction", IEEE Transactions on Multimedia 2022) on fewer pixels: the image is
    folded to half its size first, without loss, and the logits are unfolded at the end.

    Parameters
    ----------
    options : NetworkOptions
    rng : Generator
        Draws the weights.
    """

    def __init__(self, options: NetworkOptions, rng: np.random.Generator) -> None:
        self.options = options
        size, head = options.descriptor_size, options.head_channels
        inputs = (4, *options.channels)
        self.blocks = [self._block(*pair, rng) for pair in pairwise(inputs)]
        self.pool = nn.AvgPool2d(2)
        self.score_laterals = [nn.Conv2d(count, head, 1, rng=rng) for count in inputs[1:4]]
        self.score_head = nn.Sequential(
            ACTIVATIONS[options.activation](rng),
            nn.Conv2d(head, head, 3, padding=1, rng=rng),
            ACTIVATIONS[options.activation](rng),
            nn.Conv2d(head, 4, 1, rng=rng),
        )
        self.smoothing = nn.Sequential(nn.AvgPool2d(2, 1, 1), nn.AvgPool2d(2, 1))
        self.laterals = [nn.Conv2d(count, size, 1, rng=rng) for count in inputs[1:]]
        self.description = nn.Sequential(
            ACTIVATIONS[options.activation](rng), nn.Linear(size, size, rng=rng)
        )

    def _block(self, inputs: int, outputs: int, rng: np.random.Generator) -> nn.Module:
        layers: list[nn.Module] = []
        for count in (inputs, outputs):
            layers += [
                nn.Conv2d(count, outputs, 3, padding=1, bias=False, rng=rng),
                nn.BatchNorm2d(outputs),
                ACTIVATIONS[self.options.activation](rng),
            ]
        return nn.Sequential(*layers)

    def forward(self, images: TensorLike) -> tuple[nn.Tensor, list[nn.Tensor]]:
        """Find what there is in images.

        Parameters
        ----------
        images : (N, H, W, 1) Tensor
            Gray, normalized (see `normalized`); H and W are multiples of `STRIDE`.

        Returns
        -------
        logits : (N, H, W, 1) Tensor
            Of a keypoint at each pixel.
        maps : list of (N, H / s, W / s, C) Tensor
            The feature maps at strides s = 2, 4, 8, 16.
        """
        x = _fold(as_tensor(images, "images"))
        maps: list[nn.Tensor] = []
        for block in self.blocks:
            x = block(self.pool(x) if maps else x)
            maps.append(x)
        fine, middle, coarse = (
            lateral(x) for lateral, x in zip(self.score_laterals, maps, strict=False)
        )
        sums = nn.upsample(nn.upsample(coarse, 2) + middle, 2) + fine
        return self.smoothing(_unfold(self.score_head(sums))), maps

    def describe(self, maps: list[nn.Tensor], points: np.ndarray) -> nn.Tensor:
        """Describe points of images.

        Sampling and the 1 x 1 convolutions after it are both linear and may change places: applied
        to the samples, the convolutions cost next to nothing.

        Parameters
        ----------
        maps : list of Tensor
            From `forward`.
        points : (N, M, 2) float
            (x, y) in pixels of each image.

        Returns
        -------
        (N, M, D) Tensor
            Of unit length.
        """
        num_images, num_points = points.shape[:2]
        sums = as_tensor(np.zeros((num_images * num_points, 1), np.float32))
        for level, (lateral, features) in enumerate(zip(self.laterals, maps, strict=True), 1):
            samples = nn.sample_points(features, (points + 0.5) / 2**level - 0.5)
            sums = sums + _convolved(samples.reshape(-1, samples.shape[2]), lateral)
        found = nn.normalize(self.description(sums))
        return found.reshape(num_images, num_points, self.options.descriptor_size)


def normalized(gray: np.ndarray) -> np.ndarray:
    """Give an image zero mean and unit contrast.

    Parameters
    ----------
    gray : (..., H, W) float32
        Values in [0, 1].

    Returns
    -------
    (..., H, W) float32
        (gray - mean) / (standard deviation + 0.05) of each image.
    """
    mean = gray.mean(axis=(-2, -1), keepdims=True)
    deviation = gray.std(axis=(-2, -1), keepdims=True)
    return np.asarray((gray - mean) / (deviation + 0.05), np.float32)


def turned(descriptors: TensorLike, num_turns: int, turn: int) -> nn.Tensor:
    """Descriptors as they would be if the image were turned by ``turn / num_turns`` of a full turn.

    A descriptor is a ring of `num_turns` parts. The network learns to answer to a turn of the
    image by moving every part to the next place (a fixed steerer; Bökman et al., "Steerers: a
    framework for rotation equivariant keypoint descriptors", CVPR 2024).

    Parameters
    ----------
    descriptors : (..., D) Tensor
    num_turns : int
        Parts of the ring; a divisor of D.
    turn : int
        Any number of steps, also a negative one.

    Returns
    -------
    (..., D) Tensor
    """
    x = as_tensor(descriptors, "descriptors")
    part = x.shape[-1] // num_turns
    order = (np.arange(x.shape[-1]) - turn * part) % x.shape[-1]
    permutation = np.zeros((x.shape[-1], x.shape[-1]), x.dtype)
    permutation[order, np.arange(x.shape[-1])] = 1
    return x @ permutation


def _convolved(pixels: nn.Tensor, layer: nn.Conv2d) -> nn.Tensor:
    """Apply a 1 x 1 convolution to single pixels (M, C)."""
    products = pixels @ layer.weight.reshape(layer.weight.shape[2:])
    return products if layer.bias is None else products + layer.bias


def _fold(images: nn.Tensor) -> nn.Tensor:
    """Put 2 x 2 pixels into the channels of one: (N, H, W, C) -> (N, H / 2, W / 2, 4 C)."""
    n, height, width, channels = images.shape
    cells = images.reshape(n, height // 2, 2, width // 2, 2, channels)
    return cells.transpose(0, 1, 3, 2, 4, 5).reshape(n, height // 2, width // 2, 4 * channels)


def _unfold(cells: nn.Tensor) -> nn.Tensor:
    """Undo `_fold`."""
    n, height, width, channels = cells.shape
    pixels = cells.reshape(n, height, width, 2, 2, channels // 4)
    return pixels.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * height, 2 * width, channels // 4)
