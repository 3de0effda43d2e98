"""Small patches of one image, and where the other one shows them instead.

The patches lie around corners of the part that both images show and may be looked at in. Where that
part is too thin for them, smaller ones are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from featmatch.geometry.lucas_kanade import (
    HALF_SIZE,
    LONGEST_SIDE,
    Floats,
    patch_offsets,
    register_patches,
)
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.view import Mask, View
from featmatch.types import Array

NUM_CORNERS = 400
LEAST_CORNERS = 12  # fewer say nothing of what they are a sample of
CORNER_QUALITY = 1e-3  # of the best corner's: weak corners may stand alone in a dull place
MAX_SHIFT = 3.0  # px: farther off, a patch has caught on something else
MIN_CORRELATION = 0.75
SURELY_INVERTED = 0.5  # of the patches, in the contrast of a negative

_HALF_SIZES = (HALF_SIZE, 4)  # px: patches of 13 x 13 pixels, in thin overlaps of 9 x 9
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
        0 where it must not be looked at; None: nowhere.
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

    def blurred(self, scale: float) -> Picture:
        """Blur to the detail of an image that is `scale` times coarser, and a little more."""
        sigma = np.sqrt((scale**2 - 1) * _PIXEL_BLUR**2 + (scale * _BLUR) ** 2)
        return replace(self, gray=np.asarray(cv2.GaussianBlur(self.gray, (0, 0), sigma)))

    def inverted(self) -> Picture:
        """Return the negative."""
        return replace(self, gray=255 - self.gray)


@dataclass(frozen=True, eq=False)
class FoundPatches:
    """Patches of one image that the other one shows near the places where they are expected.

    Attributes
    ----------
    points : (K, 2) float64
        Their centers.
    shifted : (K, 2) float64
        What the image shows at `points`, the other one shows where these were expected.
    agreement : float or None
        Share, from 0 to 1, that they are of all patches; None where there were too few to look at.
    inverted : bool
        Whether bright and dark have changed places, as in a photographic negative.
    """

    points: Array = field(default_factory=lambda: np.zeros((0, 2)))
    shifted: Array = field(default_factory=lambda: np.zeros((0, 2)))
    agreement: float | None = None
    inverted: bool = False


def find_patches(template: Picture, image: Picture, mapping: Matrix, scale: float) -> FoundPatches:
    """Look for patches of one image in another.

    A patch is found if it lies within 3 px of where it is expected, with a correlation of at least
    0.75. Where next to none are, but most are in the negative, that is taken.

    Parameters
    ----------
    template : Picture
        Its patches stay; the coarser one.
    image : Picture
        Blurred to the detail of the other.
    mapping : (3, 3) float
        Maps `template` to `image`, with a positive determinant.
    scale : float
        Typical length in `image` of a pixel of `template`.

    Returns
    -------
    FoundPatches
        In pixels of `template`.
    """
    template, image = template.blurred(1.0), image.blurred(scale)
    corners = _corners(template, _overlap(template, image, mapping))
    if corners is None:
        return FoundPatches()
    points, half_size = corners
    pixels = (points[:, None] + patch_offsets(half_size)).reshape(-1, 2)
    positions = transfer(mapping, pixels).reshape(len(points), -1, 2)
    found = _register(template, image, points, positions)
    if found.agreement is not None and found.agreement < SURELY_INVERTED:
        negative = _register(template, image.inverted(), points, positions)
        if negative.agreement is not None and negative.agreement > SURELY_INVERTED:
            return replace(negative, inverted=True)
    return found


def _register(template: Picture, image: Picture, points: Array, positions: Array) -> FoundPatches:
    shifts, correlations = register_patches(template.gray, points, image.gray, positions)
    found = (np.linalg.norm(shifts, axis=1) <= MAX_SHIFT) & (correlations >= MIN_CORRELATION)
    return FoundPatches(points[found], (points + shifts)[found], float(found.mean()))


def _overlap(template: Picture, image: Picture, mapping: Matrix) -> Mask:
    """Mask of the pixels of the template that both images show, where both may be looked at."""
    width, height = template.size
    usable = image.usable
    if usable is None:
        usable = np.full(image.gray.shape, 255, np.uint8)
    if max(*template.size, *image.size) <= LONGEST_SIDE:
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        seen = np.asarray(cv2.warpPerspective(usable, mapping, template.size, flags=flags))
    else:
        seen = _warped_in_bands(usable, mapping, template.size)
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


def _corners(template: Picture, seen: Mask) -> tuple[Array, int] | None:
    """(N, 2) corners whose whole patch is seen, and the half size of these; None if too few."""
    for half_size in _HALF_SIZES:
        side = 2 * (half_size + 1) + 1  # the gradient needs a pixel more than the patch
        patch = np.ones((side, side), np.uint8)
        whole = cv2.erode(seen, patch, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        spacing = 0.7 * np.sqrt(np.count_nonzero(whole) / NUM_CORNERS)
        corners = cv2.goodFeaturesToTrack(
            template.gray, NUM_CORNERS, CORNER_QUALITY, max(2.0, spacing), mask=whole
        )
        if corners is not None and len(corners) >= LEAST_CORNERS:
            return corners.reshape(-1, 2).astype(np.float64), half_size
    return None
