"""Feature maps combined with one number a channel."""

from __future__ import annotations

from math import gcd, prod

import numpy as np

from featmatch.nn.tensor import Array

_BUFFER = 8192  # elements, see `numpy.getbufsize`


def by_channel(
    operation: np.ufunc, x: Array, channels: Array, *, out: Array | None = None
) -> Array:
    """Compute ``operation(x, channels)`` for maps (..., C) and numbers (C,), in the type of `x`.

    The numbers are repeated to rows as long as NumPy's buffer, if that divides the maps: shorter
    ones it would copy there again and again, and take half as long again.

    Parameters
    ----------
    operation : ufunc
        ``numpy.multiply``, for example.
    x : ndarray (..., C)
        At least two axes.
    channels : ndarray (C,)
    out : contiguous ndarray (..., C), optional
        Where to write to; it may be `x` itself.
    """
    num_lines, line = prod(x.shape[:-2]), prod(x.shape[-2:])
    joined = gcd(num_lines, 1 << ((_BUFFER - 1) // max(1, line)).bit_length())
    shape = num_lines // max(1, joined), joined * x.shape[-2], x.shape[-1]
    row = np.empty(shape[1:], x.dtype)
    row[...] = channels
    target = np.empty(x.shape, x.dtype) if out is None else out
    operation(x.reshape(shape), row, out=target.reshape(shape))
    return target
