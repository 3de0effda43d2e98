"""How linearly a property of places can be read off the maps of a layer.

G. Alain and Y. Bengio, *Understanding intermediate layers using linear classifier probes*, 2016.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.compare.separability import MIN_POINTS
from featmatch.evaluation.metrics.precision_recall import precision_recall
from featmatch.types import Array

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


def train_probe(
    values: Array, labels: npt.NDArray[np.bool], num_steps: int
) -> tuple[nn.Tensor, nn.Tensor]:
    """Fit a logistic classifier; see `probe`.

    Returns
    -------
    weight : (C, 1) Tensor
    bias : (1,) Tensor
    """
    weight = nn.Parameter(np.zeros((values.shape[1], 1), np.float32))
    bias = nn.Parameter(np.zeros(1, np.float32))
    optimizer = nn.Adam([weight, bias], lr=_LEARNING_RATE)
    inputs, targets = nn.Tensor(values), nn.Tensor(labels[:, None])
    for _ in range(num_steps):
        logits = inputs @ weight + bias
        loss = nn.binary_cross_entropy_with_logits(logits, targets)
        loss = loss + (weight * weight).sum() * _WEIGHT_PENALTY
        optimizer.step(nn.grad(loss, optimizer.parameters))
    return weight, bias


def _average_precision(
    values: Array, labels: npt.NDArray[np.bool], train: npt.NDArray[np.bool], num_steps: int
) -> float:
    mean, deviation = values[train].mean(axis=0), values[train].std(axis=0)
    scaled = ((values - mean) / np.where(deviation > 0, deviation, 1)).astype(np.float32)
    weight, bias = train_probe(scaled[train], labels[train], num_steps)
    logits = scaled[~train] @ weight.data + bias.data
    right = labels[~train]
    found = precision_recall(-logits[:, 0], right, int(right.sum()))
    return found.average_precision or 0.0
