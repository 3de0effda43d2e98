"""ORB: corners with an orientation and 256 bits of brightness comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.features.opencv import extract_with
from featmatch.image import Image
from featmatch.types import Features, Norm


@dataclass(frozen=True)
class ORB:
    """Oriented FAST and rotated BRIEF, spread over the image.

    OpenCV's ORB is asked for several times as many keypoints as wanted, on weak corners too, and
    the strongest of each part of the image are kept.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    spread : bool
        Spread the keypoints over the image; False keeps OpenCV's own choice.
    oversampling : float
        How many times `max_keypoints` are detected to choose from, if they are spread.
    fast_threshold : int
        Least difference in brightness (of 255) between a corner and the arc around it.
    scale_factor : float
        Between the levels of the pyramid.
    num_levels : int
        Levels of the pyramid.
    wta_k : {2, 3, 4}
        Pixels compared for each element of the descriptor. 3 and 4 yield pairs of bits, which are
        matched by the norm ``"hamming2"``.

    References
    ----------
    E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or
    SURF", ICCV 2011.
    """

    max_keypoints: int = 8000
    spread: bool = True
    oversampling: float = 3.0
    fast_threshold: int = 5
    scale_factor: float = 1.2
    num_levels: int = 8
    wta_k: int = 2

    name: ClassVar[str] = "orb"
    summary: ClassVar[str] = "corners, 256 bits; the fastest"
    descriptor: ClassVar[str] = "256 bits"
    unavailable: ClassVar[str | None] = None

    @property
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""
        return "hamming" if self.wta_k == 2 else "hamming2"

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor`."""
        candidates = self.max_keypoints * (self.oversampling if self.spread else 1.0)
        detector = cv2.ORB.create(
            nfeatures=round(candidates),
            scaleFactor=self.scale_factor,
            nlevels=self.num_levels,
            WTA_K=self.wta_k,
            fastThreshold=self.fast_threshold,
        )
        return extract_with(
            detector,
            image,
            mask,
            method=self.name,
            norm=self.norm,
            max_keypoints=self.max_keypoints,
            spread=self.spread,
        )
