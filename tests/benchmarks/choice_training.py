"""Training of `choice_network`, and how well it chooses among candidates whose truth is known."""

from __future__ import annotations

import numpy as np
from choice_network import ChoiceNetwork, chances

from featmatch import nn

SET_SIZE = 512  # matches of a pair that a step looks at
BATCH_SIZE = 8  # pairs
STEPS = 250  # of an epoch
MAX_RATE, WARMUP, MAX_NORM = 2e-3, 100, 1.0
_SWAPPED = [2, 3, 0, 1, 4, 5, 6, 7, 9, 8, 11, 10]
"""The inputs of the same match with the images in the other order, but for the sign of the zoom."""


def loss(network, batch):
    """Binary cross-entropy; of each pair, right and wrong matches weigh alike, if it has both."""
    inputs, right, weights = batch
    return nn.binary_cross_entropy_with_logits(network(inputs), right, weights)


def make_batch(sets, rng):
    """Draw pairs, of each some matches, mirrored, turned and in either order."""
    drawn = [_draw(sets, rng) for _ in range(BATCH_SIZE)]
    inputs, right = (np.stack(arrays) for arrays in zip(*drawn, strict=True))
    return inputs, right, balanced(right)


def balanced(right):
    """Weights (N, M) of mean 1 that give each pair's right matches what its wrong ones have."""
    share = right.mean(axis=1, keepdims=True)
    both = (share > 0) & (share < 1)
    halves = 0.5 / np.where(right > 0, share, 1 - share)
    return np.where(both, halves, 1.0).astype(np.float32)


def train(sets, held_out, max_epochs, seen, attentive, seed, progress):
    """Train a network; the epoch with the best average precision on `held_out` is kept.

    Parameters
    ----------
    sets, held_out : MatchSets
    max_epochs : int
        Of `STEPS` steps.
    seen : str
    attentive : bool
        See `ChoiceNetwork`.
    seed : int
    progress : callable
        See `nn.FitOptions`.

    Returns
    -------
    ChoiceNetwork, nn.FitResult
    """
    rng = np.random.default_rng(seed)
    network = ChoiceNetwork(seen, attentive, rng=rng)
    options = nn.FitOptions(
        max_epochs=max_epochs,
        schedule=nn.WarmupCosine(MAX_RATE, WARMUP, max_epochs * STEPS),
        max_norm=MAX_NORM,
        validate=lambda network: {"precision": mean_average_precision(network, held_out)},
        monitor="precision",
        higher_is_better=True,
        progress=progress,
    )
    data = nn.GeneratedBatches(lambda rng: make_batch(sets, rng), num_steps=STEPS)
    return network, nn.fit(network, loss, data, nn.Adam(network.parameters()), options, rng=rng)


def average_precision(values, right):
    """Mean precision at each right match, those with higher values being chosen before it."""
    ranked = right[np.argsort(-values, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean()) if ranked.any() else 0.0


def mean_average_precision(network, sets):
    """Mean over the pairs that have right matches."""
    return float(
        np.mean(
            [
                average_precision(chances(network, sets.inputs[rows]), sets.right[rows])
                for rows in map(sets.rows, range(len(sets)))
                if sets.right[rows].any()
            ]
        )
    )


def _draw(sets, rng):
    rows = sets.rows(int(rng.integers(len(sets))))
    numbers = np.arange(rows.start, rows.stop)
    if len(numbers) >= SET_SIZE:
        chosen = rng.choice(numbers, SET_SIZE, replace=False)
    else:
        chosen = rng.permutation(np.resize(numbers, SET_SIZE))
    return _altered(sets.inputs[chosen], rng), sets.right[chosen].astype(np.float32)


def _altered(inputs, rng):
    """Mirror and turn both images alike, and swap them: what is right stays right."""
    angle = rng.uniform(-np.pi, np.pi)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix[:, 0] *= rng.choice([-1, 1])
    altered = inputs.copy()
    altered[:, :2], altered[:, 2:4] = inputs[:, :2] @ matrix.T, inputs[:, 2:4] @ matrix.T
    if rng.random() < 0.5:
        altered = altered[:, _SWAPPED]
        altered[:, 4] *= -1
    return altered
