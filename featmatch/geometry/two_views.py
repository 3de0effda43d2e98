"""Matches of two images -> the models that relate them, improved and weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.geometry.accuracy import LEAST_NOISE, predicted_transfer_error
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, weigh
from featmatch.geometry.models import Matrix, residuals
from featmatch.geometry.plane_and_parallax import resolve_dominant_plane
from featmatch.geometry.polish import polish_homography
from featmatch.images.image import Image
from featmatch.threads import parallel_map
from featmatch.types import Array, Kind, TwoViewGeometry

LEAST_KEPT = 0.5  # of the inliers: a model that loses more of them has gone astray


@dataclass(frozen=True, eq=False)
class TwoViews:
    """What models are looked for in: the matched points of two images, and the images.

    Attributes
    ----------
    points0, points1 : (M, 2) float64
        Right and wrong matches, in pixels of the originals.
    ratios : (M,) float
        Of the matches, smaller is better.
    sizes : pair of (width, height)
        Of the originals, in pixels.
    pixel_size : float
        Of the coarser image, see `Features`.
    images : pair of Image or None
        None where there are no images to look at: homographies are not polished then.
    """

    points0: Array
    points1: Array
    ratios: Array
    sizes: tuple[tuple[int, int], tuple[int, int]]
    pixel_size: float = 1.0
    images: tuple[Image, Image] | None = None

    def weigh_models(
        self,
        estimator: Estimator,
        kinds: Sequence[Kind],
        *,
        seed: int = 0,
        intrinsics0: npt.ArrayLike | None = None,
        intrinsics1: npt.ArrayLike | None = None,
    ) -> dict[Kind, Evidence]:
        """Estimate models of several kinds, and weigh each.

        A homography that is no work of chance is looked at in the images and polished there.

        Parameters
        ----------
        estimator : Estimator
        kinds : sequence of str
        seed, intrinsics0, intrinsics1
            See `Estimator.estimate`.

        Returns
        -------
        dict of str to Evidence
        """

        def look_for(kind: Kind) -> Evidence:
            geometry = estimator.estimate(
                kind,
                self.points0,
                self.points1,
                ratios=self.ratios,
                seed=seed,
                pixel_size=self.pixel_size,
                intrinsics0=intrinsics0,
                intrinsics1=intrinsics1,
            )
            evidence = self._weigh(geometry)
            by_chance = not evidence.log10_false_alarms
            if kind != "homography" or by_chance or evidence.flaw:
                return evidence
            return self._looked_at(evidence)

        found = dict(zip(kinds, parallel_map(look_for, kinds), strict=True))
        plane = found.get("homography")
        if plane is not None and plane.found is not None:
            found["homography"] = replace(plane, rivalry=_rivalry(plane, found.get("fundamental")))
        return found

    def resolve(
        self, chosen: Evidence, found: Mapping[Kind, Evidence], *, seed: int = 0
    ) -> Evidence:
        """Return the chosen model, with a fundamental matrix freed of what a plane leaves open.

        See `resolve_dominant_plane`.
        """
        plane, geometry = found["homography"].geometry, chosen.geometry
        if geometry.kind != "fundamental" or geometry.matrix is None or plane.matrix is None:
            return chosen
        matrix = resolve_dominant_plane(
            geometry.matrix,
            plane.matrix,
            self.points0,
            self.points1,
            max_error=geometry.max_error,
            seed=seed,
        )
        if matrix is geometry.matrix:
            return chosen
        return self._weigh(self._with_matrix(geometry, matrix))

    def _weigh(self, geometry: TwoViewGeometry) -> Evidence:
        return weigh(geometry, self.points0, self.points1, self.ratios, pixel_size=self.pixel_size)

    def _looked_at(self, plane: Evidence) -> Evidence:
        """Say how far off a homography is expected to be; polish it where there are images."""
        geometry, found = plane.geometry, None
        if self.images is not None and geometry.matrix is not None:
            polished = polish_homography(*self.images, geometry.matrix)
            found = polished.found
            if polished.num_points:
                better = self._with_matrix(geometry, polished.homography)
                if better.num_inliers >= LEAST_KEPT * geometry.num_inliers:
                    better = replace(better, predicted_error=polished.predicted_error)
                    return replace(self._weigh(better), found=found)
        return replace(plane, geometry=self._with_predicted_error(geometry), found=found)

    def _with_predicted_error(self, geometry: TwoViewGeometry) -> TwoViewGeometry:
        error = predicted_transfer_error(
            np.asarray(geometry.matrix),
            self.points0[geometry.inliers],
            self.points1[geometry.inliers],
            *self.sizes,
            min_noise=LEAST_NOISE * self.pixel_size,
        )
        return replace(geometry, predicted_error=error)

    def _with_matrix(self, geometry: TwoViewGeometry, matrix: Matrix) -> TwoViewGeometry:
        """Return a model of the same kind, with its own inliers."""
        distances = residuals(geometry.kind, matrix, self.points0, self.points1)
        return replace(
            geometry,
            matrix=matrix,
            inliers=distances <= geometry.max_error,
            residuals=distances,
        )


def _rivalry(plane: Evidence, lines: Evidence | None) -> float | None:
    if lines is None or lines.flaw or not plane.log10_false_alarms:
        return None
    return lines.log10_false_alarms / plane.log10_false_alarms
