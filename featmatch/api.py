"""The two calls that most users need: `match` and `detect`."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from typing import Any

import numpy.typing as npt

from featmatch.checks import check_number, check_seed
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.image import Image, ImageSource
from featmatch.ladder import LADDERS, Effort, Rung, match_on_demand
from featmatch.methods import METHODS
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.types import Features
from featmatch.verification import Model, check_model

_PARTS = ("extractor", "matcher", "estimator")


def match(
    image0: ImageSource | Image,
    image1: ImageSource | Image,
    *,
    method: str | Pipeline = "auto",
    effort: Effort = "normal",
    max_seconds: float | None = None,
    model: Model = "auto",
    mask0: ImageSource | None = None,
    mask1: ImageSource | None = None,
    seed: int = 0,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    weights: str | PathLike[str] | None = None,
    max_ratio: float | None = None,
    max_error: float | None = None,
    mutual: bool | None = None,
    exif: str = "apply",
    intrinsics0: npt.ArrayLike | None = None,
    intrinsics1: npt.ArrayLike | None = None,
) -> MatchResult:
    """Find the points that two images share, the model that relates them, and say how sure that is.

    Parameters
    ----------
    image0, image1 : path, ndarray, PIL.Image.Image or Image
        A file; an array (H, W) or (H, W, 3) RGB of uint8, uint16, or float in [0, 1]; see
        `read_image`.
    method : str or Pipeline
        A name in `METHODS`, or a pipeline of your own. ``"auto"`` tries methods in turn, the
        cheapest first, until its verdict and its model are sure; ``result.steps`` tells.
    effort : {"fast", "normal", "thorough"}
        Of ``"auto"``: fast stops before the dearest method, thorough tries every method, with all
        their keypoints, and keeps the best answer.
    max_seconds : float, optional
        Of ``"auto"``: no other method is begun that would probably not end within this time; the
        best answer so far is returned, and ``result.stopped`` is ``"out of time"``. The first
        method always runs. None sets no limit.
    model : {"auto", "homography", "fundamental", "essential", "affine", "similarity"}
        What relates the images. ``"auto"`` decides between a homography (a plane, or a camera
        that only turned) and a fundamental matrix (depth).
    mask0, mask1 : path, ndarray or PIL.Image.Image, optional
        Where keypoints may lie: nonzero = use. Of the size of their image. None uses all.
    seed : int
        Of the random search, at least 0. The same inputs, options and seed give the same result.
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off. Points are
        always in pixels of the originals.
    max_keypoints : int, optional
        The most keypoints in an image. None leaves the method's default.
    weights : path, optional
        A file that `featmatch.train` wrote, for the learned methods in place of the weights that
        come with the package.
    max_ratio : float, optional
        Of the ratio test, see `Matcher`; 1 turns it off. None leaves the method's default.
    max_error : float, optional
        Largest residual of an inlier in pixels, see `Estimator`. None leaves the default.
    mutual : bool, optional
        Whether matched keypoints must prefer each other. None leaves the default.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.
    intrinsics0, intrinsics1 : (3, 3) float, optional
        Camera matrices in pixels of the original images, for ``model="essential"``.

    Returns
    -------
    MatchResult
        No keypoints, no matches, no model: ordinary values, with the reason in its verdict.

    Raises
    ------
    ValueError, TypeError
        An argument is not as described.
    ImageReadError
        A file is not a readable image.
    MissingExtraError
        The method needs a package that is not installed.
    WeightsError
        The file of weights is missing, damaged or of another network.

    Examples
    --------
    >>> import featmatch
    >>> result = featmatch.match("samples/poster_0.jpg", "samples/poster_1.jpg")
    >>> result.verdict.accepted, result.geometry.kind
    (True, 'homography')
    """
    check_seed(seed)
    check_model(model, intrinsics0, intrinsics1)
    options: dict[str, Any] = {
        "max_keypoints": max_keypoints,
        "weights": weights,
        "max_ratio": max_ratio,
        "max_error": max_error,
        "mutual": mutual,
    }
    arguments: dict[str, Any] = {
        "model": model,
        "mask0": mask0,
        "mask1": mask1,
        "seed": seed,
        "max_size": max_size,
        "exif": exif,
        "intrinsics0": intrinsics0,
        "intrinsics1": intrinsics1,
    }
    _check_demand(method, effort, max_seconds)
    if method != "auto":
        pipeline = _with_options(method, _pipeline(method), **options)
        return pipeline.match(image0, image1, **arguments)
    rungs = [
        Rung(_with_options(method, rung.pipeline, **options), rung.cost) for rung in LADDERS[effort]
    ]
    return match_on_demand(
        rungs,
        image0,
        image1,
        max_seconds=max_seconds,
        to_the_end=effort == "thorough",
        **arguments,
    )


def detect(
    image: ImageSource | Image,
    *,
    method: str | Pipeline = "orb",
    mask: ImageSource | None = None,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    weights: str | PathLike[str] | None = None,
    exif: str = "apply",
) -> Features:
    """Find the keypoints of one image and describe them.

    Parameters
    ----------
    image : path, ndarray, PIL.Image.Image or Image
        See `read_image`.
    method : str or Pipeline
        A name in `METHODS`, or a pipeline of your own.
    mask : path, ndarray or PIL.Image.Image, optional
        Where keypoints may lie: nonzero = use. None uses all.
    max_size : int
        Limit to the long side in pixels of the image worked on; 0 turns resizing off.
    max_keypoints : int, optional
        The most keypoints. None leaves the method's default.
    weights : path, optional
        A file that `featmatch.train` wrote, for the learned methods in place of the weights that
        come with the package.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.

    Returns
    -------
    Features
        In pixels of the original image; possibly none.

    Raises
    ------
    ValueError, TypeError
        An argument is not as described.
    ImageReadError
        A file is not a readable image.
    MissingExtraError
        The method needs a package that is not installed.
    WeightsError
        The file of weights is missing, damaged or of another network.
    """
    if method == "auto":
        raise ArgumentError(f"method: expected one of {', '.join(METHODS)}, got 'auto'")
    pipeline = _pipeline(method)
    pipeline = _with_options(method, pipeline, max_keypoints=max_keypoints, weights=weights)
    return pipeline.detect(image, mask=mask, max_size=max_size, exif=exif)


def _check_demand(method: str | Pipeline, effort: str, max_seconds: float | None) -> None:
    if effort not in LADDERS:
        raise ArgumentError(f"effort: expected one of {', '.join(LADDERS)}, got {effort!r}")
    if max_seconds is not None:
        check_number("max_seconds", max_seconds, 0, 1e9)
    if method != "auto" and (effort != "normal" or max_seconds is not None):
        got = method if isinstance(method, str) else method.extractor.name
        raise ArgumentTypeError(
            f"effort, max_seconds: expected them with the method auto, got {got}"
        )


def _pipeline(method: str | Pipeline) -> Pipeline:
    if isinstance(method, Pipeline):
        return method
    if method not in METHODS:
        raise ArgumentError(f"method: expected auto or one of {', '.join(METHODS)}, got {method!r}")
    return METHODS[method]


def _with_options(method: str | Pipeline, pipeline: Pipeline, **options: Any) -> Pipeline:
    """Replace the options that are not None in whichever component has them."""
    given = {name: value for name, value in options.items() if value is not None}
    parts: dict[str, Any] = {}
    for part in _PARTS:
        component = getattr(pipeline, part)
        own = {name: given.pop(name) for name in list(given) if hasattr(component, name)}
        parts[part] = replace(component, **own)
    for name in given if method != "auto" else ():
        able = [known for known, other in METHODS.items() if _has_option(other, name)]
        got = method if isinstance(method, str) else pipeline.extractor.name
        raise ArgumentTypeError(
            f"{name}: expected a method with this option, {' or '.join(able)}, got {got}"
        )
    return replace(pipeline, **parts)


def _has_option(pipeline: Pipeline, name: str) -> bool:
    return any(hasattr(getattr(pipeline, part), name) for part in _PARTS)
