"""An image at one of several scales, ready for the network."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.learned.network.network import STRIDE, normalized
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
        """Resize an image.

        Parameters
        ----------
        gray : (H, W) uint8
            At its working size.
        scale : float
            New size / working size; every side keeps at least one pixel.
        mask : (H, W) uint8, optional
            Not 0 where keypoints may lie; None for everywhere. Left out are, beside, the borders
            and places with next to no contrast.
        """
        height, width = gray.shape
        size = max(1, round(width * scale)), max(1, round(height * scale))
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = np.asarray(cv2.resize(gray, size, interpolation=smooth), np.uint8)
        usable = _has_contrast(resized)
        if mask is not None:
            usable &= cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT) != 0
        rest = [(0, -side % STRIDE) for side in resized.shape]
        return cls(
            np.pad(normalized(resized / np.float32(255)), rest, mode="edge"),
            np.pad(usable, rest),
            np.array(size) / (width, height),
        )


def _has_contrast(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool]:
    """Tell where there is something to see, off the borders."""
    window = np.ones((_RANGE_SIZE, _RANGE_SIZE), np.uint8)
    span = cv2.subtract(cv2.dilate(gray, window), cv2.erode(gray, window))
    inner = slice(_BORDER, -_BORDER)
    usable = np.zeros(gray.shape, bool)
    usable[inner, inner] = span[inner, inner] >= _MIN_RANGE
    return usable
