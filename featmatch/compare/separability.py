"""How well the maps of a layer tell one kind of place from another: one channel, or all together.

All together are tried by a linear classifier: G. Alain and Y. Bengio, *Understanding intermediate
layers using linear classifier probes*, 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.evaluation.metrics.precision_recall import precision_recall
from featmatch.types import Array

MIN_POINTS = 10
"""With fewer points of a kind nothing is said about it."""

_MIN_PLACES = 25  # of a kind, for what a channel answers to
_MIN_AREA = 0.65  # under the ROC curve, of what a channel answers to against all other places
_MIN_LEAD = 0.03  # of this area, on that of the next kind


def auroc(positive: Array, negative: Array) -> npt.NDArray[np.float64]:
    """Probability that a positive has a larger value than a negative; ties count half.

    It is the area under the ROC curve: 1 if all positives are larger, 0.5 if values tell nothing, 0
    if all are smaller (J. Hanley and B. McNeil, "The meaning and use of the area under a receiver
    operating characteristic (ROC) curve", Radiology 1982).

    Parameters
    ----------
    positive, negative : (N, C), (M, C) float
        Values of C channels, of at least one place each.

    Returns
    -------
    (C,) float64
    """
    columns = zip(np.sort(positive.T), np.sort(negative.T), strict=True)
    return np.array([_area(above, below) for above, below in columns])


def lift(values: Array, everywhere: Array) -> npt.NDArray[np.float64]:
    """Mean of what is above 0 at some places / the same over all; 0 if it is nowhere above 0.

    Parameters
    ----------
    values : (N, C) float
    everywhere : (M, C) float

    Returns
    -------
    (C,) float64
    """
    here, overall = (
        np.maximum(array, 0).mean(axis=0, dtype=np.float64) for array in (values, everywhere)
    )
    ratio: npt.NDArray[np.float64] = here / np.where(overall > 0, overall, 1)
    return ratio


def answers(values: Mapping[str, Array]) -> tuple[str, ...]:
    """Say of each channel to which kind of place it answers with large values.

    Parameters
    ----------
    values : mapping of str to (N, C) float
        Values of C channels at the places of each kind. Kinds whose names have the first word in
        common are of one family: a channel answers to the family if it answers to one of them, as
        to edges of one direction. Kinds of fewer than 25 places are disregarded.

    Returns
    -------
    tuple of str
        For each channel, the kind with the largest mean value stands for its family. Named is the
        family whose places have larger values than those of the others, by an area under the ROC
        curve (`auroc`) of 0.65 or more on average and clearly larger than that of any other family;
        ``"mixed"`` if there is none. Empty if there are fewer than two families.
    """
    families: dict[str, list[Array]] = {}
    for name, array in values.items():
        if len(array) >= _MIN_PLACES:
            families.setdefault(name.split()[0], []).append(np.sort(array.T))
    if len(families) < 2:
        return ()
    columns = [_of_the_largest_kind(kinds) for kinds in families.values()]
    return tuple(
        _answer(dict(zip(families, each, strict=True))) for each in zip(*columns, strict=True)
    )


def _of_the_largest_kind(kinds: list[Array]) -> list[Array]:
    """Choose, for each channel, its values (N,) at the kind of place with the largest mean."""
    largest = np.argmax([kind.mean(axis=1) for kind in kinds], axis=0)
    return [kinds[kind][channel] for channel, kind in enumerate(largest)]


def _answer(values: Mapping[str, Array]) -> str:
    """Name the family with the largest values, each in rising order; see `answers`."""
    areas = {
        family: mean([_area(here, there) for other, there in values.items() if other != family])
        for family, here in values.items()
    }
    runner_up, best = sorted(areas, key=areas.__getitem__)[-2:]
    clear = areas[best] >= max(_MIN_AREA, areas[runner_up] + _MIN_LEAD)
    return best if clear else "mixed"


def _area(above: Array, below: Array) -> float:
    """Area under the ROC curve of two lists in rising order."""
    smaller = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(smaller.mean()) / (2 * len(below))


_MIN_CORRELATION = 0.5  # of a map with the brightness, to be of areas and not of structures


def area_answers(maps: Array, gray: npt.NDArray[np.uint8], stride: int) -> tuple[str, ...]:
    """Tell the channels that answer to dark or bright areas, whatever structure is in them.

    Parameters
    ----------
    maps : (h, w, C) float
        Of a layer.
    gray : (H, W) uint8
        The image, of which a unit covers `stride` x `stride` pixels.
    stride : int

    Returns
    -------
    tuple of str
        For each channel ``"bright area"`` or ``"dark area"`` where its values go up or down with
        the mean brightness under the unit, with a correlation of 0.5 or more; else an empty word.
    """
    height, width = (length // stride for length in gray.shape)
    if not height or not width:
        return ("",) * len(maps.T)
    pixels = gray[: height * stride, : width * stride].reshape(height, stride, width, stride)
    brightness = pixels.mean(axis=(1, 3)).ravel()
    values = maps[:height, :width].reshape(len(brightness), -1)
    brightness, values = (x - x.mean(axis=0) for x in (brightness, values))
    norms = np.linalg.norm(brightness) * np.linalg.norm(values, axis=0)
    correlations = brightness @ values / np.where(norms > 0, norms, 1)
    return tuple(
        "" if abs(r) < _MIN_CORRELATION else "bright area" if r > 0 else "dark area"
        for r in correlations.tolist()
    )


_LEARNING_RATE = 0.1
_WEIGHT_PENALTY = 1e-3  # times the sum of squared weights: keeps those of like channels small


def probe(
    values: Array, labels: npt.NDArray[np.bool], half: npt.NDArray[np.bool], *, num_steps: int = 100
) -> float | None:
    """Train a logistic classifier on one half of the image and try it on the other, both ways.

    It is a convolution of 1 x 1 to one channel, applied where it is needed only. Training is
    deterministic: the loss is convex, and the weights begin at 0.

    Parameters
    ----------
    values : (N, C) float
        Of the channels of a layer at N places.
    labels : (N,) bool
        Whether each place has the property.
    half : (N,) bool
        In which half of the image each lies.
    num_steps : int
        Steps of training on all places of a half.

    Returns
    -------
    float or None
        Average precision, the mean over both halves; None if one has fewer than ten places with
        the property, or without.
    """
    counts = [np.count_nonzero(labels[part] == kind) for part in (half, ~half) for kind in (0, 1)]
    if min(counts) < MIN_POINTS:
        return None
    precisions = [_average_precision(values, labels, part, num_steps) for part in (half, ~half)]
    return float(np.mean(precisions))


def probe_chance(labels: npt.NDArray[np.bool], half: npt.NDArray[np.bool]) -> float | None:
    """Average precision of a classifier that guesses: the share of places with the property."""
    shares = [labels[part].mean() for part in (half, ~half) if part.any()]
    return float(np.mean(shares)) if shares else None


def train_probe(values: Array, labels: npt.NDArray[np.bool], num_steps: int) -> tuple[Array, Array]:
    """Fit a logistic classifier; see `probe`.

    The gradient of the mean cross-entropy of so simple a network is short enough to be written
    down; the engine, which would find it, takes ten times as long over so few numbers.

    Returns
    -------
    weight : (C, 1) float32
    bias : (1,) float32
    """
    weight = nn.Parameter(np.zeros((values.shape[1], 1), np.float32))
    bias = nn.Parameter(np.zeros(1, np.float32))
    optimizer = nn.Adam([weight, bias], lr=_LEARNING_RATE)
    targets, across = labels[:, None].astype(np.float32), np.ascontiguousarray(values.T)
    for _ in range(num_steps):
        logits = values @ weight.data + bias.data
        residuals = (1 / (1 + np.exp(-logits)) - targets) / np.float32(len(values))
        by_weight = across @ residuals + 2 * _WEIGHT_PENALTY * weight.data
        optimizer.step([by_weight.astype(np.float32), residuals.sum(axis=0)])
    return weight.data, bias.data


def _average_precision(
    values: Array, labels: npt.NDArray[np.bool], train: npt.NDArray[np.bool], num_steps: int
) -> float:
    mean, deviation = values[train].mean(axis=0), values[train].std(axis=0)
    scaled = ((values - mean) / np.where(deviation > 0, deviation, 1)).astype(np.float32)
    weight, bias = train_probe(scaled[train], labels[train], num_steps)
    logits = scaled[~train] @ weight + bias
    right = labels[~train]
    found = precision_recall(-logits[:, 0], right, int(right.sum()))
    return found.average_precision or 0.0
