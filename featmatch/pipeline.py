"""Two images in, verified matches out: extractor, matcher and estimator in a row."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.errors import MissingExtraError
from featmatch.features.extractor import Extractor
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.verdict import unless_mirrored
from featmatch.images.image import Image, ImageSource, read_image
from featmatch.images.mask import read_mask, resize_mask
from featmatch.matching.matcher import Matcher
from featmatch.result import MatchResult
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict
from featmatch.verification import Model, check_model, verify_matches, weigh_mirrored

logger = logging.getLogger("featmatch")

_Usable: TypeAlias = npt.NDArray[np.uint8] | None
_Read: TypeAlias = tuple[Image, _Usable]


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
    one_at_a_time : bool
        Find the features of one image after the other, in half the memory: for an extractor that
        needs much, or uses several threads itself. False finds them at the same time.
    """

    extractor: Extractor
    matcher: Matcher = field(default_factory=Matcher)
    estimator: Estimator = field(default_factory=Estimator)
    one_at_a_time: bool = False

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
        return self.extractor.extract(image, _usable(mask, image, mask_name, exif))

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
        name = self.extractor.name
        logger.debug("%s: finding keypoints", name)
        with ThreadPoolExecutor(2) as pool:

            def read(source: ImageSource | Image, mask: ImageSource | None, which: str) -> _Read:
                argument = f"image{which}"
                image = read_image(source, max_size=max_size, exif=exif, argument=argument)
                return image, _usable(mask, image, f"mask{which}", exif)

            with _timed(seconds, "read"):
                (image0, usable0), (image1, usable1) = pool.map(
                    read, (image0, image1), (mask0, mask1), "01"
                )
            with _timed(seconds, "extract"):
                for_both = map if self.one_at_a_time else pool.map
                features0, features1 = for_both(
                    self.extractor.extract, (image0, image1), (usable0, usable1)
                )
        logger.info("%s: %d and %d keypoints", name, len(features0), len(features1))
        logger.debug("%s: matching them", name)
        with _timed(seconds, "match"):
            matches = self.matcher.match(features0, features1)
        logger.info("%s: %d matches", name, len(matches))
        logger.debug("%s: looking for a model", name)
        with _timed(seconds, "estimate"):
            found = verify_matches(
                self.estimator,
                features0,
                features1,
                matches,
                model=model,
                seed=seed,
                intrinsics0=intrinsics0,
                intrinsics1=intrinsics1,
                images=(image0, image1),
            )
            verdict = found.verdict
            if verdict and not found.beyond_doubt:
                mirrored = self._weigh_mirrored(features0, image0, image1, usable1, seed)
                verdict = unless_mirrored(verdict, found.models, mirrored)
        logger.info("%s: %s", name, verdict.reason)
        return MatchResult(
            image0=image0,
            image1=image1,
            features0=features0,
            features1=features1,
            matches=matches,
            geometry=found.chosen.geometry,
            verdict=verdict,
            method=name,
            seed=seed,
            seconds=seconds,
            models=found.models,
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
        found = verify_matches(
            self.estimator,
            features0,
            features1,
            matches,
            model=model,
            seed=seed,
            intrinsics0=intrinsics0,
            intrinsics1=intrinsics1,
            images=images,
        )
        return found.chosen.geometry, found.verdict

    def _weigh_mirrored(
        self, features0: Features, image0: Image, image1: Image, usable1: _Usable, seed: int
    ) -> dict[Kind, Evidence]:
        """Weigh the models between image 0 and the mirror image of image 1."""
        mirrored1 = replace(image1, pixels=np.ascontiguousarray(image1.pixels[:, ::-1]))
        usable = None if usable1 is None else np.ascontiguousarray(usable1[:, ::-1])
        features1 = self.extractor.extract(mirrored1, usable)
        return weigh_mirrored(
            self.estimator,
            features0,
            features1,
            self.matcher.match(features0, features1),
            seed=seed,
            images=(image0, mirrored1),
        )


def _usable(mask: ImageSource | None, image: Image, name: str, exif: str) -> _Usable:
    """Read a mask at the size that its image is worked on; None for no mask."""
    if mask is None:
        return None
    return resize_mask(read_mask(mask, image, name=name, exif=exif), image)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
