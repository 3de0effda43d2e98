"""Feature maps: what a convolution gives, and what the activation after it lets through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining.pictures import gray_picture, liveliest_square, signed_picture
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.layers import Layer, layers_of
from featmatch.learned.network.network import STRIDE, normalized
from featmatch.learned.network.weights import load_network
from featmatch.types import Array

MAX_SIZE = 192  # px of the longer side of what the network looks at
NUM_MAPS = 6  # of each layer, those that vary most
MAX_UNITS = 20  # along a side of the part that is shown in numbers

_LAYERS = ("block1_conv1", "block2_conv2", "block3_conv2")
_SUMMARY = (
    "A layer has many kernels, and each makes a feature map of its own: a number for every place, "
    "large where what the kernel is tuned to is there. Then the activation changes every number "
    "by itself. Below are maps of three layers of the network that comes with this package, as it "
    "sees your image. Its activation, leaky ReLU, keeps numbers above 0 and makes those below 0 "
    "ten times smaller."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn
from featmatch.learned.network.layers import layers_of
from featmatch.learned.network.network import normalized

page = featmatch.explain("feature-maps", "photo.jpg").data  # the numbers of this page
pixels = normalized(page["picture"] / np.float32(255))
layers = layers_of(featmatch.load_network(), nn.Tensor(pixels[None, ..., None]))
for shown in page["layers"]:
    (layer,) = (layer for layer in layers if layer.title == shown.title)
    before, after = layer.before.data[0], layer.after.data[0]
    print(layer.title, before.shape, before.min(), "->", after.min())
    first = shown.maps[0]
    unit = before[shown.row, shown.column, first.number - 1]
    print(round(float(unit), 3), "on the page:", first.before[0, 0])
"""
_NOTES = (
    "A large number in a map is not the probability that something is there: only the score, made "
    "from several maps at the end, is trained to be one. A number in a map grows with the contrast "
    "of the image as with the likeness to the kernel, and another map has another scale: numbers "
    "can be compared within one map, not between two.",
    "Both the numbers before the activation and those after it are called feature maps. They are "
    "kept apart here, since between them the sign is lost, or nearly so: a kernel for edges from "
    "dark to bright is nearly silent, after the activation, at edges from bright to dark.",
    "Few maps have a name. Those of the first layer look like edges and spots, because their "
    "kernels are small; what the later ones answer to can seldom be put in a word.",
)


@dataclass(frozen=True, eq=False)
class ShownMap:
    """One channel of a layer.

    Parameters
    ----------
    number : int
        Of the channel, counted from 1.
    limit : float
        Largest magnitude before the activation.
    picture : (H, W) uint8
        The map before the activation: 128 is 0, 1 and 255 are -limit and limit.
    share_negative : float
        Of its numbers, how many are below 0 before the activation.
    before : (U, U) float64
        The numbers of a part, before the activation, with 3 decimals.
    """

    number: int
    limit: float
    picture: npt.NDArray[np.uint8]
    share_negative: float
    before: Array


@dataclass(frozen=True, eq=False)
class ShownLayer:
    """Some maps of a layer.

    Parameters
    ----------
    title : str
    stride : int
        Pixels of the picture from one unit to the next.
    size : int
        Pixels along the side of what a unit sees.
    num_maps : int
        Of the whole layer.
    row, column, num_units : int
        The part in numbers: its first unit, and the units along its side.
    maps : tuple of ShownMap
    """

    title: str
    stride: int
    size: int
    num_maps: int
    row: int
    column: int
    num_units: int
    maps: tuple[ShownMap, ...]


def feature_maps(image: Image) -> Topic:
    """Show maps of three layers of the shipped network, before and after the activation."""
    gray = gray_picture(image, MAX_SIZE)
    picture = np.pad(gray, [(0, -length % STRIDE) for length in gray.shape], mode="edge")
    pixels = normalized(picture / np.float32(255))
    layers = layers_of(load_network(), nn.Tensor(pixels[None, ..., None]))
    data = {
        "picture": picture,
        "negative_slope": _negative_slope(layers[0]),
        "layers": tuple(_shown(layer, picture) for layer in layers if layer.name in _LAYERS),
    }
    return Topic(
        "feature-maps", "Feature maps and what the activation does", _SUMMARY, data, _CODE, _NOTES
    )


def _negative_slope(layer: Layer) -> float:
    """Slope of the network's leaky ReLU below 0."""
    return float(layer.after.node.attributes["negative_slope"]) if layer.after.node else 0.0


def _shown(layer: Layer, picture: npt.NDArray[np.uint8]) -> ShownLayer:
    maps = layer.before.data[0]
    num_units = min(MAX_UNITS, *maps.shape[:2])
    x, y = liveliest_square(picture, num_units * layer.stride)
    row, column = y // layer.stride, x // layer.stride
    part = maps[row : row + num_units, column : column + num_units].astype(np.float64)
    liveliest = np.argsort(-maps.std(axis=(0, 1)), kind="stable")[:NUM_MAPS]
    return ShownLayer(
        title=layer.title,
        stride=layer.stride,
        size=max(layer.field.size),
        num_maps=maps.shape[-1],
        row=row,
        column=column,
        num_units=num_units,
        maps=tuple(
            ShownMap(
                number=channel + 1,
                limit=float(np.abs(maps[..., channel]).max()),
                picture=signed_picture(maps[..., channel]),
                share_negative=float((maps[..., channel] < 0).mean()),
                before=np.round(part[..., channel], 3),
            )
            for channel in sorted(liveliest.tolist())
        ),
    )
