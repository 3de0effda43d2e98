"""AKAZE: blobs of a nonlinear scale space with binary descriptors."""

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
class AKAZE(OpenCVExtractor):
    """Accelerated KAZE with its own binary descriptor (M-LDB, 486 bits).

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    threshold : float
        Least strength of a keypoint (determinant of the Hessian).

    References
    ----------
    P. Alcantarilla, J. Nuevo and A. Bartoli, "Fast explicit diffusion for accelerated features in
    nonlinear scale spaces", BMVC 2013.
    """

    threshold: float = 0.0005

    name: ClassVar[str] = "akaze"
    summary: ClassVar[str] = "blobs of a nonlinear scale space, binary"
    descriptor: ClassVar[str] = "486 bits"
    norm: ClassVar[Norm] = "hamming"
    needs: ClassVar[str] = "opencv-contrib-python"
    unavailable: ClassVar[str | None] = None if contrib_has("AKAZE") else CONTRIB_ADVICE

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("threshold", self.threshold, 0.0, 1.0)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return contrib_detector("AKAZE", threshold=self.threshold)
