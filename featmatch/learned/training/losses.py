"""What the network is trained for: a loss on pairs of views of which is known what is the same.

It has three parts. Descriptors of one point in both views shall be more alike than those of
different points; where one view has a peak of the scores, the other shall have one too, at the same
point to a fraction of a pixel; and the score of a peak shall tell how surely its descriptor finds
it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from featmatch import nn
from featmatch.checks import check_integer, check_number
from featmatch.learned.extraction.peaks import find_peaks, fit_peaks
from featmatch.learned.network.network import FeatureNetwork, normalized, turned
from featmatch.learned.training.matching_loss import matching_nll
from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.points import MARGIN, are_near, choose_points, inside, round_trips
from featmatch.learned.training.relation import Relation
from featmatch.types import Array

_REACH = 4  # px around a place in which a peak there has to be the highest
_SIDE = 2 * _REACH + 1
_WINDOW = np.argwhere(np.ones((_SIDE, _SIDE)))[:, ::-1] - _REACH  # (x, y)


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
    score_weight, peak_weight : float
        Of the scores of peaks, and of peaks in one view where the other has some; beside the
        descriptors' weight of 1. 0 turns a part off.
    repeat_distance : float
        Pixels from its place within which the other view has to have a peak, too, for a peak to
        score; 0 asks for no peak there.
    """

    num_points: int = 768
    num_peaks: int = 200
    temperature: float = 0.05
    score_weight: float = 1.0
    peak_weight: float = 1.0
    repeat_distance: float = 3.0

    def __post_init__(self) -> None:
        check_integer("num_points", self.num_points, 1, 100_000)
        check_integer("num_peaks", self.num_peaks, 1, 100_000)
        check_number("temperature", self.temperature, 0.025, 1)
        for name in ("score_weight", "peak_weight", "repeat_distance"):
            check_number(name, getattr(self, name), 0, 1000)


def pair_loss(
    network: FeatureNetwork,
    pairs: Sequence[TrainingPair],
    options: LossOptions,
    rng: np.random.Generator,
) -> nn.Tensor:
    """Measure how badly a network finds the points of pairs of views again.

    - Descriptors: `matching_nll` of the points that both views show, each the match of itself.
    - Scores: the binary cross-entropy of the logits at the peaks among them, where 1 is a point
      whose descriptor found it there and back, and that is a peak of view 1, too, if
      `LossOptions.repeat_distance` asks for that. Both as in Gleize, Wang and Feiszli, "SiLK:
      Simple Learned Keypoints", ICCV 2023, but for their scores of all points, peaks or not.
    - Peaks: see `peak_loss`, of both views in turn.

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
    for place, both in enumerate(view for each in chosen for view in (each.points0, each.points1)):
        points[place, : len(both)] = both
    descriptors = network.describe(maps, points)
    scores = nn.sample_points(logits, points)
    total = nn.Tensor(np.zeros((), np.float32))
    for place, (pair, each) in enumerate(zip(pairs, chosen, strict=True)):
        views = slice(2 * place, 2 * place + 2)
        u = descriptors[views.start, : len(each)]
        as_seen = descriptors[views.start + 1, : len(each)]
        v = turned(as_seen, network.options.num_turns, -pair.turn)
        total = total + matching_nll(u, v, _diagonal(len(each)), options.temperature)
        if options.score_weight and each.num_peaks:
            found = round_trips(u.data, v.data)[: each.num_peaks]
            if options.repeat_distance:
                places = each.points1[: each.num_peaks]
                found &= are_near(places, peaks[2 * place + 1], options.repeat_distance)
            of_peaks = scores[views, : each.num_peaks, 0]
            score_loss = nn.binary_cross_entropy_with_logits(
                of_peaks, np.stack([found, found]).astype(np.float32)
            )
            total = total + score_loss * options.score_weight
        if options.peak_weight:
            of_both = _mutual_peak_loss(logits[views], peaks[views], pair.relation)
            total = total + of_both * options.peak_weight
    return total / len(pairs)


def _mutual_peak_loss(logits: nn.Tensor, peaks: Sequence[Array], relation: Relation) -> nn.Tensor:
    """Mean of the `peak_loss` of both views of a pair, each at the peaks of the other."""
    there, back = (
        mapping(fit_peaks(heights, own))
        for heights, own, mapping in zip(
            logits.data[..., 0], peaks, (relation.there, relation.back), strict=True
        )
    )
    loss: nn.Tensor = (peak_loss(logits[1:], there) + peak_loss(logits[:1], back)) * 0.5
    return loss


def peak_loss(logits: nn.Tensor, places: Array) -> nn.Tensor:
    """Measure how far a view is from having peaks at given places.

    It is the negative log-likelihood of each place under the softmax of the logits in a window of
    9 x 9 pixels around it; between pixels, the logits are interpolated. So the place is drawn up
    and all around it is pushed down: peaks become pointed, and lie where the other view has them.

    Parameters
    ----------
    logits : (1, H, W, 1) Tensor
    places : (M, 2) float
        (x, y); those too near to the border are left out.

    Returns
    -------
    Tensor of shape ()
        The mean over the places; 0 without any.
    """
    places = places[inside(places, logits.shape[1], MARGIN + 1)]
    if not len(places):
        return nn.Tensor(np.zeros((), np.float32))
    around = np.rint(places)[:, None] + _WINDOW
    windows = nn.sample_points(logits, around.reshape(1, -1, 2)).reshape(len(places), -1)
    highest = windows.data.max(axis=1, keepdims=True)
    logsums = nn.log(nn.exp(windows - highest).sum(axis=1)) + highest[:, 0]
    at_places = nn.sample_points(logits, places[None]).reshape(len(places))
    loss: nn.Tensor = (logsums - at_places).mean()
    return loss


def _diagonal(size: int) -> Array:
    return np.stack([np.arange(size)] * 2, axis=1)
