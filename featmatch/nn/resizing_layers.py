"""Layers that change the size or the shape of maps, without parameters."""

from __future__ import annotations

from math import prod

from featmatch.checks import Pair
from featmatch.nn.module import Module
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.resampling import upsample
from featmatch.nn.tensor import Tensor, TensorLike, as_tensor


class _Pool2d(Module):
    """What both kinds of pooling keep."""

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding


class MaxPool2d(_Pool2d):
    """Largest element of each window, `max_pool2d`.

    Parameters
    ----------
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        Step from window to window; the kernel size if left out, so that windows do not overlap.
    padding : int or (height, width)
        Rows and columns of -inf on every side, at most half the kernel size.
    """

    def forward(self, x: TensorLike) -> Tensor:
        """(N, H, W, C) -> (N, H', W', C)."""
        return max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool2d(_Pool2d):
    """Mean of each window, `avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or (height, width)
    stride : int or (height, width), optional
        Step from window to window; the kernel size if left out, so that windows do not overlap.
    padding : int or (height, width)
        Rows and columns of zeros on every side, which count; at most half the kernel size.
    """

    def forward(self, x: TensorLike) -> Tensor:
        """(N, H, W, C) -> (N, H', W', C)."""
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding)


class Upsample(Module):
    """Bilinear interpolation to a higher resolution, `upsample`.

    Parameters
    ----------
    scale_factor : int
        Every pixel becomes this many in height and in width; 1 changes nothing.
    """

    def __init__(self, scale_factor: int) -> None:
        self.scale_factor = scale_factor

    def forward(self, x: TensorLike) -> Tensor:
        """(N, H, W, C) -> (N, H scale_factor, W scale_factor, C)."""
        return upsample(x, self.scale_factor)


class Flatten(Module):
    """All axes after the first in one."""

    def forward(self, x: TensorLike) -> Tensor:
        """(N, ...) -> (N, product of the other sizes)."""
        tensor = as_tensor(x, "input")
        return tensor.reshape(*tensor.shape[:1], prod(tensor.shape[1:]))
