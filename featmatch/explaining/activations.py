"""Activations: their curves, and what each does to what the network's convolutions find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining.activation_functions import ACTIVATIONS, Activation, Array
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image, read_image
from featmatch.learned.network import layers
from featmatch.learned.network.network import STRIDE, normalized
from featmatch.learned.network.weights import load_network

MAX_SIZE = 320  # px of the longer side of what the network looks at: enough values to count
MAX_INPUT = 6.0  # curves and histograms reach from minus this to this
NUM_BINS = 48
SATURATED = 1 / 20  # of its steepest slope: where a curve is so flat, next to nothing is learned

_SUMMARY = (
    "An activation is a function that is applied to every number a convolution gives. Without one, "
    "a stack of convolutions would be a single linear map; with one, each layer can build on "
    "decisions of the layer before. Below are the curves and slopes of five of them, and what they "
    "make of the values that the network's convolutions find in your image. The network was "
    "trained with leaky ReLU: the others show what would become of the same values."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn
from featmatch.explaining.activations import activated_layers

page = featmatch.explain("activations", "photo.jpg").data  # the numbers of this page
image = featmatch.read_image("photo.jpg", max_size=640)
first, shown = activated_layers(image)[0], page["layers"][0]
before = nn.Tensor(first.before.data, requires_grad=True)
after = nn.relu(before)  # or nn.tanh, nn.sigmoid, nn.leaky_relu, nn.rrelu
(slope,) = nn.grad(after, [before], np.ones_like(after.data))
print(first.title, before.data.min(), before.data.max(), "->", after.data.min())
print((slope == 0).mean(), "on the page:", shown.effects["relu"].saturated)
"""
_NOTES = (
    "Not every activation squeezes its input into −1 to 1: tanh does, sigmoid gives values between "
    "0 and 1, ReLU everything from 0 upwards, and the leaky ones all numbers.",
    "tanh as it is often written, (1 − e^(−2x)) / (1 + e^(−2x)), is right on paper and fails in a "
    "program: for very negative x the exponential is too large for a number of 32 bits (below "
    "x = −44.4; of 64 bits, below −354.9), and infinity divided by infinity is no number. "
    "Libraries have a function of their own for it.",
    "ReLU has no slope at 0. Libraries choose one, 0 here; it hardly ever matters.",
    "A dead unit is one that a ReLU holds at 0 for every input: no gradient reaches its weights "
    "any more. One image can only show that a unit is silent on this image.",
    "Randomized leaky ReLU is random in training alone, where every value gets a slope a of its "
    "own, from 1/8 to 1/3; in use it is a leaky ReLU with the mean of these, 11/48.",
)


@dataclass(frozen=True, eq=False)
class Curve:
    """An activation's curves.

    Attributes
    ----------
    name, title, formula, slope_formula, output_range
        See `Activation`.
    y, slope : (X,) float64
        f and f' at the topic's `x`.
    """

    name: str
    title: str
    formula: str
    slope_formula: str
    output_range: str
    y: Array
    slope: Array


@dataclass(frozen=True, eq=False)
class Effect:
    """What an activation makes of a layer's values.

    Attributes
    ----------
    low, high : float
        f(-`MAX_INPUT`) and f(`MAX_INPUT`): the ends of the histogram of what comes out.
    counts : (NUM_BINS,) int64
        That histogram, of the same values as that of what goes in.
    saturated : float
        Share of the values where the slope is below `SATURATED` of the function's steepest.
    mean_slope : float
        Mean of f' over the values: how much of a gradient passes, on average.
    num_dead : int
        Units (channels) that are saturated at every place of this image.
    """

    low: float
    high: float
    counts: npt.NDArray[np.int64]
    saturated: float
    mean_slope: float
    num_dead: int


@dataclass(frozen=True, eq=False)
class LayerValues:
    """What a layer of the network found in the image, before its activation.

    Attributes
    ----------
    title : str
    num_units : int
        Channels.
    num_values : int
        Channels times places.
    counts : (NUM_BINS,) int64
        Histogram of the values from -`MAX_INPUT` to `MAX_INPUT`.
    beyond : float
        Share of the values outside of these.
    positive : (C,) float64
        Share of positive values of each unit, in rising order: 0 is a unit that a ReLU would
        switch off all over the image.
    effects : mapping of str to Effect
        Under the activations' names.
    """

    title: str
    num_units: int
    num_values: int
    counts: npt.NDArray[np.int64]
    beyond: float
    positive: Array
    effects: dict[str, Effect]


def activations(image: Image) -> Topic:
    """Show activation functions, and what they do to the values of the shipped network's layers.

    Parameters
    ----------
    image : Image

    Returns
    -------
    Topic
    """
    x = np.linspace(-MAX_INPUT, MAX_INPUT, 240)  # even: without 0, where ReLU has no slope
    curves = [_curve(activation, x) for activation in ACTIVATIONS]
    data = {
        "x": x,
        "curves": tuple(curves),
        "bins": np.linspace(-MAX_INPUT, MAX_INPUT, NUM_BINS + 1),
        "layers": tuple(
            _layer(layer.title, layer.before.data[0], curves) for layer in activated_layers(image)
        ),
        "network_activation": load_network().options.activation.replace("_", "-"),
        "rrelu_slopes": (1 / 8, 1 / 3),
        "saturated_below": SATURATED,
        "tanh_overflows_below": float(-np.log(np.finfo(np.float32).max) / 2),
    }
    return Topic("activations", "Activation functions", _SUMMARY, data, _CODE, _NOTES)


def activated_layers(image: Image) -> tuple[layers.Layer, ...]:
    """Look at an image with the shipped network, and return its layers that have an activation.

    Parameters
    ----------
    image : Image
        At most `MAX_SIZE` of its pixels along the longer side are looked at; larger ones shrink.

    Returns
    -------
    tuple of featmatch.learned.network.layers.Layer
    """
    gray = read_image(image.gray(), max_size=MAX_SIZE).pixels / np.float32(255)
    padding = [(0, -side % STRIDE) for side in gray.shape]
    pixels = np.pad(normalized(gray), padding, mode="edge")
    *activated, _score = layers.layers_of(load_network(), nn.Tensor(pixels[None, ..., None]))
    return tuple(activated)


def _curve(activation: Activation, x: Array) -> Curve:
    y, slope = activation.value_and_slope(x)
    told = (activation.name, activation.title, activation.formula, activation.slope_formula)
    return Curve(*told, activation.output_range, y, slope)


def _layer(title: str, values: npt.NDArray[np.float32], curves: list[Curve]) -> LayerValues:
    num_units = values.shape[2]
    by_unit = values.reshape(-1, num_units)
    counts, _ = np.histogram(values, NUM_BINS, (-MAX_INPUT, MAX_INPUT))
    return LayerValues(
        title,
        num_units,
        values.size,
        counts,
        float(1 - counts.sum() / values.size),
        np.sort((by_unit > 0).mean(axis=0)),
        {
            activation.name: _effect(activation, curve, by_unit)
            for activation, curve in zip(ACTIVATIONS, curves, strict=True)
        },
    )


def _effect(activation: Activation, curve: Curve, by_unit: npt.NDArray[np.float32]) -> Effect:
    y, slope = activation.value_and_slope(by_unit)
    low, high = float(curve.y[0]), float(curve.y[-1])
    inside = np.clip(y[np.abs(by_unit) <= MAX_INPUT], low, high)  # which rounding may leave
    counts, _ = np.histogram(inside, NUM_BINS, (low, high))
    flat = slope < SATURATED * curve.slope.max()
    saturated, mean_slope = float(flat.mean()), float(slope.mean(dtype=np.float64))
    return Effect(low, high, counts, saturated, mean_slope, int(flat.all(axis=0).sum()))
