"""Two images, or their features, in: what they share, and how sure that is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from featmatch.api.views import pair_of, read_views
from featmatch.auto import PLANS, Effort, Plan, PlannedStep, match_in_steps
from featmatch.checks import check_choice, check_number, check_type, show
from featmatch.crops.match import CropMatcher
from featmatch.errors import ArgumentTypeError
from featmatch.images.camera import read_intrinsics
from featmatch.images.image import Image, ImageSource, unseen_image
from featmatch.images.view import Reading, View
from featmatch.learned.extraction.network_extractor import NetworkExtractor
from featmatch.methods import METHODS, check_method, method_named, name_of, with_options
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult, Stop
from featmatch.types import Features
from featmatch.verification import MatchOptions, Model


def match(
    image0: ImageSource | Image | Features,
    image1: ImageSource | Image | Features,
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
    image0, image1 : path, ndarray, PIL.Image.Image or Image; or Features
        A file; an array (H, W) or (H, W, 3) RGB of uint8, uint16, or float in [0, 1]; see
        `read_image`. Or the features of both, found before: then no image is looked at, the matches
        alone tell, and ``"auto"`` is the method of the features.
    method : str or Pipeline
        A name in `METHODS`, or a pipeline of your own. ``"auto"`` tries methods in turn, the
        cheapest first, until its verdict and its model are sure, or get no surer;
        ``result.steps`` and ``result.stopped`` tell.
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
        always in pixels of the originals. An image with less than a sixteenth of the other's area
        is first looked for in the other at its full size, as a crop (`featmatch.crops`).
    max_keypoints : int, optional
        The most keypoints in an image. None leaves the method's default.
    weights : path, optional
        A file that `featmatch.train` wrote, for the learned methods in place of the weights that
        come with the package.
    max_ratio : float, optional
        Threshold of the ratio test, see `Matcher`; 1 turns it off. None leaves the method's, which
        may choose matches by their neighborhoods instead.
    max_error : float, optional
        Largest residual of an inlier, in pixels of the images worked on; see `Estimator`. None
        leaves the default.
    mutual : bool, optional
        Keep only mutual nearest neighbors. None leaves the default.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.
    camera : array_like, str or path, or a pair of them, optional
        Of both images, or a pair (of image 0, of image 1): a (3, 3) matrix of intrinsic parameters,
        (fx, fy, cx, cy) or (f, cx, cy) in pixels of the originals; a file of 3 x 3 numbers; or
        ``"exif"``, for the focal length that the camera wrote into the file. With it the result has
        a `pose`, and ``model`` may be ``"essential"``. None: not known.

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
    check_method(method, "auto")
    options, reading = MatchOptions(model, seed), Reading(max_size, exif)
    changes: dict[str, Any] = {
        "max_keypoints": max_keypoints,
        "weights": weights,
        "max_ratio": max_ratio,
        "max_error": max_error,
        "mutual": mutual,
    }
    _check_effort(method, effort, max_seconds)
    if isinstance(image0, Features) or isinstance(image1, Features):
        of_images = {
            "mask0": mask0,
            "mask1": mask1,
            "max_seconds": max_seconds,
            "effort": None if effort == "normal" else effort,
            "max_size, exif": None if reading == Reading() else reading,
        }
        _refuse(of_images | {name: changes.pop(name) for name in ("max_keypoints", "weights")})
        return _match_features((image0, image1), method, changes, camera, options)
    plan = _plan(method, effort, changes)
    start = time.perf_counter()
    given = (image0, image1), (mask0, mask1), pair_of(camera)
    view0, view1 = read_views(*given, reading)
    seconds = {"read": time.perf_counter() - start}
    pipelines = [step.pipeline for step in plan.steps] if isinstance(plan, Plan) else [plan]
    crops = CropMatcher(pipelines, options, max_size, max_seconds)
    result = None
    if crops.applies_to(view0, view1):
        start = time.perf_counter()
        result = crops.match(*read_views(*given, replace(reading, max_size=0)))
        seconds["search"] = time.perf_counter() - start
    if result is not None:
        seconds["search"] -= sum(step.seconds for step in result.steps)
        stopped: Stop = "sure" if isinstance(plan, Plan) else "only step"
        result = replace(result, image0=view0.image, image1=view1.image, stopped=stopped)
    elif isinstance(plan, Plan):
        result = match_in_steps(plan, view0, view1, options, max_seconds=max_seconds)
    else:
        result = plan.match(view0, view1, options)
    return replace(result, seconds=seconds | dict(result.seconds))


def _check_effort(method: str | Pipeline, effort: str, max_seconds: float | None) -> None:
    check_choice("effort", effort, PLANS)
    if max_seconds is not None:
        check_number("max_seconds", max_seconds, 0)
    if method != "auto" and (effort != "normal" or max_seconds is not None):
        raise ArgumentTypeError(
            f"effort, max_seconds: expected them with the method auto, got {name_of(method)}"
        )


def _plan(method: str | Pipeline, effort: Effort, changes: Mapping[str, Any]) -> Plan | Pipeline:
    """Return what is to be done: several steps for ``"auto"``, else one method."""
    if method != "auto":
        pipeline = with_options(method_named(method), changes)
        pipeline.check_available()
        return pipeline
    plan = PLANS[effort]
    steps = tuple(
        replace(step, pipeline=with_options(step.pipeline, changes, strict=False))
        for step in plan.steps
    )
    if changes["weights"] is not None:
        _check_weights(steps, effort)
    return replace(plan, steps=steps)


def _check_weights(steps: Sequence[PlannedStep], effort: Effort) -> None:
    """Read the weights that are given before any work: the step that needs them may be the last."""
    from featmatch.learned.network.weights import load_network  # loads the engine

    extractors = [step.pipeline.extractor for step in steps]
    learned = [extractor for extractor in extractors if isinstance(extractor, NetworkExtractor)]
    if not learned:
        raise ArgumentTypeError(f"weights: no method of the effort {effort} is learned; give none")
    for extractor in learned:
        load_network(extractor.weights, extractor.num_turns)


def _refuse(given: Mapping[str, Any]) -> None:
    """Refuse options of images where there are features."""
    for name, value in given.items():
        if value is not None:
            raise ArgumentTypeError(f"{name}: expected None for features, got {show(value)}")


def _match_features(
    features: tuple[Any, Any],
    method: str | Pipeline,
    changes: Mapping[str, Any],
    camera: Any,
    options: MatchOptions,
) -> MatchResult:
    """Match features alone, of images that are not seen."""
    for number, one in enumerate(features):
        check_type(f"image{number}", one, Features, "features, as the other")
    if method == "auto":
        name = features[0].method
        pipeline = METHODS.get(name, METHODS["orb"])  # whose matcher compares all descriptors
    else:
        pipeline = method_named(method)
    pipeline = with_options(pipeline, changes)
    views = tuple(
        View(
            unseen_image(one.image_size, f"features {number}"),
            camera=None if one_camera is None else read_intrinsics(one_camera, f"camera{number}"),
        )
        for number, (one, one_camera) in enumerate(zip(features, pair_of(camera), strict=True))
    )
    return pipeline.match_features((views[0], views[1]), features, options)
