"""Corrections of maps that are nearly right, on photographs under known warps."""

import numpy as np
import pytest
from photographs import map_error, photograph, seen_through, turned

from featmatch.geometry.near_identity import fit_near_identity, fix_homography
from featmatch.geometry.polish import polish_homography
from featmatch.geometry.residuals import transfer
from featmatch.images.view import View


def shifted(homography, x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]) @ homography


@pytest.mark.parametrize("shift", [(4.5, 0.0), (-3.5, 3.0), (0.0, -5.0)])
def test_a_map_that_is_five_pixels_off_is_polished(shift):
    """Patches are looked for within three pixels: of half the size, that is six."""
    first, true = photograph(), turned(5, 0.95)
    views = View.read(first), View.read(seen_through(first, true))
    polished = polish_homography(*views, shifted(true, *shift))
    assert polished.patch_agreement > 0.9
    assert map_error(polished.homography, true) < 0.1


def test_a_map_that_is_far_off_is_left_alone():
    first, true = photograph(), turned(5, 0.95)
    views = View.read(first), View.read(seen_through(first, true))
    wrong = shifted(true, 25.0, 10.0)
    polished = polish_homography(*views, wrong)
    assert polished.homography is wrong
    assert polished.patch_agreement < 0.2


def test_small_corrections_are_found_among_wrong_shifts():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 500, (200, 2))
    true = np.array([[1.002, 0.001, 1.5], [-0.001, 0.999, -0.7], [1e-6, -2e-6, 1]])
    moved = transfer(true, points)
    moved[:40] += rng.uniform(-3, 3, (40, 2))
    found = fit_near_identity(points, moved)
    assert np.linalg.norm(transfer(found, points) - transfer(true, points), axis=1).max() < 0.1


def test_few_points_or_points_on_a_line_fix_nothing():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 500, (30, 2))
    assert fix_homography(points, points, 1.0)
    assert not fix_homography(points[:11], points[:11], 1.0)
    line = points * (1, 0)
    assert not fix_homography(line, line, 1.0)
