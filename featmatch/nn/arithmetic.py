"""Functions of tensors beside their operators: exponential, logarithm, root, joining."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record


def exp(input: TensorLike) -> Tensor:
    """Compute e^x element by element; it is its own derivative."""
    x = as_tensor(input, "input")
    y = np.exp(x.data)
    return record("exp", y, (x,), lambda dy: (dy * y,))


def log(input: TensorLike) -> Tensor:
    """Compute the natural logarithm element by element; its derivative is 1 / x.

    Raises
    ------
    ValueError
        An element is not positive.
    """
    x = as_tensor(input, "input")
    if (x.data <= 0).any():
        raise ArgumentError(f"input: expected positive numbers, got {x.data.min():g}")
    return record("log", np.log(x.data), (x,), lambda dy: (dy / x.data,))


def sqrt(input: TensorLike) -> Tensor:
    """Compute the square root element by element; its derivative is 1 / (2 √x).

    The derivative at 0 is infinite: add a small number first where a gradient is wanted there.

    Raises
    ------
    ValueError
        An element is negative.
    """
    x = as_tensor(input, "input")
    if (x.data < 0).any():
        raise ArgumentError(f"input: expected no negative numbers, got {x.data.min():g}")
    y = np.sqrt(x.data)

    def backward(dy: Array) -> list[Array]:
        with np.errstate(divide="ignore"):
            return [dy / (2 * y)]

    return record("sqrt", y, (x,), backward)


def concatenate(tensors: Sequence[TensorLike], axis: int = -1) -> Tensor:
    """Join tensors along an axis; the gradient is cut at the joints again.

    Parameters
    ----------
    tensors : sequence of Tensor
        At least one; their shapes agree but for `axis`.
    axis : int
        Counted from the end if negative: -1 joins channels, 0 batches.

    Raises
    ------
    ValueError
        There is no tensor, `axis` does not exist, or the shapes do not agree.
    """
    joined = [as_tensor(tensor, f"tensors[{place}]") for place, tensor in enumerate(tensors)]
    _check_joinable([tensor.shape for tensor in joined], axis)
    sizes = [tensor.shape[axis] for tensor in joined]
    y = np.concatenate([tensor.data for tensor in joined], axis)

    def backward(dy: Array) -> list[Array]:
        return np.split(dy, np.cumsum(sizes[:-1]), axis)

    return record("concatenate", y, joined, backward, axis=axis)


def _check_joinable(shapes: Sequence[tuple[int, ...]], axis: int) -> None:
    if not shapes:
        raise ArgumentError("tensors: expected at least one, got none")
    first = shapes[0]
    if not -len(first) <= axis < len(first):
        raise ArgumentError(f"axis: expected one of the {len(first)} axes of {first}, got {axis}")
    place = axis % len(first)
    if len({(len(shape), shape[:place], shape[place + 1 :]) for shape in shapes}) > 1:
        raise ArgumentError(
            f"tensors: expected shapes that differ on axis {axis} only, got {shapes}"
        )
