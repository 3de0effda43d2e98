"""3 x 3 against 5 x 5: what two small kernels in a row do, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch import nn, threads
from featmatch.explaining.classic_kernels import classic_kernel
from featmatch.explaining.convolution import correlated
from featmatch.explaining.pictures import gray_levels, gray_picture, signed_picture
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.network import STRIDE, normalized
from featmatch.learned.network.weights import load_network

_NETWORK_SIZE = 640  # px, longer side of the image whose feature maps are convolved
_NUM_TIMES = 5  # each way to compute is timed
_NUM_DRAWS = 8  # random networks that effective fields are averaged over
_RANDOM_CHANNELS = 64, 16, 16  # of these: every input channel is another random draw of kernels
_FIELD = 9  # px, side of the window in which they are shown

_SUMMARY = (
    "Two 3 x 3 convolutions in a row see as much of the image as one 5 x 5, with 18 weights "
    "instead of 25 for each pair of an input and an output channel, and an activation can stand "
    "between them. That is why networks stack small kernels. Here both are applied to the same "
    "feature maps of your image, and timed."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn

page = featmatch.explain("kernel-size", "photo.jpg").data  # the numbers of this page
count, shape = page["num_channels"], (1, page["map_height"], page["map_width"])
rng = np.random.default_rng(0)
twice = nn.Sequential(
    nn.Conv2d(count, count, 3, padding=1, bias=False, rng=rng),
    nn.ReLU(),
    nn.Conv2d(count, count, 3, padding=1, bias=False, rng=rng),
)
once = nn.Conv2d(count, count, 5, padding=2, bias=False, rng=rng)
for network, plan in zip((twice, once), page["plans"], strict=True):
    summary = nn.summarize(network, (*shape, count))
    print(plan.label)
    print(summary.num_parameters, "on the page:", plan.num_parameters)
    print(summary.num_multiply_adds, "on the page:", plan.num_multiply_adds)
"""
_NOTES = (
    "They have the same theoretical receptive field, not the same effective one. Many paths lead "
    "through two 3 x 3 kernels from a pixel in the middle, and a single one from a corner: the "
    "middle counts more.",
    "Two 3 x 3 kernels cannot do all that one 5 x 5 can: without an activation between them they "
    "are a 5 x 5 kernel, but one made from 18 numbers instead of 25. With an activation they can "
    "do things that no single kernel can.",
    "Fewer multiply-adds are not the same as less time. Small kernels have fast algorithms of "
    "their own (Winograd's), but two layers also write and read one more set of feature maps.",
)


@dataclass(frozen=True, eq=False)
class Plan:
    """A way to see 5 x 5 pixels.

    Parameters
    ----------
    label : str
    receptive_field : int
        Pixels a side.
    num_weights : int
        For one input and one output channel.
    num_parameters : int
        Of the layers timed.
    num_multiply_adds : int
        For the feature maps timed.
    seconds : tuple of float
        Each time measured.
    effective_field : ndarray (9, 9)
        Root mean square of the gradient of a unit with respect to each pixel around it, over random
        weights; the largest is 1.
    """

    label: str
    receptive_field: int
    num_weights: int
    num_parameters: int
    num_multiply_adds: int
    seconds: tuple[float, ...]
    effective_field: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Composition:
    """Two 3 x 3 kernels in a row without an activation, and the one 5 x 5 kernel that they are.

    Parameters
    ----------
    label : str
    first, second : ndarray (3, 3)
    composed : ndarray (5, 5)
    picture : ndarray (H, W) uint8
        What the composed kernel makes of the picture; 128 is 0 if its weights sum to 0.
    max_difference : float
        Largest difference, in gray levels, between one after the other and the composed kernel.
    """

    label: str
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    composed: NDArray[np.float64]
    picture: NDArray[np.uint8]
    max_difference: float


def kernel_size(image: Image) -> Topic:
    """Compare two small kernels with a large one: field, weights, work and time."""
    maps = _feature_maps(image)
    count = maps.shape[3]
    gray = gray_picture(image)
    data = {
        "map_height": maps.shape[1],
        "map_width": maps.shape[2],
        "num_channels": count,
        "num_threads": threads.get_num_threads(),
        "plans": _compared(maps),
        "compositions": (
            _composition("mean, then mean", "mean", "mean", gray),
            _composition("blur, then edges across", "gaussian", "sobel-x", gray),
            _composition("edges across, then down", "sobel-x", "sobel-y", gray),
        ),
    }
    return Topic("kernel-size", "3 x 3 against 5 x 5", _SUMMARY, data, _CODE, _NOTES)


def two_small(channels: tuple[int, int, int], rng: np.random.Generator) -> nn.Module:
    """Stack two 3 x 3 convolutions, a ReLU between them, with random weights."""
    return nn.Sequential(
        nn.Conv2d(channels[0], channels[1], 3, padding=1, bias=False, rng=rng),
        nn.ReLU(),
        nn.Conv2d(channels[1], channels[2], 3, padding=1, bias=False, rng=rng),
    )


def one_large(channels: tuple[int, int, int], rng: np.random.Generator) -> nn.Module:
    """Make one 5 x 5 convolution with random weights."""
    return nn.Conv2d(channels[0], channels[2], 5, padding=2, bias=False, rng=rng)


def _feature_maps(image: Image) -> NDArray[Any]:
    """Compute the network's finest feature maps of an image."""
    gray = gray_picture(image, _NETWORK_SIZE, min_size=STRIDE)
    height, width = (side - side % STRIDE for side in gray.shape)
    pixels = normalized(gray[:height, :width] / np.float32(255))
    with nn.no_grad():
        _, maps = load_network()(pixels[None, :, :, None])
    return np.asarray(maps[0].data)


def _compared(maps: NDArray[Any]) -> tuple[Plan, Plan]:
    count = maps.shape[3]
    makers = (two_small, one_large)
    networks = [make((count, count, count), np.random.default_rng(0)) for make in makers]
    seconds = _time(networks, maps)
    plans = []
    for label, make, network, times in zip(
        ("two 3 x 3", "one 5 x 5"), makers, networks, seconds, strict=True
    ):
        single = nn.summarize(make((1, 1, 1), np.random.default_rng(0)), (1, 16, 16, 1))
        summary = nn.summarize(network, maps.shape)
        plans.append(
            Plan(
                label,
                _field_of(single),
                single.num_parameters,
                summary.num_parameters,
                summary.num_multiply_adds,
                times,
                _effective_field(make),
            )
        )
    return plans[0], plans[1]


def _field_of(summary: nn.Summary) -> int:
    field = summary.rows[-1].receptive_field
    return field.size[0] if field else 0


def _time(networks: Sequence[nn.Module], maps: NDArray[Any]) -> list[tuple[float, ...]]:
    """Time networks in turn, so that what else the machine does burdens all of them alike."""
    seconds: list[list[float]] = [[] for _ in networks]
    with nn.no_grad():
        for network in networks:
            network(maps)
        for _ in range(_NUM_TIMES):
            for times, network in zip(seconds, networks, strict=True):
                start = perf_counter()
                network(maps)
                times.append(round(perf_counter() - start, 6))
    return [tuple(times) for times in seconds]


def _effective_field(
    make: Callable[[tuple[int, int, int], np.random.Generator], nn.Module],
) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    squares = np.zeros((_FIELD, _FIELD))
    for _ in range(_NUM_DRAWS):
        shape = (4, _FIELD, _FIELD, _RANDOM_CHANNELS[0])
        field = nn.effective_receptive_field(make(_RANDOM_CHANNELS, rng), shape, rng=rng)
        squares += field.magnitude**2
    return np.asarray(np.sqrt(squares / squares.max()).round(3))


def _composition(label: str, first: str, second: str, gray: NDArray[np.uint8]) -> Composition:
    a, b = classic_kernel(first), classic_kernel(second)
    composed = compose(a.weights, b.weights)
    at_once = correlated(gray, composed)
    one_by_one = correlated(correlated(gray, a.weights), b.weights)
    changes = a.finds_changes or b.finds_changes
    picture = signed_picture(at_once) if changes else gray_levels(at_once)
    difference = float(np.abs(at_once - one_by_one).max())
    return Composition(label, a.weights, b.weights, composed, picture, difference)


def compose(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the one kernel that does what two do in a row.

    Each weight of the second kernel lays a copy of the first one at its own place.

    Parameters
    ----------
    first, second : ndarray (k, k) and (m, m) float64
        As `featmatch.nn.conv2d` lays them on the image.

    Returns
    -------
    ndarray (k + m - 1, k + m - 1) float64
    """
    taps = nn.conv_transpose2d(second[None, :, :, None], first[:, :, None, None])
    return np.asarray(taps.data[0, :, :, 0])
