"""From matches to the model that relates two images, whatever share of the matches is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.checks import check_choice, check_number, check_seed
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.degeneracy import degeneracy
from featmatch.geometry.models import MODELS
from featmatch.geometry.solve import residuals_of, solve
from featmatch.types import Kind, TwoViewGeometry

_LEAST_ERROR = 1e-6  # px: below, the grain of the coordinates (float32) rules
_LARGEST_ERROR = 1e6  # px: more than an image has


@dataclass(frozen=True)
class Estimator:
    """Robust search for a model, then refinement on all of its inliers.

    Parameters
    ----------
    max_error : float
        Largest residual of an inlier, in pixels of the images that the detector saw; it grows
        with `pixel_size` for images that were made smaller.
    by_frames : bool
        Look for a homography and a fundamental matrix by the frames of the keypoints too
        (`featmatch.geometry.frame_search`), where there are some and too few matches agree with
        what was found by points alone: up to a second more, and models among one right match in
        twenty. False looks by points alone.
    """

    max_error: float = 3.0
    by_frames: bool = False

    def __post_init__(self) -> None:
        check_number("max_error", self.max_error, _LEAST_ERROR, _LARGEST_ERROR)

    def estimate(self, kind: Kind, matched: Correspondences, *, seed: int = 0) -> TwoViewGeometry:
        """Estimate one kind of model.

        Parameters
        ----------
        kind : {"homography", "fundamental", "essential", "affine", "similarity"}
        matched : Correspondences
            With its cameras for an essential matrix.
        seed : int
            Of the random search: the same seed gives the same model.

        Returns
        -------
        TwoViewGeometry
            False, with its reason, where there is no model.
        """
        check_choice("kind", kind, MODELS)
        check_seed(seed)
        cameras = matched.known_cameras if kind == "essential" else None
        max_error = self.max_error * max(1.0, matched.pixel_size)

        def no_model(reason: str) -> TwoViewGeometry:
            none, infinite = np.zeros(len(matched), bool), np.full(len(matched), np.inf)
            return TwoViewGeometry("none", None, none, infinite, max_error, reason)

        label = MODELS[kind].label
        flaw = degeneracy(kind, matched.points0, matched.points1, max_error)
        if flaw:
            return no_model(f"no {label}: {flaw}")
        matrix = solve(kind, matched, max_error, seed, by_frames=self.by_frames)
        if matrix is None:
            return no_model(f"no {label} was found among {len(matched)} matches")
        distances = residuals_of(kind, matrix, matched)
        inliers = distances <= max_error
        flaw = degeneracy(kind, matched.points0[inliers], matched.points1[inliers], max_error)
        if flaw:
            return no_model(f"no {label}: among the matches that agree, {flaw}")
        intrinsics0, intrinsics1 = cameras or (None, None)
        return TwoViewGeometry(
            kind=kind,
            matrix=matrix,
            inliers=inliers,
            residuals=distances,
            max_error=max_error,
            intrinsics0=intrinsics0,
            intrinsics1=intrinsics1,
        )
