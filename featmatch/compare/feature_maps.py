"""Where hand-engineered points lie in the feature maps of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.compare.common_points import CommonPoints, measure_common_points
from featmatch.compare.kernels import FirstKernels, first_kernels
from featmatch.compare.places import (
    gradient_strength,
    matched_places,
    random_places,
    structure_points,
)
from featmatch.compare.separability import (
    MIN_POINTS,
    answers,
    area_answers,
    auroc,
    lift,
    probe,
    probe_chance,
)
from featmatch.images.image import Image
from featmatch.learned.network.layers import Layer, layers_of
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import FeatureNetwork
from featmatch.threads import parallel_map
from featmatch.types import Array, Features

_NEGATIVES = 3  # random places for each of ORB's points, in the data of the probe
_HARRIS_BLOCK, _SOBEL_SIZE, _HARRIS_FACTOR = 7, 3, 0.04  # as in OpenCV's ORB


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """The maps of a layer of C channels, and what they say of ORB's points.

    Parameters
    ----------
    name, title : str
        Of the layer: short and in words.
    stride : int
        Working pixels from one unit to the next.
    num_channels : int
    auroc_random, auroc_edges : (C,) float64
        Probability that the activation at one of ORB's points is larger than at another place: one
        chosen at random, and one where the gradient is equally strong. 0.5 tells nothing. Empty if
        there are fewer than ten points to compare.
    lift : (C,) float64
        Mean of the positive part of the activation at ORB's points / over the whole image. Empty
        with fewer than ten points.
    answers : tuple of str
        To what each channel answers with large values: ``"corner"``, ``"edge"``, ``"blob"``,
        ``"flat"`` or ``"mixed"``; or to brightness alone: ``"dark area"`` or ``"bright area"``.
        Empty where an image has no such structures.
    probe_average_precision : float or None
        How well a linear classifier on the channels tells ORB's points from random places, on the
        half of the image that it was not trained on; None with too few points.
    probe_untrained : float or None
        The same on the maps of a network of the same plan whose weights are as drawn, before any
        training.
    probe_chance : float or None
        Average precision of guessing.
    """

    name: str
    title: str
    stride: int
    num_channels: int
    auroc_random: Array
    auroc_edges: Array
    lift: Array
    answers: tuple[str, ...]
    probe_average_precision: float | None
    probe_untrained: float | None
    probe_chance: float | None


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What a network holds of an image, beside the points of ORB.

    Parameters
    ----------
    size : (width, height)
        Of the image, in the pixels of the points.
    layers : tuple of LayerMaps
        All maps that an activation gives, and the score.
    kernels : FirstKernels
    common_points : CommonPoints
        Of ORB's points with the network's.
    harris_average_precision : float or None
        How well the probe does on one map made by hand: Harris's response, by which ORB ranks its
        points; None with too few points.
    num_probed : int
        ORB's points that the probes were asked to tell from random places.
    points0, learned_points : (N, 2) float32
        ORB's and the network's points (x, y), in pixels of the original image.
    """

    size: tuple[int, int]
    layers: tuple[LayerMaps, ...]
    kernels: FirstKernels
    common_points: CommonPoints
    points0: Array
    learned_points: Array
    harris_average_precision: float | None = None
    num_probed: int = 0


@dataclass(frozen=True, eq=False)
class _Places:
    """Places (N, 2) of the working image at which maps are read."""

    orb: Array
    random: Array
    strong_orb: Array
    equally_strong: Array
    structures: Mapping[str, Array]


def measure_feature_maps(
    network: FeatureNetwork,
    image: Image,
    orb: Features,
    learned: Features,
    *,
    quick: bool = False,
    seed: int = 0,
) -> FeatureMaps:
    """Look at ORB's points in all maps of a network.

    Parameters
    ----------
    network : FeatureNetwork
        As `load_network` gives it.
    image : Image
    orb, learned : Features
        Of this image, by ORB and by the network.
    quick : bool
        Read fewer places and train probes for a shorter time.
    seed : int
        Of the places drawn.

    Returns
    -------
    FeatureMaps
    """
    places = _choose_places(image, orb, 400 if quick else 1500, np.random.default_rng(seed))
    pixels = nn.Tensor(Level.of(image.gray(), 1.0).pixels[None, ..., None])
    layers = layers_of(network, pixels)
    plain = layers_of(_untrained(network, seed), pixels)
    num_steps = 40 if quick else 100

    def measure(before_and_after: tuple[Layer, Layer]) -> LayerMaps:
        before, after = before_and_after
        return _measure(after, before, places, num_steps, image.gray())

    return FeatureMaps(
        size=image.size,
        layers=tuple(parallel_map(measure, zip(plain, layers, strict=True))),
        kernels=first_kernels(network),
        common_points=measure_common_points(orb, learned, image.pixel_size),
        points0=orb.keypoints,
        learned_points=learned.keypoints,
        harris_average_precision=_harris(image.gray(), places, num_steps),
        num_probed=len(places.orb),
    )


def _untrained(network: FeatureNetwork, seed: int) -> FeatureNetwork:
    """Return a network of the same plan with the weights that its training began with."""
    drawn = FeatureNetwork(network.options, np.random.default_rng(seed)).eval()
    return nn.fold(drawn)


def _harris(gray: npt.NDArray[np.uint8], places: _Places, num_steps: int) -> float | None:
    """Average precision of the probe on Harris's response, in units that suit a classifier."""
    response = cv2.cornerHarris(gray, _HARRIS_BLOCK, _SOBEL_SIZE, _HARRIS_FACTOR)
    at_orb, at_random = (
        np.cbrt(_at_pixels(response, points)) for points in (places.orb, places.random)
    )
    values, labels, half = _probed(at_orb[:, None], at_random[:, None], places)
    return probe(values, labels, half, num_steps=num_steps)


def _choose_places(
    image: Image, orb: Features, max_points: int, rng: np.random.Generator
) -> _Places:
    gray = image.gray()
    size = gray.shape[1], gray.shape[0]
    every = image.from_original(orb.keypoints)
    chosen = np.sort(rng.permutation(len(every))[:max_points])
    rows, equally_strong = matched_places(gradient_strength(gray), every, rng)
    compared = np.isin(rows, chosen)
    return _Places(
        orb=every[chosen],
        random=random_places(size, every, _NEGATIVES * max(len(chosen), MIN_POINTS), rng),
        strong_orb=every[rows[compared]],
        equally_strong=equally_strong[compared],
        structures=structure_points(gray, max_points // 4, rng),
    )


def _measure(
    layer: Layer,
    untrained: Layer,
    places: _Places,
    num_steps: int,
    gray: npt.NDArray[np.uint8],
) -> LayerMaps:
    maps = layer.after.data[0]
    at_orb, at_random = _values(layer, places.orb), _values(layer, places.random)
    at_strong, at_equal = _values(layer, places.strong_orb), _values(layer, places.equally_strong)
    enough = len(at_orb) >= MIN_POINTS
    values, labels, half = _probed(at_orb, at_random, places)
    drawn, _, _ = _probed(_values(untrained, places.orb), _values(untrained, places.random), places)
    return LayerMaps(
        name=layer.name,
        title=layer.title,
        stride=layer.stride,
        num_channels=maps.shape[-1],
        auroc_random=_auroc(at_orb, at_random),
        auroc_edges=_auroc(at_strong, at_equal),
        lift=lift(at_orb, maps.reshape(-1, maps.shape[-1])) if enough else np.zeros(0),
        answers=_answers(layer, places, gray),
        probe_average_precision=probe(values, labels, half, num_steps=num_steps),
        probe_untrained=probe(drawn, labels, half, num_steps=num_steps),
        probe_chance=probe_chance(labels, half) if enough else None,
    )


def _answers(layer: Layer, places: _Places, gray: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """To what each channel answers: structures, or areas where it goes with brightness itself."""
    found = answers({name: _values(layer, at) for name, at in places.structures.items()})
    areas = area_answers(layer.after.data[0], gray, layer.stride)
    return tuple(area or word for area, word in zip(areas, found, strict=False))


def _values(layer: Layer, points: Array) -> Array:
    """(N, C) activations at points of the image, between the centers of units."""
    if not len(points):
        return np.zeros((0, layer.after.shape[-1]), np.float32)
    on_map = (points + 0.5) / layer.stride - 0.5
    with nn.no_grad():
        found: Array = nn.sample_points(layer.after, on_map[None]).data[0]
    return found


def _at_pixels(response: Array, points: Array) -> Array:
    """(N,) values at the pixels that points lie in."""
    x, y = np.rint(points).astype(np.int64).reshape(-1, 2).T
    found: Array = response[y, x]
    return found


def _auroc(positive: Array, negative: Array) -> Array:
    """`auroc`, or nothing of fewer than `MIN_POINTS` places."""
    if min(len(positive), len(negative)) < MIN_POINTS:
        return np.zeros(0)
    return auroc(positive, negative)


def _probed(at_orb: Array, at_random: Array, places: _Places) -> tuple[Array, Array, Array]:
    """Values, labels and halves of the image for the probe: ORB's points, then random places."""
    middle = np.median(places.orb[:, 0]) if len(places.orb) else 0.0
    x = np.concatenate([places.orb[:, 0], places.random[:, 0]])
    labels = np.repeat([True, False], [len(at_orb), len(at_random)])
    return np.concatenate([at_orb, at_random]), labels, x < middle
