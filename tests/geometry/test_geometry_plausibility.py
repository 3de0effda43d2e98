"""Which maps a camera can see: derivatives by differences, folds and mirrors by construction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_view_scenes import SIZE, make_scene, random_map, random_points

from featmatch.geometry.plausibility import (
    Flaw,
    _jacobians,
    epipolar_flaw,
    map_flaw,
    neighbor_consistency,
)
from featmatch.geometry.residuals import transfer

SEEDS = st.integers(0, 2**32 - 1)
POINTS = random_points(np.random.default_rng(0), 50)
MIRROR = np.array([[-1.0, 0, 800], [0, 1, 0], [0, 0, 1]])


def horizon_at(x):
    """A perspective whose horizon is the column x."""
    return np.array([[1.0, 0, 0], [0, 1, 0], [-1 / x, 0, 1]])


@pytest.mark.parametrize("kind", ["homography", "affine", "similarity"])
@given(seed=SEEDS, factor=st.sampled_from([1.0, -1.0, 1e-6, -50.0]))
@settings(max_examples=40)
def test_views_of_a_plane_are_plausible_whatever_the_scale_of_the_matrix(kind, seed, factor):
    matrix = random_map(np.random.default_rng(seed), kind)
    assert map_flaw(factor * matrix, POINTS) is None
    assert map_flaw(factor * matrix, POINTS[:1]) is None


@pytest.mark.parametrize("degrees", [0, 30, 60, 80])
def test_a_plane_seen_by_a_real_camera_from_the_side(degrees):
    """H = K (R - t n' / d) K^-1 for the plane n'X = d, seen from the front and from the side."""
    camera = np.array([[800.0, 0, 400], [0, 800, 300], [0, 0, 1]])
    angle, normal, distance = np.radians(degrees), np.array([0.0, 0, 1]), 5.0
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    target = np.array([0, 0, distance])
    translation = target - rotation @ target  # the camera moves around what it looks at
    motion = rotation + np.outer(translation, normal) / distance
    homography = camera @ motion @ np.linalg.inv(camera)
    near_the_center = POINTS * 0.2 + np.array(SIZE) * 0.4
    assert map_flaw(homography, near_the_center) is None


@given(seed=SEEDS)
@settings(max_examples=40)
def test_mirrors(seed):
    matrix = random_map(np.random.default_rng(seed), "homography")
    assert map_flaw(MIRROR @ matrix, POINTS) is Flaw.MIRRORS
    assert map_flaw(matrix @ MIRROR, POINTS) is Flaw.MIRRORS
    assert map_flaw(-matrix @ MIRROR, POINTS) is Flaw.MIRRORS
    assert map_flaw(matrix @ MIRROR @ MIRROR, POINTS) is None


def test_a_horizon_between_the_points_folds_and_beside_them_does_not():
    assert map_flaw(horizon_at(400), POINTS) is Flaw.FOLDS
    assert map_flaw(-horizon_at(400), POINTS) is Flaw.FOLDS
    assert map_flaw(horizon_at(2000), POINTS) is None
    assert map_flaw(horizon_at(400), POINTS[POINTS[:, 0] < 300]) is None
    assert map_flaw(horizon_at(400), np.array([[100.0, 5], [400, 5]])) is Flaw.FOLDS


@pytest.mark.parametrize("scale", [100.0, 31, 1 / 31, 0.01])
def test_zoom_beyond_any_lens(scale):
    flaw = map_flaw(np.diag([scale, scale, 1]), POINTS)
    assert flaw is Flaw.SCALES
    assert "scale more than 30 times" in flaw.text


@pytest.mark.parametrize("scale", [29.0, 1 / 29])
def test_zoom_within_reason(scale):
    assert map_flaw(np.diag([scale, scale, 1]), POINTS) is None


@pytest.mark.parametrize(("along", "across"), [(6.0, 0.1), (0.1, 6.0), (29, 0.5)])
def test_squeezes(along, across):
    assert map_flaw(np.diag([along, across, 1]), POINTS) is Flaw.SQUEEZES
    assert map_flaw(np.diag([5.0, 0.2, 1]), POINTS) is None


def test_a_singular_map_is_not_plausible():
    assert map_flaw(np.diag([1.0, 0.0, 1.0]), POINTS) is Flaw.MIRRORS


@given(seed=SEEDS)
@settings(max_examples=30)
def test_jacobians_are_the_limit_of_differences(seed):
    rng = np.random.default_rng(seed)
    matrix, points, step = random_map(rng, "homography"), random_points(rng, 10), 1e-4
    depths = points @ matrix[2, :2] + matrix[2, 2]
    differences = [
        (transfer(matrix, points + offset) - transfer(matrix, points - offset)) / (2 * step)
        for offset in step * np.eye(2)
    ]
    expected = np.stack(differences, axis=-1)
    np.testing.assert_allclose(_jacobians(matrix, points, depths), expected, atol=1e-6)


def test_only_the_supporting_points_are_asked():
    scene = make_scene("homography", 0, wrong=0, noise=0)
    horizon = scene.matrix[2]
    # A point beyond the horizon, where nobody looked, is no flaw of the map.
    beyond = np.tile(-3 * horizon[:2] / (horizon[:2] @ horizon[:2]), (20, 1))
    assert map_flaw(scene.matrix, scene.points0) is None
    assert map_flaw(scene.matrix, np.vstack([scene.points0, beyond])) is Flaw.FOLDS
    one_wrong_match = np.vstack([scene.points0, beyond[:1]])
    assert map_flaw(scene.matrix, one_wrong_match) is None


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
@pytest.mark.parametrize("seed", range(4))
def test_epipolar_matches_in_a_mirror(kind, seed):
    scene = make_scene(kind, seed, wrong=0)
    assert epipolar_flaw(scene.points0, scene.points1, 1.0) is None
    assert epipolar_flaw(scene.points0, scene.points1[:, ::-1], 1.0) is Flaw.MIRRORS
    turned = np.array([800, 600]) - scene.points1
    assert epipolar_flaw(scene.points0, turned, 1.0) is None


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
@pytest.mark.parametrize("seed", range(4))
def test_matches_of_a_scene_move_together(kind, seed):
    scene = make_scene(kind, seed, wrong=0)
    points = scene.points0[:200], scene.points1[:200]
    assert neighbor_consistency(*points) > 0.8
    assert neighbor_consistency(*points[::-1]) == neighbor_consistency(*points)
    enlarged = points[0], 5 * points[1]
    assert neighbor_consistency(*enlarged) > 0.8


def test_matches_along_rows_that_go_anywhere_do_not_move_together():
    """What repeats in rows: right lines, and any place on them."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 20, 200) * 30.0
    points0, points1 = (np.column_stack([rng.uniform(0, 800, 200), rows]) for _ in range(2))
    together = neighbor_consistency(points0, points1)
    assert together < 0.3
    assert epipolar_flaw(points0, points1, together) is Flaw.SCATTERS
    assert epipolar_flaw(points0, points0, neighbor_consistency(points0, points0)) is None


@pytest.mark.parametrize("num", range(7))
def test_a_few_matches_have_no_neighbors_to_move_with(num):
    points = random_points(np.random.default_rng(num), num)
    assert neighbor_consistency(points, points[::-1]) == 1.0
    assert epipolar_flaw(points, points, 1.0) is None
