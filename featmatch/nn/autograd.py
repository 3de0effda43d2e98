"""Gradients through recorded operations, by the chain rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_finite
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Tensor


def grad(
    output: Tensor,
    inputs: Sequence[Tensor],
    grad_output: npt.ArrayLike | None = None,
    *,
    allow_unused: bool = False,
) -> list[Array]:
    """Gradients of ``sum(grad_output * output)`` with respect to each of `inputs`.

    Reverse-mode automatic differentiation (Griewank and Walther, *Evaluating Derivatives*, 2008,
    chapter 3): every operation is visited once, after all that were computed from its output.

    Parameters
    ----------
    output : Tensor
    inputs : sequence of Tensor
        Tensors that `output` was computed from. Their data must be what it was then: change
        weights after the gradients, not before.
    grad_output : array_like, the shape of `output`, optional
        Left out for an `output` of one element, where it is 1.
    allow_unused : bool
        Answer zeros for an input that `output` does not depend on, instead of an error.

    Returns
    -------
    list of ndarray
        In the shapes and types of `inputs`; new arrays, which may be changed.

    Raises
    ------
    ValueError
        `output` has no history, `grad_output` does not fit, or an input was not used.
    """
    if isinstance(inputs, Tensor):
        raise ArgumentError("inputs: expected a list of tensors, got a single one")
    seed = _seed(output, grad_output)
    gradients: dict[int, Array] = {id(output): seed}
    kept = {id(tensor) for tensor in inputs}
    sums = set[int]()  # tensors whose gradient is an array made here, which may be added to
    for tensor in reversed(ancestors(output)):
        gradient = gradients.get(id(tensor))
        if tensor.node is None or gradient is None:
            continue
        if id(tensor) not in kept:
            del gradients[id(tensor)]
        parents = tensor.node.inputs
        for parent, share in zip(parents, tensor.node.backward(gradient), strict=True):
            if share is not None and parent.requires_grad:
                if id(parent) not in gradients:
                    gradients[id(parent)] = share
                elif id(parent) in sums:
                    gradients[id(parent)] += share
                else:
                    gradients[id(parent)] = gradients[id(parent)] + share
                    sums.add(id(parent))
    unused = [place for place, tensor in enumerate(inputs) if id(tensor) not in gradients]
    if unused and not allow_unused:
        raise ArgumentError(
            f"inputs: expected tensors that the output was computed from, got others at {unused};"
            " allow_unused=True answers zeros for them"
        )
    found = [np.asarray(gradients.get(id(tensor), np.zeros_like(tensor.data))) for tensor in inputs]
    return [
        _unshared(gradient, [seed, *found[:index]]).astype(tensor.dtype, copy=False)
        for index, (tensor, gradient) in enumerate(zip(inputs, found, strict=True))
    ]


def ancestors(*outputs: Tensor) -> list[Tensor]:
    """All tensors that `outputs` were computed from, and themselves; inputs come before outputs."""
    ordered: dict[int, Tensor] = {}
    waiting = [(output, False) for output in reversed(outputs)]
    while waiting:
        tensor, inputs_done = waiting.pop()
        if inputs_done:
            ordered.setdefault(id(tensor), tensor)
        elif id(tensor) not in ordered:
            waiting.append((tensor, True))
            if tensor.node:
                waiting.extend((parent, False) for parent in reversed(tensor.node.inputs))
    return list(ordered.values())


def _unshared(gradient: Array, others: list[Array]) -> Array:
    """Copy an array that is a view, or one of `others`, so that it may be changed."""
    is_own = gradient.flags.owndata and all(gradient is not other for other in others)
    return gradient if is_own else gradient.copy()


def _seed(output: Tensor, grad_output: npt.ArrayLike | None) -> Array:
    if not output.requires_grad:
        raise ArgumentError("output: expected a tensor with a history, got one without")
    if grad_output is None:
        if output.data.size != 1:
            raise ArgumentError(
                f"grad_output: expected an array of shape {output.shape}, as the output does"
                " not have just one element, got None"
            )
        return np.ones_like(output.data)
    seed = as_finite("grad_output", grad_output).astype(output.dtype, copy=False)
    if seed.shape != output.shape:
        raise ArgumentError(f"grad_output: expected shape {output.shape}, got {seed.shape}")
    return seed
