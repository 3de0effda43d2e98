"""ORB: corners with an orientation and 256 bits of brightness comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from featmatch.checks import check_integer, check_number
from featmatch.features.opencv_extractor import MAX_KEYPOINTS, OpenCVExtractor
from featmatch.images.image import resize_points
from featmatch.types import Array, Norm


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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("num_candidates", self.num_candidates, 0, MAX_KEYPOINTS)
        check_integer("fast_threshold", self.fast_threshold, 0, 255)
        check_number("scale_factor", self.scale_factor, 1.01, 4.0)
        check_integer("num_levels", self.num_levels, 1, 32)
        check_integer("wta_k", self.wta_k, 2, 4)

    def corrected(
        self, points: Array, keypoints: Sequence[cv2.KeyPoint], size: tuple[int, int]
    ) -> Array:
        """Undo OpenCV's scaling of each level's pixels, which pins corners instead of edges."""
        scales = self.scale_factor ** np.array([point.octave for point in keypoints])[:, None]
        level_sizes = np.rint(np.array(size) / scales)
        return resize_points(points / scales, size / level_sizes)

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
