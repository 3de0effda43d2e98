"""Guided matching against all pairs written out, and against what it is made for."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import Features, Matcher
from featmatch.matching import candidate_search
from featmatch.matching.guided import match_guided

NORMS = ("l2", "hamming", "hamming2")
SHIFT = np.array([[1, 0, 40.0], [0, 1, -25.0], [0, 0, 1]])


def random_descriptors(rng, num, norm):
    if norm != "l2":
        return rng.integers(0, 256, (num, 16)).astype(np.uint8)
    drawn = rng.standard_normal((num, 24))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def features_of(keypoints, descriptors, norm="l2", pixel_size=1.0):
    columns = np.zeros(len(descriptors), np.float32)
    return Features(
        keypoints=np.asarray(keypoints, np.float32).reshape(-1, 2),
        descriptors=descriptors,
        scores=columns,
        scales=columns,
        angles=columns,
        image_size=(400, 400),
        method="made",
        norm=norm,
        pixel_size=pixel_size,
    )


def distance_matrix(set0, set1, norm):
    if norm == "l2":
        return np.linalg.norm(set0[:, None].astype(float) - set1, axis=2)
    bits = np.unpackbits(set0[:, None] ^ set1, axis=2)
    if norm == "hamming2":
        bits = bits.reshape(*bits.shape[:2], bits.shape[2] // 2, 2).any(axis=3)
    return bits.sum(axis=2).astype(float)


def homogeneous(points):
    return np.column_stack([points.astype(float), np.ones(len(points))])


def transfer_errors(H, points0, points1):
    """Errors in image 0 and in image 1 of all pairs."""
    forth, back = homogeneous(points0) @ H.T, homogeneous(points1) @ np.linalg.inv(H).T
    forth, back = forth[:, :2] / forth[:, 2:], back[:, :2] / back[:, 2:]
    return (
        np.linalg.norm(points0[:, None] - back, axis=2),
        np.linalg.norm(forth[:, None] - points1, axis=2),
    )


def line_distances(F, points0, points1):
    """Distances to the epipolar lines in image 0 and in image 1 of all pairs."""
    lines0, lines1 = homogeneous(points1) @ F, homogeneous(points0) @ F.T
    products = np.abs(homogeneous(points0) @ lines0.T)
    return (
        products / np.hypot(*lines0[:, :2].T),
        products / np.hypot(*lines1[:, :2].T)[:, None],
    )


def random_homography(rng):
    H = np.eye(3) + rng.normal(0, 0.1, (3, 3))
    H[:2, 2] = rng.uniform(-20, 20, 2)
    H[2, :2] = rng.uniform(-4e-4, 4e-4, 2)
    return H * rng.choice([-3.0, 0.01, 1.0])


def random_fundamental(rng):
    """Of two cameras of focal length 300 px that look the same way, one of them moved."""
    calibration = np.linalg.inv(np.array([[300, 0, 100], [0, 300, 100], [0, 0, 1.0]]))
    x, y, z = rng.uniform(-1, 1, 3)
    moved = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return calibration.T @ moved @ calibration


def expected_matches(errors, limits, distances, keypoints1, min_rival_distance):
    """Mutual nearest among the candidates with their ratio, None where there is no rival."""
    allowed = (errors[0] <= limits[0]) & (errors[1] <= limits[1])
    costs = np.where(allowed, distances, np.inf)
    found = {}
    for row in np.flatnonzero(allowed.any(axis=1)):
        best = costs[row].argmin()
        if costs[:, best].argmin() != row:
            continue
        others = allowed[row].copy()
        others[best] = False
        if min_rival_distance:
            apart = np.linalg.norm(keypoints1 - keypoints1[best], axis=1)
            others &= apart > min_rival_distance
        rival = costs[row, others].min() if others.any() else None
        found[int(row), int(best)] = rival and min(1, costs[row, best] / rival)
    return found


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=st.integers(0, 50),
    num1=st.integers(0, 50),
    norm=st.sampled_from(NORMS),
    kind=st.sampled_from(["homography", "fundamental"]),
    max_error=st.sampled_from([1, 8, 30, 500]),
    pixel_sizes=st.tuples(st.sampled_from([1.0, 2.0]), st.sampled_from([1.0, 3.0])),
    min_rival_distance=st.sampled_from([0, 6]),
    band=st.sampled_from([1, 200, 1 << 20]),
)
@settings(max_examples=100, deadline=None)
def test_against_all_pairs(
    seed, num0, num1, norm, kind, max_error, pixel_sizes, min_rival_distance, band
):
    rng = np.random.default_rng(seed)
    sets = [
        features_of(rng.uniform(0, 200, (num, 2)), random_descriptors(rng, num, norm), norm, size)
        for num, size in zip((num0, num1), pixel_sizes, strict=True)
    ]
    make, measure = {
        "homography": (random_homography, transfer_errors),
        "fundamental": (random_fundamental, line_distances),
    }[kind]
    matrix = make(rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidate_search, "_BAND_PAIRS", band)
        patch.setattr(candidate_search, "_CHUNK_PAIRS", 7)
        found = match_guided(
            *sets,
            matrix,
            kind=kind,
            max_error=max_error,
            max_ratio=1,
            min_rival_distance=min_rival_distance,
        )
    expected = expected_matches(
        measure(matrix, *(features.keypoints for features in sets)),
        [max_error * size for size in pixel_sizes],
        distance_matrix(*(features.descriptors for features in sets), norm),
        sets[1].keypoints,
        min_rival_distance * pixel_sizes[1],
    )
    assert list(map(tuple, found.indices.tolist())) == sorted(expected)
    for ratio, key in zip(found.ratios, sorted(expected), strict=True):
        if expected[key] is not None:
            assert ratio == pytest.approx(expected[key], rel=1e-4)
    distances = distance_matrix(*(features.descriptors for features in sets), norm)
    np.testing.assert_allclose(found.distances, distances[tuple(found.indices.T)], rtol=1e-4)


def windows(rng, noise=0.02):
    """Return a facade of 60 windows that all look the same, and its descriptors seen again."""
    places = np.stack(np.meshgrid(np.arange(10) * 40.0, np.arange(6) * 40.0), -1).reshape(-1, 2)
    window = random_descriptors(rng, 1, "l2")

    def seen():
        descriptors = window + rng.normal(0, noise, (60, 24))
        return (descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)).astype(np.float32)

    return places, seen(), seen()


def test_repeated_structure_is_told_apart_by_its_place():
    rng = np.random.default_rng(0)
    places, seen0, seen1 = windows(rng)
    corners = rng.uniform(0, 360, (20, 2))
    sharp = random_descriptors(rng, 20, "l2")
    features0 = features_of(np.r_[places, corners], np.r_[seen0, sharp])
    features1 = features_of(np.r_[places, corners] + (40, -25), np.r_[seen1, sharp])
    plain = Matcher().match(features0, features1)
    assert np.count_nonzero(plain.indices[:, 0] < 60) < 10
    guided = match_guided(features0, features1, SHIFT)
    np.testing.assert_array_equal(guided.indices[:, 0], guided.indices[:, 1])
    assert np.count_nonzero(guided.indices[:, 0] < 60) > 50
    assert np.count_nonzero(guided.indices[:, 0] >= 60) == 20


def test_a_model_that_is_wrong_by_less_than_the_band_finds_the_right_matches():
    rng = np.random.default_rng(1)
    places, descriptors = rng.uniform(0, 400, (300, 2)), random_descriptors(rng, 300, "l2")
    features0 = features_of(places, descriptors)
    features1 = features_of(places + rng.normal((40, -25), 0.5, (300, 2)), descriptors)
    wrong = SHIFT + np.array([[0, 0, 5.0], [0, 0, -5], [0, 0, 0]])
    matches = match_guided(features0, features1, wrong)
    assert len(matches) > 290
    np.testing.assert_array_equal(matches.indices[:, 0], matches.indices[:, 1])


@pytest.mark.parametrize("norm", NORMS)
def test_a_lone_candidate_must_be_nearer_than_an_unrelated_one(norm):
    """Far apart, every keypoint has one candidate: half of them show the same thing."""
    rng = np.random.default_rng(2)
    places = np.stack(np.meshgrid(np.arange(8) * 50.0, np.arange(5) * 50.0), -1).reshape(-1, 2)
    set0, set1 = random_descriptors(rng, 40, norm), random_descriptors(rng, 40, norm)
    set1[:20] = set0[:20]
    features0, features1 = (features_of(places, rows, norm) for rows in (set0, set1))
    matches = match_guided(features0, features1, np.eye(3), max_ratio=0.6)
    np.testing.assert_array_equal(matches.indices, np.column_stack([np.arange(20)] * 2))
    np.testing.assert_array_equal(matches.ratios, 0)
    every = match_guided(features0, features1, np.eye(3), max_ratio=1)
    assert len(every) == 40


def test_not_mutual_keeps_all_that_have_a_candidate():
    rng = np.random.default_rng(3)
    features0 = features_of(rng.uniform(0, 3, (9, 2)), random_descriptors(rng, 9, "l2"))
    features1 = features_of([[1, 1], [300, 300]], random_descriptors(rng, 2, "l2"))
    one = match_guided(features0, features1, np.eye(3), max_ratio=1)
    nine = match_guided(features0, features1, np.eye(3), max_ratio=1, mutual=False)
    assert len(one) == 1
    np.testing.assert_array_equal(nine.indices, np.column_stack([np.arange(9), np.zeros(9)]))


@pytest.mark.parametrize(("max_error", "num"), [(4.9, 0), (5.1, 2)])
@pytest.mark.parametrize("kind", ["homography", "fundamental"])
def test_width_of_the_band(kind, max_error, num):
    """Off by 3 and 4 px: the error is 5 px, or 4 px across horizontal epipolar lines."""
    rng = np.random.default_rng(4)
    descriptors = random_descriptors(rng, 2, "l2")
    features0 = features_of([[10, 10], [200, 90]], descriptors)
    features1 = features_of([[13, 14], [203, 94]], descriptors)
    horizontal = np.array([[0, 0, 0], [0, 0, -1], [0, 1, 0.0]])
    if kind == "homography":
        found = match_guided(features0, features1, np.eye(3), max_error=max_error)
    else:
        found = match_guided(features0, features1, horizontal, kind=kind, max_error=max_error - 1)
    assert len(found) == num


@pytest.mark.parametrize("num0", [0, 1])
@pytest.mark.parametrize("num1", [0, 1])
@pytest.mark.parametrize("kind", ["homography", "fundamental"])
def test_no_keypoints_and_one(num0, num1, kind):
    rng = np.random.default_rng(5)
    sets = [
        features_of(np.zeros((num, 2)), random_descriptors(rng, num, "l2")) for num in (num0, num1)
    ]
    found = match_guided(*sets, np.diag([1.0, 1, 0]) + np.eye(3), kind=kind, max_ratio=1)
    assert len(found) == (num0 and num1 and kind == "homography")


@pytest.mark.parametrize(
    ("kind", "matrix"),
    [
        ("homography", np.zeros((3, 3))),
        ("homography", np.ones((3, 3))),
        ("homography", np.diag([1.0, 1, 0])),
        ("fundamental", np.zeros((3, 3))),
    ],
)
def test_a_matrix_that_says_nothing_has_no_matches(kind, matrix):
    rng = np.random.default_rng(6)
    features = features_of(rng.uniform(50, 400, (30, 2)), random_descriptors(rng, 30, "l2"))
    assert len(match_guided(features, features, matrix, kind=kind, max_ratio=1)) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"matrix": np.eye(4)}, r"^matrix: expected \(3, 3\) finite numbers, got "),
        ({"matrix": np.full((3, 3), np.nan)}, r"^matrix: expected \(3, 3\) finite numbers, got "),
        ({"kind": "affine"}, r"^kind: expected homography or fundamental, got 'affine'$"),
        ({"max_error": -1}, r"^max_error: expected a number of pixels, 0 .*, got -1$"),
        ({"max_ratio": 0}, r"^max_ratio: expected a number in \(0, 1\], got 0$"),
        ({"min_rival_distance": np.inf}, r"^min_rival_distance: expected a number of pixels"),
    ],
)
def test_impossible_arguments_are_refused(options, message):
    features = features_of(np.zeros((2, 2)), np.eye(2, dtype=np.float32))
    with pytest.raises(ValueError, match=message):
        match_guided(features, features, **{"matrix": np.eye(3), **options})


def test_features_that_do_not_go_together_are_refused():
    rng = np.random.default_rng(7)
    bits = features_of(np.zeros((2, 2)), random_descriptors(rng, 2, "hamming"), "hamming")
    units = features_of(np.zeros((2, 2)), random_descriptors(rng, 2, "l2"))
    short = features_of(np.zeros((2, 2)), np.eye(2, dtype=np.float32))
    with pytest.raises(ValueError, match=r"^features1: expected .* hamming .*, got l2$"):
        match_guided(bits, units, np.eye(3))
    with pytest.raises(ValueError, match=r"^descriptors1: expected 24 columns .*, got 2$"):
        match_guided(units, short, np.eye(3))


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
def test_memory_does_not_hold_all_pairs(kind, monkeypatch):
    """All keypoints are candidates: indices of 1,200 x 1,200 pairs alone would take 23 MB."""
    monkeypatch.setattr(candidate_search, "_BAND_PAIRS", 1 << 14)
    rng = np.random.default_rng(8)
    sets = [
        features_of(
            rng.uniform(90, 93, (1200, 2)),
            rng.integers(0, 256, (1200, 2)).astype(np.uint8),
            "hamming",
        )
        for _ in range(2)
    ]
    matrix = np.eye(3) if kind == "homography" else np.array([[0, 0, 0], [0, 0, -1], [0, 1, 0.0]])
    tracemalloc.start()
    try:
        found = match_guided(*sets, matrix, kind=kind)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12e6
    assert len(found) < 1200
