"""Random weights whose scale keeps a signal from growing or dying through many layers.

Weights have the shape (kernel_h, kernel_w, in, out) or (in, out). With `fan_in` the product of all
axes but the last and `fan_out` the product of all axes but the second last, each function draws
independent values of mean 0 and of the variance that it names, in float32.
"""

from __future__ import annotations

import math

import numpy as np

from featmatch.checks import check_generator, check_integer, check_number, show
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array


def he_normal(
    shape: tuple[int, ...], rng: np.random.Generator, negative_slope: float = 0.0
) -> Array:
    """Draw normal weights for a layer before a (leaky) rectifier.

    The variance 2 / ((1 + negative_slope²) fan_in) keeps the size of the activations from layer to
    layer (He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015, section 2.2).

    Parameters
    ----------
    shape : tuple of int
        At least two axes, (..., in, out).
    rng : numpy.random.Generator
    negative_slope : float
        The rectifier's slope for negative input: 0 for ReLU, 1 for no rectifier at all.

    Returns
    -------
    (*shape) float32 ndarray

    Raises
    ------
    ValueError
        `shape` has fewer than two axes or an empty one, or `negative_slope` is not in [0, 1].
    TypeError
        `rng` is no generator.
    """
    return _normal(shape, rng, _he_variance(shape, negative_slope))


def he_uniform(
    shape: tuple[int, ...], rng: np.random.Generator, negative_slope: float = 0.0
) -> Array:
    """Draw uniform weights of the variance of `he_normal`; the arguments are the same."""
    return _uniform(shape, rng, _he_variance(shape, negative_slope))


def xavier_normal(shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw normal weights for a layer before tanh, a sigmoid or nothing.

    The variance 2 gain² / (fan_in + fan_out) is a compromise between keeping the size of the
    activations on the way forward and that of the gradients on the way back (Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    section 4.2).

    Parameters
    ----------
    shape : tuple of int
        At least two axes, (..., in, out).
    rng : numpy.random.Generator
    gain : float
        Multiplies the weights; 5/3 is usual before tanh.

    Returns
    -------
    (*shape) float32 ndarray

    Raises
    ------
    ValueError
        `shape` has fewer than two axes or an empty one, or `gain` is not in [0, 1000].
    TypeError
        `rng` is no generator.
    """
    return _normal(shape, rng, _xavier_variance(shape, gain))


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw uniform weights of the variance of `xavier_normal`; the arguments are the same."""
    return _uniform(shape, rng, _xavier_variance(shape, gain))


def _he_variance(shape: tuple[int, ...], negative_slope: float) -> float:
    fan_in, _ = _fans(shape)
    return 2 / ((1 + check_number("negative_slope", negative_slope, 0, 1) ** 2) * fan_in)


def _xavier_variance(shape: tuple[int, ...], gain: float) -> float:
    return 2 * check_number("gain", gain, 0, 1000) ** 2 / sum(_fans(shape))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        raise ArgumentError(f"shape: expected at least two axes (..., in, out), got {show(shape)}")
    sizes = [check_integer("shape", size, 1) for size in shape]
    return math.prod(sizes[:-1]), math.prod(sizes[:-2]) * sizes[-1]


def _normal(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    return check_generator("rng", rng).standard_normal(shape, np.float32) * np.float32(
        math.sqrt(variance)
    )


def _uniform(shape: tuple[int, ...], rng: np.random.Generator, variance: float) -> Array:
    bound = math.sqrt(3 * variance)
    return check_generator("rng", rng).uniform(-bound, bound, shape).astype(np.float32)
