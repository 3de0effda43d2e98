"""Layers with parameters."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from featmatch.checks import Pair, check_integer, check_pair
from featmatch.errors import ArgumentError
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.initialization import he_normal
from featmatch.nn.module import Module
from featmatch.nn.normalization import batch_norm
from featmatch.nn.tensor import Array, Parameter, Tensor, TensorLike, as_tensor
from featmatch.nn.window import Padding, TransposedWindow, make_window


class Conv2d(Module):
    """Convolution, `conv2d`, with weights drawn by `he_normal` and a bias of zeros.

    Every output channel is a filter with a kernel for each input channel: a 3 x 3 layer has 9
    weights for each pair of an input and an output channel. Its feature map is high where the image
    answers to the filter, on a scale of the filter's own: the maps of two filters are not
    comparable as they are.

    Parameters
    ----------
    in_channels, out_channels : int
        Multiples of `groups`.
    kernel_size, stride, dilation : int or (height, width)
    padding : int, (height, width) or "same"
    groups : int
        1: every output channel sees all input channels; `in_channels`: depth-wise.
    bias : bool
        A batch norm right after the layer makes a bias useless.
    rng : numpy.random.Generator
        Draws the weights.
    negative_slope : float
        That of the leaky ReLU that follows; 0 for ReLU.

    Attributes
    ----------
    weight : Parameter (kh, kw, in_channels / groups, out_channels)
    bias : Parameter (out_channels,) or None

    Raises
    ------
    ValueError
        A size is not a positive integer, or `groups` does not divide both numbers of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: Padding = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        negative_slope: float = 0.0,
    ) -> None:
        shape = _conv_shape(in_channels, out_channels, kernel_size, groups)
        self.weight = Parameter(he_normal(shape, rng, negative_slope))
        self.bias = _zeros(out_channels) if bias else None
        make_window((1, 1), stride, padding, dilation)  # refuses what is out of range
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups

    def forward(self, x: TensorLike) -> Tensor:
        """(N, H, W, in_channels) -> (N, H', W', out_channels)."""
        return conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class ConvTranspose2d(Module):
    """Transposed convolution, `conv_transpose2d`; for the arguments see there and `Conv2d`.

    With a stride (sh, sw) an element of the output sees, on average, 1 / (sh sw) of the kernel's
    kh kw taps. So the fan-in is as much smaller than `he_normal` takes it to be, and the variance
    of the weights is sh sw times as large.

    Attributes
    ----------
    weight : Parameter (kh, kw, in_channels, out_channels / groups)
    bias : Parameter (out_channels,) or None

    Raises
    ------
    ValueError
        As for `Conv2d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Pair = 1,
        *,
        rng: np.random.Generator,
        negative_slope: float = 0.0,
    ) -> None:
        shape = kh, kw, _, _ = _conv_shape(in_channels, out_channels, kernel_size, groups)
        # he_normal counts the inputs of an output along the third axis, those of one group; as all
        # weights are independent, they may be dealt out to the groups afterward
        weight = he_normal(shape, rng, negative_slope) * sqrt(prod(check_pair("stride", stride, 1)))
        self.weight = Parameter(weight.reshape(kh, kw, in_channels, out_channels // groups))
        self.bias = _zeros(out_channels) if bias else None
        TransposedWindow(stride, padding, output_padding, dilation)  # refuses what is out of range
        self.stride, self.padding, self.output_padding = stride, padding, output_padding
        self.groups, self.dilation = groups, dilation

    def forward(self, x: TensorLike) -> Tensor:
        """(N, H, W, in_channels) -> (N, H', W', out_channels)."""
        window = TransposedWindow(self.stride, self.padding, self.output_padding, self.dilation)
        return conv_transpose2d(x, self.weight, self.bias, window, self.groups)


class Linear(Module):
    """Product with a matrix, ``x @ weight + bias``, over the last axis.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    rng : numpy.random.Generator
        Draws the weights, by `he_normal`.
    negative_slope : float
        That of the leaky ReLU that follows; 0 for ReLU.

    Attributes
    ----------
    weight : Parameter (in_features, out_features)
    bias : Parameter (out_features,) or None

    Raises
    ------
    ValueError
        A size is not a positive integer; in a call, the input's last axis is not `in_features`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator,
        negative_slope: float = 0.0,
    ) -> None:
        self.weight = Parameter(he_normal((in_features, out_features), rng, negative_slope))
        self.bias = _zeros(out_features) if bias else None

    def forward(self, x: TensorLike) -> Tensor:
        """(..., N, in_features) -> (..., N, out_features)."""
        tensor = as_tensor(x, "input")
        if tensor.ndim < 2 or tensor.shape[-1] != self.weight.shape[0]:
            raise ArgumentError(
                f"input: expected shape (..., N, {self.weight.shape[0]}), got {tensor.shape}"
            )
        y = tensor @ self.weight
        return y if self.bias is None else y + self.bias


class BatchNorm2d(Module):
    """Batch normalization, `batch_norm`, over all axes but the last.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps : float, from 0 to 1
        Added to the variance, so that a constant channel is not divided by 0.
    momentum : float, from 0 to 1
        Share of each batch in the running mean and variance; 0 leaves them as they are.

    Attributes
    ----------
    weight, bias : Parameter (num_features,)
        Ones and zeros at first.
    running_mean, running_var : ndarray (num_features,)
        Zeros and ones at first; they follow the batches in training.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        channels = check_integer("num_features", num_features, 1)
        self.weight = Parameter(np.ones(channels, np.float32))
        self.bias = _zeros(channels)
        self.running_mean: Array = np.zeros(channels, np.float32)
        self.running_var: Array = np.ones(channels, np.float32)
        self.eps, self.momentum = eps, momentum

    def forward(self, x: TensorLike) -> Tensor:
        """(..., num_features) -> (..., num_features)."""
        running = self.running_mean, self.running_var
        momentum = self.momentum if self.training else None
        return batch_norm(x, *running, self.weight, self.bias, momentum, self.eps)


def _conv_shape(
    in_channels: int, out_channels: int, kernel_size: int | Pair, groups: int
) -> tuple[int, int, int, int]:
    """(kh, kw, in_channels / groups, out_channels), checked."""
    check_integer("groups", groups, 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if check_integer(name, channels, 1) % groups:
            raise ArgumentError(f"{name}: expected a multiple of {groups} groups, got {channels}")
    return *check_pair("kernel_size", kernel_size, 1), in_channels // groups, out_channels


def _zeros(channels: int) -> Parameter:
    return Parameter(np.zeros(channels, np.float32))
