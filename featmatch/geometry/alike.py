"""Which matches look alike: around both points the images show the same, but for a small shift.

A match that is wrong can lie on its epipolar line by chance, where it looks as good as any other:
the lines say nothing of where along them a point is. The pictures do. Of each match a small patch
of one image is looked for in the other, bent as the matches around it say.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.least_squares import fit_similarity
from featmatch.geometry.lucas_kanade import HALF_SIZE, patch_offsets, register_patches
from featmatch.geometry.patches import MAX_SHIFT, MIN_CORRELATION
from featmatch.geometry.pictures import Picture
from featmatch.images.view import View
from featmatch.matching.nearby import NearbyPoints
from featmatch.threads import parallel_map
from featmatch.types import Array

REACH = 0.08
"""Of the image's diagonal: how far around a match others tell how the image is bent there."""

STIFFNESS = 400.0
"""px^2: the weight of the similarity of all matches beside those around one, which may be few, or
lie on a line, or be wrong."""

_NUM_ASKED = 500  # matches, up to twice as many, how the image is bent: a dozen around each suffice
_BLOCK = 256  # matches that are worked on together: their patches stay in the processor's cache


def look_alike(view0: View, view1: View, matched: Correspondences) -> npt.NDArray[np.bool_]:
    """Tell of which matches the images show the same around both points.

    Parameters
    ----------
    view0, view1 : View
    matched : Correspondences
        That agree with a model; a few may be wrong.

    Returns
    -------
    (M,) bool
        False also where the patch does not lie within the coarser image, or is too plain.
    """
    points0 = view0.image.from_original(matched.points0)
    points1 = view1.image.from_original(matched.points1)
    overall = fit_similarity(points0, points1)
    if overall is None:
        return np.zeros(len(matched), bool)
    scale = _spread(points1) / _spread(points0)
    if scale < 1:
        return look_alike(view1, view0, Correspondences(matched.points1, matched.points0))
    template, image = Picture.of(view0).as_coarse(1.0), Picture.of(view1).as_coarse(scale)
    maps = local_maps(points0, points1, overall[:2, :2], REACH * float(np.hypot(*template.size)))
    last = np.subtract(template.size, HALF_SIZE + 2)
    alike = np.asarray(((points0 > HALF_SIZE + 1) & (points0 < last)).all(axis=1))
    rows = np.flatnonzero(alike)

    def register(block: Array) -> npt.NDArray[np.bool_]:
        bent = patch_offsets() @ maps[block].swapaxes(1, 2)
        shifts, correlations = register_patches(
            template.gray, points0[block], image.gray, points1[block, None] + bent
        )
        near = np.linalg.norm(shifts, axis=1) <= MAX_SHIFT
        return np.asarray(near & (correlations >= MIN_CORRELATION))

    alike[rows] = np.concatenate([np.zeros(0, bool), *parallel_map(register, _blocks(rows))])
    return alike


def local_maps(points0: Array, points1: Array, overall: Array, reach: float) -> Array:
    """Fit to each match how its surroundings are bent, by the matches there.

    Parameters
    ----------
    points0, points1 : (M, 2) float
    overall : (2, 2) float
        What a place without others takes.
    reach : float
        Pixels of image 0.

    Returns
    -------
    (M, 2, 2) float64
        Takes offsets around a match's point in image 0 to offsets in image 1: of least squares,
        weighted by a Gaussian of half the reach.
    """
    asked = np.arange(0, len(points0), max(1, len(points0) // _NUM_ASKED))
    nearby = NearbyPoints(points0[asked], reach)
    stiff = STIFFNESS * np.eye(2)

    def fit(block: Array) -> Array:
        points = points0[block], points1[block]
        rows, others = nearby.within(points[0])
        others = asked[others]
        here, there = points0[others] - points[0][rows], points1[others] - points[1][rows]
        weighted = here * np.exp(-2 * np.square(here).sum(axis=1) / reach**2)[:, None]
        bent, spread = (_moments(rows, of, weighted, len(block)) for of in (there, here))
        fitted: Array = (bent + overall @ stiff) @ np.linalg.inv(spread + stiff)
        return fitted

    blocks = _blocks(np.arange(len(points0)))
    return np.concatenate([np.zeros((0, 2, 2)), *parallel_map(fit, blocks)])


def _moments(rows: Array, offsets: Array, weighted: Array, num: int) -> Array:
    """(num, 2, 2) sums over the neighbors of each row of the products of both offsets' parts."""
    sums = [[np.bincount(rows, one * other, num) for other in weighted.T] for one in offsets.T]
    return np.moveaxis(np.array(sums), -1, 0)


def _blocks(rows: Array) -> list[Array]:
    return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]


def _spread(points: Array) -> float:
    return float(np.linalg.norm(points - points.mean(axis=0)))
