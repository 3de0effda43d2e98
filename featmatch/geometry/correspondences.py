"""Matched points in pixels, and as the solvers want them; the search and its refinement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.geometry.least_squares import fit_least_squares
from featmatch.geometry.models import MODELS, Matrix, residuals, transfer
from featmatch.geometry.search import search
from featmatch.types import Array, Kind

_REFINEMENTS = 5


@dataclass(frozen=True, eq=False)
class Correspondences:
    """Matched points and the kind of model that is looked for between them.

    Attributes
    ----------
    kind : str
        A model of `featmatch.geometry.models.MODELS`.
    points0, points1 : (M, 2) float64
        In pixels.
    intrinsics0, intrinsics1 : (3, 3) float64 or None
        Camera matrices; given exactly for an essential matrix, whose solvers work on calibrated
        points.
    """

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

    def residuals(self, matrix: Matrix) -> Array:
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


def _normalized(kind: Kind, matrix: Matrix) -> Matrix:
    """Fix the scale that the model leaves open: a map ends in 1, the others have norm 1."""
    if not MODELS[kind].is_map:
        return matrix / np.linalg.norm(matrix)
    return matrix / matrix[2, 2] if matrix[2, 2] else matrix
