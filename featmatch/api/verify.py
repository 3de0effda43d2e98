"""Matches of any tool in: the model that they agree with, and how sure that is."""

from __future__ import annotations

import time
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.api.views import pair_of, read_views
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.geometry.alike import look_alike
from featmatch.images.image import Image, ImageSource
from featmatch.images.view import Reading, View
from featmatch.matching.point_matches import PointMatches
from featmatch.matching.tables import read_matches
from featmatch.methods import method_named, with_options
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.verification import MatchedPair, MatchOptions, Model, Verification

LEAST_ALIKE = 0.1
"""Of the matches that agree, around which two images of one thing look alike: of 236 results and
labeled pairs, in other light, seasons and from other sides, it was 0.15 or more; of points made up
for two other photographs 0.06 at most."""

_LEAST_LOOKED_AT = 20  # matches: of fewer, none may look alike by chance


def verify(
    image0: ImageSource | Image,
    image1: ImageSource | Image,
    matches: str | PathLike[str] | npt.ArrayLike | PointMatches,
    *,
    method: str | Pipeline = "sift",
    model: Model = "auto",
    seed: int = 0,
    max_size: int = 1600,
    max_error: float | None = None,
    exif: str = "apply",
    camera: Any = None,
) -> MatchResult:
    """Find the model that the matches of any tool agree with, and say how sure that is.

    The matches get the geometry, the verdict and the outputs that those of `match` get. How sure it
    is is counted among the matches that are given: those that were chosen by how they agree with
    each other, as `Neighborhoods` chooses and the method ``cnn``, seem surer than they are. Give
    all that they were chosen from.

    Parameters
    ----------
    image0, image1 : path, ndarray, PIL.Image.Image or Image
        What was matched; see `read_image`.
    matches : path, (M, 4) array, pair of (M, 2) arrays, or PointMatches
        Points x0, y0, x1, y1 in pixels of the originals; see `read_matches`.
    method : str or Pipeline
        A name in `METHODS`, or a pipeline of your own: what looks for the mirror image of image 1
        in image 0, where the matches leave a doubt.
    model, seed, max_size, max_error, exif, camera
        See `match`.

    Returns
    -------
    MatchResult
        Its matches are in the order of those given; its features have no descriptors. Where the
        images look alike around hardly any match that agrees, its reason asks whether they are
        those that were matched, and its model has no predicted error.

    Raises
    ------
    ArgumentError
        An argument is not as described, or a point lies outside of its image.
    ImageReadError, FeaturesReadError
        A file is not a readable image, or holds no matches.
    MissingExtraError
        The method needs a package that is not installed.

    Examples
    --------
    >>> import featmatch
    >>> found = featmatch.match("samples/poster_0.jpg", "samples/poster_1.jpg", method="sift")
    >>> points = found.points0, found.points1
    >>> featmatch.verify("samples/poster_0.jpg", "samples/poster_1.jpg", points).verdict.accepted
    True
    """
    options = MatchOptions(model, seed)
    pipeline = with_options(method_named(method), {"max_error": max_error})
    pipeline.check_available()
    given = matches if isinstance(matches, PointMatches) else read_matches(matches)
    start = time.perf_counter()
    views = read_views((image0, image1), (None, None), pair_of(camera), Reading(max_size, exif))
    read = time.perf_counter()
    options.check_cameras(*views)
    pair = _paired(views, given, matches)
    verification = pipeline.verify(pair, options)
    if not len(given):
        verdict = replace(verification.verdict, reason="no matches were given")
        verification = replace(verification, verdict=verdict)
    elif verification.verdict:
        verification = _asked_if_unlike(pair, verification)
    seconds = {"read": read - start, "estimate": time.perf_counter() - read}
    return MatchResult.of(pair, verification, options, seconds)


def _asked_if_unlike(pair: MatchedPair, found: Verification) -> Verification:
    """Ask whether these are the images that were matched, where they look nowhere alike.

    The matches agree all the same; how exact their model is in other images they do not tell.
    """
    geometry = found.chosen.geometry
    agreeing = pair.two_views.matched[np.flatnonzero(geometry.inliers)]
    if pair.views is None or len(agreeing) < _LEAST_LOOKED_AT:
        return found
    num_alike = int(look_alike(*pair.views, agreeing).sum())
    if num_alike >= LEAST_ALIKE * len(agreeing):
        return found
    question = (
        f"{found.verdict.reason}; but the images look alike around {num_alike:,} of these "
        f"{len(agreeing):,} matches: are they those that were matched, in their order?"
    )
    chosen = replace(found.chosen, geometry=replace(geometry, predicted_error=None))
    return replace(
        found,
        chosen=chosen,
        models={**found.models, geometry.kind: chosen},
        verdict=replace(found.verdict, reason=question),
    )


def _paired(views: tuple[View, View], given: PointMatches, source: object) -> MatchedPair:
    """Make keypoints of the points of matches, in the grain of the images worked on."""
    view0, view1 = views
    try:
        features0, features1, matches = given.as_keypoints(view0.image.size, view1.image.size)
    except ArgumentError as error:
        if not isinstance(source, str | PathLike):
            raise
        raise FeaturesReadError(
            f"{source}: holds matches of other images ({error}); are the images in their order?"
        ) from error
    return MatchedPair(
        view0,
        view1,
        replace(features0, pixel_size=view0.image.pixel_size),
        replace(features1, pixel_size=view1.image.pixel_size),
        matches,
    )
