"""By how much each block of two images that are laid over each other is off.

The gradient and the difference of the brightness tell a shift, and how surely they do (B. Lucas and
T. Kanade, "An iterative image registration technique", 1981; the gradients of both images count, as
in S. Benhimane and E. Malis, "Real-time image-based tracking of planes using efficient second-order
minimization", IROS 2004). Brightness is made of mean 0 and variance 1 around each pixel, so that
shade, vignetting and exposure do not matter; pixels that differ more than most, as where a form was
filled in otherwise, count less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from featmatch.geometry.lucas_kanade import Floats
from featmatch.types import Array

BLOCK = 16  # px, side of a block
LARGEST_SHIFT = 2.0  # px: farther off, brightness does not tell
LEAST_CORRELATION = 0.6  # of a block with what lies under it: below it something else is shown

_LEAST_SEEN = 0.25  # of a block's pixels, those that differ counting less
_LEAST_CONTRAST = 2.0  # gray levels, standard deviation: below it there is only noise
_LEAST_TEXTURE = 1e-3  # smaller eigenvalue of a pixel's share of the gradients: below it, an edge
_LEAST_NOISE = 0.25  # of the usual: blocks that agree better do so by chance
_WINDOW = 21  # px, side of the square whose brightness is made alike
_UNUSUAL = 3.0  # times the median difference, where the weight of a pixel has dropped to a half
_SHOWS_SOMETHING = 0.5  # standard deviations from the mean around a pixel
_LEAST_TYPICAL = 0.05  # standard deviations: what a tenth of a pixel makes
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Blocks:
    """Points of the moving image and where the fixed image shows the same.

    Attributes
    ----------
    moving, fixed : (N, 2) float64
        In pixels of the originals.
    information : (N, 2, 2) float64
        Inverse covariance of each one's place in the fixed image in 1 / px^2, up to a factor that
        is common to all.
    pinned : (N,) bool
        Those of which the place is known along both axes: no edges.
    agreement : float or None
        Share, from 0 to 1, that they are of all blocks that show something; None where that was
        not looked at.
    """

    moving: Array
    fixed: Array
    information: Array
    pinned: Array
    agreement: float | None = None

    @classmethod
    def of_matches(cls, moving: Array, fixed: Array) -> Blocks:
        """Take matches, of which each is as sure as the others."""
        information = np.broadcast_to(np.eye(2), (len(moving), 2, 2))
        points = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
        return cls(*points, information, np.ones(len(moving), bool))

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, rows: Array) -> Blocks:
        """Return some of them: by their rows, or a flag for each."""
        names = ("moving", "fixed", "information", "pinned")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


@dataclass(frozen=True, eq=False)
class Shifts:
    """Shifts of all blocks, row by row, and what is known of each.

    Attributes
    ----------
    centers : (N, 2) float64
        Of what is seen of each block, in pixels.
    shifts : (N, 2) float64
        What the template shows at a point, the other image shows at the point plus its shift.
    information : (N, 2, 2) float64
        Inverse covariance of the shift.
    textured : (N,) bool
        Blocks that are seen and show something.
    pinned : (N,) bool
        Of these, those that show something in two directions, and no edge alone.
    agree : (N,) bool
        Of these, those that look alike and are off by no more than two pixels.
    """

    centers: Array
    shifts: Array
    information: Array
    textured: Array
    pinned: Array
    agree: Array

    @classmethod
    def between(cls, template: Floats, laid: Floats, seen: Floats) -> Shifts:
        """Find them.

        Parameters
        ----------
        template, laid : (h, w) float32
            Gray levels of an image, and of the one that was laid over it.
        seen : (h, w) float32
            1 where both may be looked at, else 0.
        """
        template, laid = _standardized(template, seen), _standardized(laid, seen)
        both = np.asarray((template + laid) / 2, np.float32)
        off = np.asarray(template - laid, np.float32)
        weights = np.asarray(seen * _usual(both, off, seen), np.float32)
        slopes = tuple(
            np.asarray(cv2.Sobel(both, cv2.CV_32F, *axes, ksize=1, scale=0.5))
            for axes in ((1, 0), (0, 1))
        )
        products = [[_summed(weights * one * other) for other in slopes] for one in slopes]
        structure: Array = np.moveaxis(np.array(products), 2, 0)
        pull = np.stack([_summed(weights * one * off) for one in slopes], axis=-1)
        count = _summed(weights)
        ridge = (_LEAST_TEXTURE * count + _TINY)[:, None, None] * np.eye(2)
        shifts = np.linalg.solve(structure + ridge, pull[..., None])[..., 0]
        seen_enough = _summed(seen) >= _LEAST_SEEN * BLOCK**2
        strengths = np.linalg.eigvalsh(structure) / np.maximum(count, _TINY)[:, None]
        pinned, textured = (seen_enough[:, None] & (strengths >= _LEAST_TEXTURE)).T
        left = _summed(weights * off**2) - np.einsum("na,na->n", pull, shifts)
        noise = np.maximum(left, 0) / np.maximum(count, 1)
        least = _LEAST_NOISE * float(np.median(noise[textured])) if textured.any() else 0.0
        power = _summed(weights * template**2) * _summed(weights * laid**2)
        alike = _summed(weights * template * laid) >= LEAST_CORRELATION * np.sqrt(power)
        near = np.linalg.norm(shifts, axis=1) <= LARGEST_SHIFT
        return cls(
            _centers(weights, count),
            shifts,
            structure / np.maximum(noise, max(least, _TINY))[:, None, None],
            textured,
            pinned,
            textured & alike & near,
        )


def _standardized(gray: Floats, seen: Floats) -> Floats:
    """Gray levels of mean 0 and variance 1 in the square around each pixel, of what is seen."""

    def averaged(values: Array) -> Floats:
        square = (_WINDOW, _WINDOW)
        return np.asarray(cv2.boxFilter(values, -1, square, borderType=cv2.BORDER_CONSTANT))

    share = np.maximum(averaged(seen), _TINY)
    above = (gray - averaged(gray * seen) / share) * seen
    return np.asarray(above / np.sqrt(averaged(above**2) / share + _LEAST_CONTRAST**2), np.float32)


def _usual(both: Floats, off: Floats, seen: Floats) -> Floats:
    """Cauchy weights of the pixels' differences, of which those on plain ground tell nothing."""
    shown = np.abs(off[(seen > 0) & (np.abs(both) >= _SHOWS_SOMETHING)])
    typical = max(float(np.median(shown)), _LEAST_TYPICAL) if len(shown) else 1.0
    return np.asarray(1 / (1 + np.square(off / np.float32(_UNUSUAL * typical))))


def _centers(weights: Floats, count: Array) -> Array:
    height, width = weights.shape
    along_x = _summed(weights * np.arange(width, dtype=np.float32))
    along_y = _summed(weights * np.arange(height, dtype=np.float32)[:, None])
    return np.stack([along_x, along_y], axis=-1) / np.maximum(count, _TINY)[:, None]


def _summed(values: Array) -> Array:
    """(N,) sums over blocks, row by row; those at the ends may be smaller."""
    height, width = values.shape
    padding = (0, -height % BLOCK, 0, -width % BLOCK)
    padded = cv2.copyMakeBorder(values.astype(np.float32), *padding, cv2.BORDER_CONSTANT, value=0)
    blocks = padded.shape[1] // BLOCK, padded.shape[0] // BLOCK
    means = np.asarray(cv2.resize(padded, blocks, interpolation=cv2.INTER_AREA), np.float64)
    return means.ravel() * BLOCK**2
