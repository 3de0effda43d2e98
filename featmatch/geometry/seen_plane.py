"""A homography looked at in the images: polished where they show it, or another one that they show.

Matches that agree with one homography prove that there is a plane, not that all of it is where they
say: they may be a little off together, or lie on other windows of the same wall. The images tell.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featmatch.geometry.accuracy import LEAST_NOISE, predicted_transfer_error
from featmatch.geometry.ambiguity import Rivalry, rivalry
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.evidence import NEARLY_ALL, Evidence, weigh
from featmatch.geometry.false_alarms import independent_matches
from featmatch.geometry.polish import Polished, polish_homography
from featmatch.geometry.solve import with_matrix
from featmatch.images.view import View
from featmatch.types import TwoViewGeometry

LEAST_KEPT = 0.5  # of the inliers: a model that loses more of them has gone astray
FARTHEST = 1.25  # times as far from the matches, a polished homography has gone astray too
LEAST_HEARD = 30  # independent matches; fewer have no say against hundreds of patches
LEAST_DISTANCE = 0.1  # px: patches are no better than that, and matches seldom as good


def see_plane(
    plane: Evidence, matched: Correspondences, views: tuple[View, View] | None
) -> Evidence:
    """Polish a homography that is no work of chance, and say how far off it is expected to be.

    Parameters
    ----------
    plane : Evidence
        Of a homography.
    matched : Correspondences
        That it was estimated from, right and wrong ones.
    views : pair of View or None
        Where to look at the images. None where there are none: it is not polished then.

    Returns
    -------
    Evidence
        With what the images show of it; of another homography, where their colors speak for that.
    """
    geometry = plane.geometry
    if plane.flaw or not plane.log10_false_alarms:
        return plane
    if views is not None and geometry.matrix is not None:
        polished = polish_homography(*views, geometry.matrix)
        contest = rivalry(*views, polished) if polished.num_points else Rivalry(polished)
        if contest.best is not polished:
            return _replaced(plane, contest, matched)
        plane = replace(plane, rivals=contest.rivals, told_apart=contest.decided)
        plane = _with_patches(plane, polished)
        better = _polished(plane, polished, matched)
        if better is not None:
            return better
    return replace(
        plane, geometry=replace(geometry, predicted_error=_predicted_error(geometry, matched))
    )


def _replaced(plane: Evidence, contest: Rivalry, matched: Correspondences) -> Evidence:
    """Take the map that colors speak for: matches of other windows prove the same wall."""
    best = with_matrix(plane.geometry, contest.best.homography, matched)
    elsewhere = replace(
        plane,
        geometry=replace(best, predicted_error=contest.best.predicted_error),
        rivals=contest.rivals,
        told_apart=contest.decided,
        num_elsewhere=plane.geometry.num_inliers,
    )
    return _with_patches(elsewhere, contest.best)


def _polished(plane: Evidence, polished: Polished, matched: Correspondences) -> Evidence | None:
    """Take the polished homography, unless it has gone astray: None then."""
    if not polished.num_points:
        return None
    geometry = with_matrix(plane.geometry, polished.homography, matched)
    geometry = replace(geometry, predicted_error=polished.predicted_error)
    if geometry.num_inliers >= LEAST_KEPT * plane.geometry.num_inliers:
        weighed = weigh(geometry, matched)
        if _agree_with(weighed, plane, matched):
            weighed = replace(weighed, rivals=plane.rivals, told_apart=plane.told_apart)
            return _with_patches(weighed, polished)
    if polished.alike >= NEARLY_ALL:  # matches of a negative may all be a little off
        return replace(plane, geometry=geometry)
    return None


def _agree_with(polished: Evidence, plane: Evidence, matched: Correspondences) -> bool:
    """Whether the matches agree with a polished homography better, or about as well."""
    independent = independent_matches(matched)
    heard = independent[plane.geometry.inliers[independent]]
    if len(heard) < LEAST_HEARD or polished.log10_false_alarms <= plane.log10_false_alarms:
        return True
    before, after = (np.median(one.geometry.residuals[heard]) for one in (plane, polished))
    least = LEAST_DISTANCE * matched.pixel_size
    return bool(after <= FARTHEST * max(before, least))


def _predicted_error(geometry: TwoViewGeometry, matched: Correspondences) -> float | None:
    if matched.sizes is None:
        return None
    return predicted_transfer_error(
        np.asarray(geometry.matrix),
        matched.points0[geometry.inliers],
        matched.points1[geometry.inliers],
        *matched.sizes,
        min_noise=LEAST_NOISE * matched.pixel_size,
    )


def _with_patches(plane: Evidence, polished: Polished) -> Evidence:
    return replace(
        plane,
        patch_agreement=polished.patch_agreement,
        clear_agreement=polished.clear_agreement,
        patch_correlation=polished.correlation,
        inverted=polished.inverted,
        num_patches=polished.num_patches,
    )
