"""Features of two images and their matches -> models, and a verdict on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from featmatch.checks import check_choice, check_seed, check_type
from featmatch.errors import ArgumentError
from featmatch.geometry.correspondences import Cameras, Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, choose
from featmatch.geometry.models import MODELS
from featmatch.geometry.plausibility import Flaw
from featmatch.geometry.pose import RelativePose
from featmatch.geometry.shared_part import SharedPart
from featmatch.geometry.sharing import what_is_shared
from featmatch.geometry.two_views import TwoViews
from featmatch.geometry.verdict import ACCEPTED_BELOW, as_shared, judge
from featmatch.images.camera import focal_length_flaw
from featmatch.images.view import View
from featmatch.types import Features, Kind, Matches, Verdict

Model = Literal["auto", "homography", "fundamental", "essential", "affine", "similarity"]
MODEL_NAMES: tuple[Model, ...] = get_args(Model)
_SMALL_SIDE = 64  # px: detectors leave a margin of about 31 on either side
PLANE_AND_DEPTH: tuple[Kind, Kind] = ("homography", "fundamental")
"""The models that are always looked for: a plane or a camera that only turned, and depth."""


@dataclass(frozen=True)
class MatchOptions:
    """What to look for between two images.

    Parameters
    ----------
    model : {"auto", "homography", "fundamental", "essential", "affine", "similarity"}
        What relates them. ``"auto"`` decides between a homography and a fundamental matrix
        (`featmatch.geometry.evidence.choose`). The verdict weighs both whatever the model is, and
        an essential matrix where the cameras are known.
    seed : int
        Of the random search, at least 0.

    Raises
    ------
    ArgumentError
        An option is not as described.
    """

    model: Model = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("model", self.model, MODEL_NAMES)
        check_seed(self.seed)

    @property
    def ask_for_map(self) -> bool:
        """Whether a map is asked for, of points to points."""
        return self.model != "auto" and MODELS[self.model].is_map

    def check_cameras(self, view0: View, view1: View) -> None:
        """Raise ArgumentError unless the views have the cameras that the model needs.

        These are both for an essential matrix; otherwise both or neither.
        """
        known = [view.camera is not None for view in (view0, view1)]
        if known[0] != known[1]:
            raise ArgumentError(
                f"camera: expected those of both images or of neither, got that of image "
                f"{known.index(True)} alone"
            )
        if self.model == "essential" and not known[0]:
            raise ArgumentError("camera: expected those of both images for an essential matrix")


@dataclass(frozen=True, eq=False)
class MatchedPair:
    """Two images, their features, and the matches between these.

    Parameters
    ----------
    view0, view1 : View
        With cameras of both, or none is used.
    features0, features1 : Features
        Of any method, also of another tool.
    matches : Matches

    Raises
    ------
    ArgumentError
        A match is one of keypoints that are not there.
    """

    view0: View
    view1: View
    features0: Features
    features1: Features
    matches: Matches

    def __post_init__(self) -> None:
        for number in (0, 1):
            check_type(f"view{number}", getattr(self, f"view{number}"), View)
            check_type(f"features{number}", getattr(self, f"features{number}"), Features)
        check_type("matches", self.matches, Matches)
        sides = zip((self.features0, self.features1), self.matches.indices.T, strict=True)
        for number, (features, indices) in enumerate(sides):
            if indices.max(initial=-1) >= len(features):
                raise ArgumentError(
                    f"matches: expected keypoints of image {number} below {len(features)}, got "
                    f"{indices.max()}"
                )

    @property
    def cameras(self) -> Cameras | None:
        """Matrices of both cameras, or None."""
        if self.view0.camera is None or self.view1.camera is None:
            return None
        return self.view0.camera, self.view1.camera

    @property
    def views(self) -> tuple[View, View] | None:
        """Both views, or None where one image is not seen: of it the features alone are known."""
        views = self.view0, self.view1
        return views if all(view.image.seen for view in views) else None

    @property
    def two_views(self) -> TwoViews:
        """What models are looked for in."""
        matched = Correspondences.of(self.features0, self.features1, self.matches, self.cameras)
        return TwoViews(matched, self.views)


@dataclass(frozen=True, eq=False)
class Verification:
    """What matches say of two images.

    Attributes
    ----------
    chosen : Evidence
        Of the model that is reported.
    models : mapping of str to Evidence
        All that were looked for, by their kind; the chosen one among them.
    verdict : Verdict
    part : SharedPart or None
        Where the one thing lies that the images share, if it is a part, or what was laid over both.
    pose : RelativePose or None
        How the second camera stands to the first, from the essential matrix; None where the cameras
        are not known, there is no such matrix, or the images do not match.
    depth : bool
        The matches of images that are accepted show depth, as no logo or page has: they are of one
        scene whatever the images look like.
    estimated : mapping of str to Evidence
        The models as the matches alone gave them, before any image was looked at.
    """

    chosen: Evidence
    models: Mapping[Kind, Evidence]
    verdict: Verdict
    pose: RelativePose | None = None
    part: SharedPart | None = None
    depth: bool = False
    estimated: Mapping[Kind, Evidence] = field(default_factory=dict)

    @property
    def beyond_doubt(self) -> bool:
        """Whether a mirror image need not be looked at; see `are_beyond_doubt`."""
        return are_beyond_doubt(self.models)


def are_beyond_doubt(models: Mapping[Kind, Evidence]) -> bool:
    """Whether a mirror image need not be looked at, as one model is beyond doubt.

    It has to be where one of the models is a strong one that mirrors.
    """
    mirrors = any(
        one.flaw is Flaw.MIRRORS and one.log10_false_alarms <= ACCEPTED_BELOW
        for one in models.values()
    )
    return not mirrors and any(one.beyond_doubt for one in models.values())


def verify_matches(
    pair: MatchedPair,
    estimator: Estimator,
    options: MatchOptions,
    estimated: Mapping[Kind, Evidence] | None = None,
) -> Verification:
    """Find the models that matches agree with, choose one, and judge the images by all of them.

    Images that agree with each other's mirror image are not found out here; see `Pipeline.verify`.

    Parameters
    ----------
    pair : MatchedPair
        With cameras where an essential matrix is asked for.
    estimator : Estimator
    options : MatchOptions
    estimated : mapping of str to Evidence, optional
        Of a verification of the same matches, also of images that were not seen: the models are not
        estimated again. None estimates them.

    Returns
    -------
    Verification
    """
    options.check_cameras(pair.view0, pair.view1)
    views = pair.two_views
    kinds: list[Kind] = [*PLANE_AND_DEPTH]
    if options.model != "auto" and options.model not in kinds:
        kinds.append(options.model)
    if pair.cameras is not None and "essential" not in kinds:
        kinds.append("essential")
    if estimated is None:
        estimated = views.estimate_models(estimator, kinds, seed=options.seed)
    models = views.weigh_models(
        estimator,
        kinds,
        seed=options.seed,
        lines_suffice=not options.ask_for_map,
        estimated=estimated,
    )
    pose = None
    if "essential" in models:
        models["essential"], pose = views.with_pose(models["essential"])
    if options.model == "auto":
        chosen = choose(models["homography"], models["fundamental"])
    else:
        chosen = models[options.model]
    chosen = views.resolve(chosen, models, seed=options.seed)
    if chosen.geometry:
        models[chosen.geometry.kind] = chosen
    num_keypoints = len(pair.features0), len(pair.features1)
    verdict = judge(chosen, list(models.values()), len(pair.matches), num_keypoints)
    part, depth = None, False
    if verdict:
        sharing = what_is_shared(models["homography"], models["fundamental"], views)
        verdict, part, depth = as_shared(verdict, sharing), sharing.part, sharing.depth
        chosen = models[chosen.geometry.kind] = views.keep_alike(chosen)
    pose = pose if verdict else None
    advised = _with_advice(verdict, pair)
    return Verification(chosen, models, advised, pose, part, depth, estimated)


def _with_advice(verdict: Verdict, pair: MatchedPair) -> Verdict:
    """Name what the caller should change: a camera, or the size of an image without keypoints."""
    for number, features in enumerate((pair.features0, pair.features1)):
        view = (pair.view0, pair.view1)[number]
        image = view.image
        height, width = image.pixels.shape[:2]
        shrunk = (width, height) != image.size and min(width, height) < _SMALL_SIDE
        if image.seen and shrunk and not len(features):
            advice = (
                f"image {number} was made {width} x {height} pixels; a larger --max-size "
                "(max_size), or 0, leaves more of it"
            )
            return replace(verdict, reason=f"{verdict.reason}: {advice}")
        flaw = None if view.camera is None else focal_length_flaw(view.camera, image.size)
        if flaw:
            return replace(verdict, reason=f"{verdict.reason}; camera {number}: {flaw}")
    return verdict
