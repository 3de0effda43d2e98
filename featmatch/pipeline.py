"""Two images in, verified matches out: extractor, matcher and estimator in a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from featmatch.errors import MissingExtraError
from featmatch.features.extractor import Extractor
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.verdict import unless_mirrored
from featmatch.images.view import View
from featmatch.matching.matcher import FeatureMatcher, Matcher
from featmatch.result import MatchResult
from featmatch.threads import parallel_map
from featmatch.types import Features
from featmatch.verification import (
    RIVALS,
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
    """

    extractor: Extractor
    matcher: FeatureMatcher = field(default_factory=Matcher)
    estimator: Estimator = field(default_factory=Estimator)
    one_at_a_time: bool = False

    def check_available(self) -> None:
        """Raise MissingExtraError, saying what to install, if the method cannot be used here."""
        if self.extractor.unavailable:
            raise MissingExtraError(f"method {self.extractor.name}: {self.extractor.unavailable}")

    def extract(self, view: View) -> Features:
        """Find the features of one image, where it may be used."""
        self.check_available()
        return self.extractor.extract(view.image, view.usable)

    def match(self, view0: View, view1: View, options: MatchOptions | None = None) -> MatchResult:
        """Match two images with this method.

        Parameters
        ----------
        view0, view1 : View
        options : MatchOptions, optional
            None takes the defaults.

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
        seconds: dict[str, float] = {}
        name = self.extractor.name
        logger.debug("%s: finding keypoints", name)
        with _timed(seconds, "extract"):
            features0, features1 = parallel_map(
                self.extract, (view0, view1), max_workers=1 if self.one_at_a_time else 2
            )
        logger.info("%s: %d and %d keypoints", name, len(features0), len(features1))
        logger.debug("%s: matching them", name)
        with _timed(seconds, "match"):
            matches = self.matcher.match(features0, features1)
        logger.info("%s: %d matches", name, len(matches))
        logger.debug("%s: looking for a model", name)
        pair = MatchedPair(view0, view1, features0, features1, matches)
        with _timed(seconds, "estimate"):
            found = self.verify(pair, options)
        logger.info("%s: %s", name, found.verdict.reason)
        return MatchResult.of(pair, found, options or MatchOptions(), seconds)

    def verify(self, pair: MatchedPair, options: MatchOptions | None = None) -> Verification:
        """Find the model that matches agree with, and judge whether the images show the same.

        A verdict that is not beyond doubt is held against the mirror image of image 1: what agrees
        with that as well is not the same scene (`unless_mirrored`). Where the images are not seen,
        this cannot be found out, and homographies are left as the matches say.

        Parameters
        ----------
        pair : MatchedPair
            With matches of this method or of any other tool; the mirror image is matched by this.
        options : MatchOptions, optional
            None takes the defaults.

        Returns
        -------
        Verification
        """
        options = options or MatchOptions()
        found = verify_matches(pair, self.estimator, options)
        if not found.verdict or found.beyond_doubt or pair.images is None:
            return found
        views = self._mirrored(pair).two_views
        mirrored = views.weigh_models(self.estimator, RIVALS, seed=options.seed)
        return replace(found, verdict=unless_mirrored(found.verdict, found.models, mirrored))

    def _mirrored(self, pair: MatchedPair) -> MatchedPair:
        """Match image 0 with the mirror image of image 1."""
        view0, view1 = replace(pair.view0, camera=None), pair.view1.mirrored()
        own = pair.features0.method == self.extractor.name
        features0 = pair.features0 if own else self.extract(view0)
        features1 = self.extract(view1)
        matches = self.matcher.match(features0, features1)
        return MatchedPair(view0, view1, features0, features1, matches)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
