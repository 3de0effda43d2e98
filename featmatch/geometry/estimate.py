"""From matches to the model that relates two images, whatever share of the matches is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.geometry.least_squares import fit_least_squares
from featmatch.geometry.models import LABELS, MODELS, Matrix, residuals, transfer
from featmatch.geometry.search import search
from featmatch.types import Array, Kind, TwoViewGeometry

_REFINEMENTS = 5
_FLATNESS = 1e-6  # least width / length of a point set that is not a line


@dataclass(frozen=True)
class Estimator:
    """Robust search for a model, then refinement on all of its inliers.

    Parameters
    ----------
    max_error : float
        Largest residual of an inlier, in pixels of the images that the detector saw; it grows
        with `pixel_size` for images that were made smaller.
    """

    max_error: float = 3.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.max_error) and self.max_error > 0):
            raise ValueError(f"max_error: expected a number of pixels > 0, got {self.max_error}")

    def estimate(
        self,
        kind: Kind,
        points0: npt.ArrayLike,
        points1: npt.ArrayLike,
        *,
        ratios: npt.ArrayLike | None = None,
        seed: int = 0,
        pixel_size: float = 1.0,
        intrinsics0: npt.ArrayLike | None = None,
        intrinsics1: npt.ArrayLike | None = None,
    ) -> TwoViewGeometry:
        """Estimate one kind of model.

        Parameters
        ----------
        kind : {"homography", "fundamental", "essential", "affine", "similarity"}
        points0, points1 : (M, 2) float
            Matched points in pixels.
        ratios : (M,) float, optional
            The smaller, the more a match is trusted. None trusts all alike.
        seed : int
            Of the random search: the same seed gives the same model.
        pixel_size : float
            Of the coarser image, see `Features`.
        intrinsics0, intrinsics1 : (3, 3) float, optional
            Camera matrices; needed by the essential matrix, ignored by the others.

        Returns
        -------
        TwoViewGeometry
            False, with its reason, where there is no model.
        """
        if kind not in MODELS:
            raise ValueError(f"model: expected one of {', '.join(MODELS)}, got {kind!r}")
        points0, points1 = _points("points0", points0), _points("points1", points1)
        if len(points0) != len(points1):
            raise ValueError(f"points1: expected {len(points0)} points, got {len(points1)}")
        cameras: tuple[Matrix | None, Matrix | None] = (None, None)
        if kind == "essential":
            cameras = (
                camera_matrix("intrinsics0", intrinsics0),
                camera_matrix("intrinsics1", intrinsics1),
            )
        points = _Correspondences(kind, points0, points1, *cameras)
        trust = np.zeros(len(points0)) if ratios is None else np.asarray(ratios, np.float64)
        max_error = self.max_error * max(1.0, pixel_size)

        def no_model(reason: str) -> TwoViewGeometry:
            infinite = np.full(len(points0), np.inf)
            return TwoViewGeometry("none", None, np.isfinite(infinite), infinite, max_error, reason)

        flaw = degeneracy(kind, points0, points1)
        if flaw:
            return no_model(f"no {LABELS[kind]}: {flaw}")
        matrix = points.solve(trust, max_error, seed)
        if matrix is None:
            return no_model(f"no {LABELS[kind]} was found among {len(points0)} matches")
        distances = points.residuals(matrix)
        inliers = distances <= max_error
        flaw = degeneracy(kind, points0[inliers], points1[inliers])
        if flaw:
            return no_model(f"no {LABELS[kind]}: among the matches that agree, {flaw}")
        return TwoViewGeometry(
            kind=kind,
            matrix=matrix,
            inliers=inliers,
            residuals=distances,
            max_error=max_error,
            intrinsics0=points.intrinsics0,
            intrinsics1=points.intrinsics1,
        )


@dataclass(frozen=True, eq=False)
class _Correspondences:
    """Matched points in pixels, and as the solvers want them: calibrated for essential matrices."""

    kind: Kind
    points0: Array
    points1: Array
    intrinsics0: Matrix | None
    intrinsics1: Matrix | None

    def solve(self, ratios: Array, max_error: float, seed: int) -> Matrix | None:
        """Search, take the candidate with the most support, refine it on all of its inliers."""

        def support(matrix: Matrix) -> float:
            """Count inliers, the nearer the more (MSAC, Torr & Zisserman 2000)."""
            return float(np.maximum(0, 1 - (self.residuals(matrix) / max_error) ** 2).sum())

        points0, points1, pixels = self._for_solvers()
        candidates = search(
            self.kind, points0, points1, ratios, max_error=max_error / pixels, seed=seed
        )
        best = max(candidates, key=support, default=None)
        for _ in range(_REFINEMENTS):
            if best is None:
                break
            inliers = self.residuals(best) <= max_error
            refined = fit_least_squares(self.kind, points0[inliers], points1[inliers])
            if refined is None or support(refined) <= support(best):
                break
            best = refined
        return None if best is None else _normalized(self.kind, best)

    def residuals(self, matrix: Matrix) -> Matrix:
        """Residuals in pixels."""
        if self.intrinsics0 is not None and self.intrinsics1 is not None:
            matrix = np.linalg.inv(self.intrinsics1).T @ matrix @ np.linalg.inv(self.intrinsics0)
        return residuals(self.kind, matrix, self.points0, self.points1)

    def _for_solvers(self) -> tuple[Array, Array, float]:
        """Points in the solver's unit, and the number of pixels in that unit."""
        if self.intrinsics0 is None or self.intrinsics1 is None:
            return self.points0, self.points1, 1.0
        cameras = self.intrinsics0, self.intrinsics1
        focal_lengths = [camera[axis, axis] for camera in cameras for axis in (0, 1)]
        calibrated0 = transfer(np.linalg.inv(self.intrinsics0), self.points0)
        calibrated1 = transfer(np.linalg.inv(self.intrinsics1), self.points1)
        return calibrated0, calibrated1, float(np.mean(focal_lengths))


def degeneracy(kind: Kind, points0: Array, points1: Array) -> str:
    """Say why matches cannot define a model; empty if they can."""
    distinct = np.unique(np.column_stack([points0, points1]), axis=0)
    needed = MODELS[kind].min_matches
    if len(distinct) < needed:
        same = " distinct" if len(distinct) < len(points0) else ""
        return f"{len(distinct)}{same} matches, at least {needed} are needed"
    for image, points in enumerate((distinct[:, :2], distinct[:, 2:])):
        length, width = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if length == 0:
            return f"all points of image {image} are the same"
        if width < _FLATNESS * length and kind != "similarity":
            return f"all points of image {image} lie on one line"
    return ""


def _points(name: str, values: npt.ArrayLike) -> Array:
    points = np.asarray(values, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"{name}: expected shape (M, 2), got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name}: expected finite coordinates, got NaN or infinity")
    return points


def camera_matrix(name: str, values: npt.ArrayLike | None) -> Matrix:
    """Check a camera's matrix of intrinsic parameters, (3, 3) in pixels."""
    if values is None:
        raise ValueError(f"{name}: expected a camera matrix for an essential matrix, got None")
    matrix = np.asarray(values, np.float64)
    if matrix.shape != (3, 3):
        raise ValueError(f"{name}: expected a (3, 3) camera matrix, got shape {matrix.shape}")
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise ValueError(f"{name}: expected positive focal lengths, got {matrix.tolist()}")
    if not np.allclose(matrix[2], (0, 0, 1)):
        raise ValueError(f"{name}: expected the last row (0, 0, 1), got {matrix[2].tolist()}")
    return matrix


def _normalized(kind: Kind, matrix: Matrix) -> Matrix:
    """Fix the scale that the model leaves open: a map ends in 1, the others have norm 1."""
    if not MODELS[kind].is_map:
        return matrix / np.linalg.norm(matrix)
    return matrix / matrix[2, 2] if matrix[2, 2] else matrix
