"""The search for nearest neighbors against the full distance matrix and OpenCV's matcher."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import threads
from featmatch.matching import nearest
from featmatch.matching.nearest import nearest_neighbors

BINARY_NORMS = ("hamming", "hamming2")
CV_NORMS = {"l2": cv2.NORM_L2, "hamming": cv2.NORM_HAMMING, "hamming2": cv2.NORM_HAMMING2}


def random_bits(rng, num, num_bytes, num_distinct=None):
    drawn = rng.integers(0, 256, (num_distinct or num, num_bytes)).astype(np.uint8)
    return drawn[rng.integers(0, num_distinct, num)] if num_distinct else drawn


def random_units(rng, num, length, num_distinct=None):
    drawn = rng.standard_normal((num_distinct or num, length))
    drawn = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return drawn[rng.integers(0, num_distinct, num)] if num_distinct else drawn


def random_descriptors(rng, num, norm, num_distinct=None):
    if norm == "l2":
        return random_units(rng, num, 128, num_distinct)
    return random_bits(rng, num, 32, num_distinct)


def distance_matrix(descriptors0, descriptors1, norm):
    """All distances, written as plainly as possible."""
    if norm == "l2":
        difference = descriptors0.astype(np.float64)[:, None] - descriptors1.astype(np.float64)
        return np.sqrt((difference**2).sum(axis=2))
    differing = np.unpackbits(descriptors0[:, None] ^ descriptors1, axis=2)
    if norm == "hamming2":
        differing = differing.reshape(*differing.shape[:2], -1, 2).any(axis=3)
    return differing.sum(axis=2, dtype=np.float64)


def reference(descriptors0, descriptors1, norm):
    """Nearest, second and backward indices; of equals the lower index."""
    distances = distance_matrix(descriptors0, descriptors1, norm)
    order = np.argsort(distances, axis=1, kind="stable")
    second = order[:, 1] if order.shape[1] > 1 else np.full(len(order), -1)
    return order[:, 0], second, distances.argmin(axis=0)


def assert_equals_reference(descriptors0, descriptors1, norm):
    found = nearest_neighbors(descriptors0, descriptors1, norm)
    expected = reference(descriptors0, descriptors1, norm)
    for name, want in zip(("nearest", "second", "backward"), expected, strict=True):
        np.testing.assert_array_equal(getattr(found, name), want, err_msg=name)


@pytest.fixture
def small_tiles(monkeypatch):
    """Bands of a few rows, so that small inputs cross the borders of tiles and threads."""
    monkeypatch.setattr(nearest, "_TILE_BYTES", 600)
    monkeypatch.setattr(nearest, "_SCRATCH_BYTES", 1000)


sizes = st.integers(1, 45)
tile_bytes = st.sampled_from([1, 100, 700, 4000, 16 << 20])


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=sizes,
    num1=sizes,
    num_bytes=st.integers(1, 70),
    num_distinct=st.sampled_from([1, 2, 5, 1000]),
    norm=st.sampled_from(BINARY_NORMS),
    tile=tile_bytes,
    scratch=tile_bytes,
)
@settings(max_examples=80)
def test_packed_bits_against_the_full_matrix(
    seed, num0, num1, num_bytes, num_distinct, norm, tile, scratch
):
    both = random_bits(np.random.default_rng(seed), num0 + num1, num_bytes, num_distinct)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_TILE_BYTES", tile)
        patch.setattr(nearest, "_SCRATCH_BYTES", scratch)
        assert_equals_reference(both[:num0], both[num0:], norm)


@given(
    seed=st.integers(0, 2**32 - 1),
    num0=sizes,
    num1=sizes,
    length=st.integers(1, 20),
    tile=tile_bytes,
)
@settings(max_examples=60)
def test_unit_vectors_against_the_full_matrix(seed, num0, num1, length, tile):
    """Four elements of +-1/2 each: products are exact, and many are equal."""
    rng = np.random.default_rng(seed)
    both = np.zeros((num0 + num1, 4 * length), np.float32)
    places = rng.permuted(np.tile(np.arange(4 * length), (len(both), 1)), axis=1)[:, :4]
    signs = rng.choice(np.float32([-0.5, 0.5]), places.shape)
    np.put_along_axis(both, places, signs, axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_TILE_BYTES", tile)
        assert_equals_reference(both[:num0], both[num0:], "l2")


@given(seed=st.integers(0, 2**32 - 1), num0=sizes, num1=sizes, tile=tile_bytes)
@settings(max_examples=40)
def test_arbitrary_unit_vectors_have_nearest_distances(seed, num0, num1, tile):
    """Rounding may decide between all but equal distances, so distances are compared."""
    rng = np.random.default_rng(seed)
    units0, units1 = random_units(rng, num0, 16), random_units(rng, num1, 16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_TILE_BYTES", tile)
        found = nearest_neighbors(units0, units1, "l2")
    distances = distance_matrix(units0, units1, "l2")
    rows, columns = np.arange(num0), np.arange(num1)
    ordered = np.sort(distances, axis=1)
    np.testing.assert_allclose(distances[rows, found.nearest], ordered[:, 0], atol=1e-5)
    np.testing.assert_allclose(distances[found.backward, columns], distances.min(axis=0), atol=1e-5)
    if num1 == 1:
        np.testing.assert_array_equal(found.second, -1)
    else:
        assert (found.second != found.nearest).all()
        np.testing.assert_allclose(distances[rows, found.second], ordered[:, 1], atol=1e-5)


@pytest.mark.parametrize("norm", BINARY_NORMS)
@pytest.mark.parametrize("num_distinct", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(10))
def test_of_equal_descriptors_the_lowest_index_is_found(norm, num_distinct, seed):
    rng = np.random.default_rng(seed)
    num0, num1 = rng.integers(3, 60, 2)
    both = random_descriptors(rng, num0 + num1, norm, num_distinct)
    assert_equals_reference(both[:num0], both[num0:], norm)


@pytest.mark.parametrize("num_distinct", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(10))
def test_of_equal_float_descriptors_the_same_one_is_found_each_time(num_distinct, seed):
    rng = np.random.default_rng(seed)
    num0, num1 = rng.integers(3, 60, 2)
    both = random_descriptors(rng, num0 + num1, "l2", num_distinct)
    set0, set1 = both[:num0], both[num0:]
    found, again = (nearest_neighbors(set0, set1, "l2") for _ in range(2))
    np.testing.assert_array_equal(found.nearest, again.nearest)
    np.testing.assert_array_equal(found.second, again.second)
    distances = distance_matrix(set0, set1, "l2")
    nearest_distances = distances[np.arange(num0), found.nearest]
    np.testing.assert_allclose(nearest_distances, distances.min(axis=1), atol=1e-3)


@pytest.mark.parametrize("norm", CV_NORMS)
def test_size_of_tiles_does_not_matter(norm, monkeypatch):
    rng = np.random.default_rng(3)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (211, 173))
    results = []
    for size in (1, 1000, 20_000, 16 << 20):
        monkeypatch.setattr(nearest, "_TILE_BYTES", size)
        monkeypatch.setattr(nearest, "_SCRATCH_BYTES", size)
        results.append(nearest_neighbors(set0, set1, norm))
    for other in results[1:]:
        for name in ("nearest", "second", "backward"):
            np.testing.assert_array_equal(getattr(other, name), getattr(results[0], name))


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("norm", CV_NORMS)
def test_two_nearest_as_opencv_finds_them(norm):
    rng = np.random.default_rng(4)
    set0, set1 = (random_descriptors(rng, num, norm) for num in (150, 190))
    found = nearest_neighbors(set0, set1, norm)
    matcher = cv2.BFMatcher(CV_NORMS[norm])
    pairs = matcher.knnMatch(set0, set1, k=2)
    np.testing.assert_array_equal(found.nearest, [first.trainIdx for first, _ in pairs])
    np.testing.assert_array_equal(found.second, [second.trainIdx for _, second in pairs])
    np.testing.assert_array_equal(
        found.backward, [match.trainIdx for match in matcher.match(set1, set0)]
    )


@pytest.mark.parametrize("num_bytes", [1, 7, 8, 9, 61, 64])
@pytest.mark.parametrize("norm", BINARY_NORMS)
def test_widths_that_are_no_multiple_of_a_word(norm, num_bytes):
    rng = np.random.default_rng(num_bytes)
    assert_equals_reference(random_bits(rng, 23, num_bytes), random_bits(rng, 31, num_bytes), norm)


@pytest.mark.parametrize("norm", CV_NORMS)
def test_strided_and_read_only_inputs(norm):
    rng = np.random.default_rng(8)
    both = random_descriptors(rng, 80, norm)
    both.flags.writeable = False
    view0, view1 = both[::2], both[::-3]
    found = nearest_neighbors(view0, view1, norm)
    copied = nearest_neighbors(view0.copy(), view1.copy(), norm)
    np.testing.assert_array_equal(found.nearest, copied.nearest)
    np.testing.assert_array_equal(found.nearest, reference(view0, view1, norm)[0])


def test_more_rows_than_opencv_can_index():
    """OpenCV's brute force matcher stops at 2^18 - 1 rows."""
    rng = np.random.default_rng(9)
    many = random_bits(rng, 262_144 + 500, 8)
    wanted = [0, 262_143, 262_144, len(many) - 1]
    found = nearest_neighbors(many[wanted], many, "hamming")
    np.testing.assert_array_equal(found.nearest, wanted)
    np.testing.assert_array_equal(found.backward[wanted], range(4))
    assert found.backward.shape == (len(many),)


@pytest.mark.parametrize("norm", ["l2", "hamming"])
def test_results_do_not_depend_on_the_number_of_workers(norm, monkeypatch):
    rng = np.random.default_rng(11)
    draw, length = (random_units, 16) if norm == "l2" else (random_bits, 8)
    sets = draw(rng, 700, length), draw(rng, 900, length)
    monkeypatch.setattr(nearest, "_TILE_BYTES", 100_000)  # so that there are several bands
    found = []
    for workers in (1, 2, 5):
        monkeypatch.setattr(threads, "num_workers", lambda workers=workers: workers)
        found.append(nearest_neighbors(*sets, norm))
    for other in found[1:]:
        for name in ("nearest", "second", "backward"):
            np.testing.assert_array_equal(getattr(found[0], name), getattr(other, name))


@pytest.mark.parametrize("num_cores", [2, 64])
def test_memory_does_not_hold_the_full_matrix(num_cores, monkeypatch):
    """20,000 x 20,000 distances would take 400 MB as bytes and 3.2 GB as float64."""
    monkeypatch.setattr(threads, "num_workers", lambda: num_cores)
    rng = np.random.default_rng(10)
    set0, set1 = random_bits(rng, 20_000, 8), random_bits(rng, 20_000, 8)
    tracemalloc.start()
    try:
        found = nearest_neighbors(set0, set1, "hamming")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200e6
    rows = np.array([0, 7, 12_345, 19_999])
    np.testing.assert_array_equal(found.nearest[rows], reference(set0[rows], set1, "hamming")[0])
