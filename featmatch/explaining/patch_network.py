"""A network of 20 parameters on a patch, and its gradients checked by changing its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch import nn

Array: TypeAlias = npt.NDArray[np.float64]

PARAMETERS = ("kernel", "bias", "weights", "offset")
LOG_STEPS = tuple(-0.5 * exponent for exponent in range(1, 25))
"""log10 of the sizes of change that gradients are checked with."""


@dataclass(frozen=True, eq=False)
class StepErrors:
    """How far central differences are from the gradient, for steps h of many sizes.

    Attributes
    ----------
    log_steps : (S,) float64
        log10 of h.
    log_errors64, log_errors32 : tuple of S float or None
        log10 of the largest error of all parameters, relative to the largest gradient; in numbers
        of 64 and of 32 bits. None where there is no error at all.
    """

    log_steps: Array
    log_errors64: tuple[float | None, ...]
    log_errors32: tuple[float | None, ...]


def forward(inputs: Mapping[str, npt.NDArray[np.floating]], target: float) -> dict[str, nn.Tensor]:
    """Predict a number from a patch, and tell by how much that is wrong.

    Parameters
    ----------
    inputs : mapping
        ``patch`` (1, 5, 5, 1), ``kernel`` and ``weights`` (3, 3, 1, N), ``bias`` and ``offset``
        (N,), of N networks beside each other; all float64 or all float32.
    target : float

    Returns
    -------
    dict of str to Tensor
        Every element of `Elements`, in their order.
    """
    parts = {name: nn.Tensor(array, requires_grad=True) for name, array in inputs.items()}
    convolved = nn.conv2d(parts["patch"], parts["kernel"], parts["bias"])
    activated = nn.tanh(convolved)
    prediction = nn.conv2d(activated, parts["weights"], parts["offset"], groups=activated.shape[3])
    loss = nn.mse_loss(prediction, np.full(prediction.shape, target, prediction.dtype))
    return {
        **parts,
        "convolved": convolved,
        "activated": activated,
        "prediction": prediction,
        "loss": loss,
    }


def step_errors(inputs: Mapping[str, Array], target: float) -> StepErrors:
    """Compare the gradients by all parameters with central differences, in both precisions."""
    errors = [_log_errors(inputs, target, dtype) for dtype in (np.float64, np.float32)]
    return StepErrors(np.array(LOG_STEPS), *errors)


def _log_errors(
    inputs: Mapping[str, Array], target: float, dtype: type[np.floating]
) -> tuple[float | None, ...]:
    """Compare the gradients by all parameters with central differences, in one precision."""
    inputs = {name: array.astype(dtype) for name, array in inputs.items()}
    tensors = forward(inputs, target)
    found = nn.grad(tensors["loss"], [tensors[name] for name in PARAMETERS])
    exact = np.concatenate([gradient.ravel() for gradient in found]).astype(np.float64)
    errors = [
        np.abs(central_differences(inputs, target, 10**log_step) - exact).max()
        for log_step in LOG_STEPS
    ]
    largest = np.abs(exact).max()
    return tuple(float(np.log10(e / largest)) if e * largest > 0 else None for e in errors)


def central_differences(inputs: Mapping[str, Array], target: float, step: float) -> Array:
    """Estimate the gradients of the loss by all parameters, changing one number at a time.

    Parameters
    ----------
    inputs, target
        See `forward`.
    step : float
        h in (loss(w + h) - loss(w - h)) / 2h.

    Returns
    -------
    (P,) float64
        In the order of `PARAMETERS`, row by row.
    """
    sizes = [inputs[name].size for name in PARAMETERS]
    numbers = np.concatenate([inputs[name].ravel() for name in PARAMETERS])
    steps = step * np.eye(len(numbers), dtype=numbers.dtype)
    networks = np.hstack([numbers[:, None] + steps, numbers[:, None] - steps])  # one a column
    parts = np.split(networks, np.cumsum(sizes)[:-1])
    changed = {
        name: part.reshape(*inputs[name].shape[:-1], -1)
        for name, part in zip(PARAMETERS, parts, strict=True)
    }
    with nn.no_grad():
        prediction = forward({**inputs, **changed}, target)["prediction"].data
    above, below = np.split(((prediction - target) ** 2).ravel().astype(np.float64), 2)
    return np.asarray((above - below) / (2 * step))
