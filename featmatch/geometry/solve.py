"""From matches of which many are wrong to one model: the search, the choice, the refinement."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.models import MODELS
from featmatch.geometry.residuals import Matrix, fundamental_of, support, transfer
from featmatch.geometry.search import CONFIDENCE, MAX_ITERATIONS
from featmatch.types import Array, Kind, TwoViewGeometry

_REFINEMENTS = 5


def solve(
    kind: Kind, matched: Correspondences, max_error: float, seed: int, *, by_frames: bool = False
) -> Matrix | None:
    """Search, take the candidate with the most support, refine it on all of its inliers.

    Parameters
    ----------
    kind : str
        A key of `MODELS`.
    matched : Correspondences
        With cameras for an essential matrix, whose solvers work on calibrated points.
    max_error : float
        Largest residual of an inlier, in pixels.
    seed : int
        Of the random draws.
    by_frames : bool
        See `Estimator`.

    Returns
    -------
    (3, 3) float64 or None
        A map ends in 1, the others have norm 1.
    """

    def support_of(matrix: Matrix) -> float:
        return float(support(residuals_of(kind, matrix, matched), max_error))

    spec, (points0, points1, pixels) = MODELS[kind], _for_solvers(kind, matched)
    order = matched.order
    candidates = spec.search(points0[order], points1[order], max_error / pixels, seed)
    if by_frames and _is_out_of_reach(
        kind, max(map(support_of, candidates), default=0.0), len(matched)
    ):
        candidates = candidates + _found_by_frames(kind, matched, max_error, seed)
    if not candidates:
        return None
    best = max(candidates, key=support_of)
    for _ in range(_REFINEMENTS):
        inliers = residuals_of(kind, best, matched) <= max_error
        refined = spec.fit(points0[inliers], points1[inliers])
        if refined is None or support_of(refined) <= support_of(best):
            break
        best = refined
    return _normalized(kind, best)


def residuals_of(kind: Kind, matrix: Matrix, matched: Correspondences) -> Array:
    """Residuals of matches in pixels; those of an essential matrix by the cameras."""
    if kind == "essential":
        matrix = fundamental_of(matrix, *matched.known_cameras)
    return MODELS[kind].residuals(matrix, matched.points0, matched.points1)


def with_matrix(
    geometry: TwoViewGeometry, matrix: Matrix, matched: Correspondences
) -> TwoViewGeometry:
    """Return a model of the same kind, with its own inliers among the same matches."""
    distances = residuals_of(geometry.kind, matrix, matched)
    inliers = distances <= geometry.max_error
    return replace(geometry, matrix=matrix, inliers=inliers, residuals=distances)


def _is_out_of_reach(kind: Kind, num_right: float, num_matches: int) -> bool:
    """Whether samples of points are likely to be all wrong, if no more matches are right."""
    share = num_right / max(1, num_matches)
    expected: float = share ** MODELS[kind].min_matches * MAX_ITERATIONS
    return expected < -math.log(1 - CONFIDENCE)


def _found_by_frames(
    kind: Kind, matched: Correspondences, max_error: float, seed: int
) -> list[Matrix]:
    search = MODELS[kind].search_by_frames
    if search is None or matched.maps is None:
        return []
    return search(matched.points0, matched.points1, matched.maps, max_error, seed)


def _for_solvers(kind: Kind, matched: Correspondences) -> tuple[Array, Array, float]:
    """Points in the solver's unit, and the number of pixels in that unit."""
    if kind != "essential":
        return matched.points0, matched.points1, 1.0
    cameras = matched.known_cameras
    focal_lengths = [camera[axis, axis] for camera in cameras for axis in (0, 1)]
    calibrated0 = transfer(np.linalg.inv(cameras[0]), matched.points0)
    calibrated1 = transfer(np.linalg.inv(cameras[1]), matched.points1)
    return calibrated0, calibrated1, float(np.mean(focal_lengths))


def _normalized(kind: Kind, matrix: Matrix) -> Matrix:
    """Fix the scale that the model leaves open: a map ends in 1, the others have norm 1."""
    if not MODELS[kind].is_map:
        return matrix / np.linalg.norm(matrix)
    return matrix / matrix[2, 2] if matrix[2, 2] else matrix
