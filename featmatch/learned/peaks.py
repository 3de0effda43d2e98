"""Peaks of a map of keypoint logits: where they are, to a fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.types import Array

RADIUS = 2
"""Pixels around a peak with nothing higher, and over which its position is averaged."""

_TEMPERATURE = 0.1  # of the scores: a difference of 0.1 weighs e times as much
_SIDE = 2 * RADIUS + 1
_OFFSETS = np.argwhere(np.ones((_SIDE, _SIDE)))[:, ::-1] - RADIUS  # (x, y)


def find_peaks(
    logits: npt.NDArray[np.float32],
    max_peaks: int,
    *,
    border: int = RADIUS,
    usable: npt.NDArray[np.bool] | None = None,
) -> npt.NDArray[np.int64]:
    """Find pixels that are higher than all within `RADIUS` around them.

    Parameters
    ----------
    logits : (H, W) float32
    max_peaks : int
        The highest are kept.
    border : int
        Pixels along the border without peaks; at least `RADIUS`.
    usable : (H, W) bool, optional
        Where peaks may lie; None for everywhere.

    Returns
    -------
    (M, 2) int64
        (x, y), highest first. A flat place has no peaks.
    """
    window = np.ones((_SIDE, _SIDE), np.uint8)
    is_peak = (logits == cv2.dilate(logits, window)) & (logits > cv2.erode(logits, window))
    if usable is not None:
        is_peak &= usable
    inner = slice(border, -border)
    y, x = np.nonzero(is_peak[inner, inner])
    points = np.stack([x, y], axis=1) + border
    heights = logits[points[:, 1], points[:, 0]]
    return points[np.argsort(-heights, kind="stable")[:max_peaks]]


def refine_peaks(logits: nn.Tensor, peaks: Array) -> tuple[nn.Tensor, nn.Tensor]:
    """Move peaks to the mean of the positions around them, weighted by their scores.

    The weights are a softmax of the scores (the logits' sigmoids), so that the positions have a
    gradient: the differentiable keypoint detection of ALIKE (Zhao et al., IEEE Transactions on
    Multimedia 2022, section III-B).

    Parameters
    ----------
    logits : (1, H, W, 1) Tensor
    peaks : (M, 2) int
        (x, y), at least `RADIUS` from the border.

    Returns
    -------
    positions : (M, 2) Tensor
        (x, y) in pixels.
    spreads : (M,) Tensor
        Mean distance in pixels of the scores around a peak from its position: small is pointed.
    """
    num_peaks = len(peaks)
    windows = nn.sample_points(logits, (peaks[:, None] + _OFFSETS).reshape(1, -1, 2))
    scores = nn.sigmoid(windows.reshape(num_peaks, len(_OFFSETS))) * (1 / _TEMPERATURE)
    powers = nn.exp(scores - scores.data.max(axis=1, keepdims=True, initial=0))
    weights = powers / powers.sum(axis=1, keepdims=True)
    offsets = _OFFSETS.astype(np.float32)
    means = weights @ offsets
    spreads = (weights * length(means.reshape(num_peaks, 1, 2) - offsets)).sum(axis=1)
    return means + peaks.astype(np.float32), spreads


def length(vectors: nn.Tensor) -> nn.Tensor:
    """Lengths of vectors along the last axis, 0.001 at least: so they have a gradient."""
    return nn.sqrt((vectors * vectors).sum(axis=-1) + 1e-6)
