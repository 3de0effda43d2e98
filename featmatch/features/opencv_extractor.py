"""What all extractors around OpenCV's detectors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import check_flag, check_integer
from featmatch.features.opencv import features_from_cv
from featmatch.features.selection import select_spread, select_strongest
from featmatch.images.image import Image
from featmatch.types import Array, Features, Norm

MAX_KEYPOINTS = 10_000_000
"""The most keypoints that can be asked for; OpenCV makes room for as many beforehand."""


@dataclass(frozen=True)
class OpenCVExtractor(ABC):
    """An extractor around one of OpenCV's detectors: detect, describe, keep the best keypoints.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    spread : bool
        Spread them over the image (`select_spread`); False keeps the strongest.
    """

    max_keypoints: int = 8000
    spread: bool = True

    name: ClassVar[str]
    summary: ClassVar[str]
    descriptor: ClassVar[str]
    needs: ClassVar[str] = ""
    unavailable: ClassVar[str | None] = None
    keypoints_per_cell: ClassVar[int] = 8
    min_side: ClassVar[int] = 16  # px: in smaller images OpenCV finds nothing, or stops

    def __post_init__(self) -> None:
        check_integer("max_keypoints", self.max_keypoints, 0, MAX_KEYPOINTS)
        check_flag("spread", self.spread)

    @property
    @abstractmethod
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""

    @abstractmethod
    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector, which finds at least `max_keypoints` where there are so many."""

    def corrected(
        self, points: Array, keypoints: Sequence[cv2.KeyPoint], size: tuple[int, int]
    ) -> Array:
        """Return the (N, 2) points of keypoints in an image of `size`, in our pixels.

        Detectors that count their pixels in another way put that right here.
        """
        return points

    def find(
        self, gray: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8] | None
    ) -> tuple[Features, Array]:
        """Find all features to choose from, with their points in our pixels, (N, 2)."""
        height, width = gray.shape
        keypoints: Sequence[cv2.KeyPoint] = ()
        descriptors: Array | None = None
        if min(width, height) >= self.min_side:
            keypoints, descriptors = self.detector().detectAndCompute(gray, mask)
        found = features_from_cv(
            keypoints, descriptors, image_size=(width, height), method=self.name, norm=self.norm
        )
        return found, self.corrected(found.keypoints, keypoints, (width, height))

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        found, points = self.find(image.gray(), mask)
        if self.spread:
            chosen = select_spread(
                found.keypoints,
                found.scores,
                found.image_size,
                self.max_keypoints,
                self.keypoints_per_cell,
            )
        else:
            chosen = select_strongest(found.scores, self.max_keypoints)
        return Features(
            keypoints=image.to_original(points[chosen]).astype(np.float32),
            descriptors=found.descriptors[chosen],
            scores=found.scores[chosen],
            scales=found.scales[chosen] * np.float32(image.pixel_size),
            angles=found.angles[chosen],
            image_size=image.size,
            method=self.name,
            norm=self.norm,
            pixel_size=image.pixel_size,
        )
