"""Removal of matches that say the same twice, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import Features, Matcher, Matches
from featmatch.matching.duplicates import remove_duplicates


def features_at(keypoints, pixel_size=1.0):
    num = len(keypoints)
    columns = np.zeros(num, np.float32)
    return Features(
        keypoints=np.asarray(keypoints, np.float32).reshape(-1, 2),
        descriptors=np.eye(num, max(num, 2), dtype=np.float32),
        scores=columns,
        scales=columns,
        angles=columns,
        image_size=(100, 100),
        method="made",
        pixel_size=pixel_size,
    )


def matches_of(ratios, indices=None):
    num = len(ratios)
    indices = np.column_stack([np.arange(num)] * 2) if indices is None else indices
    return Matches(np.asarray(indices, np.int64).reshape(-1, 2), np.arange(num) + 0.5, ratios)


@given(
    seed=st.integers(0, 2**32 - 1),
    num=st.integers(0, 60),
    side=st.sampled_from([2, 6, 40]),
    min_spacing=st.sampled_from([0.5, 1, 2, 7]),
    pixel_sizes=st.tuples(st.sampled_from([1.0, 2.5]), st.sampled_from([1.0, 4.0])),
)
@settings(max_examples=30)
def test_against_a_loop(seed, num, side, min_spacing, pixel_sizes):
    rng = np.random.default_rng(seed)
    sets = [features_at(rng.uniform(-0.5, side, (num, 2)), size) for size in pixel_sizes]
    indices = np.column_stack([np.sort(rng.integers(0, max(num, 1), num)), rng.permutation(num)])
    matches = matches_of(rng.integers(1, 5, num) / 8, indices)
    best = {}
    for place, (row, column) in enumerate(indices):
        cell = tuple(
            int(coordinate // (min_spacing * features.pixel_size))
            for features, index in zip(sets, (row, column), strict=True)
            for coordinate in features.keypoints[index].astype(float)
        )
        if cell not in best or matches.ratios[place] < matches.ratios[best[cell]]:
            best[cell] = place
    kept = sorted(best.values())
    found = remove_duplicates(matches, *sets, min_spacing=min_spacing)
    np.testing.assert_array_equal(found.indices, indices[kept])
    np.testing.assert_array_equal(found.ratios, matches.ratios[kept])
    np.testing.assert_array_equal(found.distances, matches.distances[kept])


def test_of_the_same_match_the_clearest_stays():
    features = features_at([[10, 10], [10.5, 10.5], [50, 50]])
    kept = remove_duplicates(matches_of([0.5, 0.3, 0.9]), features, features)
    np.testing.assert_array_equal(kept.indices, [[1, 1], [2, 2]])


def test_of_equally_clear_ones_the_first_stays():
    features = features_at([[10, 10]] * 3)
    kept = remove_duplicates(matches_of([0.5] * 3), features, features)
    np.testing.assert_array_equal(kept.indices, [[0, 0]])


def test_one_point_may_match_two_places():
    features0, features1 = features_at([[10, 10]] * 2), features_at([[10, 10], [30, 10]])
    assert len(remove_duplicates(matches_of([0.5, 0.6]), features0, features1)) == 2


def test_no_matches_and_one():
    features = features_at([[10, 10]])
    for num in (0, 1):
        assert len(remove_duplicates(matches_of([0.5] * num), features, features)) == num


@pytest.mark.parametrize(("min_spacing", "num"), [(0.0, 4), (2.0, 2)])
def test_matcher_removes_them(min_spacing, num):
    """Each of two corners was found twice, by descriptors that tell all four apart."""
    features = features_at([[10, 10], [70, 10], [10.2, 10.2], [70.2, 10.2]])
    matches = Matcher(min_spacing=min_spacing).match(features, features)
    assert len(matches) == num
    assert (np.diff(matches.indices[:, 0]) > 0).all()
