"""CommonPoints of two sets of points, against closed forms and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from feature_map_cases import features_at
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from featmatch.compare.common_points import TOLERANCE, measure_common_points, rank_correlation


def test_points_within_three_pixels_are_near():
    orb = features_at([(10, 10), (50, 50), (90, 20)], scores=[1, 2, 3])
    learned = features_at([(10, 13), (50, 53.1), (9, 10), (20, 70)])
    found = measure_common_points(orb, learned)
    assert (found.tolerance, found.num_orb, found.num_learned) == (TOLERANCE, 3, 4) == (3, 3, 4)
    assert found.orb_near_learned == pytest.approx(1 / 3)
    assert found.learned_near_orb == pytest.approx(2 / 4)
    assert found.num_common == 1  # of two learned points beside one of ORB's, the nearest
    assert found.score_correlation is None


def test_the_tolerance_is_in_working_pixels():
    orb, learned = features_at([(40, 40)]), features_at([(40, 45)])
    assert measure_common_points(orb, learned, pixel_size=1.0).orb_near_learned == 0
    assert measure_common_points(orb, learned, pixel_size=2.0).orb_near_learned == 1


def test_chance_is_the_area_that_discs_cover():
    """Points 20 px apart cover pi 3^2 / 20^2 of the area between them."""
    lattice = np.stack(np.meshgrid(np.arange(0, 401, 20), np.arange(0, 301, 20)), -1).reshape(-1, 2)
    corners = features_at([(15, 15), (385, 285)], (401, 301))
    found = measure_common_points(corners, features_at(lattice, (401, 301)))
    assert found.chance_orb_near_learned == pytest.approx(np.pi * 9 / 400, rel=0.1)
    assert found.orb_near_learned == 0


def test_random_points_are_near_as_often_as_chance_says():
    rng = np.random.default_rng(0)
    orb, learned = (features_at(rng.uniform(0, 400, (800, 2)), (400, 400)) for _ in range(2))
    found = measure_common_points(orb, learned)
    poisson = 1 - np.exp(-800 / 400**2 * np.pi * 9)
    for share, chance in [
        (found.orb_near_learned, found.chance_orb_near_learned),
        (found.learned_near_orb, found.chance_learned_near_orb),
    ]:
        assert chance == pytest.approx(poisson, abs=0.02)
        assert share == pytest.approx(chance, abs=0.05)


def test_a_set_overlaps_with_itself():
    rng = np.random.default_rng(1)
    points = features_at(rng.uniform(0, 79, (50, 2)), scores=rng.random(50))
    found = measure_common_points(points, points)
    assert (found.orb_near_learned, found.learned_near_orb, found.num_common) == (1, 1, 50)
    assert found.score_correlation == pytest.approx(1)


@pytest.mark.parametrize(("num0", "num1"), [(0, 0), (0, 3), (3, 0)])
def test_empty_sets_have_nothing_in_common(num0, num1):
    orb, learned = (features_at(np.full((num, 2), 30)) for num in (num0, num1))
    found = measure_common_points(orb, learned)
    assert (found.num_orb, found.num_learned, found.num_common) == (num0, num1, 0)
    assert found.orb_near_learned == (0 if num0 else None)
    assert found.learned_near_orb == (0 if num1 else None)
    assert found.chance_orb_near_learned == (0 if num0 else None)
    assert found.chance_learned_near_orb == (0 if num1 else None)


@given(st.integers(10, 60), st.integers(2, 100))
@settings(max_examples=30)
def test_rank_correlation_is_that_of_scipy_also_with_ties(num, levels):
    rng = np.random.default_rng(num)
    first = np.append(rng.integers(0, levels, num), [0, 1])
    second = np.append(first[:-2] + rng.integers(0, levels, num), [5, 0])
    expected = spearmanr(first, second).statistic
    assert rank_correlation(first, second) == pytest.approx(expected, abs=1e-9)


def test_rank_correlation_of_few_or_equal_values_is_none():
    assert rank_correlation(np.arange(9), np.arange(9)) is None
    assert rank_correlation(np.arange(10), np.arange(10)) == pytest.approx(1)
    assert rank_correlation(np.arange(10), np.ones(10)) is None
