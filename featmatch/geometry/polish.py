"""Sub-pixel polishing of a homography on the brightness of the images themselves.

Keypoints are a fraction of a pixel off, those of a binary descriptor more than that. Once there is
a homography, small patches of one image can be laid over the other and shifted until they agree, at
corners all over the part that both show. A correction is then fitted to the shifts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.geometry.accuracy import overlap_grid, predicted_transfer_error
from featmatch.geometry.near_identity import brought_nearer, fit_near_identity, fix_homography
from featmatch.geometry.patches import Comparison
from featmatch.geometry.pictures import Picture
from featmatch.geometry.plausibility import LARGEST_SCALE
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.types import Array

MIN_AGREEMENT = 0.2  # of the corners: with a wrong homography a few are found by chance
MAX_ERROR = 1.0  # px

_LEAST_SHIFT_NOISE = 0.1  # px


@dataclass(frozen=True, eq=False)
class Polished:
    """A homography after polishing, or the one given where there was nothing to gain.

    Attributes
    ----------
    homography : (3, 3) float64
        Maps image 0 to image 1, in pixels of the originals.
    points0, points1 : (K, 2) float64
        The patches that agree with it within a pixel, in pixels of the originals: matches at
        sub-pixel accuracy; none where the homography is as it was given.
    patch_agreement : float or None
        Share, from 0 to 1, of the corners in the overlap whose patch was found within 3 pixels of
        where the given homography takes it. Of right homographies mostly above 0.5; of wrong ones
        next to none, whatever matches agree with them. None where there was nothing to look at: no
        overlap, or one that is too thin, blank, or masked.
    clear_agreement : float or None
        The same share, of the corners that are stronger than noise in one of the images; None where
        most of all corners are found.
    correlation : float or None
        Median of the patches that were found, with what the other image shows.
    predicted_error : float
        Of the polished homography, see `predicted_transfer_error`, in pixels of image 1; infinite
        where it is as it was given.
    inverted : bool
        Whether bright and dark have changed places, as in a photographic negative.
    num_patches : int
        Number of patches that `patch_agreement` is a share of.
    """

    homography: Matrix
    points0: Array = field(default_factory=lambda: np.zeros((0, 2)))
    points1: Array = field(default_factory=lambda: np.zeros((0, 2)))
    patch_agreement: float | None = None
    clear_agreement: float | None = None
    correlation: float | None = None
    predicted_error: float = float("inf")
    inverted: bool = False
    num_patches: int = 0

    @property
    def num_points(self) -> int:
        """Number of patches that agree with the polished homography."""
        return len(self.points0)

    @property
    def alike(self) -> float:
        """Share of the patches that look alike, noise aside where that was asked; 0 if unknown."""
        clear = self.clear_agreement
        return (self.patch_agreement if clear is None else clear) or 0.0


def polish_homography(view0: View, view1: View, homography: Matrix) -> Polished:
    """Polish a homography to a small fraction of a pixel.

    The coarser image keeps its patches; the other, blurred to the same detail, is sampled where the
    homography takes their pixels, in full perspective (`Comparison`). The correction is fitted to
    the shifts with Cauchy weights: points off the plane pull little, and what most points say is
    not given up for the few that agree best.

    Parameters
    ----------
    view0, view1 : View
        Worked on at their working sizes, where they are usable.
    homography : (3, 3) float
        Maps image 0 to image 1, in pixels of the originals; right within about 3 working pixels.

    Returns
    -------
    Polished
        With the homography given, the same object, where it cannot be improved: it is singular
        or mirrors, the images do not overlap under it, they are blank there, fewer than a fifth
        of the corners are found again, or they do not fix a homography.

    Raises
    ------
    ValueError
        `homography` is not (3, 3).

    References
    ----------
    Patches: see `featmatch.geometry.lucas_kanade`. Corners: J. Shi and C. Tomasi, "Good features to
    track", CVPR 1994.
    """
    if np.shape(homography) != (3, 3):
        raise ArgumentError(f"homography: expected shape (3, 3), got {np.shape(homography)}")
    unchanged = Polished(homography)
    picture0, picture1 = Picture.of(view0), Picture.of(view1)
    size0, size1 = picture0.size, picture1.size
    mapping = between_working_pixels(view0.image, view1.image, homography)
    if mapping is None:
        return unchanged
    overlap = overlap_grid(mapping, size0, size1)
    if not len(overlap):
        return unchanged
    scale = length_scale(mapping, overlap)
    if not 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE:
        return unchanged
    if scale >= 1:
        compared = Comparison(picture0, picture1, mapping, scale)
    else:
        back = np.linalg.inv(mapping).astype(np.float64)
        compared = Comparison(picture1, picture0, back, 1 / scale)
    compared, found = brought_nearer(compared, compared.find_patches())
    mapping = compared.mapping
    if scale < 1:
        mapping = np.linalg.inv(mapping).astype(np.float64)
    unchanged = Polished(
        homography,
        patch_agreement=found.agreement,
        clear_agreement=found.clear_agreement,
        correlation=found.correlation,
        inverted=found.inverted,
        num_patches=found.num_patches,
    )
    points, shifted = found.points, found.shifted
    if not found.are_more_than(MIN_AGREEMENT) or not fix_homography(points, shifted, MAX_ERROR):
        return unchanged
    correction = fit_near_identity(points, shifted)
    agrees = np.linalg.norm(transfer(correction, points) - shifted, axis=1) <= MAX_ERROR
    points, shifted = points[agrees], shifted[agrees]
    if scale >= 1:
        polished = mapping @ correction
        points0, points1 = points, transfer(mapping, shifted)
    else:
        polished = np.linalg.inv(correction) @ mapping
        points0, points1 = transfer(np.linalg.inv(mapping), shifted), points
    error = predicted_transfer_error(
        polished, points0, points1, size0, size1, min_noise=_LEAST_SHIFT_NOISE
    )
    if not fix_homography(points, shifted, MAX_ERROR) or error > MAX_ERROR * max(1.0, scale):
        return unchanged
    polished = np.linalg.inv(_to_working(view1.image)) @ polished @ _to_working(view0.image)
    return replace(
        unchanged,
        homography=polished / polished[2, 2],
        points0=view0.image.to_original(points0),
        points1=view1.image.to_original(points1),
        predicted_error=error * view1.image.pixel_size,
    )


def between_working_pixels(image0: Image, image1: Image, homography: Matrix) -> Matrix | None:
    """Take a homography of the originals to the working pixels; None if it has no inverse."""
    if not np.isfinite(homography).all() or np.linalg.matrix_rank(homography) < 3:
        return None
    mapping = _to_working(image1) @ homography @ np.linalg.inv(_to_working(image0))
    positive: Matrix = mapping * np.sign(np.linalg.det(mapping))
    return positive


def _to_working(image: Image) -> Matrix:
    """Map of original pixels to working pixels."""
    scale_x, scale_y = image.scale
    shift_x, shift_y = image.from_original([[0.0, 0.0]])[0]
    return np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y], [0, 0, 1]])


def length_scale(mapping: Matrix, points: Array) -> float:
    """Typical length in image 1 of a pixel of image 0."""
    depths = points @ mapping[2, :2] + mapping[2, 2]
    areas = np.linalg.det(mapping) / depths**3
    return float(np.sqrt(np.median(areas)))
