"""The two calls that most users need: `match` and `detect`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

from featmatch.auto import PLANS, Effort, Plan, match_in_steps
from featmatch.checks import check_choice, check_number
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.image import Image, ImageSource
from featmatch.images.view import Reading, View
from featmatch.methods import METHODS
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.threads import parallel_map
from featmatch.types import Features
from featmatch.verification import MatchOptions, Model

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
    camera: Any = None,
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
        For ``"auto"``: fast skips the most expensive method, thorough runs them all, with all their
        keypoints, and keeps the best answer.
    max_seconds : float, optional
        For ``"auto"``: no further method is started that is unlikely to finish within this time;
        the best answer so far is returned, and ``result.stopped`` is ``"out of time"``. The first
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
        Threshold of the ratio test, see `Matcher`; 1 turns it off. None leaves the method's.
    max_error : float, optional
        Largest residual of an inlier, in pixels of the images worked on; see `Estimator`. None
        leaves the default.
    mutual : bool, optional
        Keep only mutual nearest neighbors. None leaves the default.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.
    camera : (3, 3) float or pair of them, optional
        Matrix of intrinsic parameters in pixels of the original images: of both, or a pair (of
        image 0, of image 1). Needed by ``model="essential"``.

    Returns
    -------
    MatchResult
        No keypoints, no matches, no model: ordinary values, with the reason in its verdict.

    Raises
    ------
    ArgumentError
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
    options = MatchOptions(model, seed)
    changes: dict[str, Any] = {
        "max_keypoints": max_keypoints,
        "weights": weights,
        "max_ratio": max_ratio,
        "max_error": max_error,
        "mutual": mutual,
    }
    _check_effort(method, effort, max_seconds)
    plan = _plan(method, effort, changes)
    start = time.perf_counter()
    view0, view1 = _read_views(
        (image0, image1), (mask0, mask1), _pair_of("camera", camera), Reading(max_size, exif)
    )
    seconds = {"read": time.perf_counter() - start}
    if isinstance(plan, Plan):
        result = match_in_steps(plan, view0, view1, options, max_seconds=max_seconds)
    else:
        result = plan.match(view0, view1, options)
    return replace(result, seconds=seconds | dict(result.seconds))


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
    ArgumentError
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
    changes = {"max_keypoints": max_keypoints, "weights": weights}
    pipeline = _with_options(method, _pipeline(method), changes)
    pipeline.check_available()
    return pipeline.extract(View.read(image, mask=mask, reading=Reading(max_size, exif)))


def _check_effort(method: str | Pipeline, effort: str, max_seconds: float | None) -> None:
    check_choice("effort", effort, PLANS)
    if max_seconds is not None:
        check_number("max_seconds", max_seconds, 0)
    if method != "auto" and (effort != "normal" or max_seconds is not None):
        raise ArgumentTypeError(
            f"effort, max_seconds: expected them with the method auto, got {_name_of(method)}"
        )


def _plan(method: str | Pipeline, effort: Effort, changes: Mapping[str, Any]) -> Plan | Pipeline:
    """Return what is to be done: several steps for ``"auto"``, else one method."""
    if method != "auto":
        pipeline = _with_options(method, _pipeline(method), changes)
        pipeline.check_available()
        return pipeline
    plan = PLANS[effort]
    steps = (
        replace(step, pipeline=_with_options(method, step.pipeline, changes)) for step in plan.steps
    )
    return replace(plan, steps=tuple(steps))


def _pipeline(method: str | Pipeline) -> Pipeline:
    if isinstance(method, Pipeline):
        return method
    check_choice("method", method, ("auto", *METHODS))
    return METHODS[method]


def _with_options(
    method: str | Pipeline, pipeline: Pipeline, changes: Mapping[str, Any]
) -> Pipeline:
    """Replace the options that are not None in whichever component has them."""
    given = {name: value for name, value in changes.items() if value is not None}
    parts: dict[str, Any] = {}
    for part in _PARTS:
        component = getattr(pipeline, part)
        own = {name: given.pop(name) for name in list(given) if hasattr(component, name)}
        if own:
            parts[part] = replace(component, **own)
    for name in given if method != "auto" else ():
        able = [known for known, other in METHODS.items() if _has_option(other, name)]
        raise ArgumentTypeError(
            f"{name}: expected a method with this option, {' or '.join(able)}, "
            f"got {_name_of(method)}"
        )
    return replace(pipeline, **parts)


def _has_option(pipeline: Pipeline, name: str) -> bool:
    return any(hasattr(getattr(pipeline, part), name) for part in _PARTS)


def _name_of(method: str | Pipeline) -> str:
    return method if isinstance(method, str) else method.extractor.name


def _read_views(
    images: tuple[ImageSource | Image, ImageSource | Image],
    masks: tuple[ImageSource | None, ImageSource | None],
    cameras: tuple[Any, Any],
    reading: Reading,
) -> tuple[View, View]:
    """Read both images at the same time, with their masks and cameras."""

    def read(which: int) -> View:
        return View.read(
            images[which],
            mask=masks[which],
            camera=cameras[which],
            reading=reading,
            which=str(which),
        )

    view0, view1 = parallel_map(read, (0, 1))
    return view0, view1


def _pair_of(name: str, value: Any) -> tuple[Any, Any]:
    """Return what is given for both images, or for each in a pair, as a pair."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return value[0], value[1]
    return value, value
