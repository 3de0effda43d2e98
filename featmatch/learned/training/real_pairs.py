"""Pairs to train on from two photographs of one scene, whose matches were verified.

What changed between the photographs is real: light, season, camera, viewpoint. What corresponds is
known near the matches alone, and nothing else is asked for. A network that found some of the
matches itself learns from what geometry made of them: self-training.
"""

from __future__ import annotations

from cmath import phase
from dataclasses import dataclass
from math import exp, log, pi, sqrt

import numpy as np

from featmatch.checks import check_number
from featmatch.errors import ArgumentError
from featmatch.geometry.least_squares import fit_similarity
from featmatch.geometry.residuals import transfer
from featmatch.learned.training.local_relation import REACH, NearMatches
from featmatch.learned.training.pairs import (
    MAX_ROTATION,
    MAX_ZOOM,
    MIN_ZOOM,
    RESIDUAL,
    PairOptions,
    TrainingPair,
    draw_turn,
    linear_map,
    photographed,
)
from featmatch.learned.training.photographs import Photograph, check_photograph
from featmatch.learned.training.relation import shared_share
from featmatch.learned.training.views import SQUARE, Floats, continued, view_map

MIN_MATCHES = 8
"""Of a pair of photographs; fewer seldom tell where anything goes."""

_PHOTOMETRIC = 0.5  # of the changes of light and camera that one photograph gets: some are there
_NUM_AROUND = 16  # matches that tell by how much what they show is turned and zoomed
_MIN_SHARED = 0.05  # of image 0 of which it is known where it goes; other views are drawn below it
_MAX_DRAWS = 8


@dataclass(frozen=True, eq=False)
class RealPair:
    """Two photographs of one scene, and what was verified to be the same in both.

    Parameters
    ----------
    image0, image1 : ndarray (H, W, 3) or (H, W) uint8
        RGB or gray, of any sizes.
    points0, points1 : ndarray (M, 2) float64
        The same points in both, (x, y) in pixels of each photograph; 8 or more.

    Raises
    ------
    ValueError, TypeError
        A photograph is something else, or the points are not as many in both, finite, and enough.
    """

    image0: Photograph
    image1: Photograph
    points0: Floats
    points1: Floats

    def __post_init__(self) -> None:
        for image in (self.image0, self.image1):
            check_photograph(image)
        for name in ("points0", "points1"):
            points = np.array(getattr(self, name), np.float64)
            if points.ndim != 2 or points.shape[1] != 2 or len(points) < MIN_MATCHES:
                raise ArgumentError(
                    f"{name}: expected (M, 2) with at least {MIN_MATCHES} matches, got shape "
                    f"{points.shape}"
                )
            if not np.isfinite(points).all():
                raise ArgumentError(f"{name}: expected finite numbers")
            object.__setattr__(self, name, points)
        if len(self.points0) != len(self.points1):
            raise ArgumentError(
                f"points1: expected {len(self.points0)} points, as points0, got {len(self.points1)}"
            )


def make_real_pair(
    real: RealPair,
    rng: np.random.Generator,
    options: PairOptions,
    strength: float = 1.0,
) -> TrainingPair:
    """Draw a view of each of two photographs, around a match, and take an image of each.

    The views differ as those of `make_pair` do, on top of what the camera's way from one photograph
    to the other has done: the turn and the zoom around the match are measured and made up for. Both
    views lie inside their photographs. They are drawn anew, up to 7 times, where it is known of
    less than a twentieth of image 0 where it lies in image 1.

    Parameters
    ----------
    real : RealPair
    rng : numpy.random.Generator
        All chance comes from it: the same state gives the same pair.
    options : PairOptions
        Tilt and shear are those of the photographs. The changes of light and camera have half of
        their strength, as the photographs differ in theirs already.
    strength : float
        In [0, 1], as for `make_pair`.

    Returns
    -------
    TrainingPair
        Its relation is a `NearMatches`.

    Raises
    ------
    ValueError, TypeError
        The strength is not as described above.
    """
    check_number("strength", strength, 0, 1)
    images = [continued(image, options.size // 2) for image in (real.image0, real.image1)]
    for _ in range(_MAX_DRAWS):
        turn = draw_turn(rng, options)
        quads = _draw_quads(real, images, rng, options, strength, turn)
        relation = _relation(real, quads, options.size)
        if shared_share(relation, options.size) >= _MIN_SHARED:
            break
    amount = _PHOTOMETRIC * strength * options.photometric
    views = [
        photographed(image, quad, options.size, rng, amount)
        for image, quad in zip(images, quads, strict=True)
    ]
    if rng.random() < 0.5:
        return TrainingPair(views[1], views[0], relation.reversed(), -turn % options.num_turns)
    return TrainingPair(views[0], views[1], relation, turn)


def _draw_quads(
    real: RealPair,
    images: list[Photograph],
    rng: np.random.Generator,
    options: PairOptions,
    strength: float,
    turn: int,
) -> list[Floats]:
    """Draw the quads (4, 2) of a view of each photograph, the second one turned further."""
    match = int(rng.integers(len(real.points0)))
    between = _similarity(real, match)
    step = 2 * pi / options.num_turns
    rotation = strength * rng.uniform(-MAX_ROTATION, MAX_ROTATION)
    further = (turn + strength * rng.uniform(-RESIDUAL, RESIDUAL)) * step
    side = options.size * exp(rng.uniform(log(MIN_ZOOM), log(MAX_ZOOM)))
    zoom = exp(strength * rng.uniform(-0.5, 0.5) * log(options.max_zoom)) / sqrt(abs(between))
    shifts = strength * options.max_shift * rng.uniform(-0.5, 0.5, (2, 2))
    quad0 = side * zoom * (SQUARE + shifts[0]) @ linear_map(rotation).T
    quad1 = side / zoom * (SQUARE + shifts[1]) @ linear_map(rotation + further - phase(between)).T
    rooms = [np.array(image.shape[1::-1]) - 1.0 for image in images]
    extents = [np.ptp(quad, axis=0) for quad in (quad0, quad1)]
    scale = min(1.0, *np.divide(rooms, extents).ravel())
    middles = real.points0[match], real.points1[match]
    return [
        _inside(middle + scale * quad, room)
        for middle, quad, room in zip(middles, (quad0, quad1), rooms, strict=True)
    ]


def _similarity(real: RealPair, match: int) -> complex:
    """By how much photograph 1 zooms and turns what photograph 0 shows around a match.

    The similarity of least squares of the nearest matches, with (x, y) as x + iy.
    """
    offsets0 = real.points0 - real.points0[match]
    nearest = np.argsort((offsets0**2).sum(axis=1), kind="stable")[:_NUM_AROUND]
    between = fit_similarity(real.points0[nearest], real.points1[nearest])
    return 1.0 + 0j if between is None else complex(*between[:2, 0]) or 1.0 + 0j


def _inside(quad: Floats, room: Floats) -> Floats:
    """Move a quad that has room in a photograph into it, by as little as can be."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    return np.asarray(quad - np.minimum(low, 0) - np.maximum(high - room, 0))


def _relation(real: RealPair, quads: list[Floats], size: int) -> NearMatches:
    """Take the matches into both views, those that tell something about them."""
    points0, points1 = (
        transfer(np.linalg.inv(view_map(quad, size)), points)
        for quad, points in zip(quads, (real.points0, real.points1), strict=True)
    )
    both = np.concatenate([points0, points1], axis=1)
    near = ((both > -REACH) & (both < size - 1 + REACH)).all(axis=1)
    return NearMatches(points0[near], points1[near])
