"""1 x 1 convolution: each pixel's channels are mixed into others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from featmatch import nn
from featmatch.explaining.pictures import color_picture, gray_picture, liveliest_square
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.network import STRIDE, normalized
from featmatch.learned.network.weights import load_network

_SIDE = 12  # px of the square whose numbers are shown
_NETWORK_SIZE = 640  # px, longer side that the network works on

Box: TypeAlias = tuple[float, float, float]  # x, y, side

_SUMMARY = (
    "A 1 x 1 convolution looks at no neighbors. It takes the channels of one pixel, multiplies "
    "them by weights and adds them up, once for each output channel; so it changes how many "
    "channels there are, and what they stand for, and leaves height and width alone. Turning "
    "colors into gray is one, with three weights; networks use it to make many maps into few."
)
_CODE = """\
import featmatch
from featmatch import nn

page = featmatch.explain("channels", "photo.jpg").data  # the numbers of this page
gray, opponent, learned = page["mixings"]
for mixing in (gray, learned):
    kernel = mixing.weights[None, None]  # (1, 1, in, out)
    mixed = nn.conv2d(mixing.inputs[None], kernel, mixing.bias)
    print(mixing.label, kernel.shape, "->", mixed.shape)
    print(mixed.data[0, 0, 0, 0], "on the page:", mixing.outputs[0, 0, 0])
"""
_NOTES = (
    "It does not change the dimensions of the image: the number of channels changes, height and "
    "width stay. To make maps smaller takes a stride or pooling.",
    "Without neighbors it finds no edges and no texture of its own: shuffle the pixels, and the "
    "output is the same, shuffled. All it knows of the surroundings is what layers before it put "
    "into the channels.",
    "It is the same as one fully connected layer applied to every pixel, with the same weights "
    "everywhere.",
)


@dataclass(frozen=True, eq=False)
class Mixing:
    """A 1 x 1 convolution on a small crop.

    Parameters
    ----------
    name, label : str
        One word for programs, some for people.
    explanation : str
    x, y, side : float
        Where the crop lies: top-left corner and side in pixels of the picture.
    input_names, output_names : tuple of str
        Of the channels.
    weights : ndarray (in, out)
    bias : ndarray (out,)
    inputs : ndarray (S, S, in)
    outputs : ndarray (S, S, out)
    """

    name: str
    label: str
    explanation: str
    x: float
    y: float
    side: float
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    inputs: NDArray[np.float64]
    outputs: NDArray[np.float64]


def channels(image: Image) -> Topic:
    """Show how one pixel's channels become others."""
    color = color_picture(image)
    x, y = liveliest_square(gray_picture(image), _SIDE)
    crop, box = color[y : y + _SIDE, x : x + _SIDE], (x, y, _SIDE)
    mixings = (
        _to_gray(crop, box),
        _to_opponent_colors(crop, box),
        _of_network(image, max(color.shape)),
    )
    data = {"picture": color, "mixings": mixings}
    return Topic("channels", "1 x 1 convolution", _SUMMARY, data, _CODE, _NOTES)


def _to_gray(crop: NDArray[np.uint8], box: Box) -> Mixing:
    return Mixing(
        "gray",
        "color to gray, 3 to 1",
        "The eye finds green brighter than red, and red brighter than blue (weights of ITU-R "
        "BT.601).",
        *box,
        input_names=("red", "green", "blue"),
        output_names=("gray",),
        **_convolved(crop, np.array([[0.299], [0.587], [0.114]])),
    )


def _to_opponent_colors(crop: NDArray[np.uint8], box: Box) -> Mixing:
    weights = np.array([[1 / 3, 1 / 2, 1 / 4], [1 / 3, -1 / 2, 1 / 4], [1 / 3, 0, -1 / 2]])
    return Mixing(
        "opponent",
        "color to opponent colors, 3 to 3",
        "Brightness, and two differences that brightness drops out of: red against green, yellow "
        "against blue.",
        *box,
        input_names=("red", "green", "blue"),
        output_names=("brightness", "red - green", "yellow - blue"),
        **_convolved(crop, weights),
    )


def _of_network(image: Image, picture_size: int) -> Mixing:
    """Mix the network's maps at a quarter of the size, as it does to find keypoints."""
    network = load_network()
    gray = gray_picture(image, _NETWORK_SIZE, min_size=4 * _SIDE)
    scale = picture_size / max(gray.shape)
    height, width = (side - side % STRIDE for side in gray.shape)
    gray = gray[:height, :width]
    with nn.no_grad():
        _, maps = network(normalized(gray / np.float32(255))[None, :, :, None])
    layer = network.score_laterals[1]
    x, y = (place // 4 for place in liveliest_square(gray, 4 * _SIDE))
    num_inputs, num_outputs = layer.weight.shape[2:]
    return Mixing(
        "network",
        f"a layer of the network, {num_inputs} to {num_outputs}",
        "On its way to keypoints the network that is shipped mixes the feature maps of a quarter "
        "of the image's size into fewer. Nobody chose these weights: they were learned.",
        *(4 * x * scale, 4 * y * scale, 4 * _SIDE * scale),
        input_names=tuple(f"map {number}" for number in range(num_inputs)),
        output_names=tuple(f"output {number}" for number in range(num_outputs)),
        **_convolved(
            maps[1].data[0, y : y + _SIDE, x : x + _SIDE],
            layer.weight.data[0, 0],
            None if layer.bias is None else layer.bias.data,
        ),
    )


def _convolved(
    inputs: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None = None
) -> dict[str, Any]:
    """Convolve what is shown: inputs and weights rounded to four digits."""
    shown_inputs, shown_weights = _rounded(inputs), _rounded(weights)
    shown_bias = _rounded(np.zeros(weights.shape[1]) if bias is None else bias)
    outputs = nn.conv2d(shown_inputs[None], shown_weights[None, None], shown_bias).data[0]
    return {
        "weights": shown_weights,
        "bias": shown_bias,
        "inputs": shown_inputs,
        "outputs": _rounded(outputs),
    }


def _rounded(numbers: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.round(numbers.astype(np.float64), 4))
