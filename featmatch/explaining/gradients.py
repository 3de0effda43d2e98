"""Gradients: a small network on a patch of the image, forward and backward, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from featmatch import nn
from featmatch.explaining.patch_network import PARAMETERS, Array, forward, step_errors
from featmatch.explaining.pictures import gray_picture, liveliest_square
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image

PATCH = 5  # px, side of what the network sees
KERNEL = 3
MAP = PATCH - KERNEL + 1  # side of what the kernel gives
SURROUNDINGS = 33  # px, side of the picture around the patch

_SUMMARY = (
    "Training asks one question of every weight: would the loss rise or fall if this number were a "
    "little larger? The answer is the gradient. Below, a network of 20 parameters looks at 5 x 5 "
    "pixels of your image and guesses the brightness of the pixel to the right of them. Step "
    "forward through its numbers, then backward, where each step multiplies by the slope of one "
    "more operation; then check any gradient by really changing the weight."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn

page = featmatch.explain("gradients", "photo.jpg").data  # the numbers of this page
numbers, told = page["values"], page["gradients"]
patch = nn.Tensor(numbers.patch[None, :, :, None])
kernel = nn.Tensor(numbers.kernel[:, :, None, None], requires_grad=True)
weights = nn.Tensor(numbers.weights[:, :, None, None], requires_grad=True)
bias, offset = np.array([numbers.bias]), np.array([numbers.offset])


def loss(kernel, weights):
    activated = nn.tanh(nn.conv2d(patch, kernel, bias))
    prediction = nn.conv2d(activated, weights, offset)
    return nn.mse_loss(prediction, np.full((1, 1, 1, 1), page["target"]))


by_kernel, by_weights = nn.grad(loss(kernel, weights), [kernel, weights])
print(loss(kernel, weights).item(), "on the page:", numbers.loss)
print(by_kernel[1, 1, 0, 0], "on the page:", told.kernel[1, 1])

h = np.zeros((3, 3, 1, 1))
h[1, 1] = 1e-5  # changes the weight in the middle
difference = loss(kernel.data + h, weights).item() - loss(kernel.data - h, weights).item()
print("and by a central difference", difference / 2e-5)
"""
_NOTES = (
    "A forward pass, a backward pass and the change of the weights are one iteration, not one "
    "epoch: an epoch is as many iterations as it takes to use every example once.",
    "Backpropagation is no guess and no learning rule: it is the chain rule, worked out from the "
    "loss toward the input, and gives all gradients for about the price of two more forward "
    "passes. The step that follows, weight minus learning rate times gradient, does the learning.",
    "A smaller h does not always make a better check. The error of a central difference falls "
    "with h² until rounding takes over, and grows with 1/h from there; that is why gradients are "
    "checked in numbers of 64 bits.",
    "Each weight of a kernel is used at every place, so its gradient is a sum over all places.",
)


@dataclass(frozen=True, eq=False)
class Elements:
    """A number for every element of the network: its value, or the loss's gradient by it.

    Attributes
    ----------
    patch : (5, 5) float64
        Brightness from -1, black, to 1, white.
    kernel : (3, 3) float64
    bias : float
    convolved : (3, 3) float64
        The patch through the kernel, plus the bias.
    activated : (3, 3) float64
        Its tanh.
    weights : (3, 3) float64
    offset : float
    prediction : float
        Sum of the activated values times the weights, plus the offset.
    loss : float
        (prediction - target)².
    """

    patch: Array
    kernel: Array
    bias: float
    convolved: Array
    activated: Array
    weights: Array
    offset: float
    prediction: float
    loss: float


def gradients(image: Image) -> Topic:
    """Show a forward and a backward pass, and that its gradients are right.

    Parameters
    ----------
    image : Image

    Returns
    -------
    Topic
    """
    gray = gray_picture(image, min_size=SURROUNDINGS)
    x, y = liveliest_square(gray[:, :-1], PATCH)  # the target is right of it
    inputs = _inputs(np.round(gray / 127.5 - 1, 2), x, y)
    target = float(inputs.pop("target"))
    tensors = forward(inputs, target)
    found = nn.grad(tensors["loss"], list(tensors.values()))
    left, top = (_start_around(*of) for of in ((x, gray.shape[1]), (y, gray.shape[0])))
    data = {
        "surroundings": gray[top : top + SURROUNDINGS, left : left + SURROUNDINGS],
        "x": x - left,
        "y": y - top,
        "target": target,
        "values": _elements({name: tensor.data for name, tensor in tensors.items()}),
        "gradients": _elements(dict(zip(tensors, found, strict=True))),
        "step_errors": step_errors(inputs, target),
        "num_parameters": sum(inputs[name].size for name in PARAMETERS),
    }
    return Topic("gradients", "Forward and backward: gradients", _SUMMARY, data, _CODE, _NOTES)


def _inputs(brightness: Array, x: int, y: int) -> dict[str, Array]:
    """Make the patch, the pixel right of it as the target, and weights of two decimals each."""
    rng = np.random.default_rng(2)
    kernel, weights = (
        np.round(nn.he_normal((side, side, 1, 1), rng).astype(np.float64), 2)
        for side in (KERNEL, MAP)
    )
    return {
        "patch": brightness[None, y : y + PATCH, x : x + PATCH, None],
        "kernel": kernel,
        "bias": np.array([0.1]),
        "weights": weights,
        "offset": np.array([0.0]),
        "target": brightness[y + PATCH // 2, x + PATCH],
    }


def _start_around(place: int, size: int) -> int:
    """Find where to cut out surroundings that have the patch in their middle, if they can."""
    return min(max(0, place - (SURROUNDINGS - PATCH) // 2), size - SURROUNDINGS)


def _elements(arrays: Mapping[str, Array]) -> Elements:
    values: dict[str, Any] = {name: array.squeeze() for name, array in arrays.items()}
    return Elements(**{name: x if x.ndim else x.item() for name, x in values.items()})
