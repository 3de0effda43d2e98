"""AKAZE, KAZE and BRISK: detectors of OpenCV's contributed modules, which not every build has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2

from featmatch.checks import check_integer, check_number
from featmatch.errors import MissingExtraError
from featmatch.features.opencv_extractor import OpenCVExtractor
from featmatch.types import Norm

ADVICE = (
    "it needs opencv-contrib-python in place of opencv-python: "
    "pip uninstall opencv-python, then pip install opencv-contrib-python"
)


def has_detector(name: str) -> bool:
    """Say whether this build of OpenCV has a contributed detector, ``"AKAZE"`` say."""
    return hasattr(_contributed(), f"{name}_create")


def make_detector(name: str, **options: float) -> cv2.Feature2D:
    """Make a contributed detector of OpenCV.

    Raises
    ------
    MissingExtraError
        The OpenCV that is installed does not have it.
    """
    if not has_detector(name):
        raise MissingExtraError(f"method {name.lower()}: {ADVICE}")
    detector: cv2.Feature2D = getattr(_contributed(), f"{name}_create")(**options)
    return detector


def _contributed() -> object:
    return getattr(cv2, "xfeatures2d", None)


@dataclass(frozen=True)
class ContributedExtractor(OpenCVExtractor):
    """An extractor around a contributed detector: a row of class variables.

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    threshold : float
        Least strength of a keypoint.
    """

    threshold: float = 0.0

    norm: ClassVar[Norm] = "hamming"
    needs: ClassVar[str] = "opencv-contrib-python"
    option: ClassVar[str] = "threshold"
    largest_threshold: ClassVar[float] = 1.0

    def __init_subclass__(cls) -> None:
        cls.unavailable = None if has_detector(cls.__name__) else ADVICE

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("threshold", self.threshold, 0, self.largest_threshold)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return make_detector(type(self).__name__, **{self.option: self.threshold})


@dataclass(frozen=True)
class AKAZE(ContributedExtractor):
    """Accelerated KAZE with its own binary descriptor (M-LDB, 486 bits).

    A keypoint's strength is the determinant of the Hessian (P. Alcantarilla, J. Nuevo and A.
    Bartoli, "Fast explicit diffusion for accelerated features in nonlinear scale spaces", BMVC
    2013).

    Parameters
    ----------
    max_keypoints, spread, threshold
        See `ContributedExtractor`.
    """

    threshold: float = 0.0005

    name: ClassVar[str] = "akaze"
    summary: ClassVar[str] = "blobs of a nonlinear scale space, binary"
    descriptor: ClassVar[str] = "486 bits"


@dataclass(frozen=True)
class KAZE(ContributedExtractor):
    """Features of a nonlinear scale space with gradient descriptors (M-SURF).

    A keypoint's strength is the determinant of the Hessian (P. Alcantarilla, A. Bartoli and A.
    Davison, "KAZE features", ECCV 2012).

    Parameters
    ----------
    max_keypoints, spread, threshold
        See `ContributedExtractor`.
    """

    threshold: float = 0.0005

    name: ClassVar[str] = "kaze"
    summary: ClassVar[str] = "blobs of a nonlinear scale space; slow"
    descriptor: ClassVar[str] = "64 floats"
    norm: ClassVar[Norm] = "l2"


@dataclass(frozen=True)
class BRISK(ContributedExtractor):
    """Binary robust invariant scalable keypoints.

    A keypoint's strength is the difference in brightness, of 255, between a corner and the arc
    around it: a whole number (S. Leutenegger, M. Chli and R. Siegwart, "BRISK: binary robust
    invariant scalable keypoints", ICCV 2011).

    Parameters
    ----------
    max_keypoints, spread, threshold
        See `ContributedExtractor`.
    """

    threshold: int = 15

    name: ClassVar[str] = "brisk"
    summary: ClassVar[str] = "corners over scales, 512 bits"
    descriptor: ClassVar[str] = "512 bits"
    option: ClassVar[str] = "thresh"
    largest_threshold: ClassVar[float] = 255

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("threshold", self.threshold, 0)
