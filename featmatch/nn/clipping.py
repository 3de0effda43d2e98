"""Gradients kept from throwing the weights far."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from featmatch.checks import check_array, check_number
from featmatch.nn.tensor import Array


def clip_grad_norm(gradients: Sequence[Array], max_norm: float) -> tuple[list[Array], float]:
    """Shrink all gradients by one factor so that together they are not longer than `max_norm`.

    A step keeps its direction but cannot be thrown far by one bad batch (Pascanu, Mikolov and
    Bengio, "On the difficulty of training recurrent neural networks", ICML 2013).

    Parameters
    ----------
    gradients : sequence of ndarray
        They are not changed.
    max_norm : float
        Above 0; infinity never shrinks anything.

    Returns
    -------
    clipped : list of ndarray
    norm : float
        The Euclidean length of all gradients as one vector, before; infinity if it is too
        long for float64.

    Raises
    ------
    ValueError
        `max_norm` is not above 0, or a gradient holds something else than finite numbers.
    TypeError
        A gradient is not an array.
    """
    check_number("max_norm", max_norm, above=0, high=math.inf)
    arrays = [check_array(f"gradients[{place}]", array) for place, array in enumerate(gradients)]
    largest = max((float(np.abs(array).max(initial=0)) for array in arrays), default=0.0)
    # No square of a number up to 1 overflows, and none that matters vanishes.
    units = [np.divide(array, largest or 1.0, dtype=np.float64) for array in arrays]
    relative = math.hypot(*(float(np.linalg.norm(unit)) for unit in units))
    norm = largest * relative
    if norm <= max_norm:
        return [array.copy() for array in arrays], norm
    scale = max_norm / relative
    clipped = [(scale * unit).astype(a.dtype) for unit, a in zip(units, arrays, strict=True)]
    return clipped, norm
