"""Two images, one laid over the other by a homography, to be compared as thumbnails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from featmatch.geometry.accuracy import overlap_grid
from featmatch.geometry.likeness import Likeness, likeness
from featmatch.geometry.lucas_kanade import LONGEST_SIDE
from featmatch.geometry.pictures import Picture, overlap
from featmatch.geometry.plausibility import LARGEST_SCALE
from featmatch.geometry.polish import between_working_pixels, length_scale
from featmatch.geometry.residuals import Matrix
from featmatch.images.view import View

_THUMBNAIL = 32.0  # px, the side of a square one
_GRAY_LEVELS = 25  # that paper has, from its shade to its light


@dataclass(frozen=True, eq=False)
class Superposition:
    """What both images show of a plane.

    Attributes
    ----------
    picture0, picture1 : Picture
    mapping : (3, 3) float64
        Maps image 0 to image 1, in pixels of the pictures, with a positive determinant.
    scale : float
        Typical length in image 1 of a pixel of image 0.
    num_common : int
        Pixels of image 0 that image 1 shows too.
    """

    picture0: Picture
    picture1: Picture
    mapping: Matrix
    scale: float
    num_common: int

    @classmethod
    def of(
        cls, view0: View, view1: View, homography: Matrix, *, inverted: bool = False
    ) -> Superposition | None:
        """Lay one image over the other; None where they have nothing in common to be compared.

        Parameters
        ----------
        view0, view1 : View
        homography : (3, 3) float
            Maps image 0 to image 1, in pixels of the originals.
        inverted : bool
            Image 1 is a negative: its own negative is laid over image 0.
        """
        picture0, picture1 = Picture.of(view0), Picture.of(view1)
        picture1 = picture1.negative() if inverted else picture1
        mapping = between_working_pixels(view0.image, view1.image, homography)
        if mapping is None or max(*picture0.size, *picture1.size) > LONGEST_SIDE:
            return None
        grid = overlap_grid(mapping, picture0.size, picture1.size)
        if not len(grid):
            return None
        scale = length_scale(mapping, grid)
        num_common = int(np.count_nonzero(overlap(picture0, picture1, mapping)))
        if not num_common or not 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE:
            return None
        return cls(picture0, picture1, mapping, scale, num_common)

    def likeness(
        self, side: float, num_pixels: float | None = None, *, max_shift: int = 0
    ) -> Likeness:
        """Compare thumbnails.

        Parameters
        ----------
        side : float
            Of a square thumbnail of what both images show, in its pixels.
        num_pixels : float, optional
            Of image 0, that are to fill that thumbnail. None takes all that both images show.
        max_shift : int
            In pixels of the thumbnails, see `featmatch.geometry.likeness.likeness`.
        """
        factor = side / np.sqrt(self.num_common if num_pixels is None else max(1.0, num_pixels))
        pictures = self.picture0, self.picture1
        return likeness(*pictures, self.mapping, self.scale, factor, max_shift=max_shift)

    @cached_property
    def share(self) -> float | None:
        """Share of small thumbnails that looks alike within a pixel, see `Likeness.share`."""
        return self.likeness(_THUMBNAIL, max_shift=1).share

    @property
    def paper(self) -> float:
        """The smaller share of an image that is about as bright as its most frequent shade."""
        return min(_share_of_shade(picture) for picture in (self.picture0, self.picture1))


def _share_of_shade(picture: Picture) -> float:
    gray = picture.gray if picture.usable is None else picture.gray[picture.usable > 0]
    counts = np.bincount(np.rint(gray).astype(np.uint8).ravel(), minlength=256)
    shades = np.convolve(counts, np.ones(_GRAY_LEVELS), "same")
    return float(shades.max() / max(1, counts.sum()))
