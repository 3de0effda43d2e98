"""The gray levels that two images are compared by, where they may be looked at, and how sharp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.lucas_kanade import LONGEST_SIDE, Floats
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.view import Mask, View
from featmatch.types import Array

NOISE_PERCENTILE = 10.0  # of the strengths of corners: what is plain fills as much of most images
NOISE_PEAK = 32.0  # times the strength there is what noise alone reaches in a megapixel

_PIXEL_BLUR = 0.5  # px: what a camera's pixel does to the picture (Lowe 2004, section 3.3)
_BLUR = 0.7  # px, on top of that: against the noise of the gradient and of the interpolation
_BAND = 1 << 20  # px: worked on at once where OpenCV does not take the image


@dataclass(frozen=True, eq=False)
class Picture:
    """Gray levels to be compared, and where.

    Attributes
    ----------
    gray : (H, W) float32
        From 0 to 255.
    usable : (H, W) uint8 or None
        0 where it must not be looked at; None uses all.
    """

    gray: Floats
    usable: Mask | None = None

    @classmethod
    def of(cls, view: View) -> Picture:
        """Return the working pixels of an image."""
        return cls(view.image.gray().astype(np.float32), view.usable)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.gray.shape
        return width, height

    def as_coarse(self, scale: float) -> Picture:
        """Blur to the detail of an image that is `scale` times coarser, and a little more."""
        return self.blurred(np.sqrt((scale**2 - 1) * _PIXEL_BLUR**2 + (scale * _BLUR) ** 2))

    def blurred(self, sigma: float) -> Picture:
        """Blur by a Gaussian of so many pixels."""
        return replace(self, gray=np.asarray(cv2.GaussianBlur(self.gray, (0, 0), sigma)))

    def negative(self) -> Picture:
        """Exchange bright and dark."""
        return replace(self, gray=255 - self.gray)

    def shrunk(self, factor: int) -> Picture:
        """Make one pixel of so many along each side; what is left over at the end is cut off."""
        width, height = (side // factor for side in self.size)
        whole = slice(height * factor), slice(width * factor)
        gray = cv2.resize(self.gray[whole], (width, height), interpolation=cv2.INTER_AREA)
        if self.usable is None:
            return Picture(np.asarray(gray))
        blocks = self.usable[whole].reshape(height, factor, width, factor)
        return Picture(np.asarray(gray), blocks.min(axis=(1, 3)))

    def is_noise(self, places: Array, radius: float) -> npt.NDArray[np.bool_]:
        """(N,) flags of the places around which no corner is stronger than noise would make it."""
        strengths = cv2.cornerMinEigenVal(self.gray, 3)
        seen = strengths if self.usable is None else strengths[self.usable > 0]
        side = 2 * ceil(radius) + 1
        strongest = cv2.dilate(strengths, np.ones((side, side), np.uint8))
        x, y = np.rint(places).clip(0, np.subtract(self.size, 1)).astype(np.int64).T
        noise: npt.NDArray[np.bool_] = strongest[y, x] < NOISE_PEAK * np.percentile(
            seen, NOISE_PERCENTILE
        )
        return noise


def overlap(template: Picture, image: Picture, mapping: Matrix) -> Mask:
    """Mask of the pixels of one picture that the other shows too, where both may be looked at.

    Parameters
    ----------
    template, image : Picture
    mapping : (3, 3) float
        Maps `template` to `image`, with a positive determinant.

    Returns
    -------
    (H, W) uint8
        Of the size of `template`; 0 where it must not be looked at.
    """
    usable = image.usable
    if usable is None:
        usable = np.full(image.gray.shape, 255, np.uint8)
    if max(*template.size, *image.size) <= LONGEST_SIDE:
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        seen = np.asarray(cv2.warpPerspective(usable, mapping, template.size, flags=flags))
    else:
        seen = _warped_in_bands(usable, mapping, template.size)
    width, height = template.size
    x, y = np.arange(width), np.arange(height)[:, None]
    seen[mapping[2, 0] * x + mapping[2, 1] * y + mapping[2, 2] <= 0] = 0
    if template.usable is not None:
        seen[template.usable == 0] = 0
    return np.asarray(seen, np.uint8)


def _warped_in_bands(mask: Mask, mapping: Matrix, size: tuple[int, int]) -> Mask:
    """Do what `cv2.warpPerspective` does, for images that are too long for it."""
    width, height = size
    seen = np.zeros((height, width), np.uint8)
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        band = seen[top : top + rows]
        y, x = np.mgrid[top : top + len(band), :width]
        places = np.rint(transfer(mapping, np.column_stack([x.ravel(), y.ravel()])))
        inside = ((places >= 0) & (places < mask.shape[::-1])).all(axis=1)
        columns, lines = places[inside].astype(np.int64).T
        band[inside.reshape(band.shape)] = mask[lines, columns]
    return seen
