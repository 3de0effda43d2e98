"""Two images in: one laid over the other, or why that would be nonsense."""

from __future__ import annotations

import time
from dataclasses import replace
from os import PathLike

import numpy as np

from featmatch.alignment.alignment import Alignment
from featmatch.alignment.lay import Lain, lay, starting_matrix
from featmatch.alignment.warp import WARP_KINDS
from featmatch.api.match import match
from featmatch.auto import Effort
from featmatch.checks import check_choice
from featmatch.geometry.plausibility import Flaw, map_flaw
from featmatch.images.image import Image, ImageSource
from featmatch.images.original import read_original
from featmatch.images.view import View
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult

ALIGN_MODELS = ("auto", *WARP_KINDS)

_FARTHEST = (
    0.02  # of the fixed image's diagonal: a warp whose held-out points are off by more is none
)


def align(
    moving: ImageSource | Image,
    fixed: ImageSource | Image,
    *,
    model: str = "auto",
    method: str | Pipeline = "auto",
    effort: Effort = "normal",
    max_seconds: float | None = None,
    mask0: ImageSource | None = None,
    mask1: ImageSource | None = None,
    seed: int = 0,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    weights: str | PathLike[str] | None = None,
    exif: str = "apply",
) -> Alignment:
    """Lay one image over another, pixel on pixel, and say how far off that is.

    The images are matched (`featmatch.match`). The map that relates them is then corrected by all
    of what both show, block by block, whatever the light; where they are not flat, a smooth field
    that never folds is laid over it. Among the maps the stiffest is taken that no more supple one
    is clearly better than, for blocks that were held out.

    Parameters
    ----------
    moving, fixed : path, ndarray, PIL.Image.Image or Image
        What is resampled, and what it is laid over; see `read_image`.
    model : {"auto", "translation", "similarity", "affine", "homography", "field"}
        What relates them. A similarity shifts, turns and scales; a homography is a plane seen by a
        camera; a field is a homography and cubic B-splines, with as many control points as do best
        for blocks that were held out.
    method, effort, max_seconds, seed, max_keypoints, weights, exif
        Of the match; see `match`.
    mask0, mask1 : path, ndarray or PIL.Image.Image, optional
        Where the moving and the fixed image may be looked at: nonzero = use.
    max_size : int
        Limit to the long side in pixels of the images that are matched and compared; 0 turns
        resizing off. What is resampled is the moving image at its full size and depth.

    Returns
    -------
    Alignment
        False, with the reason, where the images do not match, or what relates them mirrors, folds
        or tears the moving image, or keeps it off the fixed one.

    Raises
    ------
    ArgumentError
        An argument is not as described.
    ImageReadError
        A file is not a readable image.

    Examples
    --------
    >>> import featmatch
    >>> laid = featmatch.align("samples/poster_0.jpg", "samples/poster_1.jpg")
    >>> laid.kind
    'homography'
    """
    check_choice("model", model, ALIGN_MODELS)
    result = match(
        moving,
        fixed,
        method=method,
        effort=effort,
        max_seconds=max_seconds,
        mask0=mask0,
        mask1=mask1,
        seed=seed,
        max_size=max_size,
        max_keypoints=max_keypoints,
        weights=weights,
        exif=exif,
    )
    start = time.perf_counter()
    images = result.image0, result.image1
    originals = (
        read_original(moving, images[0], exif),
        read_original(fixed, images[1], exif),
    )
    nothing = Alignment(result, None, "", originals, np.zeros(0), None, None, dict(result.seconds))
    views = tuple(
        View.read(image, mask=mask, which=str(number))
        for number, (image, mask) in enumerate(zip(images, (mask0, mask1), strict=True))
    )
    found = _lain(result, (views[0], views[1]), model)
    seconds = {**result.seconds, "align": time.perf_counter() - start}
    if isinstance(found, str):
        return replace(nothing, reason=found, seconds=seconds)
    laid = replace(
        nothing,
        warp=found.fitted.warp,
        held_out=found.known_errors,
        expected_error=found.fitted.expected_error,
        agreement=found.blocks.agreement,
        seconds=seconds,
    )
    if not laid.overlap:
        reason = "where it would be laid, it is beside the fixed image"
        return replace(nothing, reason=reason, seconds=seconds)
    return replace(laid, reason=_in_words(laid, found))


def _lain(result: MatchResult, views: tuple[View, View], model: str) -> Lain | str:
    """Return the warp, or why there is none."""
    if not result:
        return f"the images do not match: {result.verdict.reason}"
    start = starting_matrix(result)
    flaw = Flaw.FOLDS if start is None else map_flaw(start, result.points0[result.inliers])
    if start is None or flaw is not None:
        return f"the map that agrees with the matches is none: it {(flaw or Flaw.FOLDS).text}"
    found = lay(result, views, model, start)
    name = "smooth field" if model == "field" else "map" if model == "auto" else model
    if found is None:
        return f"no {name} is fixed by what both images show, or it would fold"
    flaw = map_flaw(found.fitted.warp.matrix, found.blocks.moving)
    if flaw is not None:
        return f"the {found.fitted.warp.kind} found {flaw.text}"
    off = float(np.median(found.known_errors))
    if off > _FARTHEST * np.hypot(*result.image1.size):
        return f"a {name} leaves half of what both images show more than {off:.0f} px off"
    return found


def _in_words(laid: Alignment, found: Lain) -> str:
    things = "patches" if found.of_images else "matches"
    words = (
        f"{len(laid.held_out):,} held-out {things} are {laid.error_percentile(50):.2g} px off in "
        f"the median"
    )
    if laid.match.verdict.ambiguous:
        words += "; what the images show repeats, and other maps fit as well"
    return words
