"""What chance explains of a repeatability, for points that pile up."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.evaluation.metrics.overlap import overlap
from featmatch.evaluation.metrics.repeatability import chance_repeatability
from featmatch.evaluation.metrics.shifted_repeatability import shifted_repeatability

SIZE = (400, 300)
WHOLE = overlap(np.eye(3), SIZE, SIZE)


def strewn(num, seed):
    return np.random.default_rng(seed).uniform((0, 0), (SIZE[0] - 1, SIZE[1] - 1), (num, 2))


def piled(num, seed):
    """Points around 8 places."""
    rng = np.random.default_rng(seed)
    near = strewn(8, seed)[rng.integers(0, 8, num)] + rng.normal(0, 3, (num, 2))
    return np.clip(near, 0, np.array(SIZE) - 1)


def test_points_strewn_evenly_meet_as_often_as_poisson_says():
    points0, points1 = strewn(500, 0), strewn(700, 1)
    found = shifted_repeatability(points0, points1, WHOLE, (1.0, 3.0))
    for share, error in zip(found, (1.0, 3.0), strict=True):
        expected = chance_repeatability(500, 700, WHOLE.area1, error)
        assert share == pytest.approx(expected, rel=0.1)


def test_piles_meet_less_often_than_poisson_says():
    """Independent piles, drawn anew, meet as often as shifted ones do."""
    shifted = [
        shifted_repeatability(piled(500, seed), piled(500, seed + 50), WHOLE, (3.0,), seed=seed)[0]
        for seed in range(10)
    ]
    assert np.mean(shifted) < 0.5 * chance_repeatability(500, 500, WHOLE.area1, 3.0)


def test_points_found_again_are_not_chance():
    points = strewn(300, 2)
    found = shifted_repeatability(points, points, WHOLE, (3.0,))[0]
    assert found == pytest.approx(chance_repeatability(300, 300, WHOLE.area1, 3.0), rel=0.2)


def test_only_the_common_part_counts():
    half = overlap(np.array([(1, 0, 200), (0, 1, 0), (0, 0, 1)], float), SIZE, SIZE)
    left = strewn(300, 3) * (0.5, 1)
    assert shifted_repeatability(left, left, half, (3.0,)) is None
    found = shifted_repeatability(left, left + np.array((200, 0)), half, (3.0,))[0]
    assert found == pytest.approx(chance_repeatability(300, 300, half.area1, 3.0), rel=0.2)


def test_no_points_no_chance():
    none = np.zeros((0, 2))
    assert shifted_repeatability(none, strewn(5, 0), WHOLE, (3.0,)) is None
    assert shifted_repeatability(strewn(5, 0), none, WHOLE, (3.0,)) is None


def test_same_seed_same_share():
    points = strewn(40, 4)
    again = [shifted_repeatability(points, points, WHOLE, (3.0,), seed=9) for _ in range(2)]
    assert again[0] == again[1]
