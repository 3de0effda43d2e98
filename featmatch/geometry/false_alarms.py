"""The number of models as good as this one that unrelated images would give by chance.

The number of false alarms (NFA) of a model is the expected number of models with as many matches as
close to them, if the points were thrown at random: far below 1, chance is no explanation. It needs
no threshold on the number of inliers or on their error, because it takes the most surprising pair
of both.

References
----------
L. Moisan and B. Stival, "A probabilistic criterion to detect rigid point matches between two images
and estimate the fundamental matrix", IJCV 57, 2004. L. Moisan, P. Moulon and P. Monasse, "Automatic
homographic registration of a pair of images, with a contrario elimination of outliers", IPOL 2012,
and "Fundamental matrix of a stereo pair, with a contrario elimination of outliers", IPOL 2016.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.models import MODELS
from featmatch.geometry.solve import residuals_of
from featmatch.matching.agreement import RADIUS
from featmatch.types import Array, Kind, TwoViewGeometry

CELL_SIZE = 3.0  # px: closer matches are one observation made twice
CELL_SHARE = 0.02  # of the diagonal of what the matches fill: so are those of one small thing
SUPPORT_SHARE = 0.75  # of a described disc's diameter: nearer ones share over a seventh of it
CROP_SCALE = 2.0  # times as large as in one image, things may be in the other
LEAST_ERROR = 1.0  # px: below it a smaller error is no surprise, keypoints are no better
LARGEST_ERROR = 0.05  # of the diagonal: beyond it a match does not agree with a model

SEED_SHARE = RADIUS / np.sqrt(2)
"""Side of the cells for seeds, of the diagonal of what they fill: those in one are neighbors."""

SEED_CHOICE = 3.0
"""log10 of how much oftener than independent matches seeds agree by chance, as they were chosen for
what is around them: of 200 pairs of unrelated photographs, those of the network came to 10^-6.2 in
one, and to 10^-7.3 in the same one by another random search."""

TRUSTED_SHARES = (1.0, 0.5, 0.25, 0.125)
"""Of the candidates: few right ones are lost among all, and seen among the most trusted."""


def model_false_alarms(geometry: TwoViewGeometry, matched: Correspondences) -> float:
    """Logarithm of the number of false alarms of a model of two views, among independent matches.

    Matches that were chosen by how they lie agree with each other, and so with a model, by the
    choice. In their place count what they were chosen from, as if the choice had been one way more
    to search for a model: all candidates, or as many of the most trusted as tell the most; or the
    seeds, of which neighbors agree with each other: one in each neighborhood is an observation, and
    they have to agree better (`SEED_CHOICE`).

    Parameters
    ----------
    geometry : TwoViewGeometry
        Estimated from the matches given.
    matched : Correspondences

    Returns
    -------
    float
        See `log10_false_alarms`; the least of all these counts, times their number. 0 where there
        is no model.
    """
    if geometry.matrix is None:
        return 0.0
    if matched.candidates is None or matched.seeds is None:
        return _counted_among(matched, geometry.kind, geometry.residuals)
    order = matched.candidates.order
    trusted = [matched.candidates[order[: round(share * len(order))]] for share in TRUSTED_SHARES]
    counted = [(some, CELL_SHARE, 0.0) for some in trusted]
    counted.append((matched.seeds, SEED_SHARE, SEED_CHOICE))
    matrix = geometry.matrix
    least = min(
        _counted_among(some, geometry.kind, residuals_of(geometry.kind, matrix, some), cell) + more
        for some, cell, more in counted
    )
    return min(0.0, least + float(np.log10(len(counted))))


def _counted_among(
    matched: Correspondences, kind: Kind, residuals: Array, cell_share: float = CELL_SHARE
) -> float:
    independent = independent_matches(matched, cell_share=cell_share)
    return log10_false_alarms(
        kind,
        residuals[independent],
        extent(matched.points0[independent], pixel_size=matched.pixel_size),
        extent(matched.points1[independent], pixel_size=matched.pixel_size),
        pixel_size=matched.pixel_size,
    )


def agreeing_matches(
    geometry: TwoViewGeometry, matched: Correspondences, max_matches: int
) -> Correspondences:
    """Return independent matches that agree with a model, the most trusted first.

    Of matches that were chosen by how they lie, all that they were chosen from are asked: the
    chosen ones move with their neighbors by the choice.

    Parameters
    ----------
    geometry : TwoViewGeometry
        Estimated from the matches given; not none.
    matched : Correspondences
    max_matches : int
        How many at most.
    """
    asked, agree = matched, geometry.inliers
    if matched.candidates is not None:
        asked = matched.candidates
        agree = (
            residuals_of(geometry.kind, np.asarray(geometry.matrix), asked) <= geometry.max_error
        )
    independent = independent_matches(asked)
    return asked[independent[agree[independent]][:max_matches]]


def log10_false_alarms(
    kind: Kind,
    residuals: Array,
    extent0: tuple[float, float],
    extent1: tuple[float, float],
    *,
    pixel_size: float = 1.0,
) -> float:
    """Logarithm of the number of false alarms of a model, the least over all numbers of inliers.

    Parameters
    ----------
    kind : {"homography", "fundamental", "essential", "affine", "similarity"}
    residuals : (N,) float
        Of all independent matches (`independent_matches`), right and wrong, in pixels.
    extent0, extent1 : (width, height)
        Of the part of each image that the matches fill, in pixels (`extent`): chance throws its
        points no farther than that.
    pixel_size : float
        Of the coarser image, see `Features`.

    Returns
    -------
    float
        -20 says that unrelated images would show such a model once in 10^20 pairs; 0 where the
        matches are no evidence at all.
    """
    spec, num = MODELS[kind], len(residuals)
    width, height = min(extent0, extent1, key=lambda extent: extent[0] * extent[1])
    area, diagonal = width * height, float(np.hypot(width, height))
    errors = np.sort(np.maximum(residuals, LEAST_ERROR * pixel_size))
    errors = errors[errors <= LARGEST_ERROR * diagonal]
    num_inliers = np.arange(spec.min_matches + 1, len(errors) + 1)
    if not len(num_inliers):
        return 0.0
    errors = errors[spec.min_matches :]
    chance = np.pi * errors**2 / area if spec.is_map else 2 * diagonal * errors / area
    log10_tests = (
        np.log10(spec.max_solutions * (num - spec.min_matches))
        + _log10_binomial(num, num_inliers)
        + _log10_binomial(num_inliers, spec.min_matches)
    )
    log10_chance = (num_inliers - spec.min_matches) * np.log10(np.minimum(chance, 1.0))
    return min(0.0, float((log10_tests + log10_chance).min())) or 0.0


def independent_matches(
    matched: Correspondences, *, cell_share: float = CELL_SHARE
) -> npt.NDArray[np.int64]:
    """Choose the matches that are separate observations.

    Several orientations of one keypoint, or many points of one image matched to one point of the
    other, agree with each other for free; so do the many keypoints of one letter, one logo, one
    window of many. The best match by ratio is kept in each cell of image 0, and of these the best
    in each cell of image 1. Cells have a side of a fiftieth of the diagonal of what the matches
    fill (`extent`), or of another share of it, and at least three quarters of the smallest
    neighborhood that is described, or 3 px: descriptors that overlap are alike together. What the
    matches fill in one image is taken for no more than twice what they fill in the other: a small
    crop of a large image is found in a place of about its own size there, whatever else is matched.

    Parameters
    ----------
    matched : Correspondences
    cell_share : float
        Side of the cells, of the diagonal of what the matches fill.

    Returns
    -------
    (K,) int64
        Indices of the matches kept, best ratio first.
    """
    kept, least = matched.order, CELL_SIZE * matched.pixel_size
    both = matched.points0, matched.points1
    spacings = np.maximum(SUPPORT_SHARE * np.array(matched.supports), least)
    diagonals = [np.hypot(*extent(points, pixel_size=matched.pixel_size)) for points in both]
    for points, diagonal, spacing in zip(both, diagonals, spacings, strict=True):
        filled = min(float(diagonal), CROP_SCALE * float(min(diagonals)))
        cells = np.floor(points[kept] / max(spacing, cell_share * filled))
        _, first = np.unique(cells, axis=0, return_index=True)
        kept = kept[np.sort(first)]
    return kept


def extent(points: Array, *, pixel_size: float = 1.0) -> tuple[float, float]:
    """Width and height in pixels of the box around (N, 2) points, at least a cell."""
    least = CELL_SIZE * pixel_size
    if not len(points):
        return least, least
    width, height = np.maximum(np.ptp(points, axis=0), least)
    return float(width), float(height)


def log10_binomial_tail(num: int, num_trials: int, chance: float) -> float:
    """Logarithm of the probability of at least `num` successes in so many trials.

    Parameters
    ----------
    num, num_trials : int
        At least 0; `num` no larger than `num_trials`.
    chance : float
        Of each trial, in (0, 1).

    Returns
    -------
    float
        At most 0.
    """
    counts = np.arange(num, num_trials + 1)
    terms = _log10_binomial(num_trials, counts)
    terms = terms + counts * np.log10(chance) + (num_trials - counts) * np.log10(1 - chance)
    largest = float(terms.max())
    return min(0.0, largest + float(np.log10(np.sum(10 ** (terms - largest)))))


def _log10_binomial(n: int | Array, k: int | Array) -> Array:
    """Logarithm of n over k, for arrays as well."""
    largest = int(np.max(n))
    log10_factorial = np.concatenate([[0.0], np.cumsum(np.log10(np.arange(1, largest + 1)))])
    value: Array = log10_factorial[n] - log10_factorial[k] - log10_factorial[np.subtract(n, k)]
    return value
