"""The window that a convolution or a pooling slides over its input, and the sizes that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from featmatch.checks import Pair, check_pair
from featmatch.errors import ArgumentError

Padding: TypeAlias = int | Pair | Literal["same"]
Sides: TypeAlias = tuple[Pair, Pair]


@dataclass(frozen=True)
class Window:
    """Sizes along (height, width).

    Attributes
    ----------
    kernel_size, stride, dilation : (int, int)
    padding : ((top, bottom), (left, right))
        Zeros that the input is thought to be surrounded by.
    """

    kernel_size: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Sides = ((0, 0), (0, 0))

    @property
    def extent(self) -> Pair:
        """Size of the window from its first tap to its last: d (k - 1) + 1."""
        return tuple(  # type: ignore[return-value]
            d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True)
        )

    def output_size(self, input_size: Pair) -> Pair:
        """(n + p_before + p_after - d (k - 1) - 1) // s + 1 along each axis.

        Raises
        ------
        ValueError
            The window is larger than the padded input.
        """
        sizes = []
        for axis in range(2):
            padded = input_size[axis] + sum(self.padding[axis])
            if self.extent[axis] > padded:
                raise ArgumentError(
                    f"input: expected a padded {('height', 'width')[axis]} of at least"
                    f" {self.extent[axis]}, the extent of the kernel, got {padded}"
                )
            sizes.append((padded - self.extent[axis]) // self.stride[axis] + 1)
        return sizes[0], sizes[1]

    def transposed_output_size(self, input_size: Pair, output_padding: Pair) -> Pair:
        """Along each axis s (n - 1) + d (k - 1) + 1 - p_before - p_after + output_padding."""
        sizes = [
            self.stride[axis] * (input_size[axis] - 1)
            + self.extent[axis]
            - sum(self.padding[axis])
            + output_padding[axis]
            for axis in range(2)
        ]
        return sizes[0], sizes[1]


@dataclass(frozen=True)
class TransposedWindow:
    """How a transposed convolution sends its input to the output, along (height, width).

    Parameters
    ----------
    stride : int or (int, int)
        Distance between the output pixels that neighboring input pixels are sent to.
    padding : int or (int, int)
        Rows and columns cut off on each side of the output; 0: none.
    output_padding : int or (int, int)
        Rows and columns added below and to the right, where a stride leaves the size open; less
        than the stride or the dilation. 0: none.
    dilation : int or (int, int)
        Step from one tap of the kernel to the next; 1: a dense kernel.

    Raises
    ------
    ValueError
        An option is out of range.
    """

    stride: int | Pair = 1
    padding: int | Pair = 0
    output_padding: int | Pair = 0
    dilation: int | Pair = 1

    def __post_init__(self) -> None:
        for name in ("stride", "dilation"):
            check_pair(name, getattr(self, name), 1)
        for name in ("padding", "output_padding"):
            check_pair(name, getattr(self, name), 0)


def make_window(
    kernel_size: Pair, stride: int | Pair, padding: Padding, dilation: int | Pair
) -> Window:
    """Check the options and spell them out.

    Parameters
    ----------
    kernel_size : (int, int)
    stride, dilation : int or (int, int)
    padding : int, (int, int) or "same"
        The same on both sides; "same" keeps the size of the input, and puts the odd zero of a
        kernel of even size below and to the right.

    Raises
    ------
    ValueError
        An option is out of range, or "same" was asked for with a stride.
    """
    strides = check_pair("stride", stride, 1)
    dilations = check_pair("dilation", dilation, 1)
    if isinstance(padding, str) and padding == "same":
        if strides != (1, 1):
            raise ArgumentError(f"stride: expected 1 with padding 'same', got {stride}")
        totals = [d * (k - 1) for k, d in zip(kernel_size, dilations, strict=True)]
        vertical, horizontal = ((total // 2, total - total // 2) for total in totals)
        return Window(kernel_size, strides, dilations, (vertical, horizontal))
    if isinstance(padding, str):
        raise ArgumentError(f"padding: expected an integer, a pair or 'same', got {padding!r}")
    down, across = check_pair("padding", padding, 0)
    return Window(kernel_size, strides, dilations, ((down, down), (across, across)))
