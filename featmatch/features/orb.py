"""ORB: corners with an orientation and 256 bits of brightness comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2

from featmatch.features.opencv_extractor import OpenCVExtractor
from featmatch.types import Norm


@dataclass(frozen=True)
class ORB(OpenCVExtractor):
    """Oriented FAST and rotated BRIEF, spread over the image.

    OpenCV's ORB is asked for more keypoints than wanted, on weak corners too, and the strongest of
    each part of the image are kept.

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    num_candidates : int
        Keypoints found to choose from, if they are spread over the image.
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

    max_keypoints: int = 12_000
    num_candidates: int = 24_000
    fast_threshold: int = 5
    scale_factor: float = 1.2
    num_levels: int = 8
    wta_k: int = 2

    name: ClassVar[str] = "orb"
    summary: ClassVar[str] = "corners, 256 bits; the fastest"
    descriptor: ClassVar[str] = "256 bits"
    min_side: ClassVar[int] = 63  # ORB leaves a border of 31 px all around

    @property
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""
        return "hamming" if self.wta_k == 2 else "hamming2"

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        spare = self.num_candidates if self.spread else 0
        return cv2.ORB.create(
            nfeatures=max(self.max_keypoints, spare),
            scaleFactor=self.scale_factor,
            nlevels=self.num_levels,
            WTA_K=self.wta_k,
            fastThreshold=self.fast_threshold,
        )
