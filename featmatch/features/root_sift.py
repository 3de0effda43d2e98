"""RootSIFT descriptors as the integers that they are made of: a quarter of the bytes.

OpenCV's SIFT gives histograms of integers from 0 to 255, of a length of about 512 each; RootSIFT
scales them to a sum of 1 and takes the square root.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.features.opencv import unit_length
from featmatch.types import Array

_LENGTH = 512.0  # of a histogram, as Lowe scales it, but for rounding and for what 255 cuts off


def root_sift(histograms: Array) -> npt.NDArray[np.float32]:
    """Make RootSIFT descriptors of unit length of SIFT's histograms (N, D)."""
    return unit_length(np.sqrt(unit_length(histograms)))


def histograms_of(descriptors: Array) -> npt.NDArray[np.uint8] | None:
    """Undo `root_sift`.

    Parameters
    ----------
    descriptors : (N, D) float32

    Returns
    -------
    (N, D) uint8 or None
        `root_sift` makes the same descriptors of them, to the last bit. None: there are none such.
    """
    squares = np.square(descriptors, dtype=np.float64)
    least = np.where(squares > 0, squares, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    lengths = np.linalg.norm(squares, axis=1, keepdims=True)
    if not np.isfinite(least).all():
        return None
    # The length tells the least element, which is small, to the unit; that tells the others.
    units = np.rint(least * _LENGTH / lengths)
    histograms = np.rint(squares * (units / least))
    if histograms.max(initial=0) > np.iinfo(np.uint8).max:
        return None
    found = histograms.astype(np.uint8)
    return found if np.array_equal(root_sift(found), descriptors) else None
