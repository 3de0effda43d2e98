"""`featmatch.match` on the sample pairs, whose truth is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from matched_samples import (
    CHOICES,
    PAIRS,
    SAMPLES,
    epipolar_errors,
    homogeneous,
    match_pair,
    small_pair,
    transfer_errors,
    true_points,
)

import featmatch
from featmatch import METHODS
from featmatch.images.image import unseen_image
from featmatch.images.view import View
from featmatch.verification import MatchedPair


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("method", CHOICES)
def test_verdict_on_the_samples(name, method):
    result = match_pair(name, method)
    same = PAIRS[name]["kind"] != "unrelated"
    assert result.verdict.accepted == same
    assert (result.verdict.confidence > 0.9) if same else (result.verdict.confidence < 0.2)
    assert result.verdict.reason


@pytest.mark.parametrize("method", CHOICES)
def test_poster_is_a_plane(method):
    result = match_pair("poster", method)
    assert result.geometry.kind == "homography"
    assert result.fundamental is None
    points0, points1 = true_points("poster")
    errors = transfer_errors(result.homography, points0, points1)
    assert errors.mean() < 0.75
    assert errors.max() < 1.5
    corners = np.array([[0, 0], [899, 0], [899, 674], [0, 674.0]])
    mapped = homogeneous(corners) @ np.array(PAIRS["poster"]["homography"]).T
    mapped = mapped[:, :2] / mapped[:, 2:]
    assert transfer_errors(result.homography, corners, mapped).mean() < 3


@pytest.mark.parametrize("method", CHOICES)
def test_room_has_depth(method):
    result = match_pair("room", method)
    assert result.geometry.kind == "fundamental"
    assert result.homography is None
    errors = epipolar_errors(result.fundamental, *true_points("room"))
    assert np.median(errors) < 0.3
    assert errors.max() < 2


@pytest.mark.parametrize("method", ["orb", "sift"])
def test_gallery_turned_by_90_degrees(method):
    files = (SAMPLES / PAIRS["gallery"][f"image{number}"] for number in (0, 1))
    result = featmatch.match(*files, method=method, model="fundamental")
    assert result.geometry.kind == "fundamental"
    assert np.median(epipolar_errors(result.fundamental, *true_points("gallery"))) < 1


@pytest.mark.parametrize("method", ["auto", "sift"])
def test_both_models_are_there_whatever_was_chosen(method):
    """Most of the gallery is one wall: the plane is chosen, and the depth is known too."""
    result = match_pair("gallery", method)
    assert list(result.models) == ["homography", "fundamental"]
    for kind, evidence in result.models.items():
        assert evidence.geometry.kind == kind
        assert len(evidence.geometry.inliers) == len(result.matches)
    assert result.models[result.geometry.kind].geometry.matrix is result.geometry.matrix
    lines = result.models["fundamental"].geometry.matrix
    assert np.median(epipolar_errors(lines, *true_points("gallery"))) < 1


def test_a_homography_is_polished_on_the_images():
    polished = match_pair("poster", "orb")
    seen = View(polished.image0), View(polished.image1)
    unseen = [View(unseen_image(view.image.size, "unseen")) for view in seen]
    rest = polished.features0, polished.features1, polished.matches
    geometry, own = (
        METHODS["orb"].verify(MatchedPair(*views, *rest)).chosen.geometry
        for views in (unseen, seen)
    )
    np.testing.assert_array_equal(own.matrix, polished.homography)
    points = true_points("poster")
    before, after = (transfer_errors(one.matrix, *points).mean() for one in (geometry, own))
    assert after < 0.5 * before
    assert own.predicted_error < 0.1 < geometry.predicted_error


@pytest.mark.parametrize("name", ["poster", "room"])
@pytest.mark.parametrize("method", CHOICES)
def test_inliers_agree_with_the_truth(name, method):
    result, pair = match_pair(name, method), PAIRS[name]
    points = result.points0[result.inliers], result.points1[result.inliers]
    if pair["kind"] == "planar":
        errors = transfer_errors(pair["homography"], *points)
    else:
        errors = epipolar_errors(pair["fundamental"], *points)
    assert len(errors) == result.num_inliers > 100
    assert np.mean(errors < 4) > 0.97


def test_what_a_result_holds():
    result = match_pair("poster", "orb")
    assert result.image0.size == result.image1.size == (900, 675)
    assert result.image0.name == str(SAMPLES / "poster_0.jpg")
    assert result.points0.shape == result.points1.shape == (len(result.matches), 2)
    rows0, rows1 = result.matches.indices.T
    np.testing.assert_array_equal(result.points0, result.features0.keypoints[rows0])
    np.testing.assert_array_equal(result.points1, result.features1.keypoints[rows1])
    assert set(result.seconds) == {"read", "extract", "match", "estimate"}
    assert all(seconds >= 0 for seconds in result.seconds.values())
    assert result.seed == 0


def test_residuals_are_those_of_the_homography():
    """The larger of the transfer errors, there and back."""
    result = match_pair("poster", "orb")
    forth = transfer_errors(result.homography, result.points0, result.points1)
    back = transfer_errors(np.linalg.inv(result.homography), result.points1, result.points0)
    expected = np.maximum(forth, back)[result.inliers]
    np.testing.assert_allclose(result.geometry.residuals[result.inliers], expected, rtol=1e-3)
    np.testing.assert_array_equal(
        result.inliers, result.geometry.residuals <= result.geometry.max_error
    )


def test_points_are_in_original_pixels():
    """Images of 900 x 675 worked on at 450: errors stay those of pixels that are twice as wide."""
    files = (SAMPLES / PAIRS["poster"][f"image{number}"] for number in (0, 1))
    result = featmatch.match(*files, method="sift", max_size=450)
    assert result.features0.image_size == (900, 675)
    assert result.features0.pixel_size == 2
    assert result.points0.max() > 450
    assert transfer_errors(result.homography, *true_points("poster")).mean() < 1


@pytest.mark.parametrize("name", ["poster", "room"])
@pytest.mark.parametrize("model", ["homography", "fundamental", "affine", "similarity"])
def test_model_asked_for(name, model):
    result = featmatch.match(*small_pair(name), method="sift", model=model)
    assert result.verdict.accepted
    assert result.geometry.kind in (model, "none")
    if (name, model) in [("poster", "homography"), ("room", "fundamental")]:
        assert result.geometry


ESSENTIAL = """
import json
import featmatch
pair = next(p for p in json.load(open("pairs.json"))["pairs"] if p["name"] == "room")
cameras = pair["intrinsics0"], pair["intrinsics1"]
images = pair["image0"], pair["image1"]
result = featmatch.match(*images, method="orb", model="essential", camera=cameras)
print(json.dumps([result.geometry.kind, result.fundamental.tolist()]))
"""


def test_essential_matrix_with_true_cameras():
    """In a process of its own: some of OpenCV's searches for essential matrices crash theirs."""
    run = subprocess.run(
        [sys.executable, "-c", ESSENTIAL],
        cwd=SAMPLES,
        env=os.environ | {"PYTHONPATH": str(SAMPLES.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0
    kind, fundamental = json.loads(run.stdout)
    assert kind == "essential"
    assert np.median(epipolar_errors(fundamental, *true_points("room"))) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "method", "max_size"),
    [("poster_0", "orb", 600), ("unrelated_1", "orb", 600), ("gallery_1", "auto", 400)],
)
def test_a_mirrored_photograph_is_no_match(name, method, max_size):
    pixels = featmatch.read_image(SAMPLES / f"{name}.jpg").pixels
    verdict = featmatch.match(pixels, pixels[:, ::-1], method=method, max_size=max_size).verdict
    assert not verdict.accepted
    assert "mirror" in verdict.reason


def test_unrelated_pictures_behind_small_masks_are_no_match():
    """All matches lie in a small part of the images, where any two agree."""
    rng = np.random.default_rng(0)
    for _ in range(8):
        masks = []
        for _ in range(2):
            mask = np.zeros((675, 900), np.uint8)
            x, y = rng.integers(150, 600), rng.integers(200, 450)
            mask[y : y + 140, x : x + 140] = 1
            masks.append(mask)
        result = featmatch.match(
            SAMPLES / "unrelated_0.jpg",
            SAMPLES / "unrelated_1.jpg",
            method="orb",
            mask0=masks[0],
            mask1=masks[1],
        )
        assert not result.verdict.accepted
