"""The method of a collection: one of `METHODS`, or the union of several, as ``sift+cnn``.

A union finds features of several kinds, matches those of one kind with each other alone, and
verifies all matches together: their keypoints stand one kind after the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from featmatch.checks import check_type, show
from featmatch.collection.vlad import CODEBOOK_OF
from featmatch.errors import ArgumentError
from featmatch.images.view import View
from featmatch.learned.extraction.extractor import CNN
from featmatch.methods import METHODS, method_named, with_options
from featmatch.pipeline import Pipeline
from featmatch.types import Features, Matches
from featmatch.verification import MatchedPair, MatchOptions, Verification, verify_matches

Look = Callable[[], tuple[View, View]]
"""Reads both images, where they have to be looked at."""

Keep = Callable[[str, Callable[[], Features]], Features]
"""Returns the features of a key, which are found if they have not been kept."""

MOST_KEYPOINTS = 8192
"""In an image of a single kind, as many as COLMAP's SIFT keeps: a pair costs the square of them."""

_BETWEEN = "+"


@dataclass(frozen=True)
class CollectionMethod:
    """How the images of a collection are matched.

    Parameters
    ----------
    pipelines : tuple of Pipeline
        One for each kind of features. The estimator of the first verifies the matches of all.
    """

    pipelines: tuple[Pipeline, ...]

    @classmethod
    def named(
        cls, method: str | Pipeline | CollectionMethod, changes: Mapping[str, Any]
    ) -> CollectionMethod:
        """Return the method of a name, or of several with ``+`` between them, with options.

        Parameters
        ----------
        method : str, Pipeline or CollectionMethod
            The last is taken as it is.
        changes : mapping of str to object
            See `featmatch.methods.with_options`; each kind takes those that it has.

        Raises
        ------
        ArgumentError
            A name is none, or is there twice.
        MissingExtraError
            A method needs a package that is not installed.
        """
        if isinstance(method, CollectionMethod):
            return method
        if isinstance(method, Pipeline):
            pipelines = [method]
        else:
            names = check_type("method", method, str, "a name or a Pipeline").split(_BETWEEN)
            if len(set(names)) < len(names) or not set(names) <= METHODS.keys():
                raise ArgumentError(
                    f"method: expected one of {', '.join(METHODS)}, or several with "
                    f"{_BETWEEN} between them, got {show(method)}"
                )
            most = MOST_KEYPOINTS if len(names) == 1 else None
            pipelines = [_for_many(method_named(name), most) for name in names]
        changed = tuple(
            with_options(pipeline, changes, strict=len(pipelines) == 1) for pipeline in pipelines
        )
        for pipeline in changed:
            pipeline.check_available()
        return cls(changed)

    @property
    def name(self) -> str:
        """The names of its kinds of features."""
        return _BETWEEN.join(pipeline.extractor.name for pipeline in self.pipelines)

    @property
    def kind_described(self) -> int | None:
        """Which kind of features tells what an image looks like; None if none has a codebook."""
        names = [pipeline.extractor.name for pipeline in self.pipelines]
        return next((number for number, name in enumerate(names) if name in CODEBOOK_OF), None)

    def match(
        self,
        views: tuple[View, View],
        found0: Sequence[Features],
        found1: Sequence[Features],
    ) -> MatchedPair:
        """Match two images by their features, a kind with itself.

        Parameters
        ----------
        views : pair of View
        found0, found1 : sequence of Features
            One for each kind.

        Returns
        -------
        MatchedPair
            With the features of all kinds.
        """
        found = [
            pipeline.matcher.match(*both)
            for pipeline, *both in zip(self.pipelines, found0, found1, strict=True)
        ]
        starts = [np.cumsum([0, *map(len, kinds[:-1])]) for kinds in (found0, found1)]
        matches = _joined([_shifted(*one) for one in zip(found, *starts, strict=True)])
        return MatchedPair(*views, all_kinds(found0), all_kinds(found1), matches)

    def verify(
        self, pair: MatchedPair, options: MatchOptions, look: Look, keep: Keep
    ) -> Verification:
        """Find the model that the matches agree with, and judge the images.

        The matches of most pairs tell alone whether they show one scene. Where they do not, as a
        logo's lie on a plane and a facade may be its own mirror image, the images are looked at.

        Parameters
        ----------
        pair : MatchedPair
            Of images that are not seen.
        options : MatchOptions
        look : callable
        keep : callable
            Of an image that is looked at, and of its mirror image, features are found once for all
            pairs.

        Returns
        -------
        Verification
        """
        first = self.pipelines[0]
        found = verify_matches(pair, first.estimator, options)
        if not found.verdict or (found.depth and found.beyond_doubt):
            return found
        view0, view1 = look()
        looking = _Keeping(first.extractor, first.matcher, first.estimator, keep=keep)
        seen = replace(pair, view0=view0, view1=view1)
        return looking.verify(seen, options, estimated=found.estimated)


@dataclass(frozen=True)
class _Keeping(Pipeline):
    """A pipeline that finds the features of an image once."""

    keep: Keep = lambda key, make: make()

    def extract(self, view: View) -> Features:
        """See `Pipeline.extract`."""
        arrays = [array for array in (view.image.pixels, view.usable) if array is not None]
        key = hashlib.blake2b(repr((self.extractor, view.image.size)).encode(), digest_size=16)
        for array in arrays:
            key.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
        return self.keep(key.hexdigest(), partial(super().extract, view))


def _for_many(pipeline: Pipeline, most: int | None) -> Pipeline:
    """Limit the keypoints of a method, if it has a limit, to what many pairs can be asked.

    And its matches to those that pass the ratio test, which asks for no look at what is around, and
    are of fine keypoints alone: a model of many images wants exact ones.
    """
    own = getattr(pipeline.extractor, "max_keypoints", None)
    changes = {
        "max_keypoints": min(own, most) if own and most else None,
        "max_ratio": getattr(pipeline.matcher, "max_ratio", None),
        "scales": CNN.scales if isinstance(pipeline.extractor, CNN) else None,
    }
    return with_options(pipeline, changes, strict=False)


def all_kinds(found: Sequence[Features]) -> Features:
    """Put features of several kinds together, without their descriptors; one kind is itself."""
    if len(found) == 1:
        return found[0]
    keypoints = np.concatenate([features.keypoints for features in found])
    return Features(
        keypoints=keypoints,
        descriptors=np.zeros((len(keypoints), 0), np.float32),
        scores=np.concatenate([features.scores for features in found]),
        scales=np.concatenate([features.scales for features in found]),
        angles=np.concatenate([features.angles for features in found]),
        image_size=found[0].image_size,
        method=_BETWEEN.join(features.method for features in found),
        pixel_size=found[0].pixel_size,
    )


def _shifted(matches: Matches, start0: int, start1: int) -> Matches:
    """Count keypoints from those of the kinds before."""
    return replace(
        matches,
        indices=matches.indices + np.array([start0, start1]),
        candidates=matches.candidates and _shifted(matches.candidates, start0, start1),
        seeds=matches.seeds and _shifted(matches.seeds, start0, start1),
    )


def _joined(found: Sequence[Matches]) -> Matches:
    """Put the matches of several kinds together; those not chosen by how they lie are all seeds."""
    if len(found) == 1:
        return found[0]
    joined = Matches(
        np.concatenate([matches.indices for matches in found]),
        np.concatenate([matches.distances for matches in found]),
        np.concatenate([matches.ratios for matches in found]),
    )
    if all(matches.candidates is None for matches in found):
        return joined
    candidates = [one if one.candidates is None else one.candidates for one in found]
    seeds = [one if one.seeds is None else one.seeds for one in found]
    return replace(joined, candidates=_joined(candidates), seeds=_joined(seeds))
