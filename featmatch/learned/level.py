"""An image at one of several scales, ready for the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.features.options import check_number
from featmatch.learned.network import STRIDE, normalized
from featmatch.types import Array

_MIN_RANGE = 4  # gray levels around a keypoint: where there are less, it answers to noise
_RANGE_SIZE = 17  # px, side of the window in which they are looked for
_BORDER = 8  # px along the border, of which the network sees too little


@dataclass(frozen=True, eq=False)
class Level:
    """An image at one scale.

    Parameters
    ----------
    pixels : (H, W) float32
        Normalized, with sides continued to multiples of `STRIDE`.
    usable : (H, W) bool
        Where keypoints may lie.
    scale : (2,) float64
        Its size / the working size, along x and along y.
    """

    pixels: npt.NDArray[np.float32]
    usable: npt.NDArray[np.bool]
    scale: Array

    @classmethod
    def of(
        cls, gray: npt.NDArray[np.uint8], scale: float, mask: npt.NDArray[np.uint8] | None = None
    ) -> Level:
        """Resize an image; `mask`, of its size, is not 0 where keypoints may lie."""
        height, width = gray.shape
        size = max(1, round(width * scale)), max(1, round(height * scale))
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = cv2.resize(gray, size, interpolation=smooth)
        pixels = normalized(resized / np.float32(255))
        window = np.ones((_RANGE_SIZE, _RANGE_SIZE), np.uint8)
        span = cv2.subtract(cv2.dilate(resized, window), cv2.erode(resized, window))
        inner = slice(_BORDER, -_BORDER)
        usable = np.zeros(pixels.shape, bool)
        usable[inner, inner] = span[inner, inner] >= _MIN_RANGE
        if mask is not None:
            usable &= cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT) != 0
        rest = [(0, -side % STRIDE) for side in pixels.shape]
        return cls(
            np.pad(pixels, rest, mode="edge"),
            np.pad(usable, rest),
            np.array(size) / (width, height),
        )


def check_scales(scales: Iterable[float]) -> tuple[float, ...]:
    """Return the option `scales` of an extractor, checked."""
    checked = tuple(scales)
    if not checked:
        raise ValueError("scales: expected at least one number, got none")
    for scale in checked:
        check_number("scales", scale, 0.01, 4)
    return checked
