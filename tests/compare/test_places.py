"""Places to compare with: off the border, off the points, as lively as asked."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from feature_map_cases import found, photograph
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.compare.places import (
    BORDER,
    gradient_moments,
    gradient_strength,
    inner,
    matched_places,
    random_places,
)

NONE = np.zeros((0, 2))


def distances(points, others):
    return np.linalg.norm(points[:, None] - others, axis=2)


@given(st.integers(1, 200), st.integers(1, 150), st.integers(0, 40), st.integers(0, 50))
@settings(max_examples=30)
def test_random_places_keep_off(width, height, num_points, count):
    rng = np.random.default_rng(width)
    points = rng.uniform(0, (width - 1, height - 1), (num_points, 2))
    places = random_places((width, height), points, count, rng)
    assert len(places) <= count
    assert len(np.unique(places, axis=0)) == len(places)
    assert (places >= BORDER).all()
    assert (places < np.array([width, height]) - BORDER).all()
    if num_points and len(places):
        assert distances(places, np.rint(points)).min() >= 4.99
    if not num_points:
        free = max(0, width - 2 * BORDER) * max(0, height - 2 * BORDER)
        assert len(places) == min(count, free)


def test_random_places_are_even():
    places = random_places((162, 262), NONE, 20000, np.random.default_rng(0))
    assert len(places) == 100 * 200
    some = random_places((162, 262), NONE, 5000, np.random.default_rng(0))
    np.testing.assert_allclose(some.mean(axis=0), (80.5, 130.5), atol=2)
    np.testing.assert_allclose(some.std(axis=0), np.array([100, 200]) / np.sqrt(12), rtol=0.05)


def test_matched_places_are_as_strong_as_the_points():
    image = photograph()
    points = image.from_original(found().keypoints)
    strength = gradient_strength(image.gray())
    rows, places = matched_places(strength, points, np.random.default_rng(0))
    assert len(rows) == len(places) > 0.5 * len(points)
    assert distances(places, np.rint(points)).min() >= 4.99
    x, y = np.rint(points[rows]).astype(int).T
    there = strength[places[:, 1].astype(int), places[:, 0].astype(int)]
    np.testing.assert_allclose(there, strength[y, x], rtol=0.1)
    size = strength.shape[1], strength.shape[0]
    anywhere = random_places(size, points, 500, np.random.default_rng(0))
    weaker = strength[anywhere[:, 1].astype(int), anywhere[:, 0].astype(int)]
    assert np.median(weaker) < 0.7 * np.median(there)


def test_points_without_a_match_are_left_out():
    strength = np.ones((120, 120), np.float32)
    strength[60, 60] = 50
    points = np.array([[60.0, 60], [70, 70]])
    rows, places = matched_places(strength, points, np.random.default_rng(0))
    assert rows.tolist() == [1]
    assert places.shape == (1, 2)


@pytest.mark.parametrize(("side", "points"), [(120, NONE), (40, np.array([[20.0, 20]]))])
def test_nothing_matches_nothing(side, points):
    rows, places = matched_places(np.ones((side, side)), points, np.random.default_rng(0))
    assert (rows.shape, places.shape) == ((0,), (0, 2))


def test_strength_is_of_the_gradient_and_nothing_else():
    slope = np.tile(np.arange(0, 200, 2, np.uint8), (100, 1))
    inside = (slice(10, -10),) * 2
    once, twice = (gradient_strength(image)[inside] for image in (slope // 2, slope))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-4)
    np.testing.assert_allclose(gradient_strength(slope.T)[inside], twice.T, rtol=1e-4)
    np.testing.assert_allclose(gradient_strength(slope[::-1] // 2 + 50)[inside], once, rtol=1e-4)
    assert not gradient_strength(np.full((40, 40), 99, np.uint8)).any()


def test_smaller_moment_is_that_of_shi_and_tomasi():
    gray = photograph().gray()
    expected = cv2.cornerMinEigenVal(gray, 7, ksize=3)
    larger, smaller = gradient_moments(gray)
    np.testing.assert_allclose(smaller, np.maximum(expected, 0), atol=1e-6 * expected.max())
    assert (larger >= smaller).all()


@pytest.mark.parametrize("size", [(1, 1), (62, 200), (200, 62), (63, 63)])
def test_inner_of_small_images(size):
    assert inner(size).sum() == (1 if size == (63, 63) else 0)
