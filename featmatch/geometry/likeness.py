"""Where two images look alike, one laid over the other, at the size of a thumbnail.

At full size patches of one scene need not agree: things stand out of the plane, a lens bends lines,
light has changed. In thumbnails such shifts are a pixel at most, and what is left is what the
images show.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.lucas_kanade import Floats
from featmatch.geometry.pictures import Picture, overlap
from featmatch.geometry.residuals import Matrix

ALIKE = 0.65  # local correlation: half of a window that lies on a border still agrees
WINDOW = 1.75  # px of the thumbnail, standard deviation
LEAST_VARIANCE = 4.0  # gray levels squared: below it in both thumbnails there is nothing to compare
LEAST_COMPARED = 20  # px of the thumbnail: fewer say nothing

EQUAL = 3.0  # gray levels: where both are plain, so near they are the same


@dataclass(frozen=True, eq=False)
class Likeness:
    """How alike two images are, place by place.

    Attributes
    ----------
    correlation : (h, w) float32
        Of the surroundings in both thumbnails, at the best shift of at most a pixel.
    compared : (h, w) bool
        Where both images may be looked at, and one of them at least is not plain.
    equal : (h, w) bool
        Where both images may be looked at, and are plain and of one brightness.
    factor : (2,) float
        Pixels of the thumbnail in a pixel of image 0, along x and y.
    """

    correlation: Floats
    compared: npt.NDArray[np.bool_]
    equal: npt.NDArray[np.bool_]
    factor: tuple[float, float]

    @property
    def alike(self) -> npt.NDArray[np.bool_]:
        """(h, w) flags of the places that look alike."""
        return self.compared & (self.correlation >= ALIKE)

    @property
    def share(self) -> float | None:
        """Share of what can be compared that looks alike; None where that is next to nothing."""
        num = np.count_nonzero(self.compared)
        return float(np.count_nonzero(self.alike) / num) if num >= LEAST_COMPARED else None


def likeness(
    picture0: Picture,
    picture1: Picture,
    mapping: Matrix,
    scale: float,
    factor: float,
    *,
    max_shift: int = 0,
) -> Likeness:
    """Compare two images where one is laid over the other.

    Parameters
    ----------
    picture0, picture1 : Picture
        No longer than OpenCV warps.
    mapping : (3, 3) float
        Maps image 0 to image 1, in pixels of these pictures, with a positive determinant.
    scale : float
        Typical length in image 1 of a pixel of image 0.
    factor : float
        Side of the thumbnail of image 0 as a share of its own; at most 1 is used.
    max_shift : int
        Pixels of the thumbnail by which places may be off along each axis; 0 for a map that holds.

    Returns
    -------
    Likeness
    """
    thumbnail0, to_thumbnail0 = _thumbnail(picture0.gray, min(1.0, factor))
    thumbnail1, to_thumbnail1 = _thumbnail(picture1.gray, min(1.0, factor / scale))
    height, width = thumbnail0.shape
    between = to_thumbnail1 @ mapping @ np.linalg.inv(to_thumbnail0)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = np.asarray(
        cv2.warpPerspective(thumbnail1, between, (width, height), flags=flags), np.float32
    )
    seen = overlap(picture0, picture1, mapping)
    whole = np.asarray(cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)) == 255
    weights = whole.astype(np.float32)
    statistics0 = _Local.of(thumbnail0, weights)
    best = np.full(thumbnail0.shape, -1.0, np.float32)
    contrast = statistics0.variance
    steps = range(-max_shift, max_shift + 1)
    for shift in ((down, right) for down in steps for right in steps):
        shifted: Floats = np.roll(warped, shift, axis=(0, 1))
        statistics1 = _Local.of(shifted, weights)
        best = np.maximum(best, statistics0.correlation(statistics1))
        contrast = np.maximum(contrast, statistics1.variance)
    compared = whole & (contrast >= LEAST_VARIANCE)
    difference = np.abs(statistics0.mean - _windowed(warped, weights))
    equal = whole & ~compared & (difference <= EQUAL)
    return Likeness(best, compared, equal, (to_thumbnail0[0, 0], to_thumbnail0[1, 1]))


def _thumbnail(gray: Floats, factor: float) -> tuple[Floats, Matrix]:
    """Return a picture made smaller, and the map of its pixels to those of the smaller one."""
    height, width = gray.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    along_x, along_y = size[0] / width, size[1] / height
    to_small = np.array(
        [[along_x, 0, (along_x - 1) / 2], [0, along_y, (along_y - 1) / 2], [0, 0, 1]]
    )
    return np.asarray(small, np.float32), to_small


@dataclass(frozen=True, eq=False)
class _Local:
    """A picture and, around each of its pixels, its mean and variance where it may be seen."""

    gray: Floats
    weights: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, gray: Floats, weights: Floats) -> _Local:
        mean = _windowed(gray, weights)
        return cls(gray, weights, mean, _windowed(gray * gray, weights) - mean**2)

    def correlation(self, other: _Local) -> Floats:
        covariance = _windowed(self.gray * other.gray, self.weights) - self.mean * other.mean
        variances = np.maximum(self.variance, 1.0) * np.maximum(other.variance, 1.0)
        correlation: Floats = covariance / np.sqrt(variances)
        return correlation


def _windowed(values: Floats, weights: Floats) -> Floats:
    """Means of the pixels around each, those of no weight left out."""
    total = np.asarray(cv2.GaussianBlur(weights, (0, 0), WINDOW))
    weighted = np.asarray(cv2.GaussianBlur(values * weights, (0, 0), WINDOW))
    return np.asarray(weighted / np.maximum(total, 1e-6), np.float32)
