"""Search for a model where few matches are right: by what their frames say of it.

A match of two frames tells more than that one point lies on another: it tells how the surroundings
move. Two such matches define a homography, where four points are needed, and three a fundamental
matrix, where seven are: among one right match in twenty, some hundreds or thousands of samples find
it, where points alone need millions (D. Barath & L. Hajder, "A theory of point-wise homography
estimation", Pattern Recognition Letters 2017; J. Bentolila & J. M. Francos, "Conic epipolar
constraints from affine correspondences", CVIU 2014). What frames say of far points is coarse: so
the best samples are refined on the matches that agree with them, more and more strictly (local
optimization: O. Chum, J. Matas & J. Kittler, "Locally optimized RANSAC", DAGM 2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featmatch.geometry.frame_constraints import (
    epipolar_constraints,
    homography_constraints,
    null_matrices,
)
from featmatch.geometry.residuals import (
    Matrix,
    epipolar_residuals,
    normalization,
    support_of_each,
    transfer,
)
from featmatch.geometry.search import search_fundamental, search_homography
from featmatch.types import Array

LEAST_SHARE = 0.05
"""Of right matches: the samples are as many as find the model among so few."""

MISSES = 0.05
"""Probability that none of the samples is right, where that share of the matches is."""

_LOOSENESS = 4.0  # times the largest residual of an inlier: what frames say of far points is coarse
_NUM_BEST = 10  # samples that are looked at closely: the best of them are much alike
_NUM_HEARD = 400  # matches, drawn at random: enough to tell the best samples


@dataclass(frozen=True)
class _FrameModel:
    """A kind of model: how many frames define it, by what equations, and who agrees with it."""

    sample_size: int
    constraints: Callable[[Array, Array, Array], Array]
    rank: int
    distances: Callable[[Array, Array, Array], Array]
    search: Callable[[Array, Array, float, int], list[Matrix]]

    @property
    def num_samples(self) -> int:
        """Enough for the least share of right matches."""
        return math.ceil(math.log(MISSES) / math.log1p(-(LEAST_SHARE**self.sample_size)))


def search_homography_by_frames(
    points0: Array, points1: Array, maps: Array, max_error: float, seed: int
) -> list[Matrix]:
    """Search for homographies by samples of two matches.

    Parameters
    ----------
    points0, points1 : (M, 2) float
        In pixels.
    maps : (M, 2, 2) float
        Takes offsets around each match's point of image 0 to offsets around that of image 1; 0
        where a match says nothing of them.
    max_error : float
        Largest residual of an inlier, in pixels.
    seed : int
        Of the random draws.

    Returns
    -------
    list of (3, 3) float64
        In no order; none if nothing was found.
    """
    model = _FrameModel(2, homography_constraints, 3, _transfer_errors, search_homography)
    return _search(model, points0, points1, maps, max_error, seed)


def search_fundamental_by_frames(
    points0: Array, points1: Array, maps: Array, max_error: float, seed: int
) -> list[Matrix]:
    """Search for fundamental matrices by samples of three; see `search_homography_by_frames`."""
    model = _FrameModel(3, epipolar_constraints, 2, epipolar_residuals, search_fundamental)
    return _search(model, points0, points1, maps, max_error, seed)


def _search(
    model: _FrameModel, points0: Array, points1: Array, maps: Array, max_error: float, seed: int
) -> list[Matrix]:
    telling = np.flatnonzero(np.linalg.det(maps))
    if len(telling) < model.sample_size:
        return []
    rng = np.random.default_rng(seed)
    rows = telling[rng.integers(0, len(telling), (model.num_samples, model.sample_size))]
    rows = rows[(np.diff(np.sort(rows, axis=1), axis=1) > 0).all(axis=1)]
    matrices = _models_of(model, points0, points1, maps, rows)
    heard = rng.permutation(len(points0))[:_NUM_HEARD]
    loose = _LOOSENESS * max_error
    support = support_of_each(
        matrices,
        lambda batch: model.distances(batch, points0[heard], points1[heard]),
        len(heard),
        loose,
    )
    found: list[Matrix] = []
    for matrix in matrices[np.argsort(-support, kind="stable")[:_NUM_BEST]]:
        near = model.distances(matrix[None], points0, points1)[0] <= loose
        found += model.search(points0[near], points1[near], max_error, seed)
    return found


def _models_of(
    model: _FrameModel, points0: Array, points1: Array, maps: Array, rows: Array
) -> Array:
    """(S, 3, 3) models of samples, solved for in normalized coordinates."""
    to0, to1 = normalization(points0), normalization(points1)
    constraints = model.constraints(
        transfer(to0, points0)[rows],
        transfer(to1, points1)[rows],
        maps[rows] * (to1[0, 0] / to0[0, 0]),
    )
    back = np.linalg.inv(to1) if model.rank == 3 else to1.T
    found: Array = back @ null_matrices(constraints, model.rank) @ to0
    return found


def _transfer_errors(homographies: Array, points0: Array, points1: Array) -> Array:
    """(S, M) distances in image 1; infinite on the horizon."""
    mapped = points0 @ homographies[:, :, :2].swapaxes(1, 2) + homographies[:, None, :, 2]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        missed = mapped[..., :2] / mapped[..., 2:] - points1
        distances = np.hypot(missed[..., 0], missed[..., 1])
    finite: Array = np.nan_to_num(distances, nan=np.inf, posinf=np.inf)
    return finite
