"""By how much each block of two images that are laid over each other is off.

The gradient and the difference of the brightness tell a shift, and how surely they do (B. Lucas and
T. Kanade, "An iterative image registration technique", 1981; the gradients of both images count, as
in S. Benhimane and E. Malis, "Real-time image-based tracking of planes using efficient second-order
minimization", IROS 2004). Brightness counts from its mean around each pixel, in units of its
contrast in the block, so that shade, vignetting and exposure do not matter; pixels that differ more
than most, as where a form was filled in otherwise, count less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.lucas_kanade import Floats
from featmatch.types import Array

BLOCK = 16  # px, side of a block
AROUND = 11  # rows on either side of a band: those of the window, and one for the gradient
LARGEST_SHIFT = 2.0  # px: farther off, brightness does not tell

_LEAST_SEEN = 0.25  # of a block's pixels
_LEAST_CONTRAST = 1.0  # gray levels, standard deviation: below it there is only noise
_LEAST_TEXTURE = 1e-3  # smaller eigenvalue of a pixel's share of the gradients: below it, an edge
_LEAST_NOISE = 0.25  # of the usual: blocks that agree better do so by chance
_UNUSUAL = 3.0  # times the median difference, where the weight of a pixel has dropped to a half
_SHOWS_SOMETHING = 0.5  # contrasts of the block from the mean around a pixel
_LEAST_TYPICAL = 0.05  # contrasts: what a tenth of a pixel makes
_TINY = 1e-6

_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shifts:
    """Shifts of blocks.

    Attributes
    ----------
    centers : (N, 2) float64
        Of what counts of each block, in pixels of the template.
    shifts : (N, 2) float64
        What the template shows at a point, the other image shows at the point plus its shift.
    information : (N, 2, 2) float64
        Inverse covariance of the shift.
    textured : (N,) bool
        Blocks that are seen and show something.
    pinned : (N,) bool
        Of these, those that show something in two directions, and no edge alone.
    agree : (N,) bool
        Textured ones that look alike (a correlation of .6) and are off by no more than two pixels.
    """

    centers: Array
    shifts: Array
    information: Array
    textured: _Flags
    pinned: _Flags
    agree: _Flags


@dataclass(frozen=True, eq=False)
class Bands:
    """Rows of two images that lie one over the other: a band for each row of blocks.

    Attributes
    ----------
    template, laid : (B, 18, W) float32
        Gray levels above the mean around each pixel; W is a multiple of 16.
    seen : (B, 18, W) bool
        Where both may be looked at.
    tops : (B,) int64
        Rows of the template where the blocks begin, the second one of each band.
    """

    template: Floats
    laid: Floats
    seen: _Flags
    tops: npt.NDArray[np.int64]

    @classmethod
    def of(cls, template: Floats, laid: Floats, seen: _Flags, tops: npt.NDArray[np.int64]) -> Bands:
        """Take the means away from (B * 38, W) gray levels of bands with what is around them."""

        def cut(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
            bands = rows.reshape(len(tops), -1, rows.shape[1])
            return bands[:, AROUND - 1 : 1 - AROUND]

        window = (2 * AROUND - 1, 2 * AROUND - 1)
        above, laid_above = (
            np.asarray(cut(each - cv2.blur(each, window)), np.float32) for each in (template, laid)
        )
        return cls(above, laid_above, cut(seen), tops)

    def shifts(self) -> Shifts:
        """Find by how much each block is off."""
        seen = np.asarray(self.seen[:, 1:-1], np.float32)
        count = np.maximum(_summed(seen), _TINY)
        template, laid = (_in_contrasts(each, seen, count) for each in (self.template, self.laid))
        both = np.asarray((template + laid) / 2, np.float32)
        off = np.asarray((template - laid)[:, 1:-1], np.float32)
        slopes = _slope_x(both), (both[:, 2:] - both[:, :-2]) / 2
        both = both[:, 1:-1]
        weights = np.asarray(seen * _usual(both, off, seen), np.float32)
        pulling = [weights * slope for slope in slopes]
        products = [[_summed(one * other) for other in slopes] for one in pulling]
        structure: Array = np.moveaxis(np.array(products), 2, 0)
        pull: Array = np.stack([_summed(one * off) for one in pulling], axis=-1)
        weight, squares = np.maximum(_summed(weights), _TINY), _summed(weights * off**2)
        ridge = (_LEAST_TEXTURE * weight)[:, None, None] * np.eye(2)
        shifts = np.linalg.solve(structure + ridge, pull[..., None])[..., 0]
        strengths = np.linalg.eigvalsh(structure) / weight[:, None]
        covered = count >= _LEAST_SEEN * BLOCK**2
        pinned, textured = (covered[:, None] & (strengths >= _LEAST_TEXTURE)).T
        left = squares - np.einsum("na,na->n", pull, shifts)
        noise = np.maximum(left, 0) / weight
        least = _LEAST_NOISE * float(np.median(noise[textured])) if textured.any() else 0.0
        # With variances of 1, a correlation of .6 leaves as much in the difference as in the mean.
        alike = _summed(weights * both**2) >= squares
        near = np.linalg.norm(shifts, axis=1) <= LARGEST_SHIFT
        return Shifts(
            self._centers(weights, weight),
            shifts,
            structure / np.maximum(noise, max(least, _TINY))[:, None, None],
            textured,
            pinned,
            textured & alike & near,
        )

    def _centers(self, weights: Floats, weight: Array) -> Array:
        columns = np.arange(weights.shape[2], dtype=np.float32)
        rows = (self.tops[:, None] + np.arange(BLOCK)).astype(np.float32)
        along_x, along_y = _summed(weights * columns), _summed(weights * rows[..., None])
        return np.stack([along_x, along_y], axis=-1) / weight[:, None]


def _in_contrasts(band: Floats, seen: Floats, count: Array) -> Floats:
    """Divide gray levels by their standard deviation in each block."""
    variances = _summed(seen * band[:, 1:-1] ** 2) / count
    contrasts = np.sqrt(variances + _LEAST_CONTRAST**2).astype(np.float32)
    by_block = contrasts.reshape(len(band), 1, -1).repeat(BLOCK, axis=2)
    return np.asarray(band / by_block, np.float32)


def _slope_x(both: Floats) -> Floats:
    """Half the difference of the neighbors to the left and to the right; 0 at the ends."""
    slope = np.zeros_like(both[:, 1:-1])
    slope[..., 1:-1] = (both[:, 1:-1, 2:] - both[:, 1:-1, :-2]) / 2
    return slope


def _usual(both: Floats, off: Floats, seen: Floats) -> Floats:
    """Cauchy weights of the pixels' differences, of which those on plain ground tell nothing."""
    shown = np.abs(off[(seen > 0) & (np.abs(both) >= _SHOWS_SOMETHING)])
    typical = max(float(np.median(shown)), _LEAST_TYPICAL) if len(shown) else 1.0
    return np.asarray(1 / (1 + np.square(off / np.float32(_UNUSUAL * typical))))


def _summed(values: Array) -> Array:
    """(N,) sums of (B, 16, W) values over blocks, row by row."""
    num_bands, _, width = values.shape
    rows = values.reshape(num_bands * BLOCK, width)
    means = cv2.resize(rows, (width // BLOCK, num_bands), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float64).ravel() * BLOCK**2
