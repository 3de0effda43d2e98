"""Memory that a thread uses again and again.

Intermediate results of a block live for a fraction of a millisecond. Fresh memory for each of them
would be handed back to the operating system and be asked for again, page by page, at a cost of the
order of the calculation itself.
"""

from __future__ import annotations

import threading
from math import prod

import numpy as np
import numpy.typing as npt

from featmatch.nn.tensor import Array

_MAX_BYTES = 16 << 20  # what is larger is not kept

_kept = threading.local()


def scratch(name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Return an array of any content, which the thread's next call with this name overwrites."""
    dtype = np.dtype(dtype)
    num_bytes = prod(shape) * dtype.itemsize
    memory: npt.NDArray[np.uint8] | None = getattr(_kept, name, None)
    if memory is None or memory.nbytes < num_bytes:
        memory = np.empty(num_bytes, np.uint8)
        if num_bytes <= _MAX_BYTES:
            setattr(_kept, name, memory)
    return np.ndarray(shape, dtype, memory)
