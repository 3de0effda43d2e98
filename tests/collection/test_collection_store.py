"""The store: what is kept comes back to the last bit, and what is damaged is found."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from photograph_folders import view

import featmatch
from featmatch.collection import store as module
from featmatch.collection.block import pack_block
from featmatch.collection.records import PairRecord, PairSummary
from featmatch.collection.soundness import is_there
from featmatch.collection.store import Store
from featmatch.errors import FeaturesReadError, OutputError, ReadError
from featmatch.features.root_sift import histograms_of, root_sift

KEY = "ab" * 16


def record(number, num_matches, *, fundamental=None, homography=None):
    rng = np.random.default_rng(number)
    summary = PairSummary(
        name0=f"{number}.jpg",
        name1="\udcff ü\n.jpg",
        key=f"{number:032x}",
        kind="scene",
        confidence=0.25,
        model_confidence=0.125,
        log10_false_alarms=-1e3 / 7,
        model="fundamental",
        num_matches=num_matches,
        num_inliers=3,
        overlap=(0.1, 1.0),
        ambiguous=True,
        reason="because",
    )
    return PairRecord(
        summary=summary,
        indices=rng.integers(0, 2**31, (num_matches, 2)),
        distances=rng.random(num_matches, np.float32),
        ratios=rng.random(num_matches, np.float32),
        inliers=rng.random(num_matches) < 0.5,
        fundamental=fundamental,
        homography=homography,
    )


def same(first, second):
    for name in ("indices", "distances", "ratios", "inliers"):
        array0, array1 = getattr(first, name), getattr(second, name)
        assert array0.dtype == array1.dtype
        assert np.array_equal(array0, array1)
    for name in ("fundamental", "homography"):
        matrix0, matrix1 = getattr(first, name), getattr(second, name)
        assert (matrix0 is None) == (matrix1 is None)
        assert matrix0 is None or np.array_equal(matrix0, matrix1)
    return first.summary == second.summary


@pytest.mark.parametrize("method", ["orb", "sift", "cnn"])
@pytest.mark.parametrize("blank", [False, True])
def test_features_come_back_to_the_last_bit(tmp_path, method, blank):
    pixels = np.full((60, 60, 3), 9, np.uint8) if blank else view(0)
    features = featmatch.detect(pixels, method=method)
    store = Store(tmp_path)
    store.write_features(KEY, features)
    again = store.read_features(KEY)
    for name in ("keypoints", "descriptors", "scores", "scales", "angles"):
        array, other = getattr(features, name), getattr(again, name)
        assert array.dtype == other.dtype
        assert np.array_equal(array, other) or not array.size == other.size == 0
    assert (again.method, again.norm, again.image_size) == (method, features.norm, (320, 240)) or (
        blank
    )


def test_descriptors_of_sift_take_a_quarter(tmp_path):
    features = featmatch.detect(view(0), method="sift")
    store = Store(tmp_path)
    store.write_features(KEY, features)
    assert store.features_path(KEY).stat().st_size < 160 * len(features)
    histograms = histograms_of(features.descriptors)
    assert histograms.dtype == np.uint8
    assert np.array_equal(root_sift(histograms), features.descriptors)


@pytest.mark.parametrize("change", ["noise", "zeros", "negative"])
def test_other_descriptors_are_no_histograms(change):
    descriptors = featmatch.detect(view(0), method="sift").descriptors.copy()
    descriptors[3] = {
        "noise": np.random.default_rng(0).random(128, np.float32) / 8,
        "zeros": np.zeros(128, np.float32),
        "negative": -descriptors[3],
    }[change]
    assert histograms_of(descriptors) is None


def test_records_come_back_to_the_last_bit(tmp_path):
    matrix = np.random.default_rng(0).random((3, 3))
    records = [
        record(1, 5, fundamental=matrix),
        record(2, 0),
        record(3, 11, fundamental=matrix, homography=matrix.T),
    ]
    images = [("a" * 32, "b" * 32), ("a" * 32, "c" * 32), ("b" * 32, "c" * 32)]
    store = Store(tmp_path)
    store.write_block(records, images)
    done, damaged = store.pairs()
    assert damaged == []
    assert [one.stored.images for one in done.values()] == images
    for found, wanted in zip(done.values(), records, strict=True):
        assert found.stored.summary == wanted.summary
        assert same(store.read_record(found, wanted.summary.names), wanted)
    renamed = store.read_record(done[records[0].summary.key], ("x", "y"))
    assert renamed.summary == replace(records[0].summary, name0="x", name1="y")
    assert pack_block(records, images) == pack_block(records, images)


def test_a_block_that_states_something_else_is_damaged(tmp_path):
    store = Store(tmp_path)
    store.write_block([record(1, 5)], [("a", "b")])
    store.write_features(KEY, featmatch.detect(view(0)))
    features = store.features_path(KEY)
    (block,) = store.files("pairs")
    block.write_bytes(features.read_bytes())
    assert store.pairs() == ({}, [block])


def test_every_flipped_byte_is_found(tmp_path):
    store = Store(tmp_path)
    store.write_features(KEY, featmatch.detect(view(0), max_keypoints=20))
    path = store.features_path(KEY)
    assert store.damaged_since_checked() == []
    content = path.read_bytes()
    features = store.read_features(KEY)
    harmless = 0
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 8
        path.write_bytes(damaged)
        if store.damaged_since_checked() == [path]:
            with pytest.raises(FeaturesReadError):
                store.read_features(KEY)
        else:  # a field of the container that nobody reads, such as a date
            assert np.array_equal(store.read_features(KEY).descriptors, features.descriptors)
            harmless += 1
    assert harmless < 0.1 * len(content) / 7


def test_vectors_of_images(tmp_path):
    store = Store(tmp_path)
    vector = np.random.default_rng(0).random(64, np.float32)
    store.write_global(KEY, vector)
    assert np.array_equal(store.read_global(KEY), vector)
    path = store.global_path(KEY)
    path.write_bytes(path.read_bytes()[:-1])
    assert store.damaged_since_checked() == [path]
    with pytest.raises(FeaturesReadError):
        store.read_global(KEY)


def test_a_file_that_is_not_there_is_told_as_missing(tmp_path):
    message = "is missing; featmatch collect, with the same options, makes it$"
    with pytest.raises(FeaturesReadError, match=message):
        Store(tmp_path).read_features(KEY)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other links")
def test_what_may_not_be_looked_at_is_told_and_neither_passed_over_nor_damaged(tmp_path):
    """A link to itself can be opened by nobody, as a closed folder by some."""
    store = Store(tmp_path)
    store.write_global(KEY, np.zeros(64, np.float32))
    path = store.global_path(KEY)
    path.unlink()
    path.symlink_to(path)
    closed = f"{re.escape(str(path))}: cannot be read .*; "
    with pytest.raises(ReadError, match=f"{closed}allow this user to read it$"):
        is_there(path)
    with pytest.raises(ReadError, match=closed):
        store.damaged_since_checked()
    with pytest.raises(FeaturesReadError, match=f"{closed}allow this user to read it$"):
        store.read_global(KEY)
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(path.parent)
    with pytest.raises(ReadError, match=f"{re.escape(str(path.parent))}: cannot be read .*; allow"):
        list(store.files("global"))


def test_leftovers_of_killed_processes_are_removed_when_they_are_old(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.write_error(KEY, "why")
    folder = store.error_path(KEY).parent
    leftover = folder / ".featmatch-half.tmp"
    leftover.write_bytes(b"half")
    store.remove_leftovers()
    assert leftover.exists()
    later = time.time() + 2 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    store.remove_leftovers()
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.error.json"]
    assert store.read_error(KEY) == "why"
    assert store.read_error("cd" * 16) is None


def test_a_file_that_another_process_has_just_written_is_left(tmp_path, monkeypatch):
    store = Store(tmp_path)
    features = featmatch.detect(view(0))

    def refused(path, content):
        raise OutputError("the file is open")

    store.write_features(KEY, features)
    monkeypatch.setattr(module, "write_whole", refused)
    store.write_features(KEY, features)
    with pytest.raises(OutputError):
        store.write_features("cd" * 16, features)
