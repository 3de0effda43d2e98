"""What verified matches tell of the points around them, against the map that they are of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import project

from featmatch.learned.training.local_relation import REACH, NearMatches
from featmatch.learned.training.relation import shared_share

SIDE = 128  # px


def matches_of(homography, number=200, seed=0, noise=0.0):
    """Matches all over a view, of a known map."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, SIDE, (number, 2))
    return points, project(homography, points) + rng.normal(0, noise, points.shape)


def turned(angle, scale=1.0, shear=0.0, tilt=(0.0, 0.0), shift=(0.0, 0.0)):
    """A map around the middle of a view: a tilt, a shear, a zoom and a turn, and a shift."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    middle = np.array([(1, 0, -SIDE / 2), (0, 1, -SIDE / 2), (0, 0, 1)])
    linear = np.array([(c, -s, shift[0]), (s, c, shift[1]), (0, 0, 1)])
    tilted = np.array([(1, shear, 0), (0, 1, 0), (*tilt, 1)])
    return np.linalg.inv(middle) @ linear @ tilted @ middle


GRID = np.stack(np.meshgrid(*2 * [np.arange(4.0, SIDE, 8)]), axis=-1).reshape(-1, 2)


@settings(max_examples=40)
@given(
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.6, 1.7),
    shear=st.floats(-0.2, 0.2),
    tilt=st.tuples(*2 * [st.floats(-5e-4, 5e-4)]),
    seed=st.integers(0, 100),
)
def test_points_among_matches_go_where_the_map_takes_them(angle, scale, shear, tilt, seed):
    homography = turned(angle, scale, shear, tilt)
    relation = NearMatches(*matches_of(homography, 400, seed=seed))
    there, truth = relation.there(GRID), project(homography, GRID)
    known = np.isfinite(there).all(axis=1)
    assert known.mean() > 0.4
    errors = np.linalg.norm(there - truth, axis=1)[known]
    assert np.quantile(errors, 0.9) < 0.1
    assert errors.max() < 0.25
    back = relation.back(truth[known])
    again = np.isfinite(back).all(axis=1)
    assert again.mean() > 0.6
    assert np.linalg.norm(back - GRID[known], axis=1)[again].max() < 0.4


def test_what_is_among_matches_is_mostly_known_to_a_tenth_of_a_pixel():
    homography = turned(0.4, 1.2, 0.1, (3e-4, -2e-4))
    points0, points1 = matches_of(homography, 400)
    there = NearMatches(points0, points1).there(GRID)
    known = np.isfinite(there).all(axis=1)
    assert known.mean() > 0.8
    np.testing.assert_allclose(there[known], project(homography, GRID)[known], atol=0.1)


def test_an_affine_map_is_met_exactly():
    homography = turned(2.0, 0.8, 0.3, shift=(5, -9))
    points0, points1 = matches_of(homography, 60)
    there = NearMatches(points0, points1).there(points0)
    known = np.isfinite(there).all(axis=1)
    assert known.sum() > 30
    np.testing.assert_allclose(there[known], points1[known], atol=1e-9)


def test_several_matches_are_surer_than_each():
    points0, points1 = matches_of(np.eye(3), 400, noise=0.4)
    there = NearMatches(points0, points1).there(GRID)
    known = np.isfinite(there).all(axis=1)
    assert known.sum() > 50
    errors = (there - GRID)[known]
    assert np.sqrt((errors**2).mean()) < 0.3


def test_nothing_is_known_far_from_matches():
    points0, points1 = matches_of(np.eye(3))
    relation = NearMatches(points0[points0[:, 0] < 40], points1[points0[:, 0] < 40])
    there = relation.there(GRID)
    assert np.isnan(there[GRID[:, 0] > 40 + REACH]).all()
    assert np.isfinite(there[GRID[:, 0] < 36]).mean() > 0.8
    far = relation.there(np.array([(1e6, 3.0), (-1e6, 1e6), (np.nan, 4.0), (np.inf, 4.0)]))
    assert np.isnan(far).all()


def test_nothing_is_known_beside_a_line_of_matches():
    line = np.linspace((10, 60), (110, 60), 60)
    there = NearMatches(line, line).there(np.array([(60.0, 60.0), (60.0, 70.0)]))
    assert np.isnan(there).all()


def test_nothing_is_known_outside_of_a_heap_of_matches():
    heap = np.random.default_rng(0).uniform(60, 64, (40, 2))
    there = NearMatches(heap, heap).there(np.array([(62.0, 62.0), (75.0, 62.0)]))
    assert np.isfinite(there[0]).all()
    assert np.isnan(there[1]).all()


def test_a_wrong_match_leaves_its_surroundings_unknown():
    points0, points1 = matches_of(np.eye(3), 400)
    wrong = np.linalg.norm(points0 - 64, axis=1).argmin()
    points1[wrong] += (6, 0)
    there = NearMatches(points0, points1).there(np.array([points0[wrong], (20.0, 20.0)]))
    assert np.isnan(there[0]).all()
    np.testing.assert_allclose(there[1], 20)


def test_an_edge_in_depth_is_unknown_and_both_sides_are_known():
    points0, _ = matches_of(np.eye(3), 600)
    points1 = points0 + np.where(points0[:, :1] < 64, (0, 0), (9, 0))
    asked = np.stack([(20, 63, 65, 108), 4 * [64]], axis=1).astype(float)
    there = NearMatches(points0, points1).there(asked)
    assert np.isnan(there[1:3]).all()
    np.testing.assert_allclose(there[[0, 3]], asked[[0, 3]] + [(0, 0), (9, 0)])


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_few_matches_tell_nothing(number):
    few = np.array([(30.0, 30.0), (36, 31), (33, 36)])[:number].reshape(-1, 2)
    relation = NearMatches(few, few)
    assert np.isnan(relation.there(GRID)).all()
    assert np.isnan(relation.back(few)).all()
    assert shared_share(relation, SIDE) == 0


def test_four_matches_tell_what_lies_among_them():
    four = np.array([(30.0, 30.0), (40, 30), (30, 40), (40, 40)])
    relation = NearMatches(four, four + 3)
    np.testing.assert_allclose(relation.there(np.array([(35.0, 35.0)])), [(38, 38)])
    np.testing.assert_allclose(relation.back(np.array([(38.0, 38.0)])), [(35, 35)])


def test_no_points_are_no_points():
    assert NearMatches(*matches_of(np.eye(3))).there(np.empty((0, 2))).shape == (0, 2)


def test_the_other_direction_is_the_way_back():
    points0, points1 = matches_of(turned(1.0, 1.3))
    relation = NearMatches(points0, points1)
    np.testing.assert_array_equal(relation.reversed().there(GRID), relation.back(GRID))
    np.testing.assert_array_equal(relation.reversed().back(GRID), relation.there(GRID))
