"""Whether matches prove depth: what lies off a plane, and moves as a camera's movement makes it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.evidence import PLANE_FACTOR, Evidence
from featmatch.geometry.false_alarms import independent_matches
from featmatch.geometry.laid_over import staying_matches
from featmatch.geometry.parallax import PARALLAX_BELOW, parallax_log10

MORE_PLANES = 1.2  # times the evidence of a plane, that lines have: two planes give them as much
TOGETHER = 0.85  # of the matches move with their neighbors: in rows of text or windows, fewer do


def shows_depth(
    plane: Evidence,
    lines: Evidence,
    matched: Correspondences,
    over: npt.NDArray[np.bool_] | None = None,
) -> bool:
    """Whether matches off a plane tell of a scene, as no logo or page has any.

    Parameters
    ----------
    plane, lines : Evidence
        Of the homography and of the fundamental matrix.
    matched : Correspondences
    over : (M,) bool, optional
        Which of all candidates lie on what was laid over both images. None: none does.

    Returns
    -------
    bool
    """
    if lines.flaw or (lines.neighbor_consistency or 0.0) < TOGETHER:
        return False
    if lines.log10_false_alarms <= MORE_PLANES * plane.log10_false_alarms:
        return True
    candidates = matched.all_candidates
    candidates = candidates if over is None else candidates[~over]
    independent = candidates[independent_matches(candidates)]
    matrix, max_error = np.asarray(plane.geometry.matrix), plane.geometry.max_error
    return parallax_log10(matrix, independent, max_error) <= PARALLAX_BELOW


def proves_depth(plane: Evidence, lines: Evidence, matched: Correspondences) -> bool:
    """Whether matches alone prove depth, whatever the images look like.

    The lines are beyond doubt, explain more than the plane, and nothing was laid over the images.

    Parameters
    ----------
    plane, lines : Evidence
        Of the homography and of a model of lines.
    matched : Correspondences

    Returns
    -------
    bool
    """
    is_plane = plane.log10_false_alarms <= PLANE_FACTOR * lines.log10_false_alarms
    if is_plane or plane.flaw or not plane.log10_false_alarms or not lines.beyond_doubt:
        return False
    if staying_matches(matched.all_candidates) is not None:
        return False
    return shows_depth(plane, lines, matched)
