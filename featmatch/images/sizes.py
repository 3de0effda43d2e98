"""Resizing by area averaging."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def shrink(pixels: NDArray[Any], max_size: int) -> NDArray[Any]:
    """Resize by area averaging so that the longer side is at most `max_size`; 0 turns it off."""
    height, width = pixels.shape[:2]
    factor = max_size / max(height, width)
    if max_size == 0 or factor >= 1:
        return pixels
    new_size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(pixels, new_size, interpolation=cv2.INTER_AREA))
