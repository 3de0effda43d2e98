"""A verdict held against the mirror image: what agrees with that as well is not the same scene.

Windows and bricks agree with their mirror images, and so does a picture that was printed the wrong
way round. No camera mirrors what it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from featmatch.features.extractor import Extractor
from featmatch.features.sift import SIFT
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.verdict import ACCEPTED_BELOW, plausible_log10, unless_mirrored
from featmatch.images.view import View
from featmatch.matching.matcher import FeatureMatcher
from featmatch.second_look import SecondLook
from featmatch.types import Features, Kind, Verdict
from featmatch.verification import PLANE_AND_DEPTH, MatchedPair, MatchOptions, are_beyond_doubt


@dataclass(frozen=True)
class Mirror:
    """How a method would match the mirror image.

    Attributes
    ----------
    extractor : Extractor
    extract : callable
        Finds its features in a view.
    matcher : FeatureMatcher
    estimator : Estimator
    second_look : SecondLook or None
    """

    extractor: Extractor
    extract: Callable[[View], Features]
    matcher: FeatureMatcher
    estimator: Estimator
    second_look: SecondLook | None = None

    def judge(
        self,
        pair: MatchedPair,
        verdict: Verdict,
        models: Mapping[Kind, Evidence],
        options: MatchOptions,
        first: Features | None = None,
    ) -> Verdict:
        """Return a verdict, or that it is the mirror image that agrees as well.

        Parameters
        ----------
        pair : MatchedPair
            Of images that are seen. Matches of another tool cannot be had for the mirror image; so
            what this method finds itself, in the image and in its mirror image, is compared.
        verdict : Verdict
            Looked into if it accepts the images and the models are not beyond doubt.
        models : mapping of str to Evidence
        options : MatchOptions
        first : Features, optional
            With what a second look at image 0 began, which the mirror image gets too. None: there
            was no second look.

        Returns
        -------
        Verdict
            The same object, if it stands.
        """
        if not verdict or are_beyond_doubt(models):
            return verdict
        asked = verdict
        features0, features1 = pair.features0 if first is None else first, pair.features1
        if features0.method != self.extractor.name:
            views = pair.view0, pair.view1
            features0, features1 = map(self.extract, views)
            models = self._weigh(views, (features0, features1), options)
            log10 = min(plausible_log10(list(models.values())), ACCEPTED_BELOW)
            asked = replace(verdict, log10_false_alarms=log10)
        view1 = pair.view1.mirrored()
        is_sift = isinstance(self.extractor, SIFT)
        features1 = SIFT.in_mirror(features1) if is_sift else self.extract(view1)
        second_look = None if first is None else self.second_look
        mirrored = self._weigh((pair.view0, view1), (features0, features1), options, second_look)
        judged = unless_mirrored(asked, models, mirrored)
        return verdict if judged.accepted else judged

    def _weigh(
        self,
        views: tuple[View, View],
        features: tuple[Features, Features],
        options: MatchOptions,
        second_look: SecondLook | None = None,
    ) -> dict[Kind, Evidence]:
        """Weigh the models between two images."""
        view0, view1 = (replace(view, camera=None) for view in views)
        pair = MatchedPair(view0, view1, *features, self.matcher.match(*features))
        if second_look is not None:
            pair = second_look.look(pair, self.matcher)
        return pair.two_views.weigh_models(
            self.estimator, PLANE_AND_DEPTH, seed=options.seed, lines_suffice=True
        )
