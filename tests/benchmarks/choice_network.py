"""A small network over the matches of a pair of images that says of each how likely it is right.

It sees all matches at once, in no order: every layer treats each match by itself, and *context
normalization* between the layers tells it what the others are like (K. M. Yi et al., "Learning to
find good correspondences", CVPR 2018). `Described` is what it is told of a match.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from featmatch import nn
from featmatch.frames import frames_of, match_maps
from featmatch.matching.agreement import neighborhood_agreement
from featmatch.matching.duplicates import remove_duplicates
from featmatch.matching.neighborhoods import SPACING
from featmatch.nn.tensor import as_tensor

NUM_INPUTS = 12
"""Two points, zoom, distance, ratio; then what neighborhoods count: the chance, and of both images
how many land and which share of them agrees."""

SEEN = {"alone": slice(0, 7), "all": slice(0, 12), "counts": slice(4, 12)}
"""What a network may see: the matches alone, all, or all but where they lie."""

_EPS = 1e-3
_LEAST_CHANCE = -30.0  # log10: what is surer is sure
_MANY = 5.0  # log of some 150 neighbors


class ContextNorm(nn.Module):
    """Each channel to mean 0 and variance 1 over the matches of one pair, then scaled and shifted.

    The paper has a batch norm after it. That finds mean 0 and variance 1 already, and nothing of
    it is left but its weight and bias, which are here.

    Parameters
    ----------
    channels : int
    attentive : bool
        Mean and variance are of those matches that the layer finds worth it: where most are wrong,
        those of all say little about the right ones (ACNe: W. Sun et al., "Attentive context
        normalization for robust permutation-equivariant learning", CVPR 2020, local attention).
    rng : Generator
        Draws the weights of the attention.
    """

    def __init__(self, channels, attentive, rng):
        self.weight = nn.Parameter(np.ones(channels, np.float32))
        self.bias = nn.Parameter(np.zeros(channels, np.float32))
        self.attention = nn.Linear(channels, 1, rng=rng) if attentive else None

    def forward(self, x):
        """(N, M, channels): M matches of each of N pairs."""
        x = as_tensor(x)
        if self.attention is None:
            share = as_tensor(np.full((*x.shape[:2], 1), 1 / x.shape[1], x.dtype))
        else:
            worth = nn.sigmoid(self.attention(x))
            share = worth / worth.sum(axis=1, keepdims=True)
        return context_norm(x, share) * self.weight + self.bias


def context_norm(x, share):
    """Compute (x - mean) / sqrt(variance + eps), both weighted means over the matches of a pair.

    With g the gradient of the output y and s the share, that of x is (g - s sum(g) - s y sum(g y))
    / sqrt(variance + eps); that of the share is, but for what is the same for all matches and
    vanishes as shares add up to 1, - y sum(g) - y^2 sum(g y) / 2, over all channels.

    Parameters
    ----------
    x : Tensor (N, M, C)
    share : Tensor (N, M, 1)
        Of each match in the means; adds up to 1 over M.

    Returns
    -------
    Tensor (N, M, C)
    """
    s = share.data
    centered = x.data - _sums(s, x.data)
    inverse = 1 / np.sqrt(_sums(s * centered, centered) + np.asarray(_EPS, x.dtype))
    y = centered * inverse

    def backward(dy):
        total, along = dy.sum(axis=1, keepdims=True), _sums(dy, y)
        dx = dy - s * (total + y * along)
        dx *= inverse
        if not share.requires_grad:
            return [dx, None]
        return [dx, -(y * (total + y * along / 2)).sum(axis=2, keepdims=True)]

    return nn.record("context_norm", y, (x, share), backward)


def _sums(a, b):
    """(N, 1, C): of the products, over the matches."""
    return np.einsum("nmc,nmc->nc", np.broadcast_to(a, b.shape), b)[:, None]


class Residual(nn.Module):
    """Twice a layer, a normalization over the set and a ReLU, added to what came in."""

    def __init__(self, channels, attentive, rng):
        self.body = nn.Sequential(
            *(
                layer
                for _ in range(2)
                for layer in (
                    nn.Linear(channels, channels, bias=False, rng=rng),
                    ContextNorm(channels, attentive, rng),
                    nn.ReLU(),
                )
            )
        )

    def forward(self, x):
        """(N, M, channels) -> (N, M, channels)."""
        return x + self.body(x)


class ChoiceNetwork(nn.Module):
    """The log-odds that each match is right.

    Parameters
    ----------
    seen : str
        Which inputs it looks at, of `SEEN`.
    attentive : bool
        See `ContextNorm`.
    channels, blocks : int
    rng : Generator
        Draws the weights.
    """

    def __init__(self, seen, attentive=False, channels=64, blocks=6, *, rng):
        self.seen = seen
        self.first = nn.Linear(SEEN[seen].stop - SEEN[seen].start, channels, rng=rng)
        self.blocks = nn.Sequential(*(Residual(channels, attentive, rng) for _ in range(blocks)))
        self.last = nn.Linear(channels, 1, rng=rng)

    def forward(self, inputs):
        """(N, M, NUM_INPUTS) -> (N, M)."""
        x = as_tensor(inputs)[..., SEEN[self.seen]]
        return self.last(self.blocks(self.first(x)))[..., 0]


def chances(network, inputs):
    """Probability that each of (M, NUM_INPUTS) described matches is right; (M,)."""
    if not len(inputs):
        return np.zeros(0)
    with nn.no_grad():
        return nn.sigmoid(network(inputs[None])).data[0]


@dataclass(frozen=True, eq=False)
class Described:
    """Matches, each corner once, with their maps (M, 2, 2) and what the network is told of them.

    `inputs` is (M, NUM_INPUTS) float32; `log10_chance` (M,) is that of `neighborhood_agreement`.
    """

    matches: object
    maps: np.ndarray
    inputs: np.ndarray
    log10_chance: np.ndarray


@lru_cache(maxsize=4)  # several ways to choose ask for the same
def describe(matches, features0, features1):
    """Describe matches as `Neighborhoods` and the network see them."""
    distinct = remove_duplicates(matches, features0, features1, min_spacing=SPACING)
    rows0, rows1 = distinct.indices.T
    maps, sound = match_maps(frames_of(features0, rows0), frames_of(features1, rows1))
    distinct, maps = distinct[sound], maps[sound]
    points0 = features0.keypoints[distinct.indices[:, 0]].astype(np.float64)
    points1 = features1.keypoints[distinct.indices[:, 1]].astype(np.float64)
    agreement = neighborhood_agreement(
        points0,
        points1,
        maps,
        (float(np.hypot(*features0.image_size)), float(np.hypot(*features1.image_size))),
        (features0.pixel_size, features1.pixel_size),
    )
    landed, agreeing = agreement.num_landed, agreement.num_agreeing
    columns = np.column_stack(
        [
            _centered(points0, features0.image_size) @ _turn(maps).T,
            _centered(points1, features1.image_size),
            np.log(np.abs(np.linalg.det(maps))) / 2,
            distinct.distances,
            distinct.ratios,
            np.maximum(agreement.log10_chance, _LEAST_CHANCE) / 10,
            np.log1p(landed).T / _MANY,
            (agreeing / np.maximum(landed, 1)).T,
        ]
    )
    return Described(distinct, maps, columns.astype(np.float32), agreement.log10_chance)


def _centered(points, size):
    """Points from the middle of an image, in halves of its diagonal."""
    return (points - (np.array(size) - 1) / 2) / (np.hypot(*size) / 2)


def _turn(maps):
    """(2, 2): the turn from image 0 to image 1 that the matches' maps have in the mean."""
    if not len(maps):
        return np.eye(2)
    x, y = (maps[:, 0, 0] + maps[:, 1, 1]).sum(), (maps[:, 1, 0] - maps[:, 0, 1]).sum()
    angle = np.arctan2(y, x)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
