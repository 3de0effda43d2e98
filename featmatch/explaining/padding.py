"""Padding, stride and dilation: how a kernel walks over its input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featmatch.explaining.convolution import correlated
from featmatch.explaining.pictures import gray_picture, liveliest_square
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image

_SIDE = 12  # px of the square that the walk is shown on, at most

_SUMMARY = (
    "Three numbers say how a kernel walks over its input. Padding adds a border of zeros, so that "
    "the kernel can also be centered on the outermost pixels. Stride is the step from one place to "
    "the next: 2 halves each side of the output. Dilation spreads the kernel's taps apart, so "
    "that it sees further with the same number of weights."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn

page = featmatch.explain("padding", "photo.jpg").data  # the numbers of this page
mean = np.full((3, 3, 1, 1), 1 / 9)
for example in page["examples"][:4]:  # no padding, same size, with a stride, dilated
    crop = page["crop"][: example.size, : example.size, None].astype(np.float64)
    steps = {"stride": example.stride, "dilation": example.dilation}
    output = nn.conv2d(crop[None], mean, padding=example.padding, **steps)
    print(example.label, output.shape)
    print(output.data[0, 1, 1, 0], "on the page:", example.output[1, 1])
"""
_NOTES = (
    "Padding is not free of effects: near the border part of what is summed are zeros that are "
    "not in the image. A mean gets darker there, an edge filter sees an edge.",
    "The size of the output is rounded down. Where the stride does not come out even, the last "
    "rows and columns are never read, and nothing warns of it.",
    "With a stride larger than the kernel, pixels between are never read. With a dilation and a "
    "stride of 1, pixels between the taps are left out by each output and read by others.",
)


@dataclass(frozen=True)
class Walk:
    """How a kernel walks over a square input.

    Parameters
    ----------
    size, kernel_size : int
        Pixels a side.
    padding, stride, dilation : int
        As in `featmatch.nn.conv2d`.
    """

    size: int
    kernel_size: int
    padding: int = 0
    stride: int = 1
    dilation: int = 1

    @property
    def span(self) -> int:
        """Pixels from the first to the last tap of the kernel."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def output_size(self) -> int:
        """Numbers a side of the output; 0 if the kernel exceeds the padded input."""
        room = self.size + 2 * self.padding - self.span
        return 0 if room < 0 else room // self.stride + 1

    def places(self, output: int) -> tuple[int, ...]:
        """Tell which rows an output reads; those outside of 0, ..., size - 1 are padding."""
        first = output * self.stride - self.padding
        return tuple(first + tap * self.dilation for tap in range(self.kernel_size))


@dataclass(frozen=True, eq=False)
class WalkExample:
    """A usual walk, and what the engine makes of it with a kernel that takes the mean.

    Parameters
    ----------
    label : str
    size, kernel_size, padding, stride, dilation : int
        Of the `Walk`.
    output : ndarray (M, M)
        Means of the crop's upper left `size` x `size` numbers.
    """

    label: str
    size: int
    kernel_size: int
    padding: int
    stride: int
    dilation: int
    output: NDArray[np.float64]


_EXAMPLES = (
    ("no padding", Walk(7, 3)),
    ("same size", Walk(7, 3, padding=1)),
    ("every second place", Walk(7, 3, padding=1, stride=2)),
    ("dilated, same size", Walk(9, 3, padding=2, dilation=2)),
    ("5 x 5, same size", Walk(7, 5, padding=2)),
    ("stride that leaves a rest", Walk(8, 3, stride=2)),
)


def padding(image: Image) -> Topic:
    """Show which pixels each output reads."""
    gray = gray_picture(image)
    x, y = liveliest_square(gray, _SIDE)
    crop = gray[y : y + _SIDE, x : x + _SIDE].astype(np.int64)
    examples = tuple(_example(label, walk, crop) for label, walk in _EXAMPLES)
    data = {"crop": crop, "examples": examples}
    return Topic("padding", "Padding, stride and dilation", _SUMMARY, data, _CODE, _NOTES)


def _example(label: str, walk: Walk, crop: NDArray[np.int64]) -> WalkExample:
    mean = np.full((walk.kernel_size, walk.kernel_size), walk.kernel_size**-2.0)
    options = {"padding": walk.padding, "stride": walk.stride, "dilation": walk.dilation}
    output = correlated(crop[: walk.size, : walk.size], mean, **options)
    return WalkExample(label, walk.size, walk.kernel_size, **options, output=np.round(output, 4))
