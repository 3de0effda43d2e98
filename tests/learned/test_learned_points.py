"""Points of a pair: where they are, which are chosen, and which are found there and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_training import shifted_pair

from featmatch.geometry.residuals import transfer
from featmatch.learned.training.points import MARGIN, are_near, choose_points, inside, round_trips

HOMOGRAPHY = np.array([(1.1, 0.05, -2), (-0.08, 0.95, 1), (1e-3, -5e-4, 1)])


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(0, 999))
def test_round_trips_are_those_of_a_search(num_points, size, seed):
    u, v = np.random.default_rng(seed).normal(size=(2, num_points, size))
    expected = []
    for place in range(num_points):
        there = max(range(num_points), key=lambda other: u[place] @ v[other])
        back = max(range(num_points), key=lambda other: u[other] @ v[place])
        expected.append(there == back == place)
    assert round_trips(u, v).tolist() == expected


def test_points_are_the_peaks_that_both_views_show_then_random_places():
    pair = shifted_pair(64, x=20, y=10)
    peaks = np.array([(30, 30), (10, 40), (50, 20)])  # the second one is left of view 1
    chosen = choose_points(pair, peaks, 50, np.random.default_rng(0))
    assert (len(chosen), chosen.num_peaks) == (50, 2)
    points0, points1 = chosen.points0, chosen.points1
    assert points0.shape == points1.shape == (50, 2)
    np.testing.assert_array_equal(points0[:2], [(30, 30), (50, 20)])
    np.testing.assert_allclose(points0 - points1, np.tile((20, 10), (50, 1)))
    for points in (points0, points1):
        assert points.min() > MARGIN - 1e-9
        assert points.max() < 63 - MARGIN + 1e-9


def test_there_are_no_points_without_a_common_part():
    chosen = choose_points(shifted_pair(48, x=48), np.zeros((0, 2)), 50, np.random.default_rng(0))
    assert chosen.points0.shape == chosen.points1.shape == (0, 2)
    assert (len(chosen), chosen.num_peaks) == (0, 0)


def test_peaks_are_chosen_up_to_the_number_of_points():
    peaks = np.array([(30, 30), (31, 40), (40, 20)])
    chosen = choose_points(shifted_pair(64, x=5), peaks, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(chosen.points0, peaks[:2])
    assert chosen.num_peaks == 2


def test_the_border_of_a_view_is_left_out():
    """The centers of its pixels reach from 0 to 31."""
    points = np.array([(4, 9), (4.01, 9), (9, 26.99), (9, 27), (0, 9), (31, 9), (-0.5, -0.5)])
    assert inside(points, 32).tolist() == [False, True, True, False, False, False, False]
    assert inside(points, 32, 0).tolist() == [True, True, True, True, False, False, False]
    assert inside(points[:0], 32).shape == (0,)


def test_points_on_the_horizon_are_in_no_view():
    """Where a homography sends them is nowhere, and no warning."""
    horizon = np.array([(1.0, 0, 0), (0, 1, 0), (-1 / 16, 0, 1)])  # x = 16
    assert not inside(transfer(horizon, np.array([(16.0, 8), (16, 0)])), 32).any()


@settings(max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 999))
def test_points_are_near_others_as_a_search_finds(num_points, num_others, seed):
    rng = np.random.default_rng(seed)
    points, others = rng.uniform(0, 9, (num_points, 2)), rng.uniform(0, 9, (num_others, 2))
    expected = [any(np.hypot(*(point - other)) <= 2 for other in others) for point in points]
    assert are_near(points, others, 2.0).tolist() == expected
