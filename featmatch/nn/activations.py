"""Activations: the non-linear functions between convolutions, applied to each element.

Without them a stack of convolutions would be one linear map, which a single convolution could do as
well. Values are in [0, inf) after `relu`, (0, inf) after `softplus`, (-1, 1) after `tanh` and
(0, 1) after `sigmoid`; `leaky_relu` and `rrelu` have no bounds.
"""

from __future__ import annotations

import numpy as np

from featmatch.checks import check_number
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record


def relu(input: TensorLike) -> Tensor:
    """Cut off below zero: ``max(x, 0)`` (Nair and Hinton, ICML 2010); the gradient at 0 is 0.

    Parameters
    ----------
    input : Tensor, any shape

    Returns
    -------
    Tensor, the shape of `input`
    """
    x = as_tensor(input, "input")
    y = _at_least_zero(x.data)

    def backward(dy: Array) -> list[Array]:
        return [dy * (y > 0)]

    return record("relu", y, [x], backward)


def leaky_relu(input: TensorLike, negative_slope: float = 0.01) -> Tensor:
    """Flatten below zero: ``max(x, negative_slope * x)`` (Maas, Hannun and Ng, ICML 2013).

    Unlike `relu` it gives a gradient to units that are below zero for every input.

    Parameters
    ----------
    input : Tensor, any shape
    negative_slope : float, from 0 to 1
        0 makes it `relu`, 1 the identity.

    Returns
    -------
    Tensor, the shape of `input`

    Raises
    ------
    ValueError
        `negative_slope` is outside [0, 1].
    """
    x = as_tensor(input, "input")
    slope = check_number("negative_slope", negative_slope, 0, 1)
    y = np.asarray(x.data * slope)
    np.maximum(x.data, y, out=y)

    def backward(dy: Array) -> list[Array]:
        dx = np.asarray(np.clip(y > 0, slope, 1, dtype=y.dtype))
        dx *= dy
        return [dx]

    return record("leaky_relu", y, [x], backward, negative_slope=slope)


def rrelu(
    input: TensorLike,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Flatten below zero by a random slope (Xu, Wang, Chen and Li, arXiv 1505.00853, 2015).

    In training every element gets a slope of its own, drawn uniformly from `lower` to `upper`,
    which works against over-fitting. Otherwise it is `leaky_relu` with the mean slope.

    Parameters
    ----------
    input : Tensor, any shape
    lower, upper : float, 0 <= lower <= upper <= 1
    training : bool
    rng : numpy.random.Generator
        Where slopes are drawn from; needed in training only.

    Returns
    -------
    Tensor, the shape of `input`

    Raises
    ------
    ValueError
        A slope is out of range, or `rng` is missing in training.
    """
    x = as_tensor(input, "input")
    lower = check_number("lower", lower, 0, 1)
    upper = check_number("upper", upper, lower, 1)
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    if rng is None:
        raise ArgumentError("rng: expected a numpy.random.Generator in training, got None")
    slope = np.asarray(rng.random(x.shape, x.dtype))
    slope *= upper - lower
    slope += lower
    y = np.asarray(x.data * slope)
    np.maximum(x.data, y, out=y)

    def backward(dy: Array) -> list[Array]:
        dx = np.maximum(y > 0, slope)
        dx *= dy
        return [dx]

    return record("rrelu", y, [x], backward, lower=lower, upper=upper)


def tanh(input: TensorLike) -> Tensor:
    """Compute ``y = (1 - exp(-2x)) / (1 + exp(-2x))``, from -1 to 1; its derivative is ``1 - y^2``.

    Typed literally, the formula overflows for large negative x; NumPy's own function does not.

    Parameters
    ----------
    input : Tensor, any shape

    Returns
    -------
    Tensor, the shape of `input`
    """
    x = as_tensor(input, "input")
    y = np.tanh(x.data)

    def backward(dy: Array) -> list[Array]:
        dx = np.asarray(y * y)
        np.subtract(1, dx, out=dx)
        dx *= dy
        return [dx]

    return record("tanh", y, [x], backward)


def sigmoid(input: TensorLike) -> Tensor:
    """Compute ``y = 1 / (1 + exp(-x))``, from 0 to 1; its derivative is ``y (1 - y)``.

    Parameters
    ----------
    input : Tensor, any shape

    Returns
    -------
    Tensor, the shape of `input`
    """
    x = as_tensor(input, "input")
    y = logistic(x.data)

    def backward(dy: Array) -> list[Array]:
        dx = np.asarray(1 - y)
        dx *= y
        dx *= dy
        return [dx]

    return record("sigmoid", y, [x], backward)


def softplus(input: TensorLike) -> Tensor:
    """Compute ``log(1 + exp(x))``, a smooth `relu`; its derivative is ``sigmoid(x)``.

    The formula used is ``max(x, 0) + log(1 + exp(-|x|))``, where no exponential can overflow.

    Parameters
    ----------
    input : Tensor, any shape

    Returns
    -------
    Tensor, the shape of `input`
    """
    x = as_tensor(input, "input")
    y = softplus_excess(x.data)
    y += _at_least_zero(x.data)

    def backward(dy: Array) -> list[Array]:
        return [dy * logistic(x.data)]

    return record("softplus", y, [x], backward)


def logistic(x: Array) -> Array:
    """Compute 1 / (1 + exp(-x)), where -x is cut off before its exponential could overflow."""
    y = np.asarray(-x)
    np.clip(y, -np.inf, -np.log(np.finfo(x.dtype).tiny), out=y)
    np.exp(y, out=y)
    y += 1
    np.divide(1, y, out=y)
    return y


def softplus_excess(x: Array) -> Array:
    """Compute log(1 + exp(-|x|)), by which softplus exceeds max(x, 0); nothing overflows."""
    y = np.asarray(-np.abs(x))
    np.exp(y, out=y)
    np.log1p(y, out=y)
    return y


def _at_least_zero(x: Array) -> Array:
    """Compute max(x, 0): with a single number, NumPy's maximum is slow, and its clip is not."""
    return np.asarray(np.clip(x, 0, np.inf))
