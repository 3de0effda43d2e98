"""Samples of any depth become uint8 or floats in [0, 1], and what they hide becomes transparent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ArgumentError, ArgumentTypeError

_TOLERANCE = 1e-6  # how far floats may overshoot [0, 1], as sums of rounded weights do
_MOST_SAMPLED = 1 << 20  # samples that percentiles are taken of
_TAILS = 0.1, 99.9  # percent: what is darker or brighter may be hot pixels and dead ones
_MARGIN = 0.1  # of that range, at both its ends
_WIDE_ENOUGH = 0.5  # of the scale: what spans less is stretched
_NO_DATA = (-9999.0, -32768.0, -32767.0)  # what writers put where they know nothing
_NO_NUMBER = -1e30  # below it are the lowest floats, which are put there too


@dataclass(frozen=True, eq=False)
class Samples:
    """What a file, an array or a Pillow image holds.

    Parameters
    ----------
    colors : (H, W) or (H, W, C)
        Of any type: gray, RGB, or bands.
    alpha : (H, W), optional
        0 is transparent. None: all is opaque.
    nodata : float, optional
        The value of pixels that hold nothing, if the file tells one.
    of_bands : bool
        Whether the last axis is bands that are no colors, each of a scale of its own.
    premultiplied : bool
        Whether the colors have been multiplied by alpha.
    """

    colors: NDArray[Any]
    alpha: NDArray[Any] | None = None
    nodata: float | None = None
    of_bands: bool = False
    premultiplied: bool = False


@dataclass(frozen=True, eq=False)
class Pixels:
    """Colors (H, W) or (H, W, 3), uint8 or float32 in [0, 1], and their opacity.

    Parameters
    ----------
    colors : ndarray
    opacity : (H, W) uint8, optional
        255 is opaque. None: all is.
    is_cutout : bool
        Whether what is transparent was cut out, so that the outline may be what is shown.
    """

    colors: NDArray[Any]
    opacity: NDArray[np.uint8] | None = None
    is_cutout: bool = False


def pixels_of_array(samples: NDArray[Any], name: str) -> Pixels:
    """Convert an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), which has to be as documented.

    The mask of a masked array makes its pixels transparent.
    """
    hidden = None
    if isinstance(samples, np.ma.MaskedArray):
        hidden = np.asarray(np.ma.getmaskarray(samples))
        hidden = np.asarray(hidden.any(axis=2)) if hidden.ndim == 3 else hidden
        samples = samples.filled(0) if hidden.any() else samples.data
    samples = samples.view(np.ndarray)
    opacity = None
    if samples.ndim == 3 and samples.shape[2] == 4:
        # Alpha is scaled by itself: opaque is its largest value, whatever the colors' depth.
        opacity = _as_bytes(_scaled(samples[..., 3], name))
        samples = samples[..., :3]
    is_cutout = opacity is not None
    if hidden is not None and hidden.any():
        opacity = np.where(hidden, np.uint8(0), np.uint8(255) if opacity is None else opacity)
    return Pixels(_flat(_scaled(samples, name)), _if_any(opacity), is_cutout)


def pixels_of_file(samples: Samples) -> Pixels:
    """Convert what a file holds: all that is not 8 bits is stretched where its scale is not used.

    Percentiles tell the range, so that a hot pixel does not; pixels that are NaN, infinite or hold
    no data become transparent.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return _pixels_of_file(samples)


def _pixels_of_file(samples: Samples) -> Pixels:
    colors = samples.colors if samples.colors.ndim == 3 else samples.colors[..., None]
    alpha = samples.alpha
    opacity = None if alpha is None else _as_bytes(_scaled_alpha(alpha))
    if samples.premultiplied and opacity is not None:
        divisor = np.maximum(opacity, 1)[..., None] / np.float32(255)
        colors = np.minimum(colors / divisor, _full(colors)).astype(colors.dtype)
    hidden = _hidden(colors, samples.nodata)
    if hidden is not None:
        opacity = np.where(hidden, np.uint8(0), np.uint8(255) if opacity is None else opacity)
    if colors.dtype != np.uint8:
        shown = None if opacity is None else opacity > 0
        colors = _stretched(colors, shown, of_bands=samples.of_bands)
    if colors.shape[2] not in (1, 3):  # two bands as gray, of more the first three
        mean = colors.mean(axis=2, keepdims=True).astype(colors.dtype)
        colors = mean if colors.shape[2] == 2 else np.ascontiguousarray(colors[..., :3])
    return Pixels(_flat(colors), _if_any(opacity), hidden is None)


def _hidden(colors: NDArray[Any], nodata: float | None) -> NDArray[np.bool_] | None:
    """Find pixels (H, W) that hold nothing; None if all hold something."""
    hidden = np.zeros(colors.shape[:2], bool)
    if colors.dtype.kind == "f":
        hidden |= ~np.isfinite(colors).all(axis=2)
        hidden |= (colors < _NO_NUMBER).any(axis=2)
    wanted = [] if nodata is None else [nodata]
    if colors.dtype.kind in "if":
        wanted += _NO_DATA
    for value in wanted:
        hidden |= (colors == value).all(axis=2)
    return hidden if hidden.any() else None


def _stretched(
    colors: NDArray[Any], shown: NDArray[np.bool_] | None, *, of_bands: bool
) -> NDArray[np.float32]:
    """Scale (H, W, C) to [0, 1]: by the full scale if it is used, else by what is there."""
    step = max(1, int((colors.shape[0] * colors.shape[1] / _MOST_SAMPLED) ** 0.5))
    sampled = colors[::step, ::step].astype(np.float64)
    if shown is not None:
        sampled = sampled[shown[::step, ::step]]
    sampled = sampled.reshape(-1, colors.shape[2])
    if not len(sampled):
        return np.zeros(colors.shape, np.float32)
    low, high = np.percentile(sampled, _TAILS, axis=0 if of_bands else None)
    full = _full(colors if shown is None else colors[shown])
    spread = high - low
    if full and (np.all(spread == 0) or np.all(spread >= _WIDE_ENOUGH * full)):
        scaled = np.nan_to_num(colors.astype(np.float32)) / np.float32(full)
        return np.clip(scaled, 0, 1, out=scaled)
    axes = (0,) if of_bands else None
    margin = _MARGIN * (high - low)
    low = np.maximum(low - margin, sampled.min(axis=axes))
    width = np.minimum(high + margin, sampled.max(axis=axes)) - low
    scale = 1 / np.where(width > 0, width, 1)
    scaled = np.nan_to_num(colors.astype(np.float32), posinf=0, neginf=0)
    scaled -= np.float32(low)
    scaled *= np.float32(scale)
    return np.clip(scaled, 0, 1, out=scaled)


def _full(samples: NDArray[Any]) -> float:
    """Return the largest value of the scale that samples lie on; 0 if it is not known."""
    if samples.dtype.kind == "u" and samples.dtype.itemsize <= 2:
        return float(2 ** max(8, int(samples.max()).bit_length()) - 1)
    low, high = (samples.min(), samples.max()) if samples.size else (0, 0)
    within = low >= -_TOLERANCE and high <= 1 + _TOLERANCE
    return 1.0 if samples.dtype.kind == "f" and within else 0.0


def _scaled_alpha(alpha: NDArray[Any]) -> NDArray[Any]:
    if alpha.dtype == np.uint8:
        return alpha
    top = float(alpha.max()) or 1.0
    full = _full(alpha) or top
    return np.clip(alpha / np.float32(full), 0, 1)


def _scaled(samples: NDArray[Any], name: str) -> NDArray[Any]:
    """Return uint8 samples as they are, uint16 and float samples as float32 in [0, 1]."""
    if samples.dtype == np.uint8:
        return samples
    if samples.dtype.kind == "u" and samples.dtype.itemsize == 2:
        return samples.astype(np.float32) / np.float32(_full(samples))
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


def _as_bytes(scaled: NDArray[Any]) -> NDArray[np.uint8]:
    return scaled if scaled.dtype == np.uint8 else np.rint(scaled * 255).astype(np.uint8)


def _if_any(opacity: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """Return None in place of what is opaque everywhere."""
    return None if opacity is None or (opacity == 255).all() else opacity


def _flat(colors: NDArray[Any]) -> NDArray[Any]:
    return colors[..., 0] if colors.ndim == 3 and colors.shape[2] == 1 else colors
