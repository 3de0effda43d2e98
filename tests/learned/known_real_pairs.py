"""What stands for two photographs of one scene: one, and its warp by a map that is known."""

from __future__ import annotations

from functools import cache

import numpy as np
from known_warps import project, warped
from tiny_training import texture

from featmatch.learned.training.real_pairs import RealPair

ANGLE, ZOOM = np.radians(100), 1.3
WIDTH, HEIGHT = 420, 340
TO_SECOND = np.array(
    [
        (ZOOM * np.cos(ANGLE), -ZOOM * np.sin(ANGLE), 450.0),
        (ZOOM * np.sin(ANGLE), ZOOM * np.cos(ANGLE), -10.0),
        (1e-4, -5e-5, 1),
    ]
)


@cache
def known_pair(num_matches=2500, seed=0):
    """A `RealPair` whose second photograph is turned by 100° and zoomed by 1.3."""
    first = np.rint(255 * texture(HEIGHT, WIDTH, seed, blur=2.5)).astype(np.uint8)
    second = warped(first, TO_SECOND)
    points0 = np.random.default_rng(seed).uniform((0, 0), (WIDTH, HEIGHT), (num_matches, 2))
    points1 = project(TO_SECOND, points0)
    inside = ((points1 > 0) & (points1 < np.array(second.shape[1::-1]) - 1)).all(axis=1)
    return RealPair(first, second, points0[inside], points1[inside])
