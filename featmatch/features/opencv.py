"""Between OpenCV's keypoints and `Features`, and the extraction that all OpenCV detectors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.errors import MissingExtraError
from featmatch.features.selection import select_spread, select_strongest
from featmatch.image import Image
from featmatch.types import Array, Features, Norm


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
        if isinstance(self.max_keypoints, bool) or not isinstance(self.max_keypoints, Integral):
            raise TypeError(f"max_keypoints: expected an integer, got {self.max_keypoints!r}")
        if self.max_keypoints < 0:
            raise ValueError(f"max_keypoints: expected 0 or more, got {self.max_keypoints}")

    @property
    @abstractmethod
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""

    @abstractmethod
    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector, which finds at least `max_keypoints` where there are so many."""

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        width, height = image.pixels.shape[1::-1]
        keypoints: Sequence[cv2.KeyPoint] = ()
        descriptors: Array | None = None
        if min(width, height) >= self.min_side:
            keypoints, descriptors = self.detector().detectAndCompute(image.gray(), mask)
        found = features_from_cv(
            keypoints, descriptors, image_size=(width, height), method=self.name, norm=self.norm
        )
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
            keypoints=image.to_original(found.keypoints[chosen]).astype(np.float32),
            descriptors=found.descriptors[chosen],
            scores=found.scores[chosen],
            scales=found.scales[chosen] * np.float32(image.pixel_size),
            angles=found.angles[chosen],
            image_size=image.size,
            method=self.name,
            norm=self.norm,
            pixel_size=image.pixel_size,
        )


def features_from_cv(
    keypoints: Sequence[cv2.KeyPoint],
    descriptors: Array | None,
    *,
    image_size: tuple[int, int],
    method: str = "opencv",
    norm: Norm | None = None,
) -> Features:
    """Make `Features` of OpenCV's keypoints and descriptors.

    Parameters
    ----------
    keypoints : sequence of N cv2.KeyPoint
        As ``detectAndCompute`` returns them.
    descriptors : (N, D) float32 or (N, B) uint8, or None
        Float rows are scaled to unit length. None, OpenCV's answer where nothing was found, goes
        with no keypoints only.
    image_size : (width, height)
        Of the image, in pixels.
    method : str
        The name to give them.
    norm : {"l2", "hamming", "hamming2"}, optional
        None takes ``"hamming"`` for uint8 and ``"l2"`` for float descriptors. ORB with ``WTA_K``
        of 3 or 4 needs ``"hamming2"``.

    Returns
    -------
    Features

    Raises
    ------
    ValueError
        The numbers of keypoints and descriptors differ.
    """
    if descriptors is None:
        descriptors = np.zeros((0, 0), np.uint8 if norm in ("hamming", "hamming2") else np.float32)
    if len(descriptors) != len(keypoints):
        raise ValueError(
            f"descriptors: expected a row for each of {len(keypoints)} keypoints, "
            f"got {len(descriptors)}"
        )
    if norm is None:
        norm = "hamming" if descriptors.dtype == np.uint8 else "l2"
    width, height = image_size
    return Features(
        keypoints=np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2),
        descriptors=unit_length(descriptors) if norm == "l2" else descriptors,
        scores=np.array([point.response for point in keypoints], np.float32),
        scales=np.array([point.size for point in keypoints], np.float32),
        angles=np.radians(np.maximum([point.angle for point in keypoints], 0)),  # -1: none
        image_size=(int(width), int(height)),
        method=method,
        norm=norm,
    )


def features_to_cv(features: Features) -> list[cv2.KeyPoint]:
    """Make OpenCV's keypoints of `Features`; their descriptors need no conversion.

    Parameters
    ----------
    features : Features

    Returns
    -------
    list of N cv2.KeyPoint
        ``size`` is the scale, ``angle`` is in degrees in [0, 360).
    """
    angles = np.degrees(features.angles) % 360
    columns = zip(
        features.keypoints.tolist(),
        features.scales.tolist(),
        angles.tolist(),
        features.scores.tolist(),
        strict=True,
    )
    return [
        cv2.KeyPoint(x=x, y=y, size=scale, angle=angle, response=score)
        for (x, y), scale, angle, score in columns
    ]


def unit_length(descriptors: Array) -> npt.NDArray[np.float32]:
    """Scale the rows of (N, D) floats to unit length; rows of zeros stay as they are."""
    lengths = np.linalg.norm(descriptors.astype(np.float64), axis=1, keepdims=True)
    scaled = descriptors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return np.asarray(scaled, np.float32)


CONTRIB_ADVICE = (
    "it needs opencv-contrib-python in place of opencv-python: "
    "pip uninstall opencv-python, then pip install opencv-contrib-python"
)


def _contrib() -> object:
    return getattr(cv2, "xfeatures2d", None)


def contrib_has(name: str) -> bool:
    """Say whether this build of OpenCV has a detector of its contributed modules."""
    return hasattr(_contrib(), f"{name}_create")


def contrib_detector(name: str, **options: float) -> cv2.Feature2D:
    """Make a detector of OpenCV's contributed modules, ``"AKAZE"`` say.

    Raises
    ------
    MissingExtraError
        The OpenCV that is installed does not have it.
    """
    if not contrib_has(name):
        raise MissingExtraError(f"method {name.lower()}: {CONTRIB_ADVICE}")
    detector: cv2.Feature2D = getattr(_contrib(), f"{name}_create")(**options)
    return detector
