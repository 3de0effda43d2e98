"""Search for a model among matches of which many are wrong: OpenCV's USAC, several times over.

Each search costs milliseconds and each scorer and sampler has pairs that it loses. So a model is
searched for in three ways, and `featmatch.geometry.solve` keeps the best answer: MAGSAC++ (Barath,
Noskova, Ivashechkin & Matas, CVPR 2020), graph-cut RANSAC (Barath & Matas, CVPR 2018), and the
latter with matches drawn in their order, the most trusted first (PROSAC, Chum & Matas, CVPR 2005).
A homography is searched for once more among mirrored points. An essential matrix, and tens of
thousands of matches, have local optimization on inliers in place of the graph cut. OpenCV's USAC
knows no similarity: it is left to OpenCV's plain RANSAC.

Every function takes points0, points1 (M, 2), the most trusted matches first, in pixels (calibrated
for an essential matrix), the largest residual of an inlier in the points' unit, and the seed of the
random draws; it returns candidates, (3, 3) float64 each, in no order: none if nothing was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import cv2
import numpy as np

from featmatch.geometry.residuals import Matrix
from featmatch.memory import require_memory
from featmatch.types import Array

MAX_ITERATIONS = 10_000
CONFIDENCE = 0.9999
_SEARCH_BYTES = 64_000_000  # more than a search takes: where they cannot be had, OpenCV crashes
_MOST_IN_GRAPH = 46_340  # matches: OpenCV counts the pairs of them in 32 bits, and crashes beyond
_MIRROR = np.diag([-1.0, 1.0, 1.0])

Solver: TypeAlias = Callable[[Array, Array, cv2.UsacParams], tuple[Array | None, Array]]


def search_homography(points0: Array, points1: Array, max_error: float, seed: int) -> list[Matrix]:
    """Search for homographies."""
    candidates = _search(cv2.findHomography, points0, points1, max_error, seed)
    # USAC passes over samples that mirror, and so over the best map of a mirrored picture.
    first = next(_ways(max_error, seed))
    mirrored = _run(cv2.findHomography, points0, points1 @ _MIRROR[:2, :2], first)
    return candidates if mirrored is None else [*candidates, _MIRROR @ mirrored]


def search_fundamental(points0: Array, points1: Array, max_error: float, seed: int) -> list[Matrix]:
    """Search for fundamental matrices."""
    return _search(cv2.findFundamentalMat, points0, points1, max_error, seed)


def search_affine(points0: Array, points1: Array, max_error: float, seed: int) -> list[Matrix]:
    """Search for affine maps."""
    return _search(cv2.estimateAffine2D, points0, points1, max_error, seed)


def search_essential(points0: Array, points1: Array, max_error: float, seed: int) -> list[Matrix]:
    """Search for essential matrices, between calibrated points."""
    # OpenCV 5.0's graph cut ends the process on the small numbers of calibrated points.
    ways = _ways(max_error, seed, cv2.LOCAL_OPTIM_INNER_LO)
    found = [_run(_find_essential, points0, points1, params) for params in ways]
    return [candidate for candidate in found if candidate is not None]


def search_similarity(points0: Array, points1: Array, max_error: float, seed: int) -> list[Matrix]:
    """Search for similarities by plain RANSAC, whose own seed is fixed: the order carries ours."""
    order = np.random.default_rng(seed).permutation(len(points0))
    found, _ = cv2.estimateAffinePartial2D(
        points0[order],
        points1[order],
        method=cv2.RANSAC,
        ransacReprojThreshold=max_error,
        maxIters=MAX_ITERATIONS,
        confidence=CONFIDENCE,
    )
    return [] if found is None else [_as_3x3(found)]


def _search(
    solver: Solver, points0: Array, points1: Array, max_error: float, seed: int
) -> list[Matrix]:
    by_graph = len(points0) <= _MOST_IN_GRAPH
    local = cv2.LOCAL_OPTIM_GC if by_graph else cv2.LOCAL_OPTIM_INNER_LO
    found = [_run(solver, points0, points1, params) for params in _ways(max_error, seed, local)]
    return [candidate for candidate in found if candidate is not None]


def _run(solver: Solver, points0: Array, points1: Array, params: cv2.UsacParams) -> Matrix | None:
    require_memory(_SEARCH_BYTES)
    try:
        found, _ = solver(points0, points1, params)
    except cv2.error as error:  # some degenerate samples are an assertion in OpenCV, not an answer
        if error.code == cv2.Error.StsNoMem or "bad_alloc" in str(error):
            raise
        return None
    if found is None or found.shape not in ((3, 3), (2, 3)) or not np.isfinite(found).all():
        return None
    return _as_3x3(found)


def _ways(
    max_error: float, seed: int, local_optimization: int = cv2.LOCAL_OPTIM_GC
) -> Iterator[cv2.UsacParams]:
    ways = (
        (cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA, cv2.MAGSAC, cv2.SAMPLING_UNIFORM),
        (cv2.SCORE_METHOD_MSAC, local_optimization, cv2.LSQ_POLISHER, cv2.SAMPLING_UNIFORM),
        (cv2.SCORE_METHOD_MSAC, local_optimization, cv2.LSQ_POLISHER, cv2.SAMPLING_PROSAC),
    )
    for score, local, polisher, sampler in ways:
        params = cv2.UsacParams()
        params.score = score
        params.loMethod = local
        params.final_polisher = polisher
        params.sampler = sampler
        params.threshold = max_error / 2  # measured best; the inliers are told apart later
        params.maxIterations = MAX_ITERATIONS
        params.confidence = CONFIDENCE
        params.randomGeneratorState = int(seed)
        yield params


def _find_essential(
    points0: Array, points1: Array, params: cv2.UsacParams
) -> tuple[Array | None, Array]:
    identity, undistorted = np.eye(3), np.zeros(4)
    found, mask = cv2.findEssentialMat(
        points0, points1, identity, identity, undistorted, undistorted, params
    )
    return found, mask


def _as_3x3(matrix: Array) -> Matrix:
    """Complete a (2, 3) affine matrix."""
    if matrix.shape == (2, 3):
        return np.vstack([matrix, [0.0, 0.0, 1.0]])
    return matrix.astype(np.float64)
