"""OpenBLAS's own number of threads, which NumPy has no word for."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class OpenBLAS:
    """The library's functions for the number of threads that a product may use."""

    get_num_threads: Callable[[], int]
    set_num_threads: Callable[[int], object]


@cache
def find_openblas() -> OpenBLAS | None:
    """Find the OpenBLAS that NumPy brought along; None with any other BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            library = ctypes.CDLL(str(path))
            for name in ("scipy_openblas_{}64_", "openblas_{}64_", "openblas_{}"):
                try:
                    return OpenBLAS(
                        getattr(library, name.format("get_num_threads")),
                        getattr(library, name.format("set_num_threads")),
                    )
                except AttributeError:
                    continue
    return None
