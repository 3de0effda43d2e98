"""How neighborhoods agree: layers that move, random matches, and the chance that is told."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_scenes import DIAGONAL, moving_scene
from scipy import stats

from featmatch.matching.agreement import log10_poisson_tail, neighborhood_agreement


def agreement_of(scene):
    return neighborhood_agreement(
        scene.points0, scene.points1, scene.maps, (DIAGONAL, DIAGONAL), (1.0, 1.0)
    )


def kept_of(scene):
    return len(scene) * 10 ** agreement_of(scene).log10_chance < 1


@pytest.mark.parametrize(("num_right", "num_wrong"), [(400, 0), (400, 400), (400, 2000)])
def test_layers_are_told_from_wrong_matches(num_right, num_wrong):
    scene = moving_scene(num_right, num_wrong)
    inside = ((scene.points1 >= 0) & (scene.points1 <= (1000, 800))).all(axis=1)
    kept = kept_of(scene)
    assert kept[scene.right & inside].mean() > 0.9
    assert kept[~scene.right].sum() <= 0.01 * num_wrong


def test_random_matches_are_no_neighborhoods():
    kept = [kept_of(moving_scene(0, 1000, seed)).sum() for seed in range(10)]
    assert np.mean(kept) <= 1


def test_a_layout_in_common_is_no_neighborhood():
    """Wrong matches that all land within 150 px of where they were, as skies do above grounds."""
    scene = moving_scene(0, 1500)
    rng = np.random.default_rng(1)
    scene.points1[:] = scene.points0 + rng.uniform(-150, 150, scene.points0.shape)
    scene.zooms[:], scene.turns[:] = 1, 0
    assert kept_of(scene).mean() < 0.02


def test_a_neighborhood_by_hand():
    """Five neighbors of the first match: three move along, one strays, one leaves for good."""
    points0 = np.array([[100, 100], [130, 100], [100, 140], [60, 100], [100, 70], [120, 120]])
    points1 = points0 + np.array([200.0, 0])
    points1[4] += (25, 0)
    points1[5] += (500, 0)
    maps = np.tile(np.eye(2), (6, 1, 1))
    found = neighborhood_agreement(points0.astype(float), points1, maps, (1000.0, 1000.0))
    np.testing.assert_array_equal(found.num_landed[:, 0], [4, 4])
    np.testing.assert_array_equal(found.num_agreeing[:, 0], [3, 3])
    np.testing.assert_array_equal(found.num_landed[:, 5], [0, 0])
    assert found.log10_chance[5] == 0


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_matches_tell_nothing(num):
    found = agreement_of(moving_scene(num, 0))
    assert found.num_landed.shape == found.num_agreeing.shape == (2, num)
    np.testing.assert_array_less(-1.5, found.log10_chance)


@given(seed=st.integers(0, 2**32 - 1), num=st.integers(0, 120))
@settings(max_examples=20)
def test_the_order_does_not_matter(seed, num):
    scene = moving_scene(num, num // 2, seed)
    order = np.random.default_rng(seed).permutation(len(scene))
    found, again = agreement_of(scene), agreement_of(scene[order])
    for name in ("num_landed", "num_agreeing"):
        np.testing.assert_array_equal(getattr(found, name)[:, order], getattr(again, name))
    np.testing.assert_array_equal(found.log10_chance[order], again.log10_chance)


def test_images_may_change_places():
    scene = moving_scene(300, 300)
    found = agreement_of(scene)
    back = neighborhood_agreement(
        scene.points1, scene.points0, np.linalg.inv(scene.maps), (DIAGONAL, DIAGONAL)
    )
    np.testing.assert_array_equal(found.num_agreeing, back.num_agreeing[::-1])
    np.testing.assert_allclose(found.log10_chance, back.log10_chance, atol=1e-6)


def test_memory_does_not_hold_all_pairs():
    """All matches are neighbors: 2,500 x 2,500 pairs of indices would take 100 MB."""
    rng = np.random.default_rng(0)
    points0, points1 = rng.uniform(0, 40, (2, 2500, 2))
    maps = np.tile(np.eye(2), (2500, 1, 1))
    tracemalloc.start()
    try:
        found = neighborhood_agreement(points0, points1, maps, (1000.0, 1000.0))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.num_landed.mean() > 2000
    assert peak < 80e6


@given(count=st.integers(0, 400), mean=st.floats(1e-6, 200))
@settings(max_examples=60)
def test_the_tail_is_bounded_from_above_and_closely(count, mean):
    found = log10_poisson_tail(np.array([count]), np.array([mean]))[0]
    exact = stats.poisson.logsf(count - 1, mean) / np.log(10)
    assert found >= exact - 1e-9
    if count > 3 * mean + 3 and np.isfinite(exact):
        assert found == pytest.approx(exact, abs=0.2)
