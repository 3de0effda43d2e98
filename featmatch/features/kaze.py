"""KAZE: blobs of a nonlinear scale space, which keeps edges sharp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2

from featmatch.checks import check_number
from featmatch.features.opencv_extractor import (
    CONTRIB_ADVICE,
    OpenCVExtractor,
    contrib_detector,
    contrib_has,
)
from featmatch.types import Norm


@dataclass(frozen=True)
class KAZE(OpenCVExtractor):
    """Features of a nonlinear scale space with gradient descriptors (M-SURF).

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    threshold : float
        Least strength of a keypoint (determinant of the Hessian).

    References
    ----------
    P. Alcantarilla, A. Bartoli and A. Davison, "KAZE features", ECCV 2012.
    """

    threshold: float = 0.0005

    name: ClassVar[str] = "kaze"
    summary: ClassVar[str] = "blobs of a nonlinear scale space; slow"
    descriptor: ClassVar[str] = "64 floats"
    norm: ClassVar[Norm] = "l2"
    needs: ClassVar[str] = "opencv-contrib-python"
    unavailable: ClassVar[str | None] = None if contrib_has("KAZE") else CONTRIB_ADVICE

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("threshold", self.threshold, 0.0, 1.0)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return contrib_detector("KAZE", threshold=self.threshold)
