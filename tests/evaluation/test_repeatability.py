"""Repeatability, against closed forms, brute force and points strewn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from featmatch.evaluation.metrics.repeatability import chance_repeatability, nearest, repeatability

SIZE = 300, 200
GRID = np.stack(np.meshgrid(np.arange(10, 290, 20), np.arange(10, 190, 20)), -1).reshape(-1, 2)
NOTHING = np.zeros((0, 2))


def shift(x, y):
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1.0)])


def moved(points, x, y):
    return points + np.array((x, y))


def strewn(rng, num):
    return rng.uniform(-0.5, np.array(SIZE) - 0.5, (num, 2))


def test_the_same_points_are_all_found():
    found = repeatability(GRID, GRID, np.eye(3), SIZE, SIZE, 0.0)
    assert (found.num_visible0, found.num_visible1, found.value) == (len(GRID), len(GRID), 1.0)
    np.testing.assert_array_equal(found.localization_errors, np.zeros(len(GRID)))


@pytest.mark.parametrize(("max_error", "value"), [(4.9, 0.0), (5.0, 1.0)])
def test_errors_up_to_the_bound_count(max_error, value):
    found = repeatability(GRID, moved(GRID, 3, 4), np.eye(3), SIZE, SIZE, max_error)
    assert found.value == value
    np.testing.assert_array_equal(found.localization_errors, np.full(int(value * len(GRID)), 5.0))


def test_points_that_only_one_image_shows_do_not_count():
    homography = shift(150, 0)
    visible = GRID[GRID[:, 0] < 150]
    found = repeatability(GRID, moved(visible, 150, 0), homography, SIZE, SIZE, 1.0)
    assert (found.num_visible0, found.num_visible1) == (len(visible), len(visible))
    assert found.value == 1.0
    # The right half of image 0 is not seen, and neither is the left half of image 1.
    half = repeatability(GRID, GRID, homography, SIZE, SIZE, 1.0)
    assert half.num_visible0 + half.num_visible1 == len(visible) + np.sum(GRID[:, 0] >= 150)


def test_a_border_does_not_count():
    found = repeatability(GRID, GRID[:1], np.eye(3), SIZE, SIZE, 1.0, border=20)
    x, y = GRID.T
    inner = (x > 19) & (x < 280) & (y > 19) & (y < 180)
    assert found.num_visible0 == inner.sum()
    assert (found.num_visible1, found.value) == (0, 0.0)


def test_both_images_points_are_asked_for():
    points1 = np.concatenate([GRID[:1], GRID[:1] + 1, GRID[:1] + 100.7])
    found = repeatability(GRID[:1], points1, np.eye(3), SIZE, SIZE, 2.0)
    np.testing.assert_array_equal(found.found, [True, True, True, False])
    assert found.value == 0.75
    np.testing.assert_array_equal(found.localization_errors, [0.0])  # each pair once


def test_errors_are_in_pixels_of_image_1():
    double = np.array([(2, 0, 0.5), (0, 2, 0.5), (0, 0, 1.0)])
    points1 = 2 * GRID + 0.5 + (0, 4)
    found = repeatability(GRID, points1, double, SIZE, (600, 400), 4.0)
    assert found.value == 1.0
    np.testing.assert_allclose(found.localization_errors, 4.0)


@pytest.mark.parametrize(
    ("points0", "points1", "value"),
    [
        (NOTHING, NOTHING, None),
        (GRID, NOTHING, 0.0),
        (NOTHING, GRID, 0.0),
        (GRID + 999, NOTHING, None),
    ],
)
def test_no_points_are_no_error(points0, points1, value):
    found = repeatability(points0, points1, np.eye(3), SIZE, SIZE, 3.0)
    assert found.value == value
    assert len(found.found) == found.num_visible0 + found.num_visible1
    assert found.localization_errors.shape == (0,)


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 60))
def test_agrees_with_a_search_tree(seed, num0, num1):
    rng = np.random.default_rng(seed)
    points0, points1 = strewn(rng, num0), strewn(rng, num1)
    visible0, visible1 = (
        points[((points >= -0.5) & (points <= np.array(SIZE) - 0.5)).all(axis=1)]
        for points in (moved(points0, 7, -4), moved(points1, -7, 4))
    )
    visible1 = moved(visible1, 7, -4)
    found = repeatability(points0, points1, shift(7, -4), SIZE, SIZE, 15.0)
    assert (found.num_visible0, found.num_visible1) == (len(visible0), len(visible1))
    if not (len(visible0) and len(visible1)):
        return
    (there, places0), (back, places1) = (
        cKDTree(visible1).query(visible0),
        cKDTree(visible0).query(visible1),
    )
    np.testing.assert_array_equal(found.found, np.concatenate([there, back]) <= 15)
    mutual = places1[places0] == np.arange(len(visible0))
    np.testing.assert_allclose(found.localization_errors, there[mutual & (there <= 15)])


def test_more_points_than_are_looked_at_at_once():
    rng = np.random.default_rng(0)
    points, others = strewn(rng, 1300), strewn(rng, 40)
    distances, indices = nearest(points, others)
    expected, places = cKDTree(others).query(points)
    np.testing.assert_allclose(distances, expected)
    np.testing.assert_array_equal(indices, places)


def test_nearest_of_none():
    distances, indices = nearest(GRID, NOTHING)
    assert np.isinf(distances).all()
    assert (indices == -1).all()
    assert [len(values) for values in nearest(NOTHING, GRID)] == [0, 0]


def test_chance_is_what_random_points_reach():
    rng = np.random.default_rng(5)
    num0, num1, max_error = 400, 150, 6.0
    measured = [
        repeatability(strewn(rng, num0), strewn(rng, num1), np.eye(3), SIZE, SIZE, max_error).value
        for _ in range(40)
    ]
    # Discs at the edges reach beyond the images, where there are no points: a little less.
    chance = chance_repeatability(num0, num1, SIZE[0] * SIZE[1], max_error)
    assert np.mean(measured) == pytest.approx(chance, rel=0.06)
    assert np.mean(measured) < chance


def test_chance_in_numbers():
    # One point each, discs of a tenth of the area.
    chance = chance_repeatability(1, 1, 10 * np.pi, 1.0)
    assert chance == pytest.approx(1 - np.exp(-0.1))
    assert chance_repeatability(3, 0, 100, 1.0) == 0
    assert chance_repeatability(10**6, 10**6, 100, 3.0) == pytest.approx(1)
    assert chance_repeatability(0, 0, 100, 3.0) is None
    assert chance_repeatability(2, 2, 0, 3.0) is None


@pytest.mark.parametrize("name", ["max_error", "border"])
def test_negative_bounds_are_told(name):
    options = {"max_error": 1.0, "border": 0.0, name: -1.0}
    with pytest.raises(ValueError, match=f"{name}: expected a number from 0 to"):
        repeatability(GRID, GRID, np.eye(3), SIZE, SIZE, **options)
