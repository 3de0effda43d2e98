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


class ContributedExtractor(OpenCVExtractor):
    """What the extractors around contributed detectors have in common."""

    needs: ClassVar[str] = "opencv-contrib-python"

    def __init_subclass__(cls) -> None:
        cls.unavailable = None if has_detector(cls.__name__) else ADVICE


@dataclass(frozen=True)
class AKAZE(ContributedExtractor):
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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("threshold", self.threshold, 0.0, 1.0)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return make_detector("AKAZE", threshold=self.threshold)


@dataclass(frozen=True)
class KAZE(ContributedExtractor):
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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("threshold", self.threshold, 0.0, 1.0)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return make_detector("KAZE", threshold=self.threshold)


@dataclass(frozen=True)
class BRISK(ContributedExtractor):
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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("threshold", self.threshold, 0, 255)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return make_detector("BRISK", thresh=self.threshold)
