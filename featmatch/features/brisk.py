"""BRISK: corners over scales with brightness comparisons on rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2

from featmatch.checks import check_integer
from featmatch.features.opencv_extractor import (
    CONTRIB_ADVICE,
    OpenCVExtractor,
    contrib_detector,
    contrib_has,
)
from featmatch.types import Norm


@dataclass(frozen=True)
class BRISK(OpenCVExtractor):
    """Binary robust invariant scalable keypoints.

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    threshold : int
        Least difference in brightness (of 255) between a corner and the arc around it.

    References
    ----------
    S. Leutenegger, M. Chli and R. Siegwart, "BRISK: binary robust invariant scalable keypoints",
    ICCV 2011.
    """

    threshold: int = 15

    name: ClassVar[str] = "brisk"
    summary: ClassVar[str] = "corners over scales, 512 bits"
    descriptor: ClassVar[str] = "512 bits"
    norm: ClassVar[Norm] = "hamming"
    needs: ClassVar[str] = "opencv-contrib-python"
    unavailable: ClassVar[str | None] = None if contrib_has("BRISK") else CONTRIB_ADVICE

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("threshold", self.threshold, 0, 255)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return contrib_detector("BRISK", thresh=self.threshold)
