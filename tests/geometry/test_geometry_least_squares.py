"""Least squares: exact from exact matches, optimal from noisy ones, None from too few."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_view_scenes import cross_matrix, make_scene, random_points, unit

from featmatch.geometry.models import MODELS
from featmatch.geometry.residuals import map_residuals, transfer

SEEDS = st.integers(0, 2**32 - 1)
MAPS = ["homography", "affine", "similarity"]
FEWEST = {"homography": 4, "affine": 3, "similarity": 2, "fundamental": 8, "essential": 8}
LINE = np.column_stack([np.arange(12.0) * 10, np.arange(12.0) * 5 + 3])


def calibrated(scene):
    inverse0, inverse1 = np.linalg.inv(scene.camera0), np.linalg.inv(scene.camera1)
    return transfer(inverse0, scene.points0), transfer(inverse1, scene.points1)


@pytest.mark.parametrize("kind", MAPS)
@given(seed=SEEDS, num=st.integers(5, 40))
@settings(max_examples=40)
def test_exact_matches_give_the_exact_map(kind, seed, num):
    scene = make_scene(kind, seed, num=num, wrong=0, noise=0)
    matrix = MODELS[kind].fit(scene.points0, scene.points1)
    corners = np.array([[0.0, 0], [800, 0], [0, 600], [800, 600]])
    expected = cv2.perspectiveTransform(corners[None], scene.matrix)[0]
    # Few points may lie near one line: what is between them must fit, the corners only amply.
    # OpenCV fits in single precision: 6e-5 px at 1000 px, and more where the map enlarges.
    assert map_residuals(matrix, scene.points0, scene.points1).max() < 1e-3
    if num >= 20:
        np.testing.assert_allclose(transfer(matrix, corners), expected, atol=1e-3)


@given(seed=SEEDS, num=st.integers(16, 60))
@settings(max_examples=40)
def test_exact_matches_give_the_exact_fundamental_matrix(seed, num):
    scene = make_scene("fundamental", seed, num=num, wrong=0, noise=0)
    matrix = MODELS["fundamental"].fit(scene.points0, scene.points1)
    assert abs(np.linalg.det(unit(matrix))) < 1e-12
    assert MODELS["fundamental"].residuals(matrix, scene.points0, scene.points1).max() < 1e-3
    unseen = make_scene("fundamental", seed, num=200, wrong=0, noise=0)
    assert np.median(MODELS["fundamental"].residuals(matrix, unseen.points0, unseen.points1)) < 1e-2


@given(seed=SEEDS, num=st.integers(16, 60))
@settings(max_examples=40)
def test_exact_matches_give_the_exact_essential_matrix(seed, num):
    scene = make_scene("essential", seed, num=num, wrong=0, noise=0)
    matrix = MODELS["essential"].fit(*calibrated(scene))
    np.testing.assert_allclose(unit(matrix), scene.matrix, atol=1e-4)


@given(seed=SEEDS)
@settings(max_examples=20)
def test_an_essential_matrix_has_two_equal_singular_values_even_from_noise(seed):
    scene = make_scene("essential", seed, num=40, wrong=0, noise=1.0)
    matrix = MODELS["essential"].fit(*calibrated(scene))
    first, second, third = np.linalg.svd(matrix / np.linalg.norm(matrix), compute_uv=False)
    assert first == pytest.approx(second)
    assert third == pytest.approx(0, abs=1e-12)


def test_essential_matrix_of_a_known_motion():
    rng = np.random.default_rng(4)
    space = rng.uniform((-1, -1, 3), (1, 1, 6), (30, 3))
    moved = space + np.array([1, 0, 0])
    views = (points[:, :2] / points[:, 2:] for points in (space, moved))
    matrix = MODELS["essential"].fit(*views)
    np.testing.assert_allclose(unit(matrix), unit(cross_matrix([1, 0, 0])), atol=1e-8)


@given(seed=SEEDS)
@settings(max_examples=30)
def test_affine_is_the_solution_of_the_normal_equations(seed):
    scene = make_scene("affine", seed, num=20, wrong=0, noise=20)
    design = np.column_stack([scene.points0, np.ones(20)])
    expected = np.linalg.solve(design.T @ design, design.T @ scene.points1).T
    matrix = MODELS["affine"].fit(scene.points0, scene.points1)
    np.testing.assert_allclose(matrix[:2], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(matrix[2], [0, 0, 1])


@given(seed=SEEDS)
@settings(max_examples=30)
def test_similarity_solves_the_linear_equations_of_its_four_numbers(seed):
    scene = make_scene("similarity", seed, num=20, wrong=0, noise=20)
    (x, y), zero, one = scene.points0.T, np.zeros(20), np.ones(20)
    design = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
    (a, b, tx, ty), *_ = np.linalg.lstsq(design, scene.points1.T.ravel(), rcond=None)
    matrix = MODELS["similarity"].fit(scene.points0, scene.points1)
    np.testing.assert_allclose(matrix, [[a, -b, tx], [b, a, ty], [0, 0, 1]], rtol=1e-6, atol=1e-7)


@given(seed=SEEDS)
@settings(max_examples=30)
def test_a_similarity_never_mirrors_and_never_shears(seed):
    rng = np.random.default_rng(seed)
    points0 = random_points(rng, 12)
    for points1 in (points0 * [-1, 1] + [800, 0], random_points(rng, 12)):
        linear = MODELS["similarity"].fit(points0, points1)[:2, :2]
        assert np.linalg.det(linear) >= 0
        np.testing.assert_allclose(linear.T @ linear, np.linalg.det(linear) * np.eye(2), atol=1e-9)


@pytest.mark.parametrize("kind", MODELS)
def test_noise_of_many_matches_averages_out(kind):
    errors = []
    for num in (30, 1000):
        scene = make_scene(kind, 5, num=num, wrong=0, noise=1.0)
        if kind == "essential":
            matrix = MODELS[kind].fit(*calibrated(scene))
            exact1 = transfer(np.linalg.inv(scene.camera1), scene.exact1)
            found = MODELS[kind].residuals(matrix, calibrated(scene)[0], exact1) * 800
        else:
            matrix = MODELS[kind].fit(scene.points0, scene.points1)
            found = MODELS[kind].residuals(matrix, scene.points0, scene.exact1)
        errors.append(np.sqrt((found**2).mean()))
    assert errors[1] < 0.5 * errors[0] < 2.0


@pytest.mark.parametrize("kind", MODELS)
def test_too_few_matches_have_no_answer(kind):
    scene = make_scene(kind, 1, num=8, wrong=0, noise=0)
    points0, points1 = scene.points0, scene.points1
    if kind == "essential":
        points0, points1 = calibrated(scene)
    for num in range(FEWEST[kind]):
        assert MODELS[kind].fit(points0[:num], points1[:num]) is None
    assert MODELS[kind].fit(points0, points1).shape == (3, 3)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("at", [(0.0, 0.0), (0.1, 0.3), (400.7, 300.1)])
def test_one_point_over_and_over_has_no_answer(kind, at):
    once, anywhere = np.full((12, 2), at), random_points(np.random.default_rng(2), 12)
    assert MODELS[kind].fit(once, once) is None
    assert MODELS[kind].fit(once, anywhere) is None


@pytest.mark.parametrize("kind", ["affine", "homography", "fundamental"])
def test_points_on_one_line_have_no_answer(kind):
    anywhere = random_points(np.random.default_rng(2), 12)
    assert MODELS[kind].fit(LINE, LINE + 5) is None
    assert MODELS[kind].fit(LINE, anywhere) is None


def test_points_on_one_line_are_enough_for_a_similarity():
    matrix = MODELS["similarity"].fit(LINE, LINE * 2 + 5)
    np.testing.assert_allclose(matrix, [[2, 0, 5], [0, 2, 5], [0, 0, 1]], atol=1e-12)
