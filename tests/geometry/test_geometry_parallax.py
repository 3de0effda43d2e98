"""Depth told from the matches off a plane, on scenes whose cameras are known."""

import numpy as np
import pytest
from scipy.stats import binom
from two_view_scenes import SIZE

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import log10_binomial_tail
from featmatch.geometry.parallax import PARALLAX_BELOW, parallax_log10
from featmatch.geometry.residuals import transfer

CAMERA = np.array([[700.0, 0, 400], [0, 700, 300], [0, 0, 1]])
PLANE_DEPTH = 10.0


def seen_from_two_places(depths, move=(1.0, 0.2, 0.0), seed=0):
    """Points of image 0 at known depths, where image 1 shows them, and the map of the plane."""
    rng = np.random.default_rng(seed)
    points0 = rng.uniform((50, 50), (SIZE[0] - 50, SIZE[1] - 50), (len(depths), 2))
    rays = np.column_stack([points0, np.ones(len(points0))]) @ np.linalg.inv(CAMERA).T
    there = (rays * np.asarray(depths)[:, None] + move) @ CAMERA.T
    points1 = there[:, :2] / there[:, 2:] + rng.normal(0, 0.5, points0.shape)
    toward = np.eye(3) + np.outer(move, [0, 0, 1]) / PLANE_DEPTH
    return Correspondences(points0, points1), CAMERA @ toward @ np.linalg.inv(CAMERA)


def test_the_plane_maps_its_own_points():
    matched, plane = seen_from_two_places(np.full(50, PLANE_DEPTH))
    errors = np.linalg.norm(transfer(plane, matched.points0) - matched.points1, axis=1)
    assert errors.max() < 3
    assert parallax_log10(plane, matched, 3.0) == 0


@pytest.mark.parametrize("move", [(1.0, 0.2, 0.0), (0.1, 0.1, 1.0), (0.0, -1.0, 0.3)])
def test_points_off_the_plane_show_depth(move):
    depths = np.concatenate([np.full(60, PLANE_DEPTH), np.linspace(6, 8.5, 20)])
    matched, plane = seen_from_two_places(depths, move)
    assert parallax_log10(plane, matched, 3.0) < PARALLAX_BELOW


def test_wrong_matches_show_none():
    strongest = 0.0
    for seed in range(50):
        matched, plane = seen_from_two_places(np.full(60, PLANE_DEPTH), seed=seed)
        rng = np.random.default_rng(1000 + seed)
        wrong = transfer(plane, matched.points0) + rng.uniform(-30, 30, matched.points0.shape)
        strongest = min(
            strongest, parallax_log10(plane, Correspondences(matched.points0, wrong), 3.0)
        )
    assert strongest > PARALLAX_BELOW


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_matches_show_none(num):
    matched, plane = seen_from_two_places(np.full(num, 7.0))
    assert parallax_log10(plane, matched, 3.0) == 0


@pytest.mark.parametrize(("num", "trials", "chance"), [(0, 5, 0.3), (5, 5, 0.3), (40, 100, 0.1)])
def test_the_tail_is_that_of_scipy(num, trials, chance):
    expected = binom.logsf(num - 1, trials, chance) / np.log(10)
    assert log10_binomial_tail(num, trials, chance) == pytest.approx(expected, abs=1e-9)
