"""What the network is trained for: a loss on pairs of views whose homography is known.

It has three parts. Descriptors of one point in both views shall be more alike than those of
different points; the score of a point shall tell how surely its descriptor finds it again; and
peaks of the scores shall lie on the same point in both views, to a fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from featmatch import nn
from featmatch.features.options import check_integer, check_number
from featmatch.learned.network import FeatureNetwork, normalized, turned
from featmatch.learned.pairs import TrainingPair
from featmatch.learned.peaks import find_peaks, length, refine_peaks
from featmatch.types import Array

Points = TypeVar("Points", nn.Tensor, Array)

MARGIN = 4
"""Pixels along the border of a view that are left out: there, padding is most of what is seen."""


@dataclass(frozen=True)
class LossOptions:
    """How much each part of the loss counts.

    Parameters
    ----------
    num_points : int
        Points of a pair whose descriptors compete with each other: the network's own peaks and
        random places.
    num_peaks : int
        Peaks of each view, the highest; at most.
    temperature : float
        Of the softmax that makes probabilities of cosines; at least 1/40.
    score_weight, position_weight, peak_weight : float
        Of the scores, of the distance between peaks of both views, of the width of peaks; beside
        the descriptors' weight of 1. 0 turns a part off.
    max_distance : float
        Peaks of both views that are farther apart, in pixels, are not taken for the same.
    """

    num_points: int = 768
    num_peaks: int = 200
    temperature: float = 0.05
    score_weight: float = 1.0
    position_weight: float = 1.0
    peak_weight: float = 0.5
    max_distance: float = 5.0

    def __post_init__(self) -> None:
        check_integer("num_points", self.num_points, 1, 100_000)
        check_integer("num_peaks", self.num_peaks, 1, 100_000)
        check_number("temperature", self.temperature, 0.025, 1)
        for name in ("score_weight", "position_weight", "peak_weight", "max_distance"):
            check_number(name, getattr(self, name), 0, 1000)


def pair_loss(
    network: FeatureNetwork,
    pairs: Sequence[TrainingPair],
    options: LossOptions,
    rng: np.random.Generator,
) -> nn.Tensor:
    """Measure how badly a network finds the points of pairs of views again.

    - Descriptors: `nn.matching_nll` of the points that both views show, each the match of itself.
    - Scores: the binary cross-entropy of the logits at these points, where 1 is a point whose
      descriptor found it there and back. Both as in Gleize, Wang and Feiszli, "SiLK: Simple Learned
      Keypoints", ICCV 2023.
    - Peaks: how far the refined peaks of both views lie from each other, in pixels, where they are
      near, and how widely the scores around them are spread. Both as in ALIKE (Zhao et al., IEEE
      Transactions on Multimedia 2022).

    Parameters
    ----------
    network : FeatureNetwork
    pairs : sequence of TrainingPair
        At least one, all of the same size.
    options : LossOptions
    rng : Generator
        Chooses points.

    Returns
    -------
    Tensor of shape ()
        The mean over the pairs.
    """
    images = np.stack([image for pair in pairs for image in (pair.image0, pair.image1)])
    logits, maps = network(normalized(images)[..., None])
    peaks = [find_peaks(x, options.num_peaks, border=MARGIN) for x in logits.data[..., 0]]
    chosen = [
        choose_points(pair, peaks[2 * place], options.num_points, rng)
        for place, pair in enumerate(pairs)
    ]
    points = np.zeros((len(images), options.num_points, 2))
    for place, both in enumerate(view for views in chosen for view in views):
        points[place, : len(both)] = both
    descriptors = network.describe(maps, points)
    scores = nn.sample_points(logits, points)
    total = nn.Tensor(np.zeros((), np.float32))
    for place, pair in enumerate(pairs):
        first, second, num_points = 2 * place, 2 * place + 1, len(chosen[place][0])
        u = descriptors[first, :num_points]
        v = turned(descriptors[second, :num_points], network.options.num_turns, -pair.turn)
        total = total + nn.matching_nll(u, v, _diagonal(num_points), options.temperature)
        if options.score_weight and num_points:
            found = np.tile(round_trips(u.data, v.data), (2, 1))[..., None]
            both_scores = scores[first : second + 1, :num_points]
            score_loss = nn.binary_cross_entropy_with_logits(both_scores, found.astype(np.float32))
            total = total + score_loss * options.score_weight
        if options.position_weight or options.peak_weight:
            refined0 = refine_peaks(logits[first : first + 1], peaks[first])
            refined1 = refine_peaks(logits[second : second + 1], peaks[second])
            total = total + _position_loss(refined0, refined1, pair.homography, options)
    return total / len(pairs)


def choose_points(
    pair: TrainingPair, peaks: Array, num_points: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Choose points that both views show: the peaks of view 0, and places drawn at random.

    Parameters
    ----------
    pair : TrainingPair
    peaks : (N, 2) array
        (x, y) in view 0.
    num_points : int
    rng : Generator

    Returns
    -------
    points0, points1 : (M, 2) float64
        (x, y) in each view; M is `num_points`, or less where the views have little in common.
    """
    size = len(pair.image0)
    low, high = MARGIN, size - 1 - MARGIN
    points0 = np.concatenate([peaks, rng.uniform(low, high, (3 * num_points, 2))])
    points1 = project(points0, pair.homography)
    inside = ((points1 > low) & (points1 < high)).all(axis=1)
    return points0[inside][:num_points], points1[inside][:num_points]


def round_trips(descriptors0: Array, descriptors1: Array) -> Array:
    """Tell which points are found there and back.

    Parameters
    ----------
    descriptors0, descriptors1 : (M, D) array
        Of the same M points in two views, M at least 1; the larger the product, the more alike.

    Returns
    -------
    (M,) bool
    """
    similarity = descriptors0 @ descriptors1.T
    rows = np.arange(len(similarity))
    there, back = similarity.argmax(axis=1), similarity.argmax(axis=0)
    return np.asarray((there == rows) & (back == rows))


def project(points: Points, homography: Array) -> Points:
    """Map points by a homography.

    Parameters
    ----------
    points : (M, 2) Tensor or array
    homography : (3, 3) array

    Returns
    -------
    (M, 2) Tensor or array
        As `points` are.
    """
    numerators: Points = points @ homography[:2, :2].T + homography[:2, 2]
    denominators: Points = points @ homography[2:, :2].T + homography[2:, 2]
    return numerators / denominators


def _diagonal(size: int) -> Array:
    return np.stack([np.arange(size)] * 2, axis=1)


def _position_loss(
    refined0: tuple[nn.Tensor, nn.Tensor],
    refined1: tuple[nn.Tensor, nn.Tensor],
    homography: Array,
    options: LossOptions,
) -> nn.Tensor:
    """Weigh how far peaks of both views lie from each other, and how wide they are."""
    (points0, spreads0), (points1, spreads1) = refined0, refined1
    loss = nn.Tensor(np.zeros((), np.float32))
    if not len(points0) or not len(points1):
        return loss
    there, back = project(points0, homography), project(points1, np.linalg.inv(homography))
    distances = np.linalg.norm(there.data[:, None] - points1.data, axis=2)
    nearest = distances.argmin(axis=1)
    near = np.flatnonzero(distances.min(axis=1) < options.max_distance)
    if len(near):
        error1 = length(there[near] - points1[nearest[near]])
        error0 = length(back[nearest[near]] - points0[near])
        loss = (error0.mean() + error1.mean()) * (options.position_weight / 2)
    return loss + (spreads0.mean() + spreads1.mean()) * (options.peak_weight / 2)
