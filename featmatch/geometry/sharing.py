"""What two images share: the scene that both show, or one thing in both.

Matches that agree with a model prove that something is in both images. Whether that is what both of
them show where they overlap, the geometry tells first: matches off a plane that move as a camera's
movement makes them are depth, and no logo or page has any. What is flat is looked at, as a
thumbnail and patch by patch. A poster ends somewhere, and beside it nothing agrees; on a form that
was filled in otherwise the print agrees to the last pixel, and the writing not at all; and what
stays at the same pixels while all the rest changes was laid over both images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.depth import shows_depth
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.laid_over import HALF, SAME_PLACE, laid_over
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.geometry.shared_part import SharedPart, outline_area, shared_part
from featmatch.geometry.superposition import Superposition
from featmatch.geometry.two_views import TwoViews

Shared = Literal["scene", "part", "overlay"]

BENT = 3.0  # times the largest error: lenses and slopes take matches so far off a plane
LEAST_SPREAD = 0.4  # of what all matches enclose, where both images show it: else they end there
NEARLY_ALL = 0.9  # of the patches or a larger thumbnail: what is left stands before the rest
NEARLY_ALL_PRINT = 0.95  # of the patches, on paper: nothing stands before it
MOST = 0.8  # of the thumbnail: windows on the border of what differs are lost too
MANY = 0.6  # of the thumbnail
MORE = 0.25  # of the thumbnail than of the patches: things stand out of the plane, or bend
COPIED = 0.995  # median correlation of the patches that are found: one print, seen twice
PAPER = 0.55  # of the pixels are of about one shade: a page, a drawing, a screen

_LARGER_THUMBNAIL = 64.0  # px, the side of a square one


@dataclass(frozen=True, eq=False)
class Sharing:
    """What two images share.

    Attributes
    ----------
    kind : {"scene", "part", "overlay"}
        The scene; one thing in both; or what was laid over both, as a watermark or a frame.
    reason : str
        In words that go on after "the images".
    part : SharedPart or None
        Where a thing or an overlay lies.
    depth : bool
        Matches off a plane tell of a scene: what the images look like was not asked.
    """

    kind: Shared
    reason: str
    part: SharedPart | None = None
    depth: bool = False


def what_is_shared(plane: Evidence, lines: Evidence, pair: TwoViews) -> Sharing:
    """Tell what two images share that agree with a model more than chance explains.

    Parameters
    ----------
    plane, lines : Evidence
        Of the homography and of the fundamental matrix.
    pair : TwoViews
        Where the images are not seen, the matches alone tell.

    Returns
    -------
    Sharing
    """
    homography = plane.geometry.matrix
    if homography is None or plane.flaw or not plane.log10_false_alarms:
        return Sharing("scene", "show depth, and no plane", depth=True)
    over = laid_over(pair.matched, pair.views)
    stays = _stays(plane, homography, pair.matched)  # a camera that has not moved sees no depth
    if not stays and shows_depth(plane, lines, pair.matched, over):
        return Sharing("scene", "show depth", depth=True)
    laid = (
        Superposition.of(*pair.views, homography, inverted=plane.inverted) if pair.views else None
    )
    if over is not None and (stays or laid is None or (laid.share or 0.0) < HALF):
        staying = pair.matched.all_candidates.points0[over]
        part = shared_part(laid, pair.views, np.eye(3), staying)
        reason = "show at the same pixels what was laid over both, and beside it nothing alike"
        return Sharing("overlay", reason, part)
    if plane.rivals:
        reason = "share a pattern that repeats"
    elif not plane.num_elsewhere and _spread(plane, homography, pair.matched) < LEAST_SPREAD:
        reason = "share one thing, and beside it no match agrees"
    elif laid is None or plane.alike is None:
        return Sharing("scene", "agree wherever both have matches")
    elif _is_one_scene(plane, laid, stays=stays):
        return Sharing("scene", "look alike wherever they overlap")
    else:
        reason = f"share one thing: {100 * plane.alike:.0f} % of what both would show looks alike"
    agreeing = pair.matched.points0[plane.geometry.inliers]
    return Sharing("part", reason, shared_part(laid, pair.views, homography, agreeing))


def _is_one_scene(plane: Evidence, laid: Superposition, *, stays: bool) -> bool:
    """Whether patches and thumbnails look alike enough, or as other views of a scene do."""
    found = plane.alike or 0.0
    if laid.paper >= PAPER:
        return found >= NEARLY_ALL_PRINT
    if (laid.likeness(_LARGER_THUMBNAIL).share or 0.0) >= NEARLY_ALL:
        return True
    if stays or (plane.patch_correlation or 0.0) >= COPIED:
        return False
    return found >= NEARLY_ALL or (laid.share or 0.0) >= min(MOST, max(MANY, found + MORE))


def _stays(plane: Evidence, homography: Matrix, matched: Correspondences) -> bool:
    """Whether what agrees in images of one size lies at the same pixels."""
    if matched.sizes is None or matched.sizes[0] != matched.sizes[1]:
        return False
    points = matched.points0[plane.geometry.inliers]
    moved = np.linalg.norm(transfer(homography, points) - points, axis=1)
    return bool(moved.max(initial=0.0) <= SAME_PLACE * matched.pixel_size)


def _spread(plane: Evidence, homography: Matrix, matched: Correspondences) -> float:
    """Area that the agreeing matches enclose, as a share of what all do that both images show."""
    if matched.sizes is None:
        return 1.0
    everywhere = matched.all_candidates.points0
    there = transfer(homography, everywhere)
    common = ((there >= 0) & (there <= np.subtract(matched.sizes[1], 1))).all(axis=1)
    near = matched.points0[plane.geometry.residuals <= BENT * plane.geometry.max_error]
    enclosed = outline_area(near)
    return enclosed / max(1.0, outline_area(np.vstack([everywhere[common], near])))
