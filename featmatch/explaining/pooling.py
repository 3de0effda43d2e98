"""Pooling: many numbers become one, and what is lost by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch import nn
from featmatch.explaining.pictures import gray_levels, gray_picture, liveliest_square
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image

_SIDE = 12  # px of the square whose numbers are shown: 8 x 8 and up to 4 px of shift
_MIN_SIZE = 32  # px, shorter side of the picture, so that it can be shifted and pooled
_FACTORS = (2, 4, 8)
_MAX_SHIFT = 8  # px

_SUMMARY = (
    "Pooling puts one number in place of each window: its largest (max pooling) or its mean. With "
    "windows of 2 x 2 that do not overlap, a quarter of the numbers is left, and the layers that "
    "follow see twice as far. The price is that nobody can tell afterward where in its window a "
    "number came from."
)
_CODE = """\
import featmatch
from featmatch import nn

page = featmatch.explain("pooling", "photo.jpg").data  # the numbers of this page
crop = page["crop"].astype(float)[None, :, :, None]
print(nn.max_pool2d(crop, 2).data[0, 0, 0, 0], "on the page:", page["maxima"][0, 0])
print(nn.avg_pool2d(crop, 2).data[0, 0, 0, 0], "on the page:", page["means"][0, 0])
print(nn.max_pool2d(crop, 3, stride=2, padding=1).shape)  # windows that overlap
"""
_NOTES = (
    "Pooling does not make a network indifferent to shifts. Shifted by the stride, the output "
    "moves by one place; shifted by less, its numbers change. Max pooling with a stride can even "
    'change much, as a fine pattern is sampled too coarsely (R. Zhang, "Making convolutional '
    'networks shift-invariant again", ICML 2019).',
    "Pooling has no weights and learns nothing, and works on each channel by itself: to change the "
    "number of channels takes a 1 x 1 convolution.",
    "For keypoints the place is the result. That is why the network that is shipped averages "
    "rather than takes the largest, and brings its coarse maps back to full size before it decides "
    "where a point is.",
)


@dataclass(frozen=True, eq=False)
class PooledPicture:
    """A picture pooled, and enlarged again by repeating every number.

    Parameters
    ----------
    factor : int
        Side of the windows.
    maxima, means : ndarray (H, W) uint8
        Of the whole windows of the picture.
    num_kept : int
        Numbers left.
    max_error, mean_error : float
        Root mean square of what differs from the picture, in gray levels.
    """

    factor: int
    maxima: NDArray[np.uint8]
    means: NDArray[np.uint8]
    num_kept: int
    max_error: float
    mean_error: float


@dataclass(frozen=True)
class ShiftCurve:
    """How much a map changes when the picture moves.

    Parameters
    ----------
    label : str
    changes : tuple of float
        Root mean square difference, in gray levels, to the map of the picture in place; one for
        each shift.
    """

    label: str
    changes: tuple[float, ...]


def pooling(image: Image) -> Topic:
    """Show what pooling keeps, what it loses, and what a shift does to it."""
    gray = gray_picture(image, min_size=_MIN_SIZE)
    x, y = liveliest_square(gray, _SIDE)
    crop = gray[y : y + _SIDE, x : x + _SIDE].astype(np.int64)
    first = crop[None, :8, :8, None].astype(np.float64)
    data = {
        "picture": gray,
        "crop": crop,
        "maxima": nn.max_pool2d(first, 2).data[0, :, :, 0],
        "means": nn.avg_pool2d(first, 2).data[0, :, :, 0],
        "pictures": tuple(_pooled(gray, factor) for factor in _FACTORS),
        "shifts": tuple(range(_MAX_SHIFT + 1)),
        "curves": _shift_curves(gray),
    }
    return Topic("pooling", "Pooling", _SUMMARY, data, _CODE, _NOTES)


def _pooled(gray: NDArray[np.uint8], factor: int) -> PooledPicture:
    height, width = (side - side % factor for side in gray.shape)
    whole = gray[:height, :width].astype(np.float64)
    maxima = nn.max_pool2d(whole[None, :, :, None], factor).data[0, :, :, 0]
    means = nn.avg_pool2d(whole[None, :, :, None], factor).data[0, :, :, 0]
    enlarged_maxima, enlarged_means = _repeated(maxima, factor), _repeated(means, factor)
    return PooledPicture(
        factor,
        gray_levels(enlarged_maxima),
        gray_levels(enlarged_means),
        maxima.size,
        _root_mean_square(enlarged_maxima - whole),
        _root_mean_square(enlarged_means - whole),
    )


def _repeated(pixels: NDArray[Any], factor: int) -> NDArray[Any]:
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _shift_curves(gray: NDArray[np.uint8]) -> tuple[ShiftCurve, ...]:
    """Compare maps of the picture with those of the picture moved to the left."""
    width = gray.shape[1] - _MAX_SHIFT
    views = [
        gray[None, :, shift : shift + width, None].astype(np.float64)
        for shift in range(_MAX_SHIFT + 1)
    ]
    maps = {
        "the picture itself": views,
        "every fourth pixel": [view[:, ::4, ::4] for view in views],
        "max pooling, 4 x 4": [nn.max_pool2d(view, 4).data for view in views],
        "average pooling, 4 x 4": [nn.avg_pool2d(view, 4).data for view in views],
    }
    return tuple(
        ShiftCurve(label, tuple(_root_mean_square(map_ - moved[0]) for map_ in moved))
        for label, moved in maps.items()
    )


def _root_mean_square(values: NDArray[Any]) -> float:
    return round(float(np.sqrt(np.mean(values**2))), 3)
