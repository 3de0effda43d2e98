"""Matches near where a model expects them: a second look, with the first answer in hand.

A model says of every keypoint where its partner lies: at a point (a homography) or along a line (a
fundamental matrix). Among the few candidates there, the nearest by descriptor is far less often
wrong than among all of the image, and repeated structures elsewhere are no rivals any more (R.
Hartley and A. Zisserman, "Multiple view geometry in computer vision", 2nd ed., section 4.8). The
band around the prediction should be wide enough to repair a model that is slightly wrong.

Matches found in this way agree with the model because they were chosen so: they are no evidence
for it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.matching.candidate_search import best_candidates
from featmatch.matching.candidates import near_lines, near_points
from featmatch.matching.distances import distance_ratios, pair_distances
from featmatch.matching.inputs import check_descriptors, check_norms, check_pixels, check_ratio
from featmatch.types import Array, Features, Matches, Norm


def match_guided(
    features0: Features,
    features1: Features,
    matrix: npt.ArrayLike,
    *,
    kind: Literal["homography", "fundamental"] = "homography",
    max_error: float = 10.0,
    max_ratio: float = 0.9,
    mutual: bool = True,
    min_rival_distance: float = 0.0,
) -> Matches:
    """Match features whose keypoints agree with a model up to a wide error.

    Parameters
    ----------
    features0, features1 : Features
        Of the same norm.
    matrix : (3, 3) float
        The homography from image 0 to image 1, or the fundamental matrix with
        ``x1.T @ matrix @ x0 = 0``, in pixels of the original images.
    kind : {"homography", "fundamental"}
        What the matrix is; affine maps and similarities are homographies too.
    max_error : float
        Candidates lie at most this far from where the model expects them, in both images, in
        pixels of the images that the detector saw.
    max_ratio : float
        Of the ratio test among candidates, see `Matcher`; 1 turns it off. A candidate without a
        rival is compared with what lies between descriptors that have nothing in common.
    mutual : bool
        Keep a match only if each keypoint is the nearest of the other's candidates.
    min_rival_distance : float
        See `Matcher`. 0 turns it off.

    Returns
    -------
    Matches

    Raises
    ------
    ValueError
        The features do not go together, the matrix is not 3 x 3 of finite numbers, or an option is
        out of its range.
    """
    check_norms(features0, features1)
    check_ratio(max_ratio)
    check_pixels("max_error", max_error)
    check_pixels("min_rival_distance", min_rival_distance)
    model = _check_model(matrix, kind)
    if not len(features0) or not len(features1):
        return Matches(np.zeros((0, 2), np.int64), *np.zeros((2, 0), np.float32))
    check_descriptors(features0.descriptors, features1.descriptors, features0.norm)

    candidates_of = near_points if kind == "homography" else near_lines
    limits = max_error * features0.pixel_size, max_error * features1.pixel_size
    candidates = candidates_of(model, features0.keypoints, features1.keypoints, limits)
    best = best_candidates(
        features0, features1, candidates, min_rival_distance * features1.pixel_size
    )
    rows = np.flatnonzero(best.nearest >= 0)
    if mutual:
        rows = rows[best.backward[best.nearest[rows]] == rows]
    queries, partners = features0.descriptors[rows], features1.descriptors[best.nearest[rows]]
    unrelated = _unrelated_distance(queries, partners, features0.norm)
    rivals = np.where(np.isinf(best.rivals[rows]), unrelated, best.rivals[rows])
    ratios = distance_ratios(best.distances[rows], rivals)
    kept = (ratios < max_ratio) | (max_ratio >= 1)
    rows, ratios = rows[kept], ratios[kept]
    return Matches(np.column_stack([rows, best.nearest[rows]]), best.distances[rows], ratios)


def _check_model(matrix: npt.ArrayLike, kind: str) -> Array:
    if kind not in ("homography", "fundamental"):
        raise ArgumentError(f"kind: expected homography or fundamental, got {kind!r}")
    model = np.asarray(matrix, np.float64)
    if model.shape != (3, 3) or not np.isfinite(model).all():
        raise ArgumentError(f"matrix: expected (3, 3) finite numbers, got {matrix!r}")
    return model


def _unrelated_distance(queries: Array, partners: Array, norm: Norm) -> float:
    """Return how far descriptors are apart that have nothing to do with each other."""
    others = np.roll(partners, len(partners) // 2, axis=0)
    return float(np.median(pair_distances(queries, others, norm))) if len(queries) else 0.0
