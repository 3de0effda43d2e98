"""Pictures of a size for a page, made of an image or of numbers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.images.image import Image, shrink

MAX_SIZE = 256
"""Longer side in pixels of the pictures that topics work on."""
MIN_SIZE = 16
"""Shorter side: smaller images are continued by their border pixels."""


def gray_picture(image: Image, max_size: int = MAX_SIZE, min_size: int = MIN_SIZE) -> NDArray[Any]:
    """Reduce an image to gray levels of at most `max_size` pixels a side.

    Parameters
    ----------
    image : Image
    max_size : int, optional
        Limit in pixels to the longer side; larger images are resized by area averaging.
    min_size : int, optional
        Sides that are shorter are continued to the right and below by the last pixels.

    Returns
    -------
    ndarray (H, W) uint8
    """
    return _continued(shrink(image.gray(), max_size), min_size)


def color_picture(image: Image, max_size: int = MAX_SIZE, min_size: int = MIN_SIZE) -> NDArray[Any]:
    """Reduce an image as `gray_picture` does, to (H, W, 3) uint8; gray has three equal channels."""
    pixels = image.pixels
    if pixels.dtype != np.uint8:
        pixels = np.rint(pixels * 255).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=-1)
    return _continued(shrink(pixels, max_size), min_size)


def liveliest_square(gray: NDArray[Any], side: int) -> tuple[int, int]:
    """Find the square of a picture with the most change in its quietest direction.

    The change is the smaller eigenvalue of the structure tensor over the square (J. Shi and
    C. Tomasi, *Good features to track*, CVPR 1994): a corner has more of it than a long edge.

    Parameters
    ----------
    gray : ndarray (H, W) uint8
        Both sides at least `side`.
    side : int
        Of the square, in pixels.

    Returns
    -------
    x, y : int
        Its top-left pixel; of several equal squares the first, row by row.
    """
    change = cv2.cornerMinEigenVal(gray, side, ksize=3)
    height, width = gray.shape
    top = left = side // 2  # where OpenCV counts a window's place from
    change = change[top : top + height - side + 1, left : left + width - side + 1]
    y, x = np.unravel_index(np.argmax(change), change.shape)
    return int(x), int(y)


def signed_picture(values: NDArray[Any], limit: float | None = None) -> NDArray[np.uint8]:
    """Show numbers of both signs as gray levels: 128 is zero, 1 and 255 are -limit and limit.

    Parameters
    ----------
    values : ndarray (H, W) float
    limit : float, optional
        Magnitude shown as black and white; beyond it levels are clipped. Left out: the largest
        there is.

    Returns
    -------
    ndarray (H, W) uint8
    """
    limit = float(np.abs(values).max()) if limit is None else limit
    scaled = np.clip(values / (limit or 1), -1, 1)
    return np.rint(128 + 127 * scaled).astype(np.uint8)


def gray_levels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Round numbers to gray levels, those beyond 0 and 255 to black and white."""
    return np.asarray(np.rint(np.clip(values, 0, 255)), np.uint8)


def _continued(pixels: NDArray[Any], min_size: int) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    missing = [(0, max(0, min_size - height)), (0, max(0, min_size - width))]
    return np.pad(pixels, missing + [(0, 0)] * (pixels.ndim - 2), mode="edge")
