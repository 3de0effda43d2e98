"""The number of false alarms against its formula, and against chance itself."""

from dataclasses import replace
from math import comb, hypot, inf, log10, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_view_scenes import SIZE, random_points

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import (
    agreeing_matches,
    independent_matches,
    log10_false_alarms,
    model_false_alarms,
)
from featmatch.geometry.models import MODELS
from featmatch.geometry.solve import residuals_of
from featmatch.types import TwoViewGeometry

SOLUTIONS = {"homography": 1, "affine": 1, "similarity": 1, "fundamental": 3, "essential": 10}
SAMPLE = {"homography": 4, "affine": 3, "similarity": 2, "fundamental": 7, "essential": 5}


def formula(kind, errors, size0, size1, pixel_size=1.0):
    """NFA = (number of models tried) x (chance that so many errors are so small), in integers."""
    width, height = size0 if size0[0] * size0[1] <= size1[0] * size1[1] else size1
    area, diagonal = width * height, hypot(width, height)
    n, m, least = len(errors), SAMPLE[kind], 0.0
    errors = sorted(max(float(error), 1.0 * pixel_size) for error in errors)
    for k in range(m + 1, n + 1):
        error = errors[k - 1]
        if error > 0.05 * diagonal:
            break
        is_map = kind in ("homography", "affine", "similarity")
        chance = pi * error**2 / area if is_map else 2 * diagonal * error / area
        tests = SOLUTIONS[kind] * (n - m) * comb(n, k) * comb(k, m)
        least = min(least, log10(tests) + (k - m) * log10(min(chance, 1.0)))
    return least


ERRORS = st.lists(
    st.one_of(st.floats(0, 5), st.floats(0, 100), st.just(inf), st.just(0.0)), max_size=60
)
SIDES = st.integers(16, 4000)


@pytest.mark.parametrize("kind", MODELS)
@given(errors=ERRORS, size0=st.tuples(SIDES, SIDES), size1=st.tuples(SIDES, SIDES))
@settings(max_examples=80)
def test_formula(kind, errors, size0, size1):
    found = log10_false_alarms(kind, np.array(errors), size0, size1)
    assert found == pytest.approx(formula(kind, errors, size0, size1), rel=1e-9, abs=1e-9)


def test_a_case_by_hand():
    # 5 exact of 5 matches, homography, 100 x 100 px: 1 * C(5, 5) * C(5, 4) * pi / 10^4.
    found = log10_false_alarms("homography", np.zeros(5), (100, 100), (100, 100))
    assert found == pytest.approx(log10(5 * pi / 1e4))
    # 8 of 8, fundamental matrix: 3 * 1 * C(8, 7) * 2 sqrt(2) * 100 / 10^4.
    found = log10_false_alarms("fundamental", np.zeros(8), (100, 100), (100, 100))
    assert found == pytest.approx(log10(24 * 2 * 2**0.5 / 100))


@pytest.mark.parametrize("kind", MODELS)
def test_a_minimal_sample_and_less_are_no_evidence(kind):
    for num in range(MODELS[kind].min_matches + 1):
        assert log10_false_alarms(kind, np.zeros(num), SIZE, SIZE) == 0
    assert log10_false_alarms(kind, np.zeros(num + 5), SIZE, SIZE) < 0
    assert log10_false_alarms(kind, np.full(50, inf), SIZE, SIZE) == 0
    assert log10_false_alarms(kind, np.full(50, 300.0), SIZE, SIZE) == 0


@pytest.mark.parametrize("kind", MODELS)
def test_more_inliers_are_surer_and_more_outliers_are_not(kind):
    def evidence(inliers, outliers):
        errors = np.array([2.0] * inliers + [500.0] * outliers)
        return log10_false_alarms(kind, errors, SIZE, SIZE)

    growing = [evidence(num, 100 - num) for num in range(100)]
    assert (np.diff(growing) <= 0).all()
    assert growing[-1] < growing[60] < growing[40] < 0
    spoiled = [evidence(40, num) for num in range(0, 60, 10)]
    assert (np.diff(spoiled) > 0).all()


@pytest.mark.parametrize("kind", MODELS)
def test_smaller_errors_are_surer_down_to_a_pixel(kind):
    def evidence(error, pixel_size=1.0):
        return log10_false_alarms(kind, np.full(40, error), SIZE, SIZE, pixel_size=pixel_size)

    assert evidence(1.0) < evidence(2.0) < evidence(4.0) < 0
    assert evidence(0.0) == evidence(0.01) == evidence(1.0)
    assert evidence(0.01, pixel_size=4.0) == evidence(4.0)


@pytest.mark.parametrize("kind", MODELS)
def test_the_smaller_image_counts_and_order_does_not(kind):
    errors = np.random.default_rng(0).uniform(0, 20, 50)
    small, large = (300, 200), (3000, 2000)
    value = log10_false_alarms(kind, errors, small, large)
    assert value == log10_false_alarms(kind, errors[::-1], large, small)
    assert value == log10_false_alarms(kind, errors, small, small)
    assert value > log10_false_alarms(kind, errors, large, large)


def test_thousands_of_matches_stay_finite():
    value = log10_false_alarms("homography", np.ones(20_000), SIZE, SIZE)
    assert value == pytest.approx(19_996 * log10(pi / 480_000), rel=1e-3)


@pytest.mark.parametrize("kind", ["homography", "affine", "similarity", "fundamental"])
def test_chance_rarely_looks_like_evidence(kind):
    """Helmholtz: below one alarm among all samples of noise is next to none from one sample."""
    alarms, trials = 0, 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        points0, points1 = random_points(rng, 40), random_points(rng, 40)
        sample = slice(0, 8 if kind == "fundamental" else MODELS[kind].min_matches)
        matrix = MODELS[kind].fit(points0[sample], points1[sample])
        if matrix is None:
            continue
        trials += 1
        errors = MODELS[kind].residuals(matrix, points0, points1)
        alarms += log10_false_alarms(kind, errors, SIZE, SIZE) < 0
    assert trials > 250
    assert alarms <= 0.03 * trials


@pytest.mark.parametrize("kind", ["homography", "affine", "similarity", "fundamental"])
def test_even_the_best_model_of_noise_is_no_evidence(kind):
    """The number of tests counts all samples, so the best of thousands must pass as well."""
    for seed in range(16):
        rng = np.random.default_rng(seed)
        points0, points1 = random_points(rng, 40), random_points(rng, 40)
        found = MODELS[kind].search(points0, points1, 3.0, seed)
        values = [
            log10_false_alarms(kind, MODELS[kind].residuals(matrix, points0, points1), SIZE, SIZE)
            for matrix in found
        ]
        assert min(values, default=0.0) == 0


POINTS = st.lists(
    st.tuples(*[st.integers(0, 40)] * 4, st.sampled_from([0.2, 0.5, 0.8, 1.0])), max_size=40
)


@given(matches=POINTS, pixel_size=st.sampled_from([1.0, 2.5]))
@settings(max_examples=150)
def test_independent_matches_share_no_cell_and_are_the_best_of_theirs(matches, pixel_size):
    rows = np.array(matches, float).reshape(-1, 5)
    points0, points1, ratios = rows[:, :2], rows[:, 2:4], rows[:, 4]
    sizes = {"pixel_sizes": (pixel_size, 1.0)}
    kept = independent_matches(Correspondences(points0, points1, ratios, **sizes))

    def cells(points):
        return [(x // (3 * pixel_size), y // (3 * pixel_size)) for x, y in points]

    expected, taken0, taken1 = [], set(), set()
    for index in sorted(range(len(rows)), key=lambda row: ratios[row]):
        if cells(points0)[index] not in taken0:
            taken0.add(cells(points0)[index])
            if cells(points1)[index] not in taken1:
                taken1.add(cells(points1)[index])
                expected.append(index)
    assert kept.tolist() == expected
    again = independent_matches(Correspondences(points0, points1, ratios, **sizes))
    np.testing.assert_array_equal(kept, again)
    survivors = points0[kept], points1[kept], ratios[kept]
    assert len(independent_matches(Correspondences(*survivors, **sizes))) == len(kept)


def test_a_small_crop_has_cells_of_its_own_size():
    """Wrong matches all over the large image do not make one observation of the right ones."""
    rng = np.random.default_rng(0)
    crop = np.stack(np.meshgrid(np.arange(8) * 12.0, np.arange(8) * 12.0), axis=-1).reshape(-1, 2)
    wrong0, wrong1 = rng.uniform(0, 84, (40, 2)), rng.uniform(0, (1900, 1000), (40, 2))
    points0, points1 = np.vstack([crop, wrong0]), np.vstack([np.add(crop, (260, 244)), wrong1])
    ratios = np.append(np.full(64, 0.3), np.full(40, 0.7))
    for points in ((points0, points1), (points1, points0)):
        kept = independent_matches(Correspondences(*points, ratios))
        assert set(range(64)) <= set(kept.tolist())


def test_many_to_one_is_one_match_the_best():
    points0 = random_points(np.random.default_rng(0), 30) // 3 * 30
    same, ratios = np.full((30, 2), 7.0), np.linspace(0.9, 0.1, 30)
    assert independent_matches(Correspondences(points0, same, ratios)).tolist() == [29]
    assert independent_matches(Correspondences(same, points0, ratios)).tolist() == [29]


def test_orientations_of_one_keypoint_are_one_match():
    stacked = np.repeat(np.arange(10)[:, None] * [30.0, 20.0], 4, axis=0)
    ratios = np.tile([0.7, 0.5, 0.6, 0.8], 10)
    kept = independent_matches(Correspondences(stacked, stacked + 2, ratios))
    assert kept.tolist() == list(range(1, 40, 4))


def test_descriptors_that_overlap_are_one_observation():
    """Discs of 40 px, 10 px apart: one in each cell of three quarters of a disc is left."""
    steps = np.arange(0.0, 600, 10)
    points = np.column_stack([steps, steps])
    alone = len(independent_matches(Correspondences(points, points)))
    for supports in ((40.0, 0.0), (0.0, 40.0), (40.0, 40.0)):
        kept = independent_matches(Correspondences(points, points, supports=supports))
        assert len(kept) == 20 < alone
    with pytest.raises(ValueError, match=r"^supports: expected"):
        Correspondences(points, points, supports=(-1.0, 0.0))


def test_matches_far_apart_all_stay():
    points = np.arange(20)[:, None] * [10.0, 10.0]
    ratios = np.random.default_rng(3).random(20)
    matched = Correspondences(points, points, ratios)
    assert independent_matches(matched).tolist() == np.argsort(ratios).tolist()
    assert independent_matches(matched[:0]).tolist() == []


SHIFT = np.array([15.0, -10.0])


def chosen_by_a_model(num_candidates, seed=0):
    """Random matches, and those of them that agree best with some map: no evidence of it."""
    points0, points1 = (random_points(np.random.default_rng(n), num_candidates) for n in (0, 1))
    candidates = Correspondences(points0, points1)
    matrix = np.array([[1.0, 0, SHIFT[0]], [0, 1, SHIFT[1]], [0, 0, 1]])
    residuals = residuals_of("homography", matrix, candidates)
    chosen = candidates[np.sort(np.argsort(residuals)[:30])]
    distances = residuals_of("homography", matrix, chosen)
    geometry = TwoViewGeometry("homography", matrix, distances <= 40, distances, 40.0)
    return geometry, chosen, candidates


def test_what_was_chosen_by_geometry_is_weighed_by_what_it_was_chosen_from():
    geometry, chosen, candidates = chosen_by_a_model(3000)
    assert model_false_alarms(geometry, chosen) < -8
    told = replace(chosen, candidates=candidates, seeds=chosen[:0])
    assert model_false_alarms(geometry, told) > -1


def test_right_ones_are_evidence_the_more_so_if_they_are_the_trusted():
    geometry, chosen, wrong = chosen_by_a_model(1500)
    right = random_points(np.random.default_rng(2), 150)
    points = np.concatenate([wrong.points0, right]), np.concatenate([wrong.points1, right + SHIFT])
    vague, trusted = (
        Correspondences(*points),
        Correspondences(*points, np.arange(1650)[::-1] / 1650),
    )
    weak, strong = (
        model_false_alarms(geometry, replace(chosen, candidates=among, seeds=chosen[:0]))
        for among in (vague, trusted)
    )
    assert strong < weak - 20 < -28


def test_the_matches_that_agree_are_asked_among_all_that_were_chosen_from():
    geometry, chosen, candidates = chosen_by_a_model(3000)
    own = agreeing_matches(geometry, chosen, 100)
    asked = agreeing_matches(
        geometry, replace(chosen, candidates=candidates, seeds=chosen[:0]), 100
    )
    for found, source in ((own, chosen), (asked, candidates)):
        errors = np.linalg.norm(found.points0 + SHIFT - found.points1, axis=1)
        assert len(errors)
        assert errors.max() <= geometry.max_error
        assert set(map(tuple, found.points0)) <= set(map(tuple, source.points0))
    assert len(asked) < len(own) / 2  # others are in their cells
    assert len(agreeing_matches(geometry, chosen, 3)) == 3


def test_seeds_that_are_neighbors_are_one_observation():
    geometry, chosen, candidates = chosen_by_a_model(300)
    centers = np.array([[100.0, 100], [400, 120], [700, 80], [120, 500], [420, 480], [690, 510]])
    offsets = np.random.default_rng(2).uniform(-5, 5, (100, 1, 2))
    alone, crowded = (
        model_false_alarms(
            geometry,
            replace(chosen, candidates=candidates, seeds=Correspondences(seeds, seeds + SHIFT)),
        )
        for seeds in (centers, (centers + offsets).reshape(-1, 2))
    )
    assert alone < -4
    assert crowded == pytest.approx(alone, abs=0.5)
