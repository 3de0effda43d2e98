"""What training makes small: each loss is a mean, with its gradient beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_rank
from featmatch.errors import ArgumentError
from featmatch.nn.activations import logistic, softplus_excess
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record


def mse_loss(input: TensorLike, target: TensorLike) -> Tensor:
    """Mean squared error, the mean of (input - target)².

    Parameters
    ----------
    input, target : Tensor of the same shape

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        The shapes differ or there are no elements.
    """
    x, t = _same_shape(input, target)
    difference = x - t
    return (difference * difference).mean()


def binary_cross_entropy_with_logits(
    input: TensorLike, target: TensorLike, weight: npt.ArrayLike | None = None
) -> Tensor:
    """Cross-entropy of yes-or-no labels and sigmoid(input), the log-odds of yes.

    The mean of -w [t log σ(x) + (1 - t) log(1 - σ(x))], which is w times

        max(x, 0) - t x + log(1 + exp(-|x|)),

    where nothing overflows. Its derivative by x is w (σ(x) - t), by t it is -w x.

    Parameters
    ----------
    input : Tensor
        Log-odds x of any size.
    target : Tensor of the same shape
        Labels t from 0 to 1.
    weight : array_like that broadcasts to the shape, optional
        Constant weights w. The mean is still over all elements: for a mean over those of a mask,
        pass ``mask / mask.mean()``.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        The shapes do not fit, there are no elements, or a label is not in [0, 1].
    """
    x, t = _same_shape(input, target)
    if t.data.min() < 0 or t.data.max() > 1:
        raise ArgumentError(
            f"target: expected labels from 0 to 1, got {t.data.min():g} to {t.data.max():g}"
        )
    w = _weight(weight, x)
    losses = np.maximum(x.data, 0) - t.data * x.data + softplus_excess(x.data)

    def backward(dy: Array) -> list[Array]:
        scaled = dy / x.data.size * w
        return [scaled * (logistic(x.data) - t.data), -scaled * x.data]

    return record(
        "binary_cross_entropy_with_logits", np.asarray((w * losses).mean()), (x, t), backward
    )


def cross_entropy(input: TensorLike, target: npt.ArrayLike) -> Tensor:
    """Cross-entropy of labels and softmax(input): the mean of -log softmax(input)[label].

    The row's maximum is subtracted first, which changes nothing but lets no exponential overflow.
    The derivative is (softmax(input) - one_hot(label)) / N.

    Parameters
    ----------
    input : (N, K) Tensor
        A score for each of K classes, of any size.
    target : (N,) array of int
        The right classes, from 0 to K - 1.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        The shapes do not fit, N is 0, or `target` holds something else than classes.
    """
    x = as_tensor(input, "input")
    check_rank("input", x.shape, "N, K")
    labels = np.asarray(target)
    if labels.dtype.kind not in "iu" or labels.shape != x.shape[:1] or not labels.size:
        raise ArgumentError(
            f"target: expected one integer for each of {x.shape[0]} rows, at least one, got"
            f" {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= x.shape[1]:
        raise ArgumentError(
            f"target: expected classes from 0 to {x.shape[1] - 1}, got {labels.min()} to"
            f" {labels.max()}"
        )
    shifted = x.data - x.data.max(axis=1, keepdims=True)
    softmax = np.exp(shifted)
    totals = softmax.sum(axis=1, keepdims=True)
    softmax /= totals
    each = np.arange(len(labels))

    def backward(dy: Array) -> list[Array]:
        dx = softmax.copy()
        dx[each, labels] -= 1
        dx *= dy / len(labels)
        return [dx]

    loss = np.mean(np.log(totals[:, 0]) - shifted[each, labels])
    return record("cross_entropy", np.asarray(loss), (x,), backward)


def _same_shape(input: TensorLike, target: TensorLike) -> tuple[Tensor, Tensor]:
    x, t = as_tensor(input, "input"), as_tensor(target, "target")
    if x.shape != t.shape:
        raise ArgumentError(f"target: expected the shape of input, {x.shape}, got {t.shape}")
    if not x.data.size:
        raise ArgumentError(f"input: expected at least one element, got shape {x.shape}")
    return x, t


def _weight(weight: npt.ArrayLike | None, x: Tensor) -> Array:
    w = as_tensor(1.0 if weight is None else weight, "weight").data.astype(x.dtype)
    try:
        return np.broadcast_to(w, x.shape)
    except ValueError:
        raise ArgumentError(
            f"weight: expected a shape that broadcasts to {x.shape}, got {w.shape}"
        ) from None
