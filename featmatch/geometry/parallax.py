"""Is there depth? Matches off a plane that move as a camera's own movement makes them.

Two views of a scene with depth agree with a homography on one of its planes. What lies before or
behind the plane is shifted along lines that meet in one point, the epipole. What is flat, a poster
or a page, has no such matches around it: those that are off it are wrong ones, shifted in all
directions.
"""

from __future__ import annotations

import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import LARGEST_ERROR, extent, log10_binomial_tail
from featmatch.geometry.residuals import Matrix, homogeneous, transfer
from featmatch.types import Array

PARALLAX_BELOW = -4.0
"""log10 of the false alarms under which matches off a plane are said to show depth."""

_CLEARLY_OFF = 2.0  # times the largest error: what is nearer may still lie on the plane
_NUM_SAMPLES = 1000  # epipoles that are tried where all pairs of matches would be more
_MOST = 300  # matches that are looked at


def parallax_log10(plane: Matrix, matched: Correspondences, max_error: float) -> float:
    """Logarithm of the number of false alarms of an epipole that matches off a plane share.

    A match that the plane would take `r` pixels from where it is, in any direction, lies within an
    error `e` of a line through that place with a probability of ``2 / pi * asin(e / r)``. So many
    as do are held against a binomial distribution, which is never below that of the sum of unequal
    probabilities with the same mean (W. Hoeffding, "On the distribution of the number of successes
    in independent trials", Annals of Mathematical Statistics 27, 1956).

    Parameters
    ----------
    plane : (3, 3) float
        A homography that maps image 0 to image 1.
    matched : Correspondences
        Independent of each other, right and wrong; the most trusted first.
    max_error : float
        In pixels of image 1: farther off a match is not on the plane, or not on a line.

    Returns
    -------
    float
        0 where there is no sign of depth.

    References
    ----------
    Plane and parallax: Hartley & Zisserman, section 13.3.
    """
    on_plane = transfer(plane, matched.points0)
    shifts = np.linalg.norm(matched.points1 - on_plane, axis=1)
    farthest = LARGEST_ERROR * np.hypot(*extent(matched.points1))
    off = np.flatnonzero((shifts > _CLEARLY_OFF * max_error) & (shifts <= farthest))[:_MOST]
    if len(off) < 3:
        return 0.0
    here, there = homogeneous(on_plane[off]), homogeneous(matched.points1[off])
    epipoles = _epipoles(np.cross(here, there))
    lines = np.cross(epipoles[:, None], here)
    with np.errstate(divide="ignore", invalid="ignore"):  # a point on the epipole has no line
        distances = np.abs(np.sum(lines * there, axis=2)) / np.linalg.norm(lines[..., :2], axis=2)
    num_agreeing = int((distances <= max_error).sum(axis=1).max())
    chance = float(np.mean(2 / np.pi * np.arcsin(max_error / shifts[off])))
    num_pairs = len(off) * (len(off) - 1) / 2
    tail = log10_binomial_tail(num_agreeing - 2, len(off) - 2, chance)
    return min(0.0, float(np.log10(num_pairs)) + tail)


def _epipoles(lines: Array) -> Array:
    """Points in which pairs of lines meet: all pairs, or as many as are tried."""
    first, second = np.triu_indices(len(lines), 1)
    if len(first) > _NUM_SAMPLES:
        chosen = np.random.default_rng(0).choice(len(first), _NUM_SAMPLES, replace=False)
        first, second = first[chosen], second[chosen]
    epipoles: Array = np.cross(lines[first], lines[second])
    return epipoles
