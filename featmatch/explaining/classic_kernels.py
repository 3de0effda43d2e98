"""Kernels of 3 x 3 weights that were designed by hand, long before any were learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ClassicKernel:
    """A kernel, in the orientation in which `featmatch.nn.conv2d` lays it on the image.

    Parameters
    ----------
    name, label : str
        One word for programs, some for people.
    answers : str
        What it does to an image, in a sentence.
    weights : ndarray (3, 3) float64
    """

    name: str
    label: str
    answers: str
    weights: NDArray[np.float64]

    @property
    def finds_changes(self) -> bool:
        """Whether the weights sum to 0, so that an even surface gives 0."""
        return abs(float(self.weights.sum())) < 1e-9


def _kernel(
    name: str, label: str, answers: str, rows: Sequence[Sequence[float]], divisor: float = 1
) -> ClassicKernel:
    return ClassicKernel(name, label, answers, np.array(rows, np.float64) / divisor)


_ACROSS = "Positive where the image gets brighter from left to right: upright edges."
_DOWN = "Positive where the image gets brighter from top to bottom: level edges."

CLASSIC_KERNELS: tuple[ClassicKernel, ...] = (
    _kernel("sobel-x", "Sobel, across", _ACROSS, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    _kernel("sobel-y", "Sobel, down", _DOWN, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    _kernel("prewitt-x", "Prewitt, across", _ACROSS, [[-1, 0, 1]] * 3),
    _kernel("prewitt-y", "Prewitt, down", _DOWN, [[-1] * 3, [0] * 3, [1] * 3]),
    _kernel("scharr-x", "Scharr, across", _ACROSS, [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
    _kernel("scharr-y", "Scharr, down", _DOWN, [[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
    _kernel(
        "laplacian",
        "Laplacian",
        "How much darker a pixel is than its four neighbors: fine detail, of both signs.",
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    ),
    _kernel(
        "gaussian",
        "Gaussian",
        "A mean that trusts near pixels more: a soft blur, against noise.",
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        16,
    ),
    _kernel("mean", "Mean", "The mean of nine pixels: a plain blur.", [[1] * 3] * 3, 9),
    _kernel(
        "sharpen",
        "Sharpen",
        "The image less its Laplacian: what differs from its surroundings is made stronger.",
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    ),
    _kernel(
        "identity",
        "Identity",
        "The pixel itself: nothing changes.",
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    ),
)
"""Edges first, then blur and detail. Sobel weighs the middle row twice; Scharr chose weights that
make the direction of an edge come out most exactly (H. Scharr, dissertation, Heidelberg, 2000)."""


def classic_kernel(name: str) -> ClassicKernel:
    """Find a kernel of `CLASSIC_KERNELS` by its name."""
    return next(kernel for kernel in CLASSIC_KERNELS if kernel.name == name)
