"""The values of a collection: an image of it, a pair of images, and what was found between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from featmatch.types import Kind, VerdictKind

ImageStatus = Literal["read", "copy", "unreadable", "skipped"]
Pair = tuple[str, str]
"""Names of two images, the one that comes first in natural order before the other."""


@dataclass(frozen=True)
class ImageEntry:
    """One file of the folder.

    Attributes
    ----------
    name : str
        Path below the folder, with ``/`` between its parts.
    status : {"read", "copy", "unreadable", "skipped"}
        ``"copy"``: the same bytes as an image before it, under whose name it is matched;
        ``"skipped"``: no image file by its content, such as a video or a text.
    num_bytes, modified_ns : int
        Size of the file and its time of modification, in nanoseconds.
    sha256 : str
        Of the file's bytes, in hexadecimal digits.
    size : (width, height)
        Of the upright image, in pixels; (0, 0) if it was not read.
    orientation : int
        The EXIF orientation that was applied, 1 to 8; 1 as stored.
    camera : str
        Make and model from EXIF, empty if not known.
    focal_length : float or None
        From EXIF, in pixels of the upright image.
    copy_of : str
        The name of the image that it is a copy of, or empty.
    reason : str
        Why it was not read, or empty.
    """

    name: str
    status: ImageStatus
    num_bytes: int
    modified_ns: int
    sha256: str
    size: tuple[int, int] = (0, 0)
    orientation: int = 1
    camera: str = ""
    focal_length: float | None = None
    copy_of: str = ""
    reason: str = ""

    @property
    def exif(self) -> str:
        """How to read the file as it was read: turned upright, or as stored."""
        return "ignore" if self.orientation == 1 else "apply"


def originals_of(images: Iterable[ImageEntry]) -> dict[str, str]:
    """Name of each copy -> the name of the image that it is a copy of."""
    return {image.name: image.copy_of for image in images if image.status == "copy"}


@dataclass(frozen=True)
class PairSummary:
    """What was found between two images, without the matches.

    Attributes
    ----------
    name0, name1 : str
        Of the images, in natural order.
    key : str
        Of what the answer depends on: both images, the method, its options.
    kind : {"scene", "part", "none"}
        The verdict.
    confidence, model_confidence : float
        Of the verdict, in [0, 1].
    log10_false_alarms : float
        Of the verdict.
    model : str
        The kind of the model that was chosen.
    num_matches, num_inliers : int
    overlap : (float, float)
        Share of each image's area that the other shows too, in [0, 1], as far as the inliers tell.
    ambiguous : bool
        Other maps fit as well.
    reason : str
        The verdict in words.
    """

    name0: str
    name1: str
    key: str
    kind: VerdictKind
    confidence: float
    model_confidence: float
    log10_false_alarms: float
    model: Kind
    num_matches: int
    num_inliers: int
    overlap: tuple[float, float] = (0.0, 0.0)
    ambiguous: bool = False
    reason: str = ""

    @property
    def names(self) -> Pair:
        """The names of both images."""
        return self.name0, self.name1

    @property
    def accepted(self) -> bool:
        """Whether the images show or share the same thing."""
        return self.kind != "none"


@dataclass(frozen=True, eq=False)
class PairRecord:
    """What was found between two images, with the matches.

    Attributes
    ----------
    summary : PairSummary
    indices : (M, 2) int64
        Numbers of keypoints in `Collection.keypoints` of both images: those of a method with two
        kinds of features (``"sift+cnn"``) stand one kind after the other.
    distances, ratios : (M,) float32
        As in `Matches`.
    inliers : (M,) bool
        The matches that agree with the model; of lines, where the images had to be looked at, those
        of them that look alike.
    fundamental, homography : (3, 3) float64 or None
        In pixels of the upright images; the one that was chosen, and the other where it is
        plausible too.
    """

    summary: PairSummary
    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    ratios: npt.NDArray[np.float32]
    inliers: npt.NDArray[np.bool_]
    fundamental: npt.NDArray[np.float64] | None = None
    homography: npt.NDArray[np.float64] | None = None
