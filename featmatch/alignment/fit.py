"""Fit a warp of each kind to points of which it is known how sure they are."""

from __future__ import annotations

import numpy as np

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.field import Field
from featmatch.alignment.warp import Warp, WarpKind
from featmatch.geometry.accuracy import normalization
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

LEAST_POINTS = 8  # twice as many as fix a homography
_WIDEST = (8.0, 2.0, 0.5, 0.0)  # px, in each round, where it does so at the latest
_LEAST_TYPICAL_ERROR = 0.3  # px: where the weight of a point drops to a half at the earliest
_TYPICAL = 2.0  # times the median error, where it does so otherwise
_RANK_TOLERANCE = 1e-10
_LEAST_SPREAD = 1e-9


def fit_warp(
    kind: WarpKind,
    blocks: Blocks,
    start: Warp,
    size: tuple[int, int],
    num_spans: int = 0,
    trust: Array | None = None,
) -> Warp | None:
    """Fit a warp by least squares with Cauchy weights.

    Parameters
    ----------
    kind : str
        One of `WARP_KINDS`.
    blocks : Blocks
    start : Warp
        Nearly right; what a homography is a correction of, and what a field is laid over.
    size : (width, height)
        Of the fixed image in pixels.
    num_spans : int
        Of a field, see `Field.fit`.
    trust : (N,) float, optional
        The weights; None finds them, in several rounds.

    Returns
    -------
    Warp or None
        None if the blocks do not fix it, or a field would fold.
    """
    if len(blocks) < LEAST_POINTS:
        return None
    warp = start
    for widest in _WIDEST if trust is None else (0.0,):
        weights = cauchy_weights(warp, blocks, widest) if trust is None else trust
        information = blocks.information * weights[:, None, None]
        if kind == "field":
            moves = transfer(start.matrix, blocks.moving) - blocks.fixed
            field = Field.fit(size, num_spans, blocks.fixed, moves, information)
            if field.folds():
                return None
            warp = Warp("field", start.matrix, field)
        else:
            matrix = _fit_matrix(kind, blocks, warp.matrix, information)
            if matrix is None:
                return None
            warp = Warp(kind, matrix)
    return warp


def cauchy_weights(warp: Warp, blocks: Blocks, widest: float = 0.0) -> Array:
    """(N,) weights of blocks by how far they are off, from 0 to 1."""
    lengths = np.linalg.norm(warp.errors(blocks.moving, blocks.fixed), axis=1)
    lengths = np.nan_to_num(lengths, nan=np.inf)
    scale = max(widest, _LEAST_TYPICAL_ERROR, _TYPICAL * float(np.median(lengths)))
    weights: Array = 1 / (1 + (lengths / scale) ** 2)
    return weights


def _fit_matrix(kind: WarpKind, blocks: Blocks, start: Matrix, information: Array) -> Matrix | None:
    """Solve linear equations: for the map itself, or for a correction of a homography."""
    after = normalization(blocks.fixed)
    before = normalization(blocks.moving)
    if kind == "translation":
        before = after
    elif kind == "homography":
        before = after @ start
    points, goal = transfer(before, blocks.moving), transfer(after, blocks.fixed)
    still = points if kind == "translation" else np.zeros_like(points)
    design = _design(kind, points, goal)
    # einsum sums in a fixed order, whatever the number of threads.
    weighted = np.einsum("nab,nbi->nai", information, design)
    left = np.einsum("nai,naj->ij", design, weighted)
    right = np.einsum("nai,na->i", weighted, goal - still)
    if np.linalg.matrix_rank(left / np.trace(left), _RANK_TOLERANCE) < len(left):
        return None
    found = np.linalg.inv(after) @ _matrix(kind, np.linalg.solve(left, right)) @ before
    matrix: Matrix = found / found[2, 2]
    return matrix


def _design(kind: WarpKind, points: Array, goal: Array) -> Array:
    """(N, 2, K) derivatives of the mapped points by the parameters of a kind."""
    x, y = points.T
    no, one = np.zeros(len(x)), np.ones(len(x))
    along_x, along_y = {
        "translation": ([one, no], [no, one]),
        "similarity": ([one, no, x, -y], [no, one, y, x]),
        "affine": ([one, no, x, y, no, no], [no, one, no, no, x, y]),
        "homography": (
            [one, no, x, y, no, no, -goal[:, 0] * x, -goal[:, 0] * y],
            [no, one, no, no, x, y, -goal[:, 1] * x, -goal[:, 1] * y],
        ),
    }[kind]
    return np.stack([np.stack(along_x, axis=-1), np.stack(along_y, axis=-1)], axis=1)


def _matrix(kind: WarpKind, found: Array) -> Matrix:
    """Put the parameters of a kind into a matrix."""
    x, y, *turn = found
    if kind == "translation":
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    if kind == "similarity":
        a, b = turn
        return np.array([[a, -b, x], [b, a, y], [0, 0, 1]])
    a, b, c, d, *horizon = turn
    g, h = horizon or (0.0, 0.0)
    return np.array([[a, b, x], [c, d, y], [g, h, 1]])
