"""Bit depths: samples of any depth, with or without alpha, become uint8 or floats in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ArgumentError, ArgumentTypeError

_TOLERANCE = 1e-6  # how far floats may overshoot [0, 1], as sums of rounded weights do


def to_pixels(samples: NDArray[Any], name: str) -> NDArray[Any]:
    """Convert samples of any depth, with or without alpha, to what ``Image.pixels`` holds."""
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        # Alpha is scaled by itself: opaque is its largest value, whatever the colors' depth.
        color, alpha = _scale(samples[..., :-1], name), _scale(samples[..., -1:], name)
        samples = _over_white(color, alpha)
    else:
        samples = _scale(samples, name)
    return samples[..., 0] if samples.ndim == 3 and samples.shape[2] == 1 else samples


def _scale(samples: NDArray[Any], name: str) -> NDArray[Any]:
    """Return uint8 samples as they are, uint16 and float samples as float32 in [0, 1]."""
    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind == "u" and samples.dtype.itemsize == 2:
        bits = max(8, int(samples.max()).bit_length())
        return samples.astype(np.float32) / np.float32(2**bits - 1)
    if samples.dtype.kind != "f":
        hint = " (multiply a bool array by np.uint8(255))" if samples.dtype == bool else ""
        raise ArgumentTypeError(
            f"{name}: expected uint8, uint16 or float, got {samples.dtype}{hint}"
        )
    num_bad = samples.size - np.count_nonzero(np.isfinite(samples))
    if num_bad:
        raise ArgumentError(
            f"{name}: expected finite values, got {num_bad} that are NaN or infinite"
        )
    low, high = samples.min(), samples.max()
    if low < -_TOLERANCE or high > 1 + _TOLERANCE:
        raise ArgumentError(
            f"{name}: expected floats in [0, 1], got {low:g} to {high:g} "
            "(divide by 255, or by the largest value the camera can give)"
        )
    scaled = samples.astype(np.float32)
    np.clip(scaled, 0, 1, out=scaled)
    return scaled


def _over_white(color: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    if color.dtype != np.uint8:
        return np.asarray(color * alpha + (1 - alpha))
    alpha = alpha.astype(np.uint16)
    mixed: NDArray[np.uint16] = color * alpha
    mixed += 255 * (255 - alpha) + 127  # at most 255 * 255 + 127, which 16 bits hold
    mixed //= 255
    return mixed.astype(np.uint8)
