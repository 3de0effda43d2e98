"""Matches against OpenCV's matcher and against the definition of mutual and ratio tests."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import Features, Matcher, match_descriptors
from featmatch.features.orb import ORB
from featmatch.images.image import read_image

CV_NORMS = {"l2": cv2.NORM_L2, "hamming": cv2.NORM_HAMMING, "hamming2": cv2.NORM_HAMMING2}


def random_descriptors(rng, num, norm, num_bytes=32):
    if norm != "l2":
        return rng.integers(0, 256, (num, num_bytes)).astype(np.uint8)
    drawn = rng.standard_normal((num, 64))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def features_of(descriptors, norm):
    num = len(descriptors)
    columns = np.zeros(num, np.float32)
    return Features(
        keypoints=np.zeros((num, 2), np.float32),
        descriptors=descriptors,
        scores=columns,
        scales=columns,
        angles=columns,
        image_size=(10, 10),
        method="made",
        norm=norm,
    )


def mutual_of_opencv(descriptors0, descriptors1, norm):
    """Pairs that OpenCV finds both ways, with their distances."""
    matcher = cv2.BFMatcher(CV_NORMS[norm])
    forth = {
        (m.queryIdx, m.trainIdx): m.distance for m in matcher.match(descriptors0, descriptors1)
    }
    back = {(m.trainIdx, m.queryIdx) for m in matcher.match(descriptors1, descriptors0)}
    return {pair: distance for pair, distance in sorted(forth.items()) if pair in back}


def assert_same_pairs(matches, expected):
    """Compare with a dictionary of (index 0, index 1) -> distance."""
    assert list(map(tuple, matches.indices.tolist())) == list(expected)
    np.testing.assert_allclose(matches.distances, list(expected.values()), rtol=1e-5)


@pytest.mark.parametrize("norm", CV_NORMS)
def test_mutual_matches_are_those_opencv_finds_both_ways(norm):
    rng = np.random.default_rng(0)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (160, 140))
    expected = mutual_of_opencv(set0, set1, norm)
    assert 20 < len(expected) < 140
    assert_same_pairs(match_descriptors(set0, set1, norm=norm), expected)


@pytest.mark.parametrize("norm", CV_NORMS)
def test_mutual_matches_pass_the_cross_check_of_opencv(norm):
    """OpenCV's check is laxer: a row whose nearest prefers another row may take the next best."""
    rng = np.random.default_rng(1)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (160, 140))
    ours = set(map(tuple, match_descriptors(set0, set1, norm=norm).indices.tolist()))
    checked = cv2.BFMatcher(CV_NORMS[norm], crossCheck=True).match(set0, set1)
    assert ours
    assert ours <= {(match.queryIdx, match.trainIdx) for match in checked}


@pytest.mark.parametrize("norm", CV_NORMS)
@pytest.mark.parametrize("max_ratio", [0.75, 0.875])
def test_ratio_test_as_with_two_neighbors_of_opencv(norm, max_ratio):
    rng = np.random.default_rng(2)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (300, 250))
    noisy = set1[:100].copy()
    if norm == "l2":
        noisy += rng.normal(0, 0.07, noisy.shape).astype(np.float32)
        noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    else:
        noisy ^= (rng.random(noisy.shape) < 0.3).astype(np.uint8) * 37
    set0[:100] = noisy
    pairs = cv2.BFMatcher(CV_NORMS[norm]).knnMatch(set0, set1, k=2)
    expected = {
        (first.queryIdx, first.trainIdx): first.distance
        for first, second in pairs
        if first.distance < max_ratio * second.distance
    }
    assert 50 < len(expected) < 250
    matches = match_descriptors(set0, set1, norm=norm, max_ratio=max_ratio, mutual=False)
    assert_same_pairs(matches, expected)
    ratios = {first.queryIdx: first.distance / second.distance for first, second in pairs}
    expected_ratios = [ratios[row] for row in matches.indices[:, 0].tolist()]
    np.testing.assert_allclose(matches.ratios, expected_ratios, rtol=1e-4)


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=st.integers(0, 30),
    num1=st.integers(0, 30),
    norm=st.sampled_from(sorted(CV_NORMS)),
    max_ratio=st.floats(0.05, 1),
    mutual=st.booleans(),
)
@settings(max_examples=80)
def test_matches_are_well_formed(seed, num0, num1, norm, max_ratio, mutual):
    rng = np.random.default_rng(seed)
    set0, set1 = (random_descriptors(rng, num, norm, 1) for num in (num0, num1))
    matches = match_descriptors(set0, set1, norm=norm, max_ratio=max_ratio, mutual=mutual)
    rows, columns = matches.indices.T
    assert (np.diff(rows) > 0).all()
    assert ((columns >= 0) & (columns < num1)).all()
    assert not mutual or len(set(columns.tolist())) == len(columns)
    assert ((matches.ratios >= 0) & (matches.ratios <= 1)).all()
    assert max_ratio == 1 or (matches.ratios <= max_ratio).all()
    if max_ratio == 1 and num0 and num1:
        assert len(matches) == num0 if not mutual else len(matches) >= 1


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=st.integers(0, 40),
    num1=st.integers(0, 40),
    norm=st.sampled_from(sorted(CV_NORMS)),
)
@settings(max_examples=80)
def test_swapped_sets_give_the_swapped_mutual_matches(seed, num0, num1, norm):
    """With equal distances too: both ways the lower index counts as nearest."""
    rng = np.random.default_rng(seed)
    set0, set1 = (random_descriptors(rng, num, norm, 2) for num in (num0, num1))
    forth = match_descriptors(set0, set1, norm=norm)
    back = match_descriptors(set1, set0, norm=norm)
    order = np.argsort(back.indices[:, 1])
    np.testing.assert_array_equal(forth.indices, back.indices[order, ::-1])
    np.testing.assert_array_equal(forth.distances, back.distances[order])


@pytest.mark.parametrize("norm", CV_NORMS)
def test_same_set_twice_matches_every_row_with_itself(norm):
    both = random_descriptors(np.random.default_rng(3), 50, norm)
    matches = match_descriptors(both, both.copy(), norm=norm, max_ratio=0.5)
    np.testing.assert_array_equal(matches.indices, np.column_stack([np.arange(50)] * 2))
    np.testing.assert_array_equal(matches.distances, 0)
    np.testing.assert_array_equal(matches.ratios, 0)


@pytest.mark.parametrize("norm", CV_NORMS)
@pytest.mark.parametrize(("num0", "num1"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_set_has_no_matches(norm, num0, num1):
    rng = np.random.default_rng(4)
    matches = match_descriptors(
        random_descriptors(rng, num0, norm), random_descriptors(rng, num1, norm), norm=norm
    )
    assert matches.indices.shape == (0, 2)
    assert matches.distances.shape == matches.ratios.shape == (0,)


@pytest.mark.parametrize("norm", CV_NORMS)
@pytest.mark.parametrize("mutual", [True, False])
def test_a_single_candidate_fails_every_ratio_test(norm, mutual):
    rng = np.random.default_rng(5)
    set0, set1 = random_descriptors(rng, 4, norm), random_descriptors(rng, 1, norm)
    strict = match_descriptors(set0, set1, norm=norm, max_ratio=0.99999, mutual=mutual)
    assert len(strict) == 0
    every = match_descriptors(set0, set1, norm=norm, max_ratio=1.0, mutual=mutual)
    assert len(every) == (1 if mutual else 4)
    np.testing.assert_array_equal(every.ratios, 1)


@pytest.mark.parametrize("norm", CV_NORMS)
@pytest.mark.parametrize("exact", [True, False])
def test_two_identical_candidates_are_ambiguous(norm, exact):
    """The ratio is 1 even where both distances are 0."""
    rng = np.random.default_rng(6)
    candidate = random_descriptors(rng, 1, norm)
    query = candidate if exact else random_descriptors(rng, 1, norm)
    twice = np.repeat(candidate, 2, axis=0)
    matches = match_descriptors(query, twice, norm=norm)
    np.testing.assert_array_equal(matches.indices, [[0, 0]])
    np.testing.assert_array_equal(matches.ratios, [1])
    assert len(match_descriptors(query, twice, norm=norm, max_ratio=0.99)) == 0


def test_distance_and_ratio_in_closed_form():
    """Directions at 0, 30 and 90 degrees: chords of 2 sin(angle / 2)."""
    directions = np.float32([[1, 0], [np.cos(np.pi / 6), np.sin(np.pi / 6)], [0, 1]])
    matches = match_descriptors(directions[:1], directions[1:], norm="l2")
    near, far = 2 * np.sin(np.pi / 12), np.sqrt(2)
    np.testing.assert_allclose(matches.distances, [near], rtol=1e-6)
    np.testing.assert_allclose(matches.ratios, [near / far], rtol=1e-6)


@pytest.mark.parametrize(("max_ratio", "kept"), [(0.5, False), (np.nextafter(0.5, 1), True)])
def test_a_ratio_at_the_bound_is_refused(max_ratio, kept):
    """2 bits to the nearest neighbor, 4 to the next: a ratio of 0.5, exact in binary."""
    query, others = np.uint8([[0b0000_0000]]), np.uint8([[0b0000_0011], [0b0000_1111]])
    matches = match_descriptors(query, others, norm="hamming", max_ratio=max_ratio)
    assert len(matches) == kept


def test_bits_and_pairs_of_bits_are_counted_differently():
    set0 = np.uint8([[0b00_00_00_00]])
    set1 = np.uint8([[0b11_01_00_10], [0b11_11_00_00]])
    bits = match_descriptors(set0, set1, norm="hamming")
    pairs = match_descriptors(set0, set1, norm="hamming2")
    assert (bits.indices[0, 1], bits.distances[0]) == (0, 4)
    assert (pairs.indices[0, 1], pairs.distances[0]) == (1, 2)
    np.testing.assert_allclose([bits.ratios[0], pairs.ratios[0]], [1, 2 / 3])


def test_small_distances_are_free_of_rounding():
    """The product of two float32 unit vectors 1e-4 apart cannot tell them from equal ones."""
    rng = np.random.default_rng(7)
    set0 = random_descriptors(rng, 20, "l2")
    set1 = set0.copy()
    set1[:, 0] += np.float32(1e-4)
    matches = match_descriptors(set0, set1, norm="l2")
    exact = np.linalg.norm(set0.astype(float) - set1, axis=1)
    np.testing.assert_array_equal(matches.indices[:, 0], matches.indices[:, 1])
    np.testing.assert_allclose(matches.distances, exact, rtol=1e-3)


@pytest.mark.parametrize("norm", CV_NORMS)
def test_inputs_are_not_changed(norm):
    rng = np.random.default_rng(8)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (30, 40))
    copies = set0.copy(), set1.copy()
    match_descriptors(set0, set1, norm=norm, max_ratio=0.9)
    np.testing.assert_array_equal(set0, copies[0])
    np.testing.assert_array_equal(set1, copies[1])


def test_descriptors_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"^descriptors1: expected 32 columns .*got 61$"):
        match_descriptors(np.zeros((2, 32), np.uint8), np.zeros((2, 61), np.uint8), norm="hamming")


def test_unknown_norm_is_refused():
    bits = np.zeros((2, 32), np.uint8)
    expected = r"^norm: expected one of l2, hamming, hamming2, got 'cosine'$"
    with pytest.raises(ValueError, match=expected):
        match_descriptors(bits, bits, norm="cosine")


@pytest.mark.parametrize(
    ("dtype", "norm"), [(np.uint8, "l2"), (np.float32, "hamming"), (np.float32, "hamming2")]
)
def test_descriptors_that_do_not_suit_the_norm_are_refused(dtype, norm):
    descriptors = np.ones((3, 16), dtype)
    with pytest.raises((ValueError, TypeError), match=r"^descriptors0: expected .*, got "):
        match_descriptors(descriptors, descriptors, norm=norm)


def test_features_for_different_norms_are_refused():
    bits = np.zeros((2, 32), np.uint8)
    with pytest.raises(ValueError, match=r"^features1: expected .* hamming .*, got hamming2$"):
        Matcher().match(features_of(bits, "hamming"), features_of(bits, "hamming2"))


def test_no_features_match_features_of_any_norm():
    none = features_of(np.zeros((0, 0), np.float32), "l2")
    some = features_of(np.zeros((2, 32), np.uint8), "hamming")
    assert len(Matcher().match(none, some)) == len(Matcher().match(some, none)) == 0


@pytest.mark.parametrize("max_ratio", [0, -0.5, 1.01, float("nan")])
def test_ratio_outside_0_to_1_is_refused(max_ratio):
    with pytest.raises(ValueError, match=r"^max_ratio: expected a number above 0 and up to 1, got"):
        Matcher(max_ratio=max_ratio)
    bits = np.zeros((2, 32), np.uint8)
    with pytest.raises(ValueError, match=r"^max_ratio: expected a number above 0 and up to 1, got"):
        match_descriptors(bits, bits, norm="hamming", max_ratio=max_ratio)


def test_misspelt_option_is_refused():
    with pytest.raises(TypeError, match="ratio_max"):
        Matcher(ratio_max=0.8)


def test_matcher_applies_its_options():
    rng = np.random.default_rng(9)
    set0, set1 = (random_descriptors(rng, num, "hamming") for num in (60, 50))
    features0, features1 = features_of(set0, "hamming"), features_of(set1, "hamming")
    for max_ratio in (0.9, 1.0):
        for mutual in (True, False):
            ours = Matcher(max_ratio=max_ratio, mutual=mutual).match(features0, features1)
            plain = match_descriptors(
                set0, set1, norm="hamming", max_ratio=max_ratio, mutual=mutual
            )
            np.testing.assert_array_equal(ours.indices, plain.indices)
    assert repr(Matcher(max_ratio=0.8)).startswith("Matcher(max_ratio=0.8, mutual=True, ")


@pytest.mark.parametrize(("wta_k", "norm"), [(2, "hamming"), (3, "hamming2"), (4, "hamming2")])
def test_orb_is_matched_with_the_norm_of_its_bits(wta_k, norm):
    rng = np.random.default_rng(10)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (200, 240)).astype(np.uint8), (0, 0), 2)
    noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX)
    extractor = ORB(max_keypoints=300, wta_k=wta_k)
    assert extractor.norm == norm
    features0 = extractor.extract(read_image(noise))
    features1 = extractor.extract(read_image(np.ascontiguousarray(np.rot90(noise))))
    assert features0.norm == features1.norm == norm
    matches = Matcher(max_ratio=1.0).match(features0, features1)
    expected = mutual_of_opencv(features0.descriptors, features1.descriptors, norm)
    assert len(expected) > 100
    assert_same_pairs(matches, expected)


def test_float_descriptors_of_other_length_are_refused():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20, 8)).astype(np.float32)
    with pytest.raises(ValueError, match=r"^descriptors0: expected rows of length 1 .*, got 20 of"):
        match_descriptors(rows, rows, norm="l2")
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    unit[3] = 0  # what a flat patch is described by
    assert len(match_descriptors(unit, unit.copy(), norm="l2")) >= 19
    with pytest.raises(ValueError, match="descriptors1: expected rows of length 1"):
        match_descriptors(unit, np.full_like(unit, np.nan), norm="l2")
