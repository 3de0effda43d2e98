"""How well a network does on photographs that it is not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featmatch import nn
from featmatch.learned.extraction.peaks import find_peaks, fit_peaks
from featmatch.learned.network.network import FeatureNetwork, normalized, turned
from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.points import MARGIN, choose_points, inside, round_trips
from featmatch.types import Array

MAX_ERROR = 3.0
"""Pixels by which a match may miss its point and still count as correct."""

_POINTS_PER_PIXEL = 1 / 100


def validate(network: FeatureNetwork, pairs: Sequence[TrainingPair]) -> dict[str, float]:
    """Measure how well a network finds the points of pairs of views again.

    Parameters
    ----------
    network : FeatureNetwork
        In evaluation mode.
    pairs : sequence of TrainingPair
        At least one; the same ones whenever values shall be compared.

    Returns
    -------
    dict
        ``match_rate``: share of points anywhere in a view whose descriptor finds that of the same
        point in the other view, there and back. ``matching_score``: share of the network's own
        keypoints in the common part of both views that are matched, correctly to `MAX_ERROR`.
        ``localization_error``: pixels of image 1 between the two keypoints at one place, which are
        each other's nearest and no farther than `MAX_ERROR`; their median, `MAX_ERROR` if there are
        none. Means over the pairs.
    """
    with nn.no_grad():
        measured = [_measure(network, pair) for pair in pairs]
    names = "match_rate", "matching_score", "localization_error"
    return dict(zip(names, np.mean(measured, axis=0).tolist(), strict=True))


def _measure(network: FeatureNetwork, pair: TrainingPair) -> tuple[float, float, float]:
    images = normalized(np.stack([pair.image0, pair.image1]))[..., None]
    logits, maps = network(images)
    num_points = max(1, round(pair.image0.size * _POINTS_PER_PIXEL))

    def describe(view: int, points: Array) -> Array:
        found = network.describe([x[view : view + 1] for x in maps], points[None])[0]
        turn = -pair.turn if view else 0
        return turned(found, network.options.num_turns, turn).data

    anywhere = choose_points(pair, np.zeros((0, 2)), num_points, np.random.default_rng(0))
    there, back = describe(0, anywhere.points0), describe(1, anywhere.points1)
    rate = np.mean(round_trips(there, back)) if len(anywhere) else 0.0

    points0, points1 = (
        fit_peaks(heights, find_peaks(heights, num_points, border=MARGIN))
        for heights in logits.data[..., 0]
    )
    score = _matching_score(points0, points1, describe(0, points0), describe(1, points1), pair)
    return float(rate), score, _localization_error(pair.relation.there(points0), points1)


def _matching_score(
    points0: Array, points1: Array, descriptors0: Array, descriptors1: Array, pair: TrainingPair
) -> float:
    there = pair.relation.there(points0)
    covisible = inside(there, len(pair.image1))
    if not len(points1) or not covisible.any():
        return 0.0
    similarity = descriptors0 @ descriptors1.T
    nearest = similarity.argmax(axis=1)
    mutual = similarity.argmax(axis=0)[nearest] == np.arange(len(nearest))
    errors = np.linalg.norm(there - points1[nearest], axis=1)
    correct = mutual & covisible & (errors <= MAX_ERROR)
    return float(correct.sum() / covisible.sum())


def _localization_error(there: Array, points1: Array) -> float:
    """Measure how far keypoints of view 0, where view 1 shows them, are from those of view 1."""
    there = there[np.isfinite(there).all(axis=1)]
    if not len(there) or not len(points1):
        return MAX_ERROR
    distances = np.linalg.norm(there[:, None] - points1, axis=2)
    nearest = distances.argmin(axis=1)
    mutual = distances.argmin(axis=0)[nearest] == np.arange(len(nearest))
    errors = distances.min(axis=1)[mutual]
    return float(np.median(errors[errors <= MAX_ERROR])) if errors.min() <= MAX_ERROR else MAX_ERROR
