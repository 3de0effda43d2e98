"""Kernels that find edges, and others designed by hand."""

from __future__ import annotations

import numpy as np

from featmatch.explaining.classic_kernels import CLASSIC_KERNELS, classic_kernel
from featmatch.explaining.convolution import correlated
from featmatch.explaining.pictures import (
    gray_levels,
    gray_picture,
    liveliest_square,
    signed_picture,
)
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image

_SIDE = 96  # px of the square that the page convolves itself, at most

_SUMMARY = (
    "Nine weights are enough to find edges, to blur or to sharpen. What a kernel answers to can be "
    "read off its weights: if they sum to 0, an even surface gives 0 and only changes are left; "
    "if they sum to 1, the brightness stays. A network is given no such kernels: it starts with "
    "random weights, and training makes some of them much like these."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn

page = featmatch.explain("edges", "photo.jpg").data  # the numbers of this page
image = page["picture"].astype(np.float64)[None, :, :, None]
across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64)  # Sobel
kernels = np.stack([across, across.T], axis=-1)[:, :, None]  # (3, 3, 1 in, 2 out)
changes = nn.conv2d(image, kernels).data[0]
strength = np.hypot(changes[..., 0], changes[..., 1])
print(strength.max(), "on the page:", page["limit"])
"""
_NOTES = (
    "A kernel for edges does not answer with yes or no. It gives a signed number: dark to bright "
    "is positive, bright to dark negative. How large it is depends on the contrast as much as on "
    "how sharp the edge is.",
    "One kernel sees one direction. The strength of an edge whatever its direction takes two: the "
    "root of the sum of the squares of both answers, which is no convolution.",
    "The border of the result is computed with zeros outside of the image, which makes edges there "
    "that the image does not have.",
)


def edges(image: Image) -> Topic:
    """Show what classic kernels answer to, and prepare numbers to try one's own on."""
    gray = gray_picture(image)
    side = min(_SIDE, *gray.shape)
    x, y = liveliest_square(gray, side)
    across, down = (
        correlated(gray, classic_kernel(name).weights) for name in ("sobel-x", "sobel-y")
    )
    strength = np.hypot(across, down)
    limit = float(strength.max())
    data = {
        "picture": gray,
        "x": x,
        "y": y,
        "side": side,
        "crop": gray[y : y + side, x : x + side].astype(np.int64),
        "kernels": CLASSIC_KERNELS,
        "across": signed_picture(across, limit),
        "down": signed_picture(down, limit),
        "strength": gray_levels(strength * (255 / (limit or 1))),
        "limit": round(limit, 2),
    }
    return Topic("edges", "Kernels that find edges", _SUMMARY, data, _CODE, _NOTES)
