"""Feature maps as long rows, which NumPy works through faster.

Where an operation combines a map with something shorter, a number a channel perhaps, NumPy copies
pieces of less than 8192 elements into a buffer first, and takes half as long again.
"""

from __future__ import annotations

from math import gcd, prod

import numpy as np

from featmatch.nn.tensor import Array

_BUFFER = 8192  # elements, see `numpy.getbufsize`


def long_rows(x: Array) -> Array:
    """View (..., C) as (rows, pixels, C), each row as long as NumPy's buffer if that divides x."""
    num_lines, line = prod(x.shape[:-2]), prod(x.shape[-2:])
    joined = gcd(num_lines, 1 << ((_BUFFER - 1) // max(1, line)).bit_length())
    return x.reshape(num_lines // max(1, joined), joined * x.shape[-2], x.shape[-1])


def repeat_channels(channels: Array, rows: Array) -> Array:
    """Repeat one number a channel for each pixel of a row, (pixels, C), in the type of `rows`."""
    return np.broadcast_to(channels.astype(rows.dtype), rows.shape[-2:]).copy()
