"""What the network's first layer does to the gray pixels, beside kernels made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from featmatch.learned.network.network import FeatureNetwork
from featmatch.types import Array

SIDE = 6
"""Pixels of the image along a side of the first layer's kernels."""

_NUM_RANDOM = 400  # kernels, of which 5 % are counted


@dataclass(frozen=True, eq=False)
class FirstKernels:
    """The kernels of the first layer, in pixels of the image.

    Parameters
    ----------
    weights : (C, 6, 6) float32
        The first layer works on pixels folded 2 x 2 into four channels, so its kernels of 3 x 3
        see 6 x 6 pixels. Normalization is folded in; the bias is left out.
    nearest : tuple of (str, float)
        For each kernel the one made by hand that is most like it, at the place where it fits best,
        and the cosine of the angle between the two: 1 for the same but for a positive factor, -1
        for the opposite.
    classic : mapping of str to (6, 6) float32
        The kernels made by hand, of unit length, in the middle of their window.
    noise_likeness : float
        How alike the nearest of them is, regardless of the sign, to 19 of 20 kernels of random
        numbers: likeness up to this says nothing.
    """

    weights: npt.NDArray[np.float32]
    nearest: tuple[tuple[str, float], ...]
    classic: Mapping[str, npt.NDArray[np.float32]]
    noise_likeness: float = 0.0


def first_kernels(network: FeatureNetwork) -> FirstKernels:
    """Unfold the first layer's kernels and find what each is most like.

    Parameters
    ----------
    network : FeatureNetwork
        As `load_network` gives it.

    Returns
    -------
    FirstKernels
    """
    folded = network.blocks[0].children()["layers.0"].named_parameters()["weight"].data
    cells = folded.reshape(3, 3, 2, 2, -1)
    weights = cells.transpose(4, 0, 2, 1, 3).reshape(-1, SIDE, SIDE)
    classic = classic_kernels()
    nearest = tuple(_nearest(kernel) for kernel in weights)
    padded = {name: _padded(kernel) for name, kernel in classic.items()}
    return FirstKernels(weights, nearest, padded, noise_likeness())


@cache
def noise_likeness() -> float:
    """Likeness to the nearest kernel made by hand that 19 of 20 random kernels do not exceed."""
    drawn = np.random.default_rng(0).standard_normal((_NUM_RANDOM, SIDE, SIDE))
    return float(np.quantile([abs(_nearest(kernel)[1]) for kernel in drawn], 0.95))


def classic_kernels() -> dict[str, npt.NDArray[np.float32]]:
    """Kernels of 2 x 2, 4 x 4 and 6 x 6 pixels that were made by hand, of unit length.

    All are products of rows of binomial coefficients and their first and second differences, which
    is what Sobel's kernels are (I. Sobel and G. Feldman, *A 3 x 3 isotropic gradient operator for
    image processing*, 1968): of even size, to have the middle of the network's.
    """
    found: dict[str, Array] = {}
    for size in (6, 4, 2):
        smooth, slope = binomial(size), np.convolve(binomial(size - 1), [-1, 1])
        across, down = np.outer(smooth, slope), np.outer(slope, smooth)
        kinds = {
            "Gaussian": np.outer(smooth, smooth),
            "Sobel across": across,
            "Sobel down": down,
            "Sobel diagonal, down right": across + down,
            "Sobel diagonal, up right": across - down,
            "saddle": np.outer(slope, slope),
        }
        if size > 2:
            bend = np.convolve(binomial(size - 2), [1, -2, 1])
            vertical, horizontal = np.outer(smooth, bend), np.outer(bend, smooth)
            kinds |= {
                "vertical bar": vertical,
                "horizontal bar": horizontal,
                "Laplacian": vertical + horizontal,
            }
        found |= {f"{name}, {size} px": kernel for name, kernel in kinds.items()}
    return {name: (k / np.linalg.norm(k)).astype(np.float32) for name, k in found.items()}


def binomial(size: int) -> Array:
    """Write down the row of Pascal's triangle with `size` numbers."""
    row = np.ones(1)
    for _ in range(size - 1):
        row = np.convolve(row, [1, 1])
    return row


def _nearest(kernel: Array) -> tuple[str, float]:
    names, placed = _placed()
    cosines = placed @ kernel.ravel() / (float(np.linalg.norm(kernel)) or 1.0)
    best = int(np.abs(cosines).argmax())
    return names[best], float(cosines[best])


@cache
def _placed() -> tuple[list[str], Array]:
    """Every kernel made by hand at every place of a window of 6 x 6: names (P,), values (P, 36)."""
    names, rows = [], []
    for name, kernel in classic_kernels().items():
        size = len(kernel)
        for top, left in np.ndindex(SIDE - size + 1, SIDE - size + 1):
            window = np.zeros((SIDE, SIDE), np.float32)
            window[top : top + size, left : left + size] = kernel
            names.append(name)
            rows.append(window.ravel())
    return names, np.array(rows)


def _padded(kernel: Array) -> npt.NDArray[np.float32]:
    return np.pad(kernel, (SIDE - len(kernel)) // 2)
