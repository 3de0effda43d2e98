"""A place where a small image is shown in a large one, and what keypoints say of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from featmatch.crops.cutout import Cutout
from featmatch.crops.search import NUM_SCALES
from featmatch.crops.whole import is_whole
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, choose, weigh
from featmatch.geometry.polish import Polished
from featmatch.geometry.residuals import Matrix
from featmatch.geometry.solve import residuals_of
from featmatch.geometry.verdict import judge
from featmatch.images.view import View
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.types import Kind, TwoViewGeometry
from featmatch.verification import MatchedPair, MatchOptions, Verification


@dataclass(frozen=True, eq=False)
class FoundCrop:
    """A small image and the part of a large one that shows it, in the order of the images.

    Attributes
    ----------
    cutouts : pair of Cutout
        One of them is all of the small image.
    views : pair of View
        The same as images of their own, in which a pixel shows as much of one as of the other.
    guess : (3, 3) float64
        Similarity of cutout 0 to cutout 1 in pixels of the originals, as the search found it.
    polished : Polished
        What became of it on the pixels.
    """

    cutouts: tuple[Cutout, Cutout]
    views: tuple[View, View]
    guess: Matrix
    polished: Polished

    def is_whole(self, which: int) -> bool:
        """Whether all of the image of this number, the small one, is shown; see `is_whole`."""
        homography = self.polished.homography
        if which == 1:
            homography = np.linalg.inv(homography).astype(np.float64)
        return is_whole(self.views[which], self.views[1 - which], homography)

    def match(self, pipeline: Pipeline, options: MatchOptions) -> MatchResult:
        """Match the keypoints of a method, and weigh the map that the pixels gave by them.

        Returns
        -------
        MatchResult
            In pixels of the whole images.
        """
        times = [time.perf_counter()]
        features = pipeline.extract(self.views[0]), pipeline.extract(self.views[1])
        times.append(time.perf_counter())
        matches = pipeline.matcher.match(*features)
        times.append(time.perf_counter())
        pair = MatchedPair(
            self.cutouts[0].whole,
            self.cutouts[1].whole,
            self.cutouts[0].features_in_whole(features[0]),
            self.cutouts[1].features_in_whole(features[1]),
            matches,
        )
        verification = self._verify(pair, pipeline.estimator, options)
        times.append(time.perf_counter())
        seconds = dict(zip(("extract", "match", "estimate"), np.diff(times).tolist(), strict=True))
        return MatchResult.of(pair, verification, options, seconds)

    def _verify(
        self, pair: MatchedPair, estimator: Estimator, options: MatchOptions
    ) -> Verification:
        """Judge the map by the matches.

        The place was chosen among many, each of which chance could have favored. That all of the
        small image looks alike is known: it counts for the agreement of the patches.
        """
        areas = sorted(float(np.prod(view.image.size)) for view in (pair.view0, pair.view1))
        log10_places = float(np.log10(NUM_SCALES * areas[1] / areas[0]))
        views = pair.two_views
        kind: Kind = "homography" if options.model == "auto" else options.model
        depth = views.weigh_models(estimator, ["fundamental"], seed=options.seed)["fundamental"]
        plane = weigh(self._geometry("homography", pair, estimator), views.matched)
        asked = weigh(self._geometry(kind, pair, estimator), views.matched)
        models: dict[Kind, Evidence] = {"homography": plane, "fundamental": depth, kind: asked}
        for name, one in models.items():
            log10 = min(0.0, one.log10_false_alarms + log10_places)
            models[name] = replace(one, log10_false_alarms=log10)
        models["homography"] = replace(models["homography"], patch_agreement=1.0)
        chosen = models[kind]
        if options.model == "auto":
            chosen = choose(models["homography"], models["fundamental"])
        counts = len(pair.features0), len(pair.features1)
        verdict = judge(chosen, list(models.values()), len(pair.matches), counts)
        return Verification(chosen, models, verdict)

    def _geometry(self, kind: Kind, pair: MatchedPair, estimator: Estimator) -> TwoViewGeometry:
        """Return the map between the whole images, polished if it is to be a homography."""
        matched, polished = pair.two_views.matched, kind == "homography"
        matrix = self.polished.homography if polished else self.guess
        matrix = self.cutouts[1].into_whole @ matrix @ np.linalg.inv(self.cutouts[0].into_whole)
        residuals = residuals_of(kind, matrix, matched)
        max_error = estimator.max_error * matched.pixel_size
        inliers = residuals <= max_error
        if not inliers.any():
            reason = "the pixels agree with one map, but no matches do"
            return TwoViewGeometry("none", None, inliers, residuals, max_error, reason)
        error = self.polished.predicted_error if polished and self.polished.num_points else None
        return TwoViewGeometry(
            kind=kind,
            matrix=matrix / matrix[2, 2],
            inliers=inliers,
            residuals=residuals,
            max_error=max_error,
            predicted_error=error,
        )
