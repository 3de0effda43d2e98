"""Where a small image may lie in a large one, as it is or up to twice as large or as small.

Both are compared by the correlation of their gray levels at every place and at many sizes: first
with as little detail as tells the small one from other things, then around the best places with
all of it. An image is made smaller for that, never larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.residuals import Matrix

LARGEST_CHANGE = 2.0  # of scale, either way
NUM_SCALES = 17  # so that the nearest is 4.4 % off at most, 2 px at the edges of what is compared
LEAST_CORRELATION = 0.6
NUM_PLACES = 3
LARGEST_SEARCHED = (
    50_000_000  # px, with as little detail as is compared: about a gigabyte of memory
)

_MOST_ALIKE = 100  # places that are looked at with more detail: buttons, rows of a list
_COARSE_NOISE = 0.3  # of a correlation: half a pixel and half a step of scale off
_COARSE_SIDE = 36.0  # px, of a square of the area compared: text is a pattern still
_COARSE_WIDTH = 24.0  # px, of the shorter side: lines of text keep their words
_FINE_SIDE = 200.0  # px: more detail moves no place by a pixel
_FINE_SCALES = 11  # from one scale below to one above: 0.4 % off at most
_LEAST_SIDE = 8  # px: what is smaller correlates with anything
_LEAST_CONTRAST = 0.3  # of the small image's: in plainer places it is noise that correlates
_PLAIN = 1.0  # gray levels, standard deviation

Gray = npt.NDArray[np.uint8]
Correlations = npt.NDArray[np.float32]


@dataclass(frozen=True, order=True)
class Place:
    """Where a small image may lie in a large one.

    Attributes
    ----------
    correlation : float
        Of the gray levels there, at most 1.
    scale : float
        Length in the large image of a pixel of the small one.
    left, top : float
        How far the small image's edges are from those of the large one, in pixels of the latter.
    """

    correlation: float
    scale: float
    left: float
    top: float

    @property
    def homography(self) -> Matrix:
        """(3, 3) map of the small image to the large one."""
        shift = (self.scale - 1) / 2  # of the center of the first pixel
        return np.array(
            [[self.scale, 0, self.left + shift], [0, self.scale, self.top + shift], [0, 0, 1.0]]
        )


def find_places(small: Gray, large: Gray, num_places: int = NUM_PLACES) -> list[Place]:
    """Find where a small image may lie in a large one.

    Parameters
    ----------
    small, large : (h, w), (H, W) uint8
    num_places : int
        How many at most.

    Returns
    -------
    list of Place
        The best first: with a correlation of at least 0.6, none on another. None where the large
        image is too large to be searched.

    References
    ----------
    J. P. Lewis, "Fast normalized cross-correlation", Vision Interface 1995.
    """
    detail = _coarse_detail(small)
    if large.size * detail**2 > LARGEST_SEARCHED:
        return []
    scales = np.geomspace(1 / LARGEST_CHANGE, LARGEST_CHANGE, NUM_SCALES)
    step = float(scales[1] / scales[0])
    coarse = _apart(_places(small, large, scales, detail), small)[:_MOST_ALIKE]
    promising = [one for one in coarse if one.correlation > coarse[0].correlation - _COARSE_NOISE]
    fine = [_refined(small, large, place, step) for place in promising]
    return _apart(fine, small)[:num_places]


def _coarse_detail(small: Gray) -> float:
    """How much smaller the small image is made for the first search."""
    height, width = small.shape
    enough: float = max(_COARSE_SIDE / sqrt(small.size), _COARSE_WIDTH / min(height, width))
    return min(1.0, enough)


def _places(
    small: Gray, large: Gray, scales: npt.NDArray[np.float64], detail: float
) -> Iterator[Place]:
    """Yield the best places at each scale, by at most so many pixels for one of either image."""
    whole = _resized(large, detail)
    for scale in scales.tolist():
        image = _resized(whole, 1 / max(1.0, scale))
        template = _resized(small, detail * min(1.0, scale))
        correlations = _correlations(template, image)
        if correlations is None:
            continue
        reach = np.ones([2 * (side // 4) + 1 for side in template.shape], np.uint8)
        peaks = correlations == cv2.dilate(correlations, reach)
        y, x = np.nonzero(peaks & (correlations >= LEAST_CORRELATION))
        best = np.argsort(-correlations[y, x], kind="stable")[:_MOST_ALIKE]
        size_y, size_x = np.divide(large.shape, image.shape)
        for row, column in zip(y[best], x[best], strict=True):
            yield Place(
                float(correlations[row, column]), scale, float(column * size_x), float(row * size_y)
            )


def _refined(small: Gray, large: Gray, place: Place, step: float) -> Place:
    """Look again around a place, with more detail and at finer steps of scale."""
    detail = min(1.0, _FINE_SIDE / sqrt(small.size))
    size = np.array(small.shape[::-1]) * place.scale
    margin = (step - 1) * size.max() + 2 * place.scale / _coarse_detail(small)
    corner = np.array([place.left, place.top])
    left, top = np.floor(np.maximum(corner - margin, 0)).astype(int).tolist()
    right, bottom = np.ceil(corner + size + margin).astype(int).tolist()
    scales = place.scale * np.geomspace(1 / step, step, _FINE_SCALES)
    found = max(_places(small, large[top:bottom, left:right], scales, detail), default=None)
    if found is None:
        return place
    return Place(found.correlation, found.scale, left + found.left, top + found.top)


def _apart(places: Iterator[Place] | list[Place], small: Gray) -> list[Place]:
    """Return the best places of which none lies on a better one."""
    kept: list[Place] = []
    for place in sorted(places, reverse=True):
        reach = min(small.shape) * place.scale / 2
        if all(np.hypot(place.left - o.left, place.top - o.top) > reach for o in kept):
            kept.append(place)
    return kept


def _resized(gray: Gray, factor: float) -> Gray:
    height, width = gray.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def _correlations(template: Gray, image: Gray) -> Correlations | None:
    """Return those of a template with every place of an image; None if it is too small or plain."""
    height, width = template.shape
    if min(height, width) < _LEAST_SIDE or height > image.shape[0] or width > image.shape[1]:
        return None
    centered = template.astype(np.float32) - np.float32(template.mean())
    contrast = float(centered.std())
    if contrast < _PLAIN:
        return None
    covariances = cv2.matchTemplate(image.astype(np.float32), centered, cv2.TM_CCORR)
    top, left = height // 2, width // 2  # of the boxes, which are known by their centers
    inside = np.s_[top : top + covariances.shape[0], left : left + covariances.shape[1]]
    means = cv2.boxFilter(image, cv2.CV_32F, (width, height))[inside]
    squares = cv2.sqrBoxFilter(image, cv2.CV_32F, (width, height))[inside]
    least = (_LEAST_CONTRAST * contrast) ** 2
    contrasts = np.sqrt(np.maximum(squares - means**2, least))
    return np.asarray(covariances / (template.size * contrast * contrasts), np.float32)
