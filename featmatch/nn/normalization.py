"""Normalization: of channels over a batch, and of vectors to unit length."""

from __future__ import annotations

from math import prod

import numpy as np

from featmatch.checks import check_number
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.channels import by_channel
from featmatch.nn.sums import sum_channels, sum_products
from featmatch.nn.tensor import Array, Backward, Tensor, TensorLike, as_tensor, record


def batch_norm(
    input: TensorLike,
    running_mean: Array,
    running_var: Array,
    weight: TensorLike,
    bias: TensorLike,
    momentum: float | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel over the batch (Ioffe and Szegedy, ICML 2015).

    ``weight * (x - mean) / sqrt(var + eps) + bias`` for each channel. In training, mean and
    variance are those of all the channel's elements in the batch, and the running ones follow
    them: ``running = (1 - momentum) * running + momentum * batch``, where the variance is the
    unbiased one. Otherwise the running ones are used: one scale and one shift for each channel.

    Parameters
    ----------
    input : Tensor (..., C)
        At least two axes; (N, H, W, C) maps, for example.
    running_mean, running_var : ndarray (C,)
        Changed in place in training.
    weight, bias : Tensor (C,)
    momentum : float, from 0 to 1, or None
        In training: the share of this batch in the running statistics; 0 leaves them as they are.
        None in evaluation, which uses them.
    eps : float, from 0 to 1
        Keeps the divisor of a constant channel away from zero.

    Returns
    -------
    Tensor (..., C)

    Raises
    ------
    ValueError
        Shapes do not fit, or there is just one element a channel in training.
    TypeError
        The running statistics are no arrays.
    """
    x = as_tensor(input, "input")
    weight, bias = as_tensor(weight, "weight"), as_tensor(bias, "bias")
    eps = check_number("eps", eps, 0, 1)
    _check_channels("input", x.shape, running_mean=running_mean, running_var=running_var)
    _check_channels("input", x.shape, weight=weight.data, bias=bias.data)
    if momentum is not None:
        momentum = check_number("momentum", momentum, 0, 1)
        y, backward, mean, var = _by_batch(x, weight, bias, eps)
        m = prod(x.shape[:-1])
        running_mean += momentum * (mean - running_mean)
        running_var += momentum * (var * (m / (m - 1)) - running_var)
    else:
        y, backward = _by_running(x, weight, bias, eps, running_mean, running_var)
    return record(
        "batch_norm",
        y,
        [x, weight, bias],
        backward,
        running_mean=running_mean,
        running_var=running_var,
        eps=eps,
        training=momentum is not None,
    )


def fold_batch_norm(
    weight: Array,
    bias: Array | None,
    running_mean: Array,
    running_var: Array,
    gamma: Array,
    beta: Array,
    eps: float = 1e-5,
) -> tuple[Array, Array]:
    """Merge a batch norm into the weights of the convolution before it.

    In evaluation mode both are linear: with ``s = gamma / sqrt(running_var + eps)`` the weights
    become ``s * weight`` and the bias ``beta + s * (bias - running_mean)``.

    Parameters
    ----------
    weight : ndarray (..., C)
        Weights of the convolution, its output channels last.
    bias : ndarray (C,) or None
        Bias of the convolution; None stands for zeros.
    running_mean, running_var, gamma, beta : ndarray (C,)
        Statistics, weight and bias of the batch norm.
    eps : float, from 0 to 1
        That of the batch norm.

    Returns
    -------
    weight : ndarray (..., C)
    bias : ndarray (C,)

    Raises
    ------
    ValueError
        Shapes do not fit, or `eps` is out of range.
    TypeError
        The statistics, weight or bias are no arrays of floats.
    """
    eps = check_number("eps", eps, 0, 1)
    statistics = {"running_mean": running_mean, "running_var": running_var}
    _check_channels("weight", np.shape(weight), **statistics, gamma=gamma, beta=beta)
    if bias is not None:
        _check_channels("weight", np.shape(weight), bias=bias)
    scale = gamma / np.sqrt(running_var.astype(np.float64) + eps)
    shift = beta - scale * running_mean
    if bias is not None:
        shift += scale * bias
    return (weight * scale).astype(weight.dtype), shift.astype(weight.dtype)


def normalize(input: TensorLike, eps: float = 1e-6) -> Tensor:
    """Scale the vectors along the last axis to unit length: ``x / max(||x||, eps)``.

    The squares of lengths have to be within the range of the input's type: in float32 this is for
    lengths from 1e-19 to 1e19.

    Parameters
    ----------
    input : Tensor (..., C)
    eps : float, from 1e-30 to 1
        Vectors shorter than this become shorter than 1; so a vector of zeros stays zero.

    Returns
    -------
    Tensor (..., C)

    Raises
    ------
    ValueError
        `input` has no axes, or `eps` is out of range.
    """
    x = as_tensor(input, "input")
    if x.ndim == 0:
        raise ArgumentError("input: expected at least 1 axis (..., C), got a single number")
    eps = check_number("eps", eps, 1e-30, 1)
    norm = np.sqrt(np.vecdot(x.data, x.data))[..., None]
    divisor = np.maximum(norm, eps)
    y = x.data / divisor

    def backward(dy: Array) -> list[Array]:
        along = np.vecdot(y, dy)[..., None] * (norm > eps)
        dx = y * -along
        dx += dy
        dx /= divisor
        return [dx]

    return record("normalize", y, [x], backward, eps=eps)


def _by_batch(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Array, Backward, Array, Array]:
    """Normalize by the batch's own mean and variance; these are returned too."""
    m = prod(x.shape[:-1])
    if m < 2:
        raise ArgumentError(
            f"input: expected at least 2 elements a channel in training, got shape {x.shape}"
        )
    # the sums of large numbers would be inexact: one of each channel is subtracted from all first
    first = x.data[(0,) * (x.ndim - 1)]
    centered = by_channel(np.subtract, x.data, first)
    mean = sum_channels(centered) / m
    by_channel(np.subtract, centered, mean, out=centered)
    mean += first
    var = sum_products(centered, centered) / m
    inverse = 1 / np.sqrt(var + eps)
    scale = weight.data * inverse
    y = by_channel(np.multiply, centered, scale)
    by_channel(np.add, y, bias.data, out=y)

    def backward(dy: Array) -> list[Array | None]:
        dweight, dbias = sum_products(dy, centered) * inverse, sum_channels(dy)
        dx = None
        if x.requires_grad:
            dx = by_channel(np.multiply, dy, scale)
            dx -= by_channel(np.multiply, centered, scale * inverse * dweight / m)
            by_channel(np.subtract, dx, scale * dbias / m, out=dx)
        return [dx, dweight.astype(weight.dtype), dbias.astype(bias.dtype)]

    return y, backward, mean, var


def _by_running(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, mean: Array, var: Array
) -> tuple[Array, Backward]:
    """Normalize by a fixed mean and variance."""
    inverse = 1 / np.sqrt(var.astype(np.float64) + eps)
    scale = weight.data * inverse
    y = by_channel(np.multiply, x.data, scale)
    by_channel(np.add, y, bias.data - mean * scale, out=y)

    def backward(dy: Array) -> list[Array | None]:
        dx = by_channel(np.multiply, dy, scale) if x.requires_grad else None
        dweight = dbias = None
        if weight.requires_grad:
            centered = by_channel(np.subtract, x.data, mean)
            dweight = (sum_products(dy, centered) * inverse).astype(weight.dtype)
        if bias.requires_grad:
            dbias = sum_channels(dy).astype(bias.dtype)
        return [dx, dweight, dbias]

    return y, backward


def _check_channels(name: str, shape: tuple[int, ...], **arrays: Array) -> None:
    """Refuse anything but floats, one for each of the channels that `shape` ends with."""
    if len(shape) < 2:
        raise ArgumentError(f"{name}: expected at least 2 axes (..., C), got shape {shape}")
    for key, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise ArgumentTypeError(f"{key}: expected an array of floats, got {kind}")
        if array.shape != shape[-1:]:
            raise ArgumentError(f"{key}: expected shape {shape[-1:]}, got {array.shape}")
