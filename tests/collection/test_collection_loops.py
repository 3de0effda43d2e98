"""Loops of three pairs: a wrong one contradicts the others, right ones do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_collections import around, of_a_plane, record

from featmatch.collection.loops import MAX_ANGLE, MAX_SHIFT, contradicting_loops
from featmatch.collection.motions import camera_of, inlier_points


@pytest.mark.parametrize("made", [around, of_a_plane])
@pytest.mark.parametrize("seed", range(3))
def test_right_pairs_do_not_contradict_each_other(made, seed):
    assert contradicting_loops(made(5, seed=seed)) == ()


@pytest.mark.parametrize("made", [around, of_a_plane])
def test_a_wrong_pair_is_found_in_a_loop_of_three(made):
    (loop,) = contradicting_loops(made(3, wrong={(0, 2)}))
    assert loop.names == ("0.jpg", "1.jpg", "2.jpg")
    if made is around:
        assert loop.kind == "rotation"
        assert loop.error == pytest.approx(1.2, abs=0.1)  # radians, as it was made
        assert loop.error > MAX_ANGLE
    else:
        assert loop.kind == "homography"
        assert loop.error == pytest.approx(200 / 1000, abs=0.02)  # of the diagonal
        assert loop.error > MAX_SHIFT


@pytest.mark.parametrize("made", [around, of_a_plane])
def test_the_pair_that_most_loops_contradict_is_the_suspect(made):
    loops = contradicting_loops(made(5, wrong={(1, 3)}))
    assert {loop.names for loop in loops} == {
        ("0.jpg", "1.jpg", "3.jpg"), ("1.jpg", "2.jpg", "3.jpg"), ("1.jpg", "3.jpg", "4.jpg"),
    }  # fmt: skip
    assert {loop.suspect for loop in loops} == {("1.jpg", "3.jpg")}


def test_a_focal_length_that_is_guessed_will_do():
    right, wrong = around(4), around(4, wrong={(0, 2)})
    for collection in (right, wrong):
        collection.images = [replace(image, focal_length=None) for image in collection.images]
    assert contradicting_loops(right) == ()
    assert {loop.suspect for loop in contradicting_loops(wrong)} == {("0.jpg", "2.jpg")}


def test_pairs_that_share_a_part_only_are_in_no_loop():
    collection = around(3, wrong={(0, 2)})
    pair = "0.jpg", "2.jpg"
    old = collection.records[pair]
    collection.records[pair] = replace(old, summary=replace(old.summary, kind="part"))
    assert contradicting_loops(collection) == ()


def test_what_cannot_be_told_is_no_contradiction():
    collection = around(3)
    names = "0.jpg", "2.jpg"
    collection.records[names] = record(names, np.zeros((4, 2), int), fundamental=np.eye(3))
    assert contradicting_loops(collection) == ()


def test_points_are_taken_evenly_from_the_inliers():
    collection = around(2, num_points=100)
    (names,) = collection.records
    points0, points1 = inlier_points(collection.keypoints, collection.records[names], 10)
    assert points0.shape == points1.shape == (10, 2)
    np.testing.assert_array_equal(points0[[0, -1]], collection.points[names[0]][[0, 99]])


def test_a_camera_is_centered():
    (image, _) = around(2).images
    np.testing.assert_array_equal(camera_of(image), [[900, 0, 399.5], [0, 900, 299.5], [0, 0, 1]])
