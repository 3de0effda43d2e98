"""Two images in, verified matches out: extractor, matcher and estimator in a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from featmatch.errors import MissingExtraError
from featmatch.features.extractor import Extractor
from featmatch.geometry.correspondences import camera_matrix
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, choose
from featmatch.geometry.two_views import TwoViews
from featmatch.geometry.verdict import judge, mirrored_verdict
from featmatch.image import Image, ImageSource, read_image
from featmatch.mask import read_mask, resize_mask
from featmatch.matching.matcher import Matcher
from featmatch.result import MatchResult
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict

Model = Literal["auto", "homography", "fundamental", "essential", "affine", "similarity"]
MODEL_NAMES: tuple[Model, ...] = get_args(Model)

logger = logging.getLogger("featmatch")


@dataclass(frozen=True)
class Pipeline:
    """A method: how features are found, matched and verified.

    Parameters
    ----------
    extractor : Extractor
        Finds the features of one image.
    matcher : Matcher
        Matches the features of two.
    estimator : Estimator
        Finds the model that the matches agree with.
    """

    extractor: Extractor
    matcher: Matcher = field(default_factory=Matcher)
    estimator: Estimator = field(default_factory=Estimator)

    def detect(
        self,
        image: ImageSource | Image,
        *,
        mask: ImageSource | None = None,
        mask_name: str = "mask",
        max_size: int = 1600,
        exif: str = "apply",
    ) -> Features:
        """Find the features of one image; see `featmatch.detect`."""
        self.check_available()
        image = read_image(image, max_size=max_size, exif=exif)
        if mask is None:
            return self.extractor.extract(image)
        usable = read_mask(mask, image, name=mask_name, exif=exif)
        return self.extractor.extract(image, resize_mask(usable, image))

    def check_available(self) -> None:
        """Raise MissingExtraError, saying what to install, if the method cannot be used here."""
        if self.extractor.unavailable:
            raise MissingExtraError(f"method {self.extractor.name}: {self.extractor.unavailable}")

    def match(
        self,
        image0: ImageSource | Image,
        image1: ImageSource | Image,
        *,
        model: Model = "auto",
        mask0: ImageSource | None = None,
        mask1: ImageSource | None = None,
        seed: int = 0,
        max_size: int = 1600,
        exif: str = "apply",
        intrinsics0: npt.ArrayLike | None = None,
        intrinsics1: npt.ArrayLike | None = None,
    ) -> MatchResult:
        """Match two images with this method; see `featmatch.match`."""
        seconds: dict[str, float] = {}
        self.check_available()
        check_model(model, intrinsics0, intrinsics1)
        sources, masks = (image0, image1), (mask0, mask1)
        name = self.extractor.name
        logger.debug("%s: finding keypoints", name)
        with ThreadPoolExecutor(2) as pool:
            with _timed(seconds, "read"):
                image0, image1 = pool.map(
                    lambda source, argument: read_image(
                        source, max_size=max_size, exif=exif, argument=argument
                    ),
                    sources,
                    ("image0", "image1"),
                )
            with _timed(seconds, "extract"):
                features0, features1 = pool.map(
                    lambda image, mask, name: self.detect(
                        image, mask=mask, mask_name=name, exif=exif
                    ),
                    (image0, image1),
                    masks,
                    ("mask0", "mask1"),
                )
        logger.info("%s: %d and %d keypoints", name, len(features0), len(features1))
        logger.debug("%s: matching them", name)
        with _timed(seconds, "match"):
            matches = self.matcher.match(features0, features1)
        logger.info("%s: %d matches", name, len(matches))
        logger.debug("%s: looking for a model", name)
        with _timed(seconds, "estimate"):
            chosen, models, verdict = self._judge(
                features0,
                features1,
                matches,
                model=model,
                seed=seed,
                intrinsics0=intrinsics0,
                intrinsics1=intrinsics1,
                images=(image0, image1),
            )
            if verdict and not any(one.beyond_doubt for one in models.values()):
                verdict = self._unless_mirrored(verdict, features0, image1, mask1, exif, seed)
        logger.info("%s: %s", name, verdict.reason)
        return MatchResult(
            image0=image0,
            image1=image1,
            features0=features0,
            features1=features1,
            matches=matches,
            geometry=chosen.geometry,
            verdict=verdict,
            method=name,
            seed=seed,
            seconds=seconds,
            models=models,
        )

    def verify(
        self,
        features0: Features,
        features1: Features,
        matches: Matches,
        *,
        model: Model = "auto",
        seed: int = 0,
        intrinsics0: npt.ArrayLike | None = None,
        intrinsics1: npt.ArrayLike | None = None,
        images: tuple[Image, Image] | None = None,
    ) -> tuple[TwoViewGeometry, Verdict]:
        """Find the model that matches agree with, and judge whether the images show the same.

        Parameters
        ----------
        features0, features1 : Features
            Of the two images.
        matches : Matches
            Between them.
        model : {"auto", "homography", "fundamental", "essential", "affine", "similarity"}
            What to look for. ``"auto"`` decides between a homography and a fundamental matrix
            (`featmatch.geometry.evidence.choose`). The verdict weighs both whatever the model is.
        seed : int
            Of the random search.
        intrinsics0, intrinsics1 : (3, 3) float, optional
            Camera matrices, for an essential matrix.
        images : pair of Image, optional
            What homographies are checked and polished on; None leaves them as the matches say.

        Returns
        -------
        TwoViewGeometry, Verdict
        """
        chosen, _, verdict = self._judge(
            features0,
            features1,
            matches,
            model=model,
            seed=seed,
            intrinsics0=intrinsics0,
            intrinsics1=intrinsics1,
            images=images,
        )
        return chosen.geometry, verdict

    def _judge(
        self,
        features0: Features,
        features1: Features,
        matches: Matches,
        *,
        model: Model,
        seed: int,
        intrinsics0: npt.ArrayLike | None,
        intrinsics1: npt.ArrayLike | None,
        images: tuple[Image, Image] | None,
    ) -> tuple[Evidence, dict[Kind, Evidence], Verdict]:
        """Return the model chosen, all that were found, and the verdict."""
        check_model(model, intrinsics0, intrinsics1)
        views = _views(features0, features1, matches, images)
        kinds: list[Kind] = ["homography", "fundamental"]
        if model != "auto" and model not in kinds:
            kinds.append(model)
        models = views.weigh_models(
            self.estimator, kinds, seed=seed, intrinsics0=intrinsics0, intrinsics1=intrinsics1
        )
        if model == "auto":
            chosen = choose(models["homography"], models["fundamental"])
        else:
            chosen = models[model]
        chosen = views.resolve(chosen, models, seed=seed)
        if chosen.geometry:
            models[chosen.geometry.kind] = chosen
        verdict = judge(
            chosen,
            list(models.values()),
            len(matches),
            (len(features0), len(features1)),
            pixel_size=views.pixel_size,
        )
        return chosen, models, verdict

    def _unless_mirrored(
        self,
        verdict: Verdict,
        features0: Features,
        image1: Image,
        mask1: ImageSource | None,
        exif: str,
        seed: int,
    ) -> Verdict:
        """Reject images if image 0 agrees better with the mirror image of image 1."""
        flipped = replace(image1, pixels=np.ascontiguousarray(image1.pixels[:, ::-1]))
        usable = None
        if mask1 is not None:
            usable = resize_mask(read_mask(mask1, image1, name="mask1", exif=exif), image1)
            usable = np.ascontiguousarray(usable[:, ::-1])
        mirrored = self.extractor.extract(flipped, usable)
        views = _views(features0, mirrored, self.matcher.match(features0, mirrored))
        models = views.weigh_models(self.estimator, ("homography", "fundamental"), seed=seed)
        exponent = min(
            (one.log10_false_alarms for one in models.values() if not one.flaw), default=0.0
        )
        if exponent < verdict.log10_false_alarms:
            return mirrored_verdict(verdict, exponent)
        return verdict


def _views(
    features0: Features,
    features1: Features,
    matches: Matches,
    images: tuple[Image, Image] | None = None,
) -> TwoViews:
    return TwoViews(
        points0=features0.keypoints[matches.indices[:, 0]].astype(float),
        points1=features1.keypoints[matches.indices[:, 1]].astype(float),
        ratios=matches.ratios,
        sizes=(features0.image_size, features1.image_size),
        pixel_size=max(features0.pixel_size, features1.pixel_size),
        images=images,
    )


def check_model(
    model: str, intrinsics0: npt.ArrayLike | None, intrinsics1: npt.ArrayLike | None
) -> None:
    """Raise unless `model` is one that can be asked for, and its cameras are there."""
    if model not in MODEL_NAMES:
        raise ValueError(f"model: expected one of {', '.join(MODEL_NAMES)}, got {model!r}")
    if model == "essential":
        camera_matrix("intrinsics0", intrinsics0)
        camera_matrix("intrinsics1", intrinsics1)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
