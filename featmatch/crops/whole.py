"""How much of a small image is shown at the place where it was found."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.lucas_kanade import Floats
from featmatch.geometry.pictures import Picture, overlap
from featmatch.geometry.polish import between_working_pixels
from featmatch.geometry.residuals import Matrix
from featmatch.images.view import View

LEAST_ALIKE = 0.8
"""Correlation of every part of a small image, at least. Right places were seen to have 0.81, mostly
more than 0.95, also of JPEG files and at other sizes; frames with another label 0.74, mostly less
than 0.5."""

CLEARLY_ALIKE = 0.9
"""Correlation of parts that are the same and not only similar, as two lines of text are. Nine in
ten parts of a poster have it, in half of the pictures that were blurred by 1.5 px and compressed;
of pages that are laid out alike, with letters of 4 px, half of them at most."""

_MOST = 2 / 3  # of what is shown around a place, where things are the same and none is by chance
_AROUND = 0.2  # of the shorter side: what is around a place
_TOLD = 0.02  # of that, which shows something: less tells nothing
_HALF_SIZE = 4  # px of the coarser image: parts are about as large as a letter
_BLUR = 1.0  # px of the coarser image: against JPEG, and a map that is a fraction of a pixel off
_LEAST_CONTRAST = 0.25  # of the small image's: plainer parts hold noise alone
_PLAIN = 4.0  # gray levels, standard deviation
_TINY = 1e-3
_SEEN = 0.95  # of the small image lies in the other one, at least


@dataclass(frozen=True)
class Parts:
    """The parts of a small image that show something, where another one may show them.

    Attributes
    ----------
    num : int
        Those without overlap that the other image shows, and would have to look alike.
    num_alike : int
        Those that do.
    whole : bool
        Whether the other image shows all of the small one, and everything in it looks alike.
    same : float
        Share of its places around which most looks clearly alike, from 0 to 1: about half of a
        thing that is hidden by half, little of one that has a letterhead in common.
    """

    num: int = 0
    num_alike: int = 0
    whole: bool = False
    same: float = 0.0


def is_whole(small: View, around: View, homography: Matrix) -> bool:
    """Whether each part of a small image that shows something looks alike; see `parts_shown`.

    False also where nothing is shown, or where the map takes a part out of the other image.
    """
    return parts_shown(small, around, homography).whole


def parts_shown(small: View, around: View, homography: Matrix, *, enlarged: float = 1.0) -> Parts:
    """Find which parts of a small image look alike in another one.

    That is stricter than `Evidence.patch_agreement`, which tells whether most of it does: buttons
    differ in one letter of their label.

    Parameters
    ----------
    small, around : View
    homography : (3, 3) float
        Maps `small` to `around`, in pixels of the originals.
    enlarged : float
        How many pixels of both were one of the coarser of them, along each side, before.

    Returns
    -------
    Parts
    """
    mapping = between_working_pixels(small.image, around.image, homography)
    if mapping is None:
        return Parts()
    picture, other = Picture.of(small), Picture.of(around)
    seen = overlap(picture, other, mapping) > 0
    wanted = seen.size if small.usable is None else np.count_nonzero(small.usable)
    laid_over = cv2.warpPerspective(
        other.gray,
        mapping,
        picture.size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    length = float(np.sqrt(abs(np.linalg.det(homography[:2, :2]))))
    grain = enlarged * max(1.0, 1 / length) / small.image.pixel_size
    side = 2 * round(_HALF_SIZE * grain) + 1
    first, second = (
        picture.blurred(_BLUR * grain).gray,
        Picture(np.asarray(laid_over)).blurred(_BLUR * grain).gray,
    )
    correlations, contrasts = _local_correlations(first, second, side)
    shows = seen & (contrasts > max(_PLAIN, _LEAST_CONTRAST * float(first.std())))
    alike = correlations[shows] >= LEAST_ALIKE
    num, num_alike = (round(np.count_nonzero(each) / side**2) for each in (shows, alike))
    all_seen = np.count_nonzero(seen) >= _SEEN * wanted
    whole = bool(all_seen and alike.size and alike.all())
    return Parts(num, num_alike, whole, _share_same(correlations, shows, side))


def _share_same(correlations: Floats, shows: npt.NDArray[np.bool_], side: int) -> float:
    """Share of places around which most of what shows something looks clearly alike."""
    around = max(2 * round(_AROUND * min(shows.shape) / 2) + 1, 2 * side + 1)
    same = shows & (correlations >= CLEARLY_ALIKE)
    shares_shown, shares_same = (
        np.asarray(cv2.blur(flags.astype(np.float32), (around, around))) for flags in (shows, same)
    )
    told = shares_shown > _TOLD
    most = shares_same[told] >= _MOST * shares_shown[told]
    return float(most.mean()) if most.size else 0.0


def _local_correlations(first: Floats, second: Floats, side: int) -> tuple[Floats, Floats]:
    """(H, W) correlations in the squares around each pixel, and the larger contrast there."""

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, (side, side)))

    mean0, mean1 = mean(first), mean(second)
    covariances = mean(first * second) - mean0 * mean1
    contrast0 = np.sqrt(np.maximum(mean(first * first) - mean0**2, _TINY))
    contrast1 = np.sqrt(np.maximum(mean(second * second) - mean1**2, _TINY))
    return covariances / (contrast0 * contrast1), np.maximum(contrast0, contrast1)
