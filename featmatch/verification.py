"""Features of two images and their matches -> models, and a verdict on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, choose
from featmatch.geometry.plausibility import MIRRORS
from featmatch.geometry.two_views import TwoViews
from featmatch.geometry.verdict import ACCEPTED_BELOW, judge
from featmatch.images.camera import camera_matrix
from featmatch.images.image import Image
from featmatch.types import Features, Kind, Matches, Verdict

Model = Literal["auto", "homography", "fundamental", "essential", "affine", "similarity"]
MODEL_NAMES: tuple[Model, ...] = get_args(Model)


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
    """

    chosen: Evidence
    models: Mapping[Kind, Evidence]
    verdict: Verdict

    @property
    def beyond_doubt(self) -> bool:
        """Whether a mirror image need not be looked at; see `Evidence.beyond_doubt`.

        It has to be where one of the models is a strong one that mirrors.
        """
        models = self.models.values()
        mirrors = any(
            one.flaw == MIRRORS and one.log10_false_alarms <= ACCEPTED_BELOW for one in models
        )
        return not mirrors and any(one.beyond_doubt for one in models)


def verify_matches(
    estimator: Estimator,
    features0: Features,
    features1: Features,
    matches: Matches,
    *,
    model: Model = "auto",
    seed: int = 0,
    intrinsics0: npt.ArrayLike | None = None,
    intrinsics1: npt.ArrayLike | None = None,
    images: tuple[Image, Image] | None = None,
) -> Verification:
    """Find the models that matches agree with, choose one, and judge the images by all of them.

    Parameters
    ----------
    estimator : Estimator
    features0, features1, matches, model, seed, intrinsics0, intrinsics1, images
        See `Pipeline.verify`.

    Returns
    -------
    Verification
    """
    check_model(model, intrinsics0, intrinsics1)
    views = _views(features0, features1, matches, images)
    kinds: list[Kind] = ["homography", "fundamental"]
    if model != "auto" and model not in kinds:
        kinds.append(model)
    models = views.weigh_models(
        estimator, kinds, seed=seed, intrinsics0=intrinsics0, intrinsics1=intrinsics1
    )
    if model == "auto":
        chosen = choose(models["homography"], models["fundamental"])
    else:
        chosen = models[model]
    chosen = views.resolve(chosen, models, seed=seed)
    if chosen.geometry:
        models[chosen.geometry.kind] = chosen
    num_keypoints = len(features0), len(features1)
    verdict = judge(chosen, list(models.values()), len(matches), num_keypoints)
    return Verification(chosen, models, verdict)


def weigh_mirrored(
    estimator: Estimator,
    features0: Features,
    features1: Features,
    matches: Matches,
    *,
    seed: int,
    images: tuple[Image, Image],
) -> dict[Kind, Evidence]:
    """Weigh the models between an image and a mirror image, for `unless_mirrored`."""
    views = _views(features0, features1, matches, images)
    return views.weigh_models(estimator, ("homography", "fundamental"), seed=seed)


def check_model(
    model: str, intrinsics0: npt.ArrayLike | None, intrinsics1: npt.ArrayLike | None
) -> None:
    """Raise unless `model` is one that can be asked for, and its cameras are there."""
    if model not in MODEL_NAMES:
        raise ArgumentError(f"model: expected one of {', '.join(MODEL_NAMES)}, got {model!r}")
    if model == "essential":
        camera_matrix("intrinsics0", intrinsics0)
        camera_matrix("intrinsics1", intrinsics1)


def _views(
    features0: Features,
    features1: Features,
    matches: Matches,
    images: tuple[Image, Image] | None,
) -> TwoViews:
    return TwoViews(
        points0=features0.keypoints[matches.indices[:, 0]].astype(float),
        points1=features1.keypoints[matches.indices[:, 1]].astype(float),
        ratios=matches.ratios,
        sizes=(features0.image_size, features1.image_size),
        pixel_size=max(features0.pixel_size, features1.pixel_size),
        images=images,
    )
