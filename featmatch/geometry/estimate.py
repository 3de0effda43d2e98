"""From matches to the model that relates two images, whatever share of the matches is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_seed
from featmatch.errors import ArgumentError
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.degeneracy import degeneracy
from featmatch.geometry.models import LABELS, MODELS, Matrix
from featmatch.images.camera import camera_matrix
from featmatch.types import Array, Kind, TwoViewGeometry


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
        valid = isinstance(self.max_error, Real) and 0 < self.max_error < np.inf
        if not valid:
            raise ArgumentError(
                f"max_error: expected a number of pixels > 0, got {self.max_error!r}"
            )

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
            raise ArgumentError(f"kind: expected one of {', '.join(MODELS)}, got {kind!r}")
        points0, points1 = _points("points0", points0), _points("points1", points1)
        if len(points0) != len(points1):
            raise ArgumentError(f"points1: expected {len(points0)} points, got {len(points1)}")
        cameras: tuple[Matrix | None, Matrix | None] = (None, None)
        if kind == "essential":
            cameras = (
                camera_matrix("intrinsics0", intrinsics0),
                camera_matrix("intrinsics1", intrinsics1),
            )
        points = Correspondences(kind, points0, points1, *cameras)
        trust = np.zeros(len(points0)) if ratios is None else _ratios(ratios, len(points0))
        check_seed(seed)
        if not (np.isfinite(pixel_size) and pixel_size > 0):
            raise ArgumentError(f"pixel_size: expected a number > 0, got {pixel_size}")
        max_error = self.max_error * max(1.0, pixel_size)

        def no_model(reason: str) -> TwoViewGeometry:
            none, infinite = np.zeros(len(points0), bool), np.full(len(points0), np.inf)
            return TwoViewGeometry("none", None, none, infinite, max_error, reason)

        flaw = degeneracy(kind, points0, points1, max_error)
        if flaw:
            return no_model(f"no {LABELS[kind]}: {flaw}")
        matrix = points.solve(trust, max_error, seed)
        if matrix is None:
            return no_model(f"no {LABELS[kind]} was found among {len(points0)} matches")
        distances = points.residuals(matrix)
        inliers = distances <= max_error
        flaw = degeneracy(kind, points0[inliers], points1[inliers], max_error)
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


def _points(name: str, values: npt.ArrayLike) -> Array:
    points = np.asarray(values, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ArgumentError(f"{name}: expected shape (M, 2), got {points.shape}")
    if not np.isfinite(points).all():
        raise ArgumentError(f"{name}: expected finite coordinates, got NaN or infinity")
    return points


def _ratios(values: npt.ArrayLike, num_matches: int) -> Array:
    ratios = np.asarray(values, np.float64)
    if ratios.shape != (num_matches,) or np.isnan(ratios).any():
        raise ArgumentError(
            f"ratios: expected {num_matches} numbers, got shape {ratios.shape}, "
            f"{np.count_nonzero(np.isnan(ratios))} of them NaN"
        )
    return ratios
