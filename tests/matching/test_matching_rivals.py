"""Rivals that lie elsewhere, against all distances written out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import Features, Matcher, match_descriptors
from featmatch.matching import nearest
from featmatch.matching.nearby import NearbyPoints
from featmatch.matching.nearest import nearest_except

NORMS = ("l2", "hamming", "hamming2")
tile_bytes = st.sampled_from([1, 100, 700, 16 << 20])


def random_descriptors(rng, num, norm, num_bytes=16):
    if norm != "l2":
        return rng.integers(0, 256, (num, num_bytes)).astype(np.uint8)
    drawn = rng.standard_normal((num, 16))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def distance_matrix(set0, set1, norm):
    if norm == "l2":
        return np.linalg.norm(set0[:, None].astype(float) - set1, axis=2)
    bits = np.unpackbits(set0[:, None] ^ set1, axis=2)
    if norm == "hamming2":
        bits = bits.reshape(*bits.shape[:2], bits.shape[2] // 2, 2).any(axis=3)
    return bits.sum(axis=2).astype(float)


def expected_ratios(set0, set1, norm, keypoints1, min_distance):
    """Of every row: distance to the nearest / least distance to one that lies elsewhere."""
    distances = distance_matrix(set0, set1, norm)
    ratios = np.ones(len(set0))
    for row, best in enumerate(distances.argmin(axis=1)):
        apart = np.hypot(*(keypoints1 - keypoints1[best]).T)
        elsewhere = distances[row, apart > min_distance]
        if len(elsewhere) and elsewhere.min() > 0:
            ratios[row] = min(1, distances[row, best] / elsewhere.min())
    return ratios


def features_of(descriptors, norm, keypoints, pixel_size=1.0):
    columns = np.zeros(len(descriptors), np.float32)
    return Features(
        keypoints=np.asarray(keypoints, np.float32),
        descriptors=descriptors,
        scores=columns,
        scales=columns,
        angles=columns,
        image_size=(100, 100),
        method="made",
        norm=norm,
        pixel_size=pixel_size,
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=st.integers(1, 40),
    num1=st.integers(1, 40),
    side=st.sampled_from([1, 4, 12]),
    min_distance=st.sampled_from([0.5, 1, 2, 5, 30]),
    norm=st.sampled_from(NORMS),
    tile=tile_bytes,
)
@settings(max_examples=80)
def test_ratios_against_all_distances(seed, num0, num1, side, min_distance, norm, tile):
    """Keypoints on a coarse grid: many are as far apart as the limit, or at the same place."""
    rng = np.random.default_rng(seed)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (num0, num1))
    keypoints1 = rng.integers(0, side, (num1, 2)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_TILE_BYTES", tile)
        matches = match_descriptors(
            set0,
            set1,
            norm=norm,
            mutual=False,
            keypoints1=keypoints1,
            min_rival_distance=min_distance,
        )
    assert len(matches) == num0
    expected = expected_ratios(set0, set1, norm, keypoints1, min_distance)
    np.testing.assert_allclose(matches.ratios, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_a_corner_found_twice_is_no_rival_of_its_own(norm):
    rng = np.random.default_rng(1)
    set0 = random_descriptors(rng, 20, norm)
    twice = np.concatenate([set0, set0])
    places = rng.uniform(0, 1000, (20, 2))
    keypoints1 = np.concatenate([places, places + np.array([3, 4])])
    plain = match_descriptors(set0, twice, norm=norm, max_ratio=0.8, mutual=False)
    assert len(plain) == 0
    for min_distance, num in ((4.9, 0), (5.0, 20)):
        found = match_descriptors(
            set0,
            twice,
            norm=norm,
            max_ratio=0.8,
            mutual=False,
            keypoints1=keypoints1,
            min_rival_distance=min_distance,
        )
        assert len(found) == num


@pytest.mark.parametrize("norm", NORMS)
def test_matches_and_distances_stay_and_ratios_only_fall(norm):
    rng = np.random.default_rng(2)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (90, 120))
    keypoints1 = rng.uniform(0, 30, (120, 2))
    plain = match_descriptors(set0, set1, norm=norm)
    spaced = match_descriptors(set0, set1, norm=norm, keypoints1=keypoints1, min_rival_distance=10)
    np.testing.assert_array_equal(spaced.indices, plain.indices)
    np.testing.assert_array_equal(spaced.distances, plain.distances)
    assert (spaced.ratios <= plain.ratios).all()
    assert (spaced.ratios < plain.ratios).any()


def test_without_a_rival_elsewhere_the_ratio_test_fails():
    rng = np.random.default_rng(3)
    set0, set1 = (random_descriptors(rng, 5, "l2") for _ in range(2))
    near = features_of(set1, "l2", rng.uniform(0, 3, (5, 2)))
    features0 = features_of(set0, "l2", np.zeros((5, 2)))
    assert len(Matcher(max_ratio=0.999, min_rival_distance=10).match(features0, near)) == 0
    every = Matcher(max_ratio=1, min_rival_distance=10).match(features0, near)
    np.testing.assert_array_equal(every.ratios, 1)


@pytest.mark.parametrize(("pixel_size", "num"), [(1.0, 0), (2.0, 1)])
def test_the_distance_is_in_pixels_of_the_image_worked_on(pixel_size, num):
    """Places 15 px apart in the original are 7.5 px apart in an image of half its size."""
    set1 = np.uint8([[0], [1], [255]])
    features1 = features_of(set1, "hamming", [[0, 0], [15, 0], [90, 90]], pixel_size)
    features0 = features_of(np.uint8([[2]]), "hamming", [[0, 0]])
    matches = Matcher(max_ratio=0.45, min_rival_distance=10).match(features0, features1)
    assert len(matches) == num


@pytest.mark.parametrize("norm", NORMS)
def test_no_features(norm):
    none = random_descriptors(np.random.default_rng(0), 0, norm)
    some = random_descriptors(np.random.default_rng(0), 3, norm)
    for set0, set1 in ((none, some), (some, none), (none, none)):
        matches = match_descriptors(
            set0, set1, norm=norm, keypoints1=np.zeros((len(set1), 2)), min_rival_distance=9
        )
        assert len(matches) == 0


@pytest.mark.parametrize("name", ["min_rival_distance", "min_spacing"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "far", True, None])
def test_impossible_distances_are_refused(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: expected a finite number of at least 0, got "):
        Matcher(**{name: value})
    if name == "min_rival_distance":
        bits = np.zeros((2, 32), np.uint8)
        with pytest.raises(ValueError, match=rf"^{name}: expected a finite number"):
            match_descriptors(bits, bits, norm="hamming", min_rival_distance=value)


@pytest.mark.parametrize(
    ("keypoints1", "got"), [(None, "None"), (np.zeros((3, 2)), r"\(3, 2\)"), (7, r"\(\)")]
)
def test_missing_keypoints_are_named(keypoints1, got):
    bits = np.zeros((2, 32), np.uint8)
    with pytest.raises(ValueError, match=rf"^keypoints1: expected shape \(2, 2\) .*, got {got}$"):
        match_descriptors(bits, bits, norm="hamming", keypoints1=keypoints1, min_rival_distance=10)


@given(
    seed=st.integers(0, 2**32 - 1),
    num_points=st.integers(0, 60),
    num_centers=st.integers(0, 40),
    side=st.integers(1, 30),
    radius=st.sampled_from([0, 1, 2.5, 5, 100]),
)
@settings(max_examples=30)
def test_nearby_points_against_all_pairs(seed, num_points, num_centers, side, radius):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, side, (num_points, 2)).astype(float)
    centers = rng.integers(-3, side + 3, (num_centers, 2)).astype(float)
    found = list(
        zip(*(a.tolist() for a in NearbyPoints(points, radius).within(centers)), strict=True)
    )
    expected = np.argwhere(np.linalg.norm(centers[:, None] - points, axis=2) <= radius)
    assert sorted(found) == list(map(tuple, expected.tolist()))


def test_nothing_is_near_a_place_that_is_not_finite():
    points = NearbyPoints(np.zeros((4, 2)), 1)
    centers = np.array([[np.nan, 0], [0, np.nan], [np.inf, 0], [-np.inf, np.inf], [0, 0]])
    rows, columns = points.within(centers)
    np.testing.assert_array_equal(rows, [4] * 4)
    np.testing.assert_array_equal(columns, range(4))


@pytest.mark.parametrize("norm", NORMS)
def test_all_pairs_left_out(norm):
    rng = np.random.default_rng(4)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (7, 5))

    def everything(band):
        return np.divmod(np.arange((min(band.stop, 7) - band.start) * 5), 5)

    np.testing.assert_array_equal(nearest_except(set0, set1, norm, everything), [-1] * 7)


def test_memory_does_not_hold_all_pairs(monkeypatch):
    """All keypoints at one place: 3,000 x 3,000 pairs of indices would take 144 MB."""
    monkeypatch.setattr(nearest, "_TILE_BYTES", 1 << 18)
    rng = np.random.default_rng(5)
    set0, set1 = (random_descriptors(rng, 3000, "hamming", 8) for _ in range(2))
    tracemalloc.start()
    try:
        matches = match_descriptors(
            set0,
            set1,
            norm="hamming",
            mutual=False,
            keypoints1=np.zeros((3000, 2)),
            min_rival_distance=1,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80e6
    np.testing.assert_array_equal(matches.ratios, 1)
