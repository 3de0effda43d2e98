"""The predicted error of a homography, against refits under random noise."""

from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_view_scenes import SIZE, random_map, random_points

from featmatch.geometry.accuracy import _derivatives, overlap_grid, predicted_transfer_error
from featmatch.geometry.least_squares import fit_homography
from featmatch.geometry.residuals import transfer

SEEDS = st.integers(0, 2**32 - 1)
MIRROR = np.array([[-1.0, 0, 799], [0, 1, 0], [0, 0, 1]])


def whole(rng, num):
    return random_points(rng, num)


def one_corner(rng, num):
    return random_points(rng, num) * 0.4


def predict(homography, points0, points1, **options):
    return predicted_transfer_error(homography, points0, points1, SIZE, SIZE, **options)


@pytest.mark.parametrize("noise", [0.2, 1.0])
@pytest.mark.parametrize(("where", "num"), [(whole, 12), (whole, 100), (one_corner, 40)])
def test_refits_under_noise_scatter_as_predicted(where, num, noise):
    rng = np.random.default_rng(num)
    true = random_map(rng, "homography")
    points0 = where(rng, num)
    exact = transfer(true, points0)
    grid = overlap_grid(true, SIZE, SIZE)
    goal = transfer(true, grid)
    squared, predicted = [], []
    for _ in range(300):
        points1 = exact + rng.normal(0, noise, exact.shape)
        fitted = fit_homography(points0, points1)
        squared.append(np.square(transfer(fitted, grid) - goal).sum(axis=1))
        predicted.append(predict(fitted, points0, points1, min_noise=0))
    happened = np.sqrt(np.mean(squared, axis=0)).mean()
    assert np.mean(predicted) == pytest.approx(happened, rel=0.12)


def test_matches_in_one_corner_say_little_about_the_rest():
    rng = np.random.default_rng(0)
    everywhere, corner = whole(rng, 60), one_corner(rng, 60)
    assert predict(np.eye(3), corner, corner) > 4 * predict(np.eye(3), everywhere, everywhere)


def test_four_times_the_matches_halve_the_error():
    rng = np.random.default_rng(1)
    few = whole(rng, 50)
    many = np.tile(few, (4, 1))
    assert predict(np.eye(3), many, many) == pytest.approx(predict(np.eye(3), few, few) / 2)


def test_agreement_better_than_keypoints_are_is_not_believed():
    points = whole(np.random.default_rng(2), 30)
    exact = predict(np.eye(3), points, points)
    assert predict(np.eye(3), points, points, min_noise=0.5) == exact
    assert predict(np.eye(3), points, points, min_noise=2.0) == pytest.approx(4 * exact)
    noisy = points + np.random.default_rng(3).normal(0, 0.1, points.shape)
    assert predict(np.eye(3), points, noisy) == pytest.approx(exact)
    assert predict(np.eye(3), points, noisy, min_noise=0.01) < exact / 2


@given(seed=SEEDS, factor=st.sampled_from([-1.0, 1e-5, 30.0]))
@settings(max_examples=20)
def test_scale_and_sign_of_the_matrix_are_of_no_account(seed, factor):
    rng = np.random.default_rng(seed)
    true, points0 = random_map(rng, "homography"), whole(rng, 20)
    points1 = transfer(true, points0) + rng.normal(0, 1, points0.shape)
    expected = predict(true, points0, points1)
    assert expected > 0
    assert predict(factor * true, points0, points1) == pytest.approx(expected, rel=1e-6)


def test_no_answer_is_infinite():
    rng = np.random.default_rng(4)
    points, line = whole(rng, 20), np.column_stack([np.arange(20.0), 3 * np.arange(20.0)])
    for few in range(4):
        assert predict(np.eye(3), points[:few], points[:few]) == inf
    assert isinf(predict(np.eye(3), line, line))
    assert isinf(
        predict(np.eye(3), np.repeat(points[:1], 9, axis=0), np.repeat(points[:1], 9, axis=0))
    )
    away = np.array([[1.0, 0, 900], [0, 1, 0], [0, 0, 1]])
    assert isinf(predict(away, points, transfer(away, points)))
    assert isinf(predict(MIRROR, points, transfer(MIRROR, points)))
    assert np.isfinite(predict(np.eye(3), points[:4], points[:4]))


@given(seed=SEEDS)
@settings(max_examples=20)
def test_derivatives_are_the_limit_of_differences(seed):
    rng = np.random.default_rng(seed)
    matrix = random_map(rng, "homography")
    points = rng.uniform(-1, 1, (5, 2))
    matrix[2] = [*rng.uniform(-0.2, 0.2, 2), 1.0]
    step = 1e-6
    differences = [
        (transfer(matrix + move, points) - transfer(matrix - move, points)) / (2 * step)
        for move in step * np.eye(9).reshape(9, 3, 3)
    ]
    expected = np.stack(differences, axis=-1)
    np.testing.assert_allclose(_derivatives(matrix, points), expected, rtol=1e-4, atol=1e-4)


def test_the_grid_covers_what_both_images_show():
    whole_grid = overlap_grid(np.eye(3), SIZE, SIZE, 10)
    assert whole_grid.shape == (100, 2)
    np.testing.assert_allclose(whole_grid.mean(axis=0), [399.5, 299.5])
    np.testing.assert_allclose(whole_grid[0], [39.5, 29.5])
    half = overlap_grid(np.array([[1.0, 0, 400], [0, 1, 0], [0, 0, 1]]), SIZE, SIZE, 10)
    assert half.shape == (50, 2)
    assert half[:, 0].max() < 400
    small = overlap_grid(np.eye(3), SIZE, (80, 60), 10)
    np.testing.assert_allclose(small, [[39.5, 29.5]])


def test_the_grid_stops_at_the_horizon_and_at_mirrors():
    assert len(overlap_grid(MIRROR, SIZE, SIZE)) == 0
    assert len(overlap_grid(-MIRROR, SIZE, SIZE)) == 0
    assert len(overlap_grid(np.zeros((3, 3)), SIZE, SIZE)) == 0
    horizon = np.array([[1.0, 0, 0], [0, 1, 0], [-1 / 400, 0, 1]])
    for sign in (1, -1):
        seen = overlap_grid(sign * horizon, SIZE, SIZE)
        assert 0 < len(seen) < 144
        assert seen[:, 0].max() < 400
