"""Small patches of one image, and where the other one shows them instead.

The patches lie around corners of the part that both images show and may be looked at in. Where that
part is too thin for them, smaller ones are taken. Before few of them are said to be alike, it is
tried whether one image is the negative of the other, is blurred, or shows little but noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isqrt

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.accuracy import overlap_grid
from featmatch.geometry.focus import BLURS, local_blurs
from featmatch.geometry.lucas_kanade import HALF_SIZE, patch_offsets, register_patches, sample
from featmatch.geometry.pictures import Picture, overlap
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

NUM_CORNERS = 400
LEAST_CORNERS = 12  # fewer say nothing of what they are a sample of
CORNER_QUALITY = 1e-3  # of the best corner's: weak corners may stand alone in a dull place
MAX_SHIFT = 3.0  # px: farther off, a patch has caught on something else
MIN_CORRELATION = 0.75
MOST = 0.5  # of the patches
LEAST_SHARE = 0.2  # of the patches: with a wrong homography a few are found by chance

_HALF_SIZES = (HALF_SIZE, 4)  # px: patches of 13 x 13 pixels, in thin overlaps of 9 x 9
_LEAST_BLUR = 2.0  # px: a smaller difference hides no patch

_Flags = npt.NDArray[np.bool_]


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
    clear_agreement : float or None
        The same among the patches that show more than noise; None where that was not asked.
    correlation : float or None
        Median of those found, with the other image's; None where none was.
    inverted : bool
        Whether bright and dark have changed places, as in a photographic negative.
    num_patches : int
        Number of patches that were looked for, of which `agreement` is a share.
    """

    points: Array = field(default_factory=lambda: np.zeros((0, 2)))
    shifted: Array = field(default_factory=lambda: np.zeros((0, 2)))
    agreement: float | None = None
    clear_agreement: float | None = None
    correlation: float | None = None
    inverted: bool = False
    num_patches: int = 0

    @property
    def are_most(self) -> bool:
        """Whether most patches are found, of all or of the clear ones."""
        return self.are_more_than(MOST)

    def are_more_than(self, share: float) -> bool:
        """Whether they are a larger share than this of all patches, or of the clear ones."""
        return max(self.agreement or 0.0, self.clear_agreement or 0.0) > share


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two images, one laid over the other.

    Attributes
    ----------
    template : Picture
        Its patches stay; the coarser one.
    image : Picture
        What they are looked for in.
    mapping : (3, 3) float64
        Maps `template` to `image`, with a positive determinant.
    scale : float
        Typical length in `image` of a pixel of `template`, at least 1.
    """

    template: Picture
    image: Picture
    mapping: Matrix
    scale: float

    def find_patches(self) -> FoundPatches:
        """Look for patches of one image in the other.

        A patch is found if it lies within 3 px of where it is expected, with a correlation of at
        least 0.75. Where most are not, those are counted apart that show more than noise in one of
        the images, and a negative is looked for. Where most are not found then either, and one of
        the images is blurred, the other is blurred alike, and both are made smaller.

        Returns
        -------
        FoundPatches
            In pixels of `template`.
        """
        found = self._found()
        blur = 0.0 if found.agreement is None or found.are_most else self._difference_in_blur()
        if abs(blur) < _LEAST_BLUR:
            return found
        factor = int(abs(blur))
        alike = self._alike_in_blur(blur, factor)._found()
        if not alike.are_most:
            return found
        to_fine = from_shrunk(factor)
        points, shifted = (transfer(to_fine, each) for each in (alike.points, alike.shifted))
        return replace(alike, points=points, shifted=shifted)

    def _found(self) -> FoundPatches:
        template, image = self.template.as_coarse(1.0), self.image.as_coarse(self.scale)
        corners = _corners(template, overlap(template, image, self.mapping))
        if corners is None:
            return FoundPatches()
        points, half_size = corners
        places = _pixels_in_other(points, half_size, self.mapping)
        patches = _Patches(template, points, places)
        registered = patches.register(image)
        found = patches.found(registered)
        if found.are_more_than(LEAST_SHARE):
            found = self._found_in_focus(patches, template, image, found)
        if found.are_most:
            return found
        noise = template.is_noise(points, MAX_SHIFT)
        noise &= image.is_noise(transfer(self.mapping, points), MAX_SHIFT * self.scale)
        negative = patches.found(patches.register(image.negative()), noise)
        if negative.are_most:
            return replace(negative, inverted=True)
        return patches.found(registered, noise)

    def _found_in_focus(
        self, patches: _Patches, template: Picture, image: Picture, found: FoundPatches
    ) -> FoundPatches:
        """Blur each image where the other is blurred, if that finds more patches."""
        here = patches.points[:, None] + patch_offsets(patches.half_size)
        blurs = local_blurs((template, image), (here, patches.places), self.scale)
        if np.mean(blurs != 0) < LEAST_SHARE:
            return found
        alike = patches.found(patches.register(image, blurs, self.scale))
        return alike if (alike.agreement or 0.0) >= (found.agreement or 0.0) else found

    def _difference_in_blur(self) -> float:
        """Blur in pixels of the template that it lacks; below 0 where the other image lacks it."""
        template, image = self.template.as_coarse(1.0), self.image.as_coarse(self.scale)
        points = overlap_grid(self.mapping, template.size, image.size)
        here = points[:, None] + patch_offsets()
        there = _pixels_in_other(points, HALF_SIZE, self.mapping)
        template_detail, image_detail = _detail(template, here), _detail(image, there)
        if template_detail > image_detail:
            return _blur_to_detail(template, here, 1.0, image_detail)
        return -_blur_to_detail(image, there, self.scale, template_detail)

    def _alike_in_blur(self, blur: float, factor: int) -> Comparison:
        template, image = self.template, self.image
        if blur > 0:
            template = template.blurred(blur)
        else:
            image = image.blurred(-blur * self.scale)
        return replace(self, template=template, image=image).shrunk(factor)

    def shrunk(self, factor: int) -> Comparison:
        """Compare the images made so many times smaller; `from_shrunk` leads back."""
        to_fine = from_shrunk(factor)
        mapping = np.linalg.inv(to_fine) @ self.mapping @ to_fine
        pictures = self.template.shrunk(factor), self.image.shrunk(factor)
        return Comparison(*pictures, mapping, self.scale)


@dataclass(frozen=True, eq=False)
class _Patches:
    """Patches of the template around (N, 2) points, and the (N, P, 2) places of their pixels."""

    template: Picture
    points: Array
    places: Array

    @property
    def half_size(self) -> int:
        """Of each patch, in pixels."""
        return isqrt(self.places.shape[1]) // 2

    def register(
        self, image: Picture, blurs: Array | None = None, scale: float = 1.0
    ) -> tuple[Array, Array]:
        """Shifts (N, 2) and correlations (N,) in an image; with blurs (N,), see `local_blurs`."""
        blurs = np.zeros(len(self.points)) if blurs is None else blurs
        shifts, correlations = np.zeros((len(blurs), 2)), np.zeros(len(blurs))
        for blur in np.unique(blurs):
            rows = blurs == blur
            template = self.template.blurred(blur) if blur > 0 else self.template
            other = image.blurred(-blur * scale) if blur < 0 else image
            shifts[rows], correlations[rows] = register_patches(
                template.gray, self.points[rows], other.gray, self.places[rows]
            )
        return shifts, correlations

    def found(self, registered: tuple[Array, Array], noise: _Flags | None = None) -> FoundPatches:
        """Tell which are found; `noise` flags those whose count among the others is asked."""
        shifts, correlations = registered
        found = (np.linalg.norm(shifts, axis=1) <= MAX_SHIFT) & (correlations >= MIN_CORRELATION)
        among_clear = None
        if noise is not None:
            clear = found[found | ~noise]
            among_clear = float(clear.mean()) if len(clear) >= LEAST_CORNERS else None
        shifted = self.points + shifts
        correlation = float(np.median(correlations[found])) if found.any() else None
        return FoundPatches(
            self.points[found],
            shifted[found],
            float(found.mean()),
            among_clear,
            correlation,
            num_patches=len(found),
        )


def _pixels_in_other(points: Array, half_size: int, mapping: Matrix) -> Array:
    pixels = (points[:, None] + patch_offsets(half_size)).reshape(-1, 2)
    return transfer(mapping, pixels).reshape(len(points), -1, 2)


def _detail(picture: Picture, places: Array) -> float:
    """Mean squared gradient over the variance, of patches at (N, P, 2) places taken together."""
    side = 2 * HALF_SIZE + 1
    patches = sample(picture.gray, places).reshape(-1, side, side)
    along_x = (patches[:, :, 2:] - patches[:, :, :-2]) / 2
    along_y = (patches[:, 2:] - patches[:, :-2]) / 2
    energy = np.square(along_x).mean() + np.square(along_y).mean()
    return float(energy / max(float(patches.var()), 1e-6))


def _blur_to_detail(picture: Picture, places: Array, scale: float, detail: float) -> float:
    """Blur, in units of `scale` pixels, that leaves a picture with no less than this detail."""
    enough = 0.0
    for blur in BLURS:
        if _detail(picture.blurred(scale * blur), places) < detail:
            break
        enough = blur
    return enough


def from_shrunk(factor: int) -> Matrix:
    """Map of the pixels of a picture that was shrunk to those before."""
    center = (factor - 1) / 2
    return np.array([[factor, 0, center], [0, factor, center], [0, 0, 1.0]])


def _corners(template: Picture, seen: npt.NDArray[np.uint8]) -> tuple[Array, int] | None:
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
