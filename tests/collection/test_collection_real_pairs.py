"""Pairs to train on out of a collection: which, where their matches lie, and what is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_collections import SIZE
from photograph_folders import QUICK, STEP, write_views
from photographed import photographed, write_photograph

import featmatch
from featmatch import ReadError
from featmatch.collection.real_pairs import real_pairs
from featmatch.images.image import resize_points


@pytest.fixture
def made(tmp_path):
    return photographed(tmp_path)


def certain(collection):
    return [summary for summary in collection.pairs if summary.kind == "scene"]


def changed(collection, pair, **changes):
    record = collection.records[pair]
    collection.records[pair] = replace(record, summary=replace(record.summary, **changes))


def test_pairs_of_one_scene_and_their_inliers_are_taken(made):
    found = real_pairs(made, max_size=0)
    assert len(found) == len(certain(made)) < len(made.pairs)
    for real, summary in zip(found, certain(made), strict=True):
        record = made.matches(*summary.names)
        assert len(real.points0) == summary.num_inliers
        np.testing.assert_array_equal(
            real.points0, made.points[summary.name0][record.indices[:, 0]].astype(np.float64)
        )
        np.testing.assert_array_equal(
            real.points1, made.points[summary.name1][record.indices[:, 1]].astype(np.float64)
        )
        assert real.image0.shape == (SIZE[1], SIZE[0], 3)
        assert not np.array_equal(real.image0, real.image1)


def test_matches_that_were_found_wrong_are_left_out(made):
    pair = "0.jpg", "1.jpg"
    record = made.records[pair]
    inliers = np.arange(len(record.inliers)) % 3 > 0
    made.records[pair] = replace(record, inliers=inliers)
    (real,) = (
        real
        for real, summary in zip(real_pairs(made, 0), certain(made), strict=True)
        if summary.names == pair
    )
    np.testing.assert_array_equal(real.points0, made.points["0.jpg"][record.indices[inliers, 0]])


def test_photographs_are_made_smaller_and_the_points_with_them(made):
    full, small = real_pairs(made, 0)[0], real_pairs(made, SIZE[0] // 2)[0]
    assert small.image0.shape == (SIZE[1] // 2, SIZE[0] // 2, 3)
    np.testing.assert_allclose(small.points1, resize_points(full.points1, 0.5))


def test_a_photograph_is_read_once(made):
    found = real_pairs(made)
    assert len({id(image) for real in found for image in (real.image0, real.image1)}) == 9


@pytest.mark.parametrize("changes", [{"ambiguous": True}, {"num_inliers": 7}, {"kind": "part"}])
def test_pairs_that_are_not_certain_are_left_out(made, changes):
    before = len(real_pairs(made))
    changed(made, ("0.jpg", "1.jpg"), **changes)
    assert len(real_pairs(made)) == before - 1


def test_a_collection_without_such_pairs_is_told(made):
    for pair in made.records:
        changed(made, pair, kind="none")
    words = "no pairs that show one scene; give one in which photographs match"
    with pytest.raises(ReadError, match=rf"^the collection of .*: {words}$"):
        real_pairs(made)


def test_a_photograph_that_is_gone_or_another_one_is_told(made):
    path = made.folder / "0.jpg"
    path.unlink()
    with pytest.raises(ReadError, match=r"0\.jpg: there is no such file"):
        real_pairs(made)
    write_photograph(path, turn=5)  # another one of the same size
    with pytest.raises(ReadError, match=r"0\.jpg: has changed since it was collected; run feat"):
        real_pairs(made)


def test_matches_of_a_collection_are_where_they_belong(tmp_path):
    """Views that are 80 px apart, through all of it."""
    folder = write_views(tmp_path / "views", 0, 1)
    collection = featmatch.collect(folder, tmp_path / "out", **QUICK)
    (real,) = real_pairs(collection)
    assert len(real.points0) > 20
    np.testing.assert_allclose(real.points0 - real.points1, [(STEP, 0)] * len(real.points0), atol=3)
    same = real.image0[:, STEP:], real.image1[:, :-STEP]
    np.testing.assert_array_equal(*same)
