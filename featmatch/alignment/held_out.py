"""How far off a warp is where nothing was known when it was fitted, and so which warp to take."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.equations import Equations, Frame
from featmatch.alignment.fit import cauchy_weights, fit_warp
from featmatch.alignment.warp import Warp, WarpKind
from featmatch.types import Array

NUM_PARTS = 8  # each is held out once
SPANS = (2, 3, 4, 6, 8, 12)  # polynomial pieces of a field along the longer side
BENT = 1.25  # times nearer come the held-out blocks by a field, if something is bent
EXACT = 0.02  # px: what is no farther off in the median needs no more supple warp
CLEARLY = 2.0  # standard errors, by which a more supple warp has to be better

_MOST_FAILURES = 2  # in a row: then more pieces of a field help no more
_CELLS = 16  # along the longer side: what lies in one is held out together
_STEP = 3  # parts from a cell to the one below, so that no part lies on a line
_GRID = 12  # points a side, where the fits are compared
_TINY = 1e-12
_USUAL = 2 * np.log(2)  # median of the squared length of two normal errors


@dataclass(frozen=True, eq=False)
class Fitted:
    """A warp, and what it is off where blocks were held out.

    Attributes
    ----------
    warp : Warp
        Fitted to all blocks.
    errors : (N, 2) float64
        Of each block under the warp fitted without its part, in pixels of the fixed image.
    expected_error : float
        Standard deviation of a point under the warp, on average over what the blocks surround: the
        jackknife over the parts (B. Efron, "The jackknife, the bootstrap and other resampling
        plans", 1982).
    """

    warp: Warp
    errors: Array
    expected_error: float

    @property
    def lengths(self) -> Array:
        """(N,) lengths of the errors in pixels."""
        return np.asarray(np.linalg.norm(self.errors, axis=1))

    @property
    def median(self) -> float:
        """Of the lengths, in pixels."""
        return float(np.median(self.lengths))

    @property
    def num_spans(self) -> int:
        """Of the field, see `field_shape`; 0 without one."""
        field = self.warp.field
        return 0 if field is None else field.num_spans


def fit_held_out(frame: Frame, blocks: Blocks) -> Fitted | None:
    """Fit a warp to all blocks, and to all but each part of them; see `fit_warp`.

    Returns
    -------
    Fitted or None
        None if one of the warps is not fixed by the blocks, or a field folds.
    """
    warp = fit_warp(frame, blocks)
    if warp is None:
        return None
    if frame.kind == "homography":
        frame = replace(frame, start=warp)
    parts, errors = _parts(blocks.fixed, frame.size), np.zeros((len(blocks), 2))
    equations = Equations.of(frame, blocks, cauchy_weights(warp, blocks), parts)
    grid, apart = _grid(blocks.fixed), []
    there = warp.to_moving(grid)
    for part in np.unique(parts):
        held, other = parts == part, equations.solved(but=int(part))
        if other is None:
            return None
        errors[held] = other.errors(blocks.moving[held], blocks.fixed[held])
        apart.append(other.errors(there, grid))
    if not np.isfinite(errors).all():
        return None
    variance = (len(apart) - 1) / len(apart) * np.square(apart).sum(axis=(0, 2))
    return Fitted(warp, errors, float(np.sqrt(np.nanmean(variance))))


def choose_warp(
    kinds: tuple[WarpKind, ...], blocks: Blocks, start: Warp, size: tuple[int, int]
) -> Fitted | None:
    """Take the stiffest warp that no more supple one is clearly better than.

    Parameters
    ----------
    kinds : tuple of str
        Of `WARP_KINDS`, in their order. Fields are tried with more and more pieces, until that
        helps no more.
    blocks : Blocks
    start, size
        See `Frame`.

    Returns
    -------
    Fitted or None
        None if no warp can be fitted.
    """
    best: Fitted | None = None
    for kind in kinds:
        if best is not None and best.median < EXACT:
            break
        if kind == "field":
            best = _with_field(best, blocks, Frame("field", start, size))
        else:
            best = _better(best, fit_held_out(Frame(kind, start, size), blocks), blocks)
    return best


def _with_field(best: Fitted | None, blocks: Blocks, frame: Frame) -> Fitted | None:
    """Lay fields of more and more pieces over the homography at the start."""
    failures = 0
    for num_spans in SPANS:
        fitted = fit_held_out(replace(frame, num_spans=num_spans), blocks)
        found = _better(best, fitted, blocks)
        failures = failures + 1 if found is best else 0
        best = found
        if failures == _MOST_FAILURES:
            break
    return best


def _better(first: Fitted | None, second: Fitted | None, blocks: Blocks) -> Fitted | None:
    """Return the second, more supple one if it is clearly better, else the first."""
    if first is None or second is None:
        return second if first is None else first
    bends = second.warp.kind == "field" != first.warp.kind
    if first.median < EXACT or (bends and first.median < BENT * second.median):
        return first
    squares = [
        np.einsum("na,nab,nb->n", one.errors, blocks.information, one.errors)
        for one in (first, second)
    ]
    unit = max(min(float(np.median(one)) for one in squares) / _USUAL, _TINY)
    gains = np.log1p(squares[0] / unit) - np.log1p(squares[1] / unit)
    error = gains.std() / np.sqrt(len(gains))
    return second if gains.mean() > CLEARLY * error else first


def _parts(points: Array, size: tuple[int, int]) -> npt.NDArray[np.int64]:
    """(N,) number of the part that each point belongs to."""
    columns, rows = np.floor(points / (max(size) / _CELLS)).astype(np.int64).T
    return np.asarray((columns + _STEP * rows) % NUM_PARTS, np.int64)


def _grid(points: Array) -> Array:
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (np.linspace(low[axis], high[axis], _GRID) for axis in (0, 1))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
