"""Fit a warp to blocks of which it is known how sure they are, however wrong some of them are."""

from __future__ import annotations

import numpy as np

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.equations import Equations, Frame
from featmatch.alignment.warp import Warp
from featmatch.types import Array

LEAST_POINTS = 8  # twice as many as fix a homography

_WIDEST = (8.0, 2.0, 0.5, 0.0)  # px, in each round: where the weight drops to a half at the latest
_LEAST_TYPICAL_ERROR = 0.3  # px: where it does so at the earliest
_TYPICAL = 2.0  # times the median error, where it does so otherwise


def fit_warp(frame: Frame, blocks: Blocks) -> Warp | None:
    """Fit a warp by least squares with Cauchy weights, which come to be ever narrower.

    Parameters
    ----------
    frame : Frame
        What is fitted.
    blocks : Blocks

    Returns
    -------
    Warp or None
        None if the blocks do not fix it, or a field would fold.
    """
    if len(blocks) < LEAST_POINTS:
        return None
    all_in_one = np.zeros(len(blocks), np.int64)
    warp: Warp | None = frame.start
    for widest in _WIDEST:
        assert warp is not None
        trust = cauchy_weights(warp, blocks, widest)
        warp = Equations.of(frame, blocks, trust, all_in_one).solved()
        if warp is None:
            return None
    assert warp is not None
    return None if warp.field is not None and warp.field.folds() else warp


def cauchy_weights(warp: Warp, blocks: Blocks, widest: float = 0.0) -> Array:
    """(N,) weights of blocks by how far they are off, from 0 to 1."""
    lengths = np.linalg.norm(warp.errors(blocks.moving, blocks.fixed), axis=1)
    lengths = np.nan_to_num(lengths, nan=np.inf)
    scale = max(widest, _LEAST_TYPICAL_ERROR, _TYPICAL * float(np.median(lengths)))
    weights: Array = 1 / (1 + (lengths / scale) ** 2)
    return weights
