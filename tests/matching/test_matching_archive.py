"""Matches in a file: what comes back, bit for bit, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from featmatch import Features, FeaturesReadError, Matches
from featmatch.archives import HEADER, MATCH_RESULT, read_archive, write_archive
from featmatch.matching.archive import load_matches, pack_matches, save_matches


def features(num, seed=0):
    column = np.ones(num, np.float32)
    points = np.random.default_rng(seed).uniform(0, 99, (num, 2)).astype(np.float32)
    return Features(points, np.zeros((num, 0)), column, column, column, (100, 100), "made")


FEATURES0, FEATURES1 = features(30), features(20, 1)


def make(num=9, seed=0):
    rng = np.random.default_rng(seed)
    indices = np.stack([rng.integers(0, 30, num), rng.integers(0, 20, num)], axis=1)
    return Matches(indices, rng.random(num), rng.random(num))


def assert_same(matches, other):
    for name in ("indices", "distances", "ratios"):
        array, expected = getattr(matches, name), getattr(other, name)
        assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
        assert array.tobytes() == expected.tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "matches.npz"


@pytest.mark.parametrize("num", [0, 1, 9])
def test_what_is_saved_is_loaded(path, num):
    save_matches(make(num), FEATURES0, FEATURES1, path)
    first = path.read_bytes()
    assert_same(load_matches(path, FEATURES0, FEATURES1), make(num))
    save_matches(make(num), FEATURES0, FEATURES1, path)
    assert path.read_bytes() == first


def test_what_matches_were_chosen_from_comes_back(path):
    chosen = replace(make(2), candidates=make(9, 1), seeds=make(1, 2))
    save_matches(chosen, FEATURES0, FEATURES1, path)
    loaded = load_matches(path, FEATURES0, FEATURES1)
    for name in ("candidates", "seeds"):
        assert_same(getattr(loaded, name), getattr(chosen, name))
    assert_same(loaded, chosen)
    beyond = replace(chosen, candidates=Matches([[30, 0]], [0.0], [0.0]))
    with pytest.raises(ValueError, match="indices: expected numbers below 30"):
        save_matches(beyond, FEATURES0, FEATURES1, path)


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_matches_can_be_comes_back(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "matches.npz"
    num = data.draw(st.integers(0, 4))
    floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
    matches = Matches(
        data.draw(npst.arrays(np.int64, (num, 2), elements=st.integers(0, 19))),
        *(data.draw(npst.arrays(np.float32, num, elements=floats)) for _ in range(2)),
    )
    save_matches(matches, FEATURES0, FEATURES1, path)
    assert_same(load_matches(path, FEATURES0, FEATURES1), matches)


def test_no_features_and_no_matches(path):
    save_matches(make(0), features(0), features(0), path)
    assert len(load_matches(path, features(0), features(0))) == 0


def test_the_matches_in_a_match_result_are_read(path):
    arrays, document = pack_matches(make(), FEATURES0, FEATURES1)
    write_archive(path, MATCH_RESULT, arrays | {"points0": np.zeros(2)}, document | {"seed": 0})
    assert_same(load_matches(path, FEATURES0, FEATURES1), make())


def test_indices_beyond_the_features_are_not_saved(path):
    with pytest.raises(ValueError, match=r"^indices: expected numbers below 3, .* image 1, got \d"):
        save_matches(make(), FEATURES0, features(3), path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ((FEATURES0, features(3)), r"indices: expected numbers below 3, the number of keypoints o"),
        ((features(0), FEATURES1), r"indices: expected numbers below 0, the number of keypoints o"),
        ((FEATURES0, features(21)), r"other features \(with 30 and 20 keypoints; these have 30 an"),
        ((FEATURES0, features(20, 5)), r"other features \(with 30 and 20 keypoints; these have 30"),
    ],
)
def test_matches_of_other_features_are_refused(path, others, message):
    save_matches(make(), FEATURES0, FEATURES1, path)
    with pytest.raises(FeaturesReadError, match=rf"matches\.npz: .*{message}.*; give the features"):
        load_matches(path, *others)


@pytest.mark.parametrize("known", [None, 3, [], [3, 4], [{}, {}], [{"number": 30}] * 2])
def test_a_file_that_does_not_tell_its_features_is_refused(path, known):
    write_archive(
        path, "matches", pack_matches(make(), FEATURES0, FEATURES1)[0], {"keypoints": known}
    )
    with pytest.raises(FeaturesReadError, match="holds the matches of other features"):
        load_matches(path, FEATURES0, FEATURES1)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("ratios", None, "ratios: expected an array, got none"),
        ("ratios", np.zeros(9), "ratios: expected float32, got float64"),
        ("ratios", np.full(9, np.nan, np.float32), "ratios: expected finite values, got NaN"),
        ("distances", np.zeros(8, np.float32), r"distances: expected shape \(9\), got \(8,\)"),
        ("indices", np.zeros((9, 2), np.int32), "indices: expected int64, got int32"),
        ("indices", np.zeros(9, np.int64), r"indices: expected shape \(M, 2\), got \(9,\)"),
        ("indices", np.full((9, 2), -1), r"indices: expected numbers of keypoints from 0, got neg"),
        ("indices", np.full((9, 2), 2**62), r"indices: expected numbers below 30, .* image 0, got"),
    ],
)
def test_an_array_that_differs_is_named(path, name, array, message):
    arrays, document = pack_matches(make(), FEATURES0, FEATURES1)
    arrays = {key: value for key, value in (arrays | {name: array}).items() if value is not None}
    write_archive(path, "matches", arrays, document)
    with pytest.raises(FeaturesReadError, match=rf"holds no matches of these features \({message}"):
        load_matches(path, FEATURES0, FEATURES1)


def test_a_file_of_another_kind_and_a_newer_one_are_told(path):
    write_archive(path, "features", {}, {})
    with pytest.raises(
        FeaturesReadError, match=r"expected matches or a match result .*, got featur"
    ):
        load_matches(path, FEATURES0, FEATURES1)
    text = np.array(json.dumps({"featmatch": "matches", "version": 7, "written_by": "3.0"}))
    np.savez(path, **{HEADER: text})
    with pytest.raises(FeaturesReadError, match=r"written by featmatch 3\.0 in form 7, .*; update"):
        load_matches(path, FEATURES0, FEATURES1)


def test_flipped_bytes_are_refused_or_harmless(path):
    matches, rng = make(), np.random.default_rng(0)
    save_matches(matches, FEATURES0, FEATURES1, path)
    content, refused = path.read_bytes(), 0
    for _ in range(600):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert_same(load_matches(path, FEATURES0, FEATURES1), matches)
        except FeaturesReadError:
            refused += 1
    assert refused > 300


def test_the_header_tells_which_features(path):
    save_matches(make(), FEATURES0, FEATURES1, path)
    _, document = read_archive(path, "matches", FeaturesReadError)
    assert [entry["number"] for entry in document["keypoints"]] == [30, 20]
