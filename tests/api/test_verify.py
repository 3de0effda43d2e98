"""Matches of any tool take the way of our own: the same geometry, verdict and outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hard_negatives import HARD_NEGATIVES, is_right
from matched_samples import match_pair

import featmatch
from featmatch import ArgumentError, FeaturesReadError, PointMatches

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def paths(name):
    return tuple(SAMPLES / f"{name}_{number}.jpg" for number in (0, 1))


def opencv_matches(image0, image1):
    """The matches of a plain script: SIFT, nearest neighbors, ratio 0.8."""
    grays = [
        cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
        if isinstance(image, Path)
        else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        for image in (image0, image1)
    ]
    (points0, set0), (points1, set1) = (
        cv2.SIFT.create(4000).detectAndCompute(gray, None) for gray in grays
    )
    pairs = [two for two in cv2.BFMatcher().knnMatch(set0, set1, k=2) if len(two) == 2]
    good = [
        (best.queryIdx, best.trainIdx)
        for best, next_ in pairs
        if best.distance < 0.8 * next_.distance
    ]
    return (
        np.array([points0[row].pt for row, _ in good]).reshape(-1, 2),
        np.array([points1[row].pt for _, row in good]).reshape(-1, 2),
    )


@pytest.mark.slow
@pytest.mark.parametrize(("method", "ratio"), [("orb", None), ("sift", None), ("cnn", 0.95)])
@pytest.mark.parametrize("name", ["poster", "room", "gallery", "unrelated"])
def test_our_own_matches_as_points_get_the_model_they_had(name, method, ratio):
    """All but the ratios, the grain and the neighborhoods of the keypoints is in the points.

    So what matches were chosen from by their neighborhoods is not: these are chosen by ratios.
    """
    own = featmatch.match(*paths(name), method=method, max_ratio=ratio)
    given = PointMatches(own.points0, own.points1, own.matches.ratios)
    result = featmatch.verify(*paths(name), given, method=method)
    assert result.verdict.accepted == own.verdict.accepted
    assert result.geometry.kind == own.geometry.kind
    np.testing.assert_array_equal(result.geometry.matrix, own.geometry.matrix)
    np.testing.assert_array_equal(result.inliers, own.inliers)
    assert result.verdict.kind == own.verdict.kind


def made_up(num):
    points = np.random.default_rng(0).uniform(50, 600, (num, 2))
    return points, points @ [[0.9, 0.1], [-0.1, 1.0]] + [40, 20]


def test_matches_that_agree_of_images_that_look_nowhere_alike_raise_a_question():
    images = SAMPLES / "poster_0.jpg", SAMPLES / "unrelated_0.jpg"
    result = featmatch.verify(*images, made_up(100))
    assert re.search(
        r"; but the images look alike around \d of these 100 matches: are they those that were "
        r"matched, in their order\?$",
        result.verdict.reason,
    )
    assert result.predicted_error is None
    assert result.models["homography"] is result.models[result.geometry.kind]
    few = featmatch.verify(*images, made_up(12))
    assert few.verdict.accepted
    assert "in their order" not in few.verdict.reason


def test_images_in_the_other_order_raise_a_question_and_in_theirs_none():
    matches = opencv_matches(*paths("poster"))
    assert "in their order" not in featmatch.verify(*paths("poster"), matches).verdict.reason
    assert "in their order" in featmatch.verify(*paths("poster")[::-1], matches).verdict.reason


def test_the_order_of_the_matches_is_kept():
    points0, points1 = opencv_matches(*paths("poster"))
    shuffled = np.random.default_rng(0).permutation(len(points0))
    result = featmatch.verify(*paths("poster"), (points0[shuffled], points1[shuffled]))
    np.testing.assert_array_equal(result.points0, np.float32(points0[shuffled]))
    np.testing.assert_array_equal(result.points1, np.float32(points1[shuffled]))
    assert result.method == "given"
    assert list(result.seconds) == ["read", "estimate"]


def test_the_homography_is_polished_as_that_of_our_own():
    pair = next(
        pair
        for pair in json.loads((SAMPLES / "pairs.json").read_text())["pairs"]
        if pair["name"] == "poster"
    )
    result = featmatch.verify(*paths("poster"), opencv_matches(*paths("poster")))
    truth = np.array(pair["points"])
    mapped = cv2.perspectiveTransform(truth[None, :, :2], result.homography)[0]
    assert np.linalg.norm(mapped - truth[:, 2:], axis=1).mean() < 0.1
    assert result.predicted_error < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD_NEGATIVES)
def test_matches_of_hard_negatives_are_no_scenes(name):
    """Mirror images too, which their own matches cannot tell: a method of ours looks for them."""
    image0, image1 = HARD_NEGATIVES[name]()
    points = opencv_matches(image0, image1)
    result = featmatch.verify(image0, image1, points)
    assert is_right(name, result.verdict), result.verdict.reason


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_matches_are_an_ordinary_answer(num):
    points = np.arange(2.0 * num).reshape(num, 2)
    result = featmatch.verify(*paths("poster"), (points, points))
    assert not result
    assert result.geometry.kind == "none"
    assert len(result.matches) == num
    assert ("no matches were given" in result.verdict.reason) == (num == 0)


@pytest.mark.parametrize("max_size", [1600, 400])
def test_errors_count_in_pixels_of_the_images_worked_on(max_size):
    """On images larger than that, as those of our own matches do."""
    images = [
        cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), (3600, 2700))
        for path in paths("poster")
    ]
    own = featmatch.match(*images, method="sift", max_size=max_size)
    given = PointMatches(own.points0, own.points1, own.matches.ratios)
    result = featmatch.verify(*images, given, max_size=max_size)
    assert result.geometry.max_error == own.geometry.max_error > 3
    np.testing.assert_array_equal(result.inliers, own.inliers)
    assert result.features0.pixel_size == own.features0.pixel_size


def test_matches_of_images_in_the_other_order_are_told_with_their_file(tmp_path):
    small = featmatch.read_image(np.zeros((50, 60), np.uint8))
    np.savetxt(tmp_path / "m.csv", [[800, 600, 10, 10]], delimiter=",")
    with pytest.raises(FeaturesReadError, match=r"m.csv: holds matches of other images .* order"):
        featmatch.verify(small, paths("poster")[0], tmp_path / "m.csv")


def test_outputs_are_those_of_our_own(tmp_path):
    result = featmatch.verify(*paths("poster"), opencv_matches(*paths("poster")))
    for ending in (".png", ".json", ".csv", ".npz"):
        result.save(tmp_path / f"first{ending}")
    again = featmatch.verify(*paths("poster"), tmp_path / "first.npz")
    np.testing.assert_array_equal(again.geometry.matrix, result.geometry.matrix)
    document = json.loads((tmp_path / "first.json").read_text())
    assert document["method"] == "given"
    assert document["verdict"]["accepted"]


@pytest.mark.parametrize(
    ("matches", "message"),
    [
        (
            [[0, 0, 5000, 0]],
            r"points1: expected \(x, y\) in the image of 900 x 675 pixels, got \(5000, 0\)",
        ),
        ([[0, 0, np.nan, 0]], "finite"),
        ([[0, 0, 1]], "expected"),
        ("no.csv", "no.csv: cannot be read"),
    ],
)
def test_what_is_no_match_is_told(matches, message):
    with pytest.raises((ArgumentError, FeaturesReadError), match=message):
        featmatch.verify(*paths("poster"), matches)


def test_features_are_matched_without_images(tmp_path):
    features = [featmatch.detect(path, method="sift") for path in paths("poster")]
    featmatch.save_features(features[0], tmp_path / "0.npz")
    kept = featmatch.load_features(tmp_path / "0.npz")
    whole = match_pair("poster", "sift")
    result = featmatch.match(kept, features[1])
    assert result
    assert result.method == "sift"
    np.testing.assert_array_equal(result.matches.indices, whole.matches.indices)
    assert result.models["homography"].patch_agreement is None
    assert "no image was looked at, the matches alone tell" in result.verdict.reason
    assert (result.image0.size, result.image0.seen) == (whole.image0.size, False)
    result.save(tmp_path / "drawn.png")


def test_features_of_ones_own_are_matched_by_their_descriptors():
    rng = np.random.default_rng(0)
    points, descriptors = rng.uniform(0, 400, (200, 2)), rng.normal(size=(200, 32))
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    moved = points @ turn.T + [100, 300]
    mine0 = featmatch.features_from_points(points, descriptors, (400, 400), method="mine")
    mine1 = featmatch.features_from_points(moved, descriptors, (900, 900), method="mine")
    result = featmatch.match(mine0, mine1, model="similarity")
    assert result
    assert len(result.matches) == 200
    np.testing.assert_allclose(
        result.homography[:2], np.column_stack([turn, [100, 300]]), atol=1e-3
    )


def test_features_take_no_options_of_images():
    features = featmatch.detect(paths("poster")[0])
    with pytest.raises(ArgumentError, match="mask0: expected None for features"):
        featmatch.match(features, features, mask0=paths("poster")[0])
    with pytest.raises(ArgumentError, match="max_keypoints: expected None for features, got 9"):
        featmatch.match(features, features, max_keypoints=9)
    with pytest.raises(ArgumentError, match="effort: expected None for features, got 'thorough'"):
        featmatch.match(features, features, effort="thorough")
    with pytest.raises(ArgumentError, match="max_size, exif: expected None for features"):
        featmatch.match(features, features, max_size=300)
    with pytest.raises(ArgumentError, match="image1: expected features, as the other"):
        featmatch.match(features, paths("poster")[1])
    with pytest.raises(ArgumentError, match="camera0: expected fx,fy"):
        featmatch.match(features, features, camera="exif")
