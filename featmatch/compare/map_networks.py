"""The network as its maps are computed from it elsewhere, as in a page, after some epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.learned.network.epochs import shipped_epochs
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.network.weights import load_network


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution, its normalization folded in.

    Parameters
    ----------
    weights : (k, k, in, out) float16
    bias : (out,) float16
    """

    weights: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class MapNetwork:
    """What of the network is needed for its maps and its score.

    Parameters
    ----------
    epoch : int or None
        Of its training, after which it was so; None where that is not known.
    kept : bool
        Whether it is the one that the comparison is of.
    activation : str
        See `NetworkOptions`.
    slope : float
        Of the activation below 0, if it is straight there.
    blocks : tuple of (Convolution, Convolution)
        Each works on half the resolution of the one before.
    laterals : tuple of Convolution
        From the maps of the first three blocks to the sum that the score comes from.
    head : (Convolution, Convolution)
        From this sum to the four logits of a pixel that was folded.
    """

    epoch: int | None
    kept: bool
    activation: str
    slope: float
    blocks: tuple[tuple[Convolution, ...], ...]
    laterals: tuple[Convolution, ...]
    head: tuple[Convolution, ...]


def map_networks(network: FeatureNetwork) -> tuple[MapNetwork, ...]:
    """Take a network apart; the one that comes with the package, after some of its epochs too.

    Parameters
    ----------
    network : FeatureNetwork
        As `load_network` gives it.

    Returns
    -------
    tuple of MapNetwork
        In the order of the epochs; the last is the network itself.
    """
    if network is not load_network():
        return (taken_apart(network, None, kept=True),)
    return tuple(
        taken_apart(one, epoch, kept=one is network) for epoch, one in shipped_epochs().items()
    )


def taken_apart(network: FeatureNetwork, epoch: int | None, *, kept: bool) -> MapNetwork:
    """Write down what a network's maps are computed from; see `MapNetwork`."""
    slopes = {"relu": 0.0, "leaky_relu": 0.1, "rrelu": (1 / 8 + 1 / 3) / 2}
    return MapNetwork(
        epoch=epoch,
        kept=kept,
        activation=network.options.activation,
        slope=slopes.get(network.options.activation, 1.0),
        blocks=tuple(_convolutions(block) for block in network.blocks),
        laterals=tuple(found for one in network.score_laterals for found in _convolutions(one)),
        head=_convolutions(network.score_head),
    )


def _convolutions(module: nn.Module) -> tuple[Convolution, ...]:
    return tuple(
        Convolution(_half(layer.weight.data), _half(layer.bias.data))
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d) and layer.bias is not None
    )


def _half(array: npt.NDArray[np.floating]) -> npt.NDArray[np.float16]:
    return np.ascontiguousarray(array, np.float16)
