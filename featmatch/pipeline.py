"""Two images in, verified matches out: extractor, matcher and estimator in a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from featmatch.checks import check_type
from featmatch.errors import MissingExtraError
from featmatch.features.extractor import Extractor
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence
from featmatch.images.view import View
from featmatch.matching.matcher import FeatureMatcher, Matcher
from featmatch.mirror import Mirror
from featmatch.result import MatchResult
from featmatch.second_look import SecondLook
from featmatch.threads import parallel_map
from featmatch.types import Features, Kind
from featmatch.verification import (
    MatchedPair,
    MatchOptions,
    Verification,
    verify_matches,
)

logger = logging.getLogger("featmatch")


@dataclass(frozen=True)
class Pipeline:
    """A method: how features are found, matched and verified.

    Each of its steps can be called alone: `extract` a view, ``matcher.match`` the features of two,
    `verify` the matches of a pair. `match` is all of them in a row.

    Parameters
    ----------
    extractor : Extractor
        Finds the features of one image.
    matcher : FeatureMatcher
        Matches the features of two.
    estimator : Estimator
        Finds the model that the matches agree with.
    one_at_a_time : bool
        Find the features of one image after the other, in half the memory: for an extractor that
        needs much, or uses several threads itself. False finds them at the same time.
    second_look : SecondLook, optional
        Look again at images that are seen and not accepted after the first look; the answer with
        more evidence is given. None looks once.
    """

    extractor: Extractor
    matcher: FeatureMatcher = field(default_factory=Matcher)
    estimator: Estimator = field(default_factory=Estimator)
    one_at_a_time: bool = False
    second_look: SecondLook | None = None

    def check_available(self) -> None:
        """Raise MissingExtraError, saying what to install, if the method cannot be used here."""
        if self.extractor.unavailable:
            raise MissingExtraError(f"method {self.extractor.name}: {self.extractor.unavailable}")

    def extract(self, view: View) -> Features:
        """Find the features of one image, where it may be used."""
        self.check_available()
        return self.extractor.extract(view.image, view.usable)

    def match(
        self,
        view0: View,
        view1: View,
        options: MatchOptions | None = None,
        *,
        confirm: bool = True,
    ) -> MatchResult:
        """Match two images with this method.

        Parameters
        ----------
        view0, view1 : View
        options : MatchOptions, optional
            None takes the defaults.
        confirm : bool
            Look at the mirror image where the answer is not beyond doubt. False leaves that to
            `confirm`, for who may not need the answer.

        Returns
        -------
        MatchResult

        Raises
        ------
        ArgumentError
            An essential matrix is asked for without cameras, or one camera alone is known.
        MissingExtraError
            The method needs a package that is not installed.
        """
        for name, view in (("view0", view0), ("view1", view1)):
            check_type(name, view, View, "a View, see View.read")
        (options or MatchOptions()).check_cameras(view0, view1)
        seconds: dict[str, float] = {}
        logger.debug("%s: finding keypoints", self.extractor.name)
        with _timed(seconds, "extract"):
            features = parallel_map(
                self.extract, (view0, view1), max_workers=1 if self.one_at_a_time else 2
            )
        return self.match_features(
            (view0, view1), (features[0], features[1]), options, seconds, confirm=confirm
        )

    def match_features(
        self,
        views: tuple[View, View],
        features: tuple[Features, Features],
        options: MatchOptions | None = None,
        seconds: Mapping[str, float] | None = None,
        *,
        confirm: bool = True,
    ) -> MatchResult:
        """Match two images whose features are there already.

        Parameters
        ----------
        views : pair of View
            Of images that are not seen (`featmatch.images.image.unseen_image`), the matches alone
            tell.
        features : pair of Features
        options : MatchOptions, optional
            None takes the defaults.
        seconds : mapping of str to float, optional
            Wall time of stages before, to be told with the others.
        confirm : bool
            See `match`.

        Returns
        -------
        MatchResult

        Raises
        ------
        ArgumentError
            As for `match`; or the features were made for different norms.
        """
        options = options or MatchOptions()
        timed, name = dict(seconds or {}), features[0].method
        logger.info("%s: %d and %d keypoints", name, *map(len, features))
        logger.debug("%s: matching them", name)
        with _timed(timed, "match"):
            matches = self.matcher.match(*features)
        logger.info("%s: %d matches", name, len(matches))
        logger.debug("%s: looking for a model", name)
        pair = MatchedPair(*views, *features, matches)
        with _timed(timed, "estimate"):
            found = self._verify(pair, options, confirm=confirm or self.second_look is not None)
        if self.second_look is not None and pair.views:
            logger.debug("%s: looking again where some matched", name)
            with _timed(timed, "match"):
                pair, found = self.look_again(pair, found, options)
        logger.info("%s: %s", name, found.verdict.reason)
        return MatchResult.of(pair, found, options, timed)

    def confirm(
        self, result: MatchResult, view0: View, view1: View, options: MatchOptions | None = None
    ) -> MatchResult:
        """Look at the mirror image, where a result that was not confirmed is not beyond doubt.

        Parameters
        ----------
        result : MatchResult
            Of `match` with ``confirm=False``. A method that takes a second look has confirmed it.
        view0, view1 : View
        options : MatchOptions, optional
            None takes the defaults.

        Returns
        -------
        MatchResult
            The one given, or with the verdict that the images are mirrored.
        """
        if self.second_look is not None:
            return result
        pair = MatchedPair(view0, view1, result.features0, result.features1, result.matches)
        seconds, verdict, models = dict(result.seconds), result.verdict, result.models
        with _timed(seconds, "estimate"):
            judged = self._mirror.judge(pair, verdict, models, options or MatchOptions())
        if judged is verdict:
            return replace(result, seconds=seconds, steps=())
        return replace(result, seconds=seconds, steps=(), verdict=judged, pose=None, part=None)

    def verify(
        self,
        pair: MatchedPair,
        options: MatchOptions | None = None,
        *,
        estimated: Mapping[Kind, Evidence] | None = None,
    ) -> Verification:
        """Find the model that matches agree with, and judge whether the images show the same.

        A verdict that is not beyond doubt is held against the mirror image of image 1: what agrees
        with that as well is not the same scene (`unless_mirrored`). Where the images are not seen,
        this cannot be found out, and homographies are left as the matches say.

        Parameters
        ----------
        pair : MatchedPair
            With matches of this method or of any other tool. Those of another tool cannot be had
            for the mirror image; so what this method finds itself, in the image and in its mirror
            image, is compared instead.
        options : MatchOptions, optional
            None takes the defaults.
        estimated : mapping of str to Evidence, optional
            See `featmatch.verification.verify_matches`.

        Returns
        -------
        Verification
        """
        return self._verify(pair, options or MatchOptions(), estimated=estimated)

    def look_again(
        self, pair: MatchedPair, found: Verification, options: MatchOptions | None = None
    ) -> tuple[MatchedPair, Verification]:
        """Take the second look, if there is one, at images that are not accepted.

        Parameters
        ----------
        pair : MatchedPair
            With features and matches of this method, as after the first look.
        found : Verification
            Of this pair, by `verify`.
        options : MatchOptions, optional
            None takes the defaults.

        Returns
        -------
        MatchedPair, Verification
            Those of the look that has more evidence.
        """
        if self.second_look is None or pair.views is None or found.verdict.accepted:
            return pair, found
        closer = self.second_look.look(pair, self.matcher)
        if closer is pair:
            return pair, found
        again = self._verify(closer, options or MatchOptions(), first=pair.features0)
        return (closer, again) if _strength(again) > _strength(found) else (pair, found)

    @property
    def _mirror(self) -> Mirror:
        return Mirror(self.extractor, self.extract, self.matcher, self.estimator, self.second_look)

    def _verify(
        self,
        pair: MatchedPair,
        options: MatchOptions,
        first: Features | None = None,
        *,
        confirm: bool = True,
        estimated: Mapping[Kind, Evidence] | None = None,
    ) -> Verification:
        """Verify matches; of a second look, which the mirror image gets too, `first` began it."""
        found = verify_matches(pair, self.estimator, options, estimated)
        if found.verdict and pair.views is None:
            reason = f"{found.verdict.reason}; no image was looked at, the matches alone tell"
            return replace(found, verdict=replace(found.verdict, reason=reason))
        if not confirm:
            return found
        judged = self._mirror.judge(pair, found.verdict, found.models, options, first)
        if judged is found.verdict:
            return found
        return replace(found, verdict=judged, pose=None, part=None)


def _strength(found: Verification) -> tuple[bool, float]:
    return found.verdict.accepted, -found.verdict.log10_false_alarms


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
