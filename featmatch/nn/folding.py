"""Networks made faster for use: batch norms folded into the convolutions before them."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy, deepcopy
from typing import TypeVar

from featmatch.nn.layers import BatchNorm2d, Conv2d, ConvTranspose2d
from featmatch.nn.module import Module, Sequential
from featmatch.nn.normalization import fold_batch_norm
from featmatch.nn.tensor import Parameter

Network = TypeVar("Network", bound=Module)


def fold(network: Network) -> Network:
    """Copy a network for evaluation, with its batch norms folded into convolutions.

    Folded is every batch norm right after a convolution in a `Sequential`, wherever this is in
    the network. There the convolution has a bias afterward, the batch norm is gone, and the
    layers behind it move up: their parameters have other names. All else is copied as it is. The
    output is that of the network in evaluation mode, but for rounding.

    Parameters
    ----------
    network : Module
        It is not changed.

    Returns
    -------
    Module
        Of the same class, in evaluation mode.
    """
    folded = deepcopy(network).eval()
    for module in list(folded.modules()):
        if isinstance(module, Sequential):
            module.layers = tuple(_fold_layers(module.layers))
    return folded


def _fold_layers(layers: Iterable[Module]) -> list[Module]:
    folded: list[Module] = []
    for layer in layers:
        last = folded[-1] if folded else None
        if isinstance(layer, BatchNorm2d) and isinstance(last, Conv2d | ConvTranspose2d):
            folded[-1] = _merge(last, layer)
        else:
            folded.append(layer)
    return folded


def _merge(convolution: Conv2d | ConvTranspose2d, norm: BatchNorm2d) -> Conv2d | ConvTranspose2d:
    """Make a new layer of the two: the old one may be in use elsewhere, too."""
    weight = convolution.weight.data
    kh, kw, inputs, outputs = weight.shape
    # a transposed convolution has outputs of its own for the inputs of each group: put them last
    groups = convolution.groups if isinstance(convolution, ConvTranspose2d) else 1
    apart = weight.reshape(kh, kw, groups, inputs // groups, outputs).swapaxes(2, 3)
    folded, bias = fold_batch_norm(
        apart.reshape(kh, kw, inputs // groups, groups * outputs),
        None if convolution.bias is None else convolution.bias.data,
        norm.running_mean,
        norm.running_var,
        norm.weight.data,
        norm.bias.data,
        norm.eps,
    )
    merged = copy(convolution)
    merged.weight = Parameter(folded.reshape(apart.shape).swapaxes(2, 3).reshape(weight.shape))
    merged.bias = Parameter(bias)
    return merged
