"""What is transparent is masked, with a margin, and filled with what continues its surroundings.

The margin is there because a detector looks at the pixels around a point, and the outline of a
cutout would be seen in them: two photographs that were cut out alike would look alike. Where the
outline is what a picture shows, as of a logo in one color, it is not masked, and the fill is what
differs most from the picture.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.images.samples import Pixels
from featmatch.images.sizes import shrink

_MARGIN = 20.0  # working px: about the radius of the patches that detectors describe
_MARGIN_OF_SIDE = 0.05  # of the shorter side, at most: for icons
_SPECK = 9  # working px: the fill hides holes that are narrower, without a margin
_LEAST_LEFT = 0.25  # of what is shown: where a margin leaves less, the outline is the picture
_HALF = 0.5  # opacity from which a pixel is shown, rather than what is behind it
_BARELY = 1e-6  # opacity that is divided by in place of 0
_FLAT = 10.0  # gray levels, standard deviation: below it, the outline is the picture


def flatten(pixels: Pixels, max_size: int) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """Resize pixels so that the longer side is at most `max_size`, and fill what is transparent.

    Returns
    -------
    colors : ndarray (h, w) or (h, w, 3)
        Of the type of ``pixels.colors``.
    usable : (h, w) uint8, optional
        0 where there is nothing to be looked at, else 255; None where all may be.
    """
    if pixels.opacity is None:
        return shrink(pixels.colors, max_size), None
    opacity = shrink(pixels.opacity.astype(np.float32) / 255, max_size)
    colors = _visible_colors(pixels, opacity, max_size)
    seen = _usable(opacity, _margin(opacity))
    usable: NDArray[np.uint8] | None = seen
    shown = opacity >= _HALF
    if pixels.is_cutout and _is_outline(colors, shown, seen):
        gray = colors[shown].mean() if shown.any() else 0.0
        usable, fill = None, np.full_like(colors, 0.0 if gray > 0.5 else 1.0)
    else:
        fill = _continued(colors, opacity)
    share = opacity[..., None]
    mixed = colors * share + fill * (1 - share)
    if pixels.colors.ndim == 2:
        mixed = mixed[..., 0]
    if pixels.colors.dtype == np.uint8:
        return np.rint(mixed * 255).astype(np.uint8), usable
    return np.clip(mixed, 0, 1).astype(np.float32), usable


def _visible_colors(
    pixels: Pixels, opacity: NDArray[np.float32], max_size: int
) -> NDArray[np.float32]:
    """Resize colors, (h, w, C) in [0, 1], what is transparent not counting in the average."""
    assert pixels.opacity is not None
    full = 255.0 if pixels.colors.dtype == np.uint8 else 1.0
    share = pixels.opacity.astype(np.float32) / 255
    bands = pixels.colors if pixels.colors.ndim == 3 else pixels.colors[..., None]
    summed = [
        shrink(bands[..., band] * share / np.float32(full), max_size)
        for band in range(bands.shape[2])
    ]
    colors = np.dstack(summed) / np.maximum(opacity, _BARELY)[..., None]
    return np.asarray(colors, np.float32)


def _margin(opacity: NDArray[np.float32]) -> float:
    return float(min(_MARGIN, _MARGIN_OF_SIDE * min(opacity.shape)))


def _usable(opacity: NDArray[np.float32], margin: float) -> NDArray[np.uint8]:
    """Return 255 where something is shown, `margin` pixels away from what is not."""
    hidden = (opacity < _HALF).astype(np.uint8)
    square = np.ones((_SPECK, _SPECK), np.uint8)
    wide = cv2.dilate(cv2.erode(hidden, square, borderValue=1), square, borderValue=0)
    distance = cv2.distanceTransform(1 - wide, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near = (distance <= margin) if wide.any() else np.zeros(hidden.shape, bool)
    return np.where(near | (hidden > 0), np.uint8(0), np.uint8(255))


def _is_outline(
    colors: NDArray[np.float32], shown: NDArray[np.bool_], usable: NDArray[np.uint8]
) -> bool:
    """Tell whether the outline is what the picture shows."""
    if np.count_nonzero(usable) < _LEAST_LEFT * np.count_nonzero(shown):
        return True
    return bool(colors[shown].std(axis=0).max() * 255 < _FLAT) if shown.any() else True


def _continued(colors: NDArray[np.float32], opacity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Continue what is shown into what is not, the smoother the farther: a pull-push pyramid."""
    height, width = opacity.shape
    if max(height, width) == 1:
        return colors if opacity.any() else np.full_like(colors, 0.5)
    size = -(-width // 2), -(-height // 2)
    share = cv2.resize(opacity, size, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(colors * opacity[..., None], size, interpolation=cv2.INTER_AREA)
    smaller = summed.reshape(*share.shape, -1) / np.maximum(share, _BARELY)[..., None]
    coarse = _continued(np.asarray(smaller, np.float32), np.minimum(1, 4 * share))
    fill = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    fill = fill.reshape(colors.shape)
    return np.asarray(colors * opacity[..., None] + fill * (1 - opacity[..., None]), np.float32)
