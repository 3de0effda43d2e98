"""Search for a model among matches of which many are wrong: OpenCV's USAC, several times over.

Each search costs milliseconds and each scorer and sampler has pairs that it loses. So a model is
searched for in three ways, and `featmatch.geometry.correspondences` keeps the best answer:
MAGSAC++ (Barath, Noskova, Ivashechkin & Matas, CVPR 2020), graph-cut RANSAC (Barath & Matas, CVPR
2018), and the latter with matches drawn in the order of their ratios (PROSAC, Chum & Matas, CVPR
2005). A homography is searched for once more among mirrored points. An essential matrix has local
optimization on inliers in place of the graph cut. OpenCV's USAC knows no similarity: it is left to
OpenCV's plain RANSAC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Integral

import cv2
import numpy as np

from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.geometry.models import Matrix
from featmatch.types import Array, Kind

MAX_ITERATIONS = 10_000
CONFIDENCE = 0.9999
_MIRROR = np.diag([-1.0, 1.0, 1.0])


def search(
    kind: Kind, points0: Array, points1: Array, ratios: Array, *, max_error: float, seed: int
) -> list[Matrix]:
    """Find candidate models for matches, in no order.

    Parameters
    ----------
    kind : str
        A model of `featmatch.geometry.models.MODELS`.
    points0, points1 : (M, 2) float
        Matched points: in pixels, or calibrated for an essential matrix.
    ratios : (M,) float
        The smaller, the earlier a match is drawn.
    max_error : float
        Largest residual of an inlier, in the points' unit.
    seed : int
        Of the random draws.

    Returns
    -------
    list of (3, 3) float64
        Empty if nothing was found.
    """
    if kind == "similarity":
        return _search_similarity(points0, points1, max_error=max_error, seed=seed)
    order = np.argsort(ratios, kind="stable")  # PROSAC's; the other samplers do not mind
    points0, points1 = points0[order], points1[order]
    searches = list(_searches(kind, max_error, seed))
    candidates = [_run(kind, points0, points1, params) for params in searches]
    if kind == "homography":
        # USAC passes over samples that mirror, and so over the best map of a mirrored picture.
        mirrored = _run(kind, points0, points1 @ _MIRROR[:2, :2], searches[0])
        candidates.append(None if mirrored is None else _MIRROR @ mirrored)
    return [candidate for candidate in candidates if candidate is not None]


def check_seed(seed: int) -> None:
    """Raise unless `seed` is an integer that OpenCV's generators take."""
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise ArgumentTypeError(f"seed: expected an integer, got {seed!r}")
    if not 0 <= seed < 2**31:
        raise ArgumentError(f"seed: expected a number from 0 to 2^31 - 1, got {seed}")


def _run(kind: Kind, points0: Array, points1: Array, params: cv2.UsacParams) -> Matrix | None:
    try:
        found, _ = _SOLVERS[kind](points0, points1, params)
    except cv2.error:  # some degenerate samples are an assertion in OpenCV, not an answer
        return None
    if found is None or found.shape not in ((3, 3), (2, 3)) or not np.isfinite(found).all():
        return None
    return _as_3x3(found)


def _searches(kind: Kind, max_error: float, seed: int) -> Iterator[cv2.UsacParams]:
    # OpenCV 5.0's graph cut ends the process on the small numbers of calibrated points.
    local = cv2.LOCAL_OPTIM_INNER_LO if kind == "essential" else cv2.LOCAL_OPTIM_GC
    ways = (
        (cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA, cv2.MAGSAC, cv2.SAMPLING_UNIFORM),
        (cv2.SCORE_METHOD_MSAC, local, cv2.LSQ_POLISHER, cv2.SAMPLING_UNIFORM),
        (cv2.SCORE_METHOD_MSAC, local, cv2.LSQ_POLISHER, cv2.SAMPLING_PROSAC),
    )
    for score, local_optimization, polisher, sampler in ways:
        params = cv2.UsacParams()
        params.score = score
        params.loMethod = local_optimization
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


_SOLVERS: dict[Kind, Callable[[Array, Array, cv2.UsacParams], tuple[Array | None, Array]]] = {
    "homography": cv2.findHomography,
    "fundamental": cv2.findFundamentalMat,
    "essential": _find_essential,
    "affine": cv2.estimateAffine2D,
}


def _search_similarity(
    points0: Array, points1: Array, *, max_error: float, seed: int
) -> list[Matrix]:
    """OpenCV's plain RANSAC, whose own seed is fixed: the order of the matches carries ours."""
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


def _as_3x3(matrix: Array) -> Matrix:
    """Complete a (2, 3) affine matrix."""
    if matrix.shape == (2, 3):
        return np.vstack([matrix, [0.0, 0.0, 1.0]])
    return matrix.astype(np.float64)
