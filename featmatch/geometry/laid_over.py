"""What was laid over both images: a watermark, a caption, a frame, one outline of transparency.

It stays at the same pixels while what is behind it changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import independent_matches, log10_binomial_tail
from featmatch.geometry.superposition import Superposition
from featmatch.images.view import View

SAME_PLACE = 1.0  # px: keypoints are no better placed
STAYING_BELOW = -8.0  # log10 of how often so many matches of a pair stay by chance
HALF = 0.5  # of the thumbnails

_Flags = npt.NDArray[np.bool_]


def laid_over(matched: Correspondences, views: tuple[View, View] | None) -> _Flags | None:
    """Tell which matches lie on what was laid over both images.

    Parameters
    ----------
    matched : Correspondences
    views : pair of View or None
        None where the images are not seen.

    Returns
    -------
    (M,) bool or None
        Of all candidates, those that stay at the same pixels. None where no more do than chance has
        them do, where most of what lies at the same pixels is alike, so that it is the images that
        stay, and where the images are not of one size or not seen.
    """
    staying = staying_matches(matched.all_candidates)
    if views is None or staying is None:
        return None
    laid = Superposition.of(*views, np.eye(3))
    share = None if laid is None else laid.share
    return staying if share is not None and share < HALF else None


def staying_matches(matched: Correspondences) -> _Flags | None:
    """Return (M,) flags of the matches that stay at the same pixels; None if chance has them."""
    if matched.sizes is None or matched.sizes[0] != matched.sizes[1]:
        return None
    radius = SAME_PLACE * matched.pixel_size
    staying: _Flags = np.linalg.norm(matched.points1 - matched.points0, axis=1) <= radius
    independent = staying[independent_matches(matched)]
    width, height = matched.sizes[0]
    chance = np.pi * radius**2 / (width * height)
    if chance >= 1 or not independent.any():
        return None
    tail = log10_binomial_tail(int(independent.sum()), len(independent), chance)
    return staying if tail <= STAYING_BELOW else None
