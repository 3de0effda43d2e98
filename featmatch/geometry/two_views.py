"""Matches of two images -> the models that relate them, improved and weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from featmatch.geometry.alike import look_alike
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.depth import proves_depth
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import SURE_AGREEMENT, Evidence, weigh
from featmatch.geometry.models import MODELS
from featmatch.geometry.plane_and_parallax import resolve_dominant_plane
from featmatch.geometry.pose import RelativePose, relative_pose
from featmatch.geometry.seen_plane import LEAST_HEARD, LEAST_KEPT, see_plane
from featmatch.geometry.solve import residuals_of, with_matrix
from featmatch.images.view import View
from featmatch.threads import parallel_map
from featmatch.types import Kind, TwoViewGeometry

NUM_OTHERS = 2  # homographies that are tried after the one of most matches
LEAST_ALIKE = 0.8  # of the patches, for a homography that has not the most matches


@dataclass(frozen=True, eq=False)
class TwoViews:
    """What models are looked for in: the matched points of two images, and the images.

    Attributes
    ----------
    matched : Correspondences
        Right and wrong matches.
    views : pair of View or None
        Where to look at the images. None where there are none: homographies are not polished then.
    """

    matched: Correspondences
    views: tuple[View, View] | None = None

    def estimate_models(
        self, estimator: Estimator, kinds: Sequence[Kind], *, seed: int = 0
    ) -> dict[Kind, Evidence]:
        """Estimate models of several kinds from the matches alone, and weigh each.

        Parameters
        ----------
        estimator : Estimator
        kinds : sequence of str
        seed : int
            Of the random search.
        """

        def look_for(kind: Kind) -> Evidence:
            return weigh(estimator.estimate(kind, self.matched, seed=seed), self.matched)

        return dict(zip(kinds, parallel_map(look_for, kinds), strict=True))

    def weigh_models(
        self,
        estimator: Estimator,
        kinds: Sequence[Kind],
        *,
        seed: int = 0,
        lines_suffice: bool = False,
        estimated: Mapping[Kind, Evidence] | None = None,
    ) -> dict[Kind, Evidence]:
        """Estimate models of several kinds, and weigh each.

        A homography that is no work of chance is looked at in the images and polished there, unless
        `lines_suffice`. Where they do not show it, and no depth explains that, others are tried.

        Parameters
        ----------
        estimator : Estimator
        kinds : sequence of str
        seed : int
            Of the random search.
        lines_suffice : bool
            Do not look at the images where lines prove depth (`proves_depth`).
        estimated : mapping of str to Evidence, optional
            What `estimate_models` returns for the same. None: it is not known yet.

        Returns
        -------
        dict of str to Evidence
        """
        models = dict(estimated or self.estimate_models(estimator, kinds, seed=seed))
        plane = models.get("homography")
        if plane is None:
            return models
        lines = models.get("fundamental")
        if lines_suffice and lines and proves_depth(plane, lines, self.matched):
            return models
        models["homography"] = plane = see_plane(plane, self.matched, self.views)
        if not self._is_explained(models):
            models["homography"] = plane = self._other_homography(plane, estimator, seed)
        if plane.patch_agreement is not None:
            ratio = _epipolar_ratio(plane, lines)
            models["homography"] = replace(plane, epipolar_ratio=ratio)
        return models

    def resolve(
        self, chosen: Evidence, models: Mapping[Kind, Evidence], *, seed: int = 0
    ) -> Evidence:
        """Return the chosen model, with a fundamental matrix freed of what a plane leaves open.

        See `resolve_dominant_plane`.
        """
        plane, geometry = models["homography"].geometry, chosen.geometry
        if geometry.kind != "fundamental" or geometry.matrix is None or plane.matrix is None:
            return chosen
        matrix = resolve_dominant_plane(
            geometry.matrix, plane.matrix, self.matched, max_error=geometry.max_error, seed=seed
        )
        if matrix is geometry.matrix:
            return chosen
        return weigh(with_matrix(geometry, matrix, self.matched), self.matched)

    def keep_alike(self, evidence: Evidence) -> Evidence:
        """Return lines with those of their inliers alone that look alike, where most of them do.

        Of images that differ in light or season few do: all are kept then, as they are of a map,
        which leaves nothing open that the images could tell.
        """
        geometry = evidence.geometry
        if self.views is None or geometry.matrix is None or MODELS[geometry.kind].is_map:
            return evidence
        agreeing = np.flatnonzero(geometry.inliers)
        alike = agreeing[look_alike(*self.views, self.matched[agreeing])]
        if len(alike) < max(LEAST_HEARD, LEAST_KEPT * len(agreeing)):
            return evidence
        inliers = np.zeros(len(self.matched), bool)
        inliers[alike] = True
        kept = (
            f"of {len(agreeing):,} matches that agree, the {len(alike):,} that look alike are kept"
        )
        reason = f"{geometry.reason}; {kept}" if geometry.reason else kept
        return replace(evidence, geometry=replace(geometry, inliers=inliers, reason=reason))

    def with_pose(self, evidence: Evidence) -> tuple[Evidence, RelativePose | None]:
        """Return an essential matrix refined to that of a pose, and the pose.

        As it was, with None, where there is no pose, or the matrix of it loses the matches.
        """
        geometry = evidence.geometry
        if geometry.matrix is None or self.matched.cameras is None:
            return evidence, None
        agreeing = self.matched[self.keep_alike(evidence).geometry.inliers]
        pose = relative_pose(geometry.matrix, agreeing, max_error=geometry.max_error)
        if pose is None:
            return evidence, None
        refined = with_matrix(geometry, pose.essential, self.matched)
        if refined.num_inliers < LEAST_KEPT * geometry.num_inliers:
            return evidence, None
        return weigh(refined, self.matched), pose

    def _is_explained(self, models: Mapping[Kind, Evidence]) -> bool:
        """Whether the images show the homography, or depth explains why they do not."""
        if self.views is None or (models["homography"].alike or 0.0) >= SURE_AGREEMENT:
            return True
        return any(
            one.neighbor_consistency is not None and one.plausible and one.log10_false_alarms < 0
            for one in models.values()
        )

    def _other_homography(self, first: Evidence, estimator: Estimator, seed: int) -> Evidence:
        """Find a homography that nearly all patches agree with, or return the one of most matches.

        What images repeat, or have on both sides of a mirror axis, can be matched more often than
        a thin overlap is; and the matches of an overlap that is thinner still lie on a line, which
        leaves a homography open, and whether it mirrors. So the next homographies, without the
        matches of those before, are tried, and a similarity in place of one that is left open.
        """
        latest, left = first, self.matched
        for _ in range(NUM_OTHERS):
            if latest.geometry.matrix is not None:
                if not latest.log10_false_alarms:
                    break
                distances = residuals_of("homography", latest.geometry.matrix, left)
                left = left[distances > latest.geometry.max_error]
            latest = weigh(self._next_homography(left, estimator, seed), self.matched)
            latest = see_plane(latest, self.matched, self.views)
            if (latest.alike or 0.0) >= LEAST_ALIKE:
                return latest
            if latest.geometry.matrix is None:
                break
        return first

    def _next_homography(
        self, left: Correspondences, estimator: Estimator, seed: int
    ) -> TwoViewGeometry:
        """Estimate a homography, or a similarity, from some of the matches."""
        geometry = estimator.estimate("homography", left, seed=seed)
        if not geometry:
            geometry = estimator.estimate("similarity", left, seed=seed)
        if geometry.matrix is None:
            return geometry
        return with_matrix(replace(geometry, kind="homography"), geometry.matrix, self.matched)


def _epipolar_ratio(plane: Evidence, lines: Evidence | None) -> float | None:
    if lines is None or lines.flaw or not plane.log10_false_alarms:
        return None
    return lines.log10_false_alarms / plane.log10_false_alarms
