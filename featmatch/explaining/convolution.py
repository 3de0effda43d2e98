"""Convolution, one patch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch import nn
from featmatch.explaining.classic_kernels import ClassicKernel, classic_kernel
from featmatch.explaining.pictures import (
    gray_levels,
    gray_picture,
    liveliest_square,
    signed_picture,
)
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image

_SIDE = 10  # px of the square whose numbers are shown
_PICTURE_SIZE = 224  # px, longer side of what the kernels are applied to
_KERNELS = ("sobel-x", "laplacian", "gaussian", "sharpen")

_SUMMARY = (
    "A convolution lays a small kernel of weights on a patch of the image, multiplies each pixel "
    "by the weight on it, and adds the products up to one number. Moved on by a pixel it gives "
    "the next number, and so on: all of them together are the feature map. The weights are the "
    "same everywhere, so a few numbers say what to look for in the whole image."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn

page = featmatch.explain("convolution", "photo.jpg").data  # the numbers of this page
crop = page["crop"].astype(np.float64)  # gray levels
sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64)  # across
feature_map = nn.conv2d(crop[None, :, :, None], sobel[:, :, None, None])
print(feature_map.shape)  # (1, H - 2, W - 2, 1): one image, one channel
print((crop[:3, :3] * sobel).sum(), "on the page:", page["kernels"][0].feature_map[0, 0])
"""
_NOTES = (
    "What networks call convolution is a cross-correlation. The convolution of mathematics turns "
    "the kernel by half a turn first; where weights are learned, that makes no difference, as "
    "the turned weights would be learned instead.",
    "A large answer does not say that the feature is likely to be there. The sum also grows with "
    "the contrast of the patch and with the size of the weights, so answers of two kernels are "
    "not comparable as they are.",
    "With several channels the kernel has a layer of weights for each, and the products of all of "
    "them go into one sum: a kernel of 3 x 3 on 16 channels has 144 weights, not 9.",
)


@dataclass(frozen=True, eq=False)
class KernelAnswer:
    """What one kernel makes of the image.

    Parameters
    ----------
    name, label, answers : str
        As in `ClassicKernel`.
    weights : ndarray (3, 3)
    feature_map : ndarray (S - 2, S - 2)
        Of the S x S crop.
    flipped_map : ndarray (S - 2, S - 2)
        With the kernel turned by half a turn, as mathematics has it.
    picture : ndarray (H, W) uint8
        Feature map of the whole picture, with zeros around; where the weights sum to 0, gray level
        128 stands for 0.
    limit : float or None
        Magnitude that is black and white in `picture`; None if its levels are the numbers.
    """

    name: str
    label: str
    answers: str
    weights: NDArray[np.float64]
    feature_map: NDArray[np.float64]
    flipped_map: NDArray[np.float64]
    picture: NDArray[np.uint8]
    limit: float | None


def convolution(image: Image) -> Topic:
    """Show how a feature map comes about, number by number."""
    gray = gray_picture(image, _PICTURE_SIZE)
    x, y = liveliest_square(gray, _SIDE)
    crop = gray[y : y + _SIDE, x : x + _SIDE].astype(np.int64)
    data = {
        "picture": gray,
        "x": x,
        "y": y,
        "side": _SIDE,
        "crop": crop,
        "kernels": tuple(_answer(classic_kernel(name), gray, crop) for name in _KERNELS),
    }
    return Topic("convolution", "Convolution, step by step", _SUMMARY, data, _CODE, _NOTES)


def correlated(gray: NDArray[Any], weights: NDArray[Any], **options: Any) -> NDArray[np.float64]:
    """Convolve (H, W) numbers with a (kh, kw) kernel by `featmatch.nn.conv2d`, in float64."""
    x, w = np.asarray(gray, np.float64), np.asarray(weights, np.float64)
    return nn.conv2d(x[None, :, :, None], w[:, :, None, None], **options).data[0, :, :, 0]


def _answer(kernel: ClassicKernel, gray: NDArray[Any], crop: NDArray[Any]) -> KernelAnswer:
    whole = correlated(gray, kernel.weights, padding="same")
    inner = whole[1:-1, 1:-1]  # the zeros around would be the strongest edge of all
    limit = float(np.abs(inner).max()) if kernel.finds_changes else None
    return KernelAnswer(
        kernel.name,
        kernel.label,
        kernel.answers,
        kernel.weights,
        np.round(correlated(crop, kernel.weights), 6),
        np.round(correlated(crop, kernel.weights[::-1, ::-1]), 6),
        gray_levels(whole) if limit is None else signed_picture(whole, limit),
        limit,
    )
