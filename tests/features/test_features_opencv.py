"""Features to OpenCV's keypoints and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featmatch import Features, MissingExtraError, features_from_cv, features_to_cv
from featmatch.features.contributed import has_detector, make_detector
from featmatch.features.opencv import unit_length

POINTS = [
    cv2.KeyPoint(x=1.5, y=20.25, size=31, angle=90, response=0.5),
    cv2.KeyPoint(x=100, y=0, size=7.5, angle=270, response=12, octave=3, class_id=4),
]


def test_units_are_radians_and_pixels():
    features = features_from_cv(POINTS, np.eye(2, 5, dtype=np.float32), image_size=(120, 40))
    np.testing.assert_array_equal(features.keypoints, [[1.5, 20.25], [100, 0]])
    np.testing.assert_array_equal(features.scales, [31, 7.5])
    np.testing.assert_array_equal(features.scores, [0.5, 12])
    np.testing.assert_allclose(features.angles, [np.pi / 2, 3 * np.pi / 2], rtol=1e-6)
    assert features.image_size == (120, 40)
    assert features.method == "opencv"


def test_there_and_back():
    features = features_from_cv(POINTS, np.eye(2, 5, dtype=np.float32), image_size=(120, 40))
    for returned, point in zip(features_to_cv(features), POINTS, strict=True):
        assert returned.pt == point.pt
        assert returned.size == point.size
        assert returned.response == point.response
        assert returned.angle == pytest.approx(point.angle, abs=1e-3)


def test_back_and_there():
    rng = np.random.default_rng(0)
    descriptors = rng.integers(0, 256, (50, 32)).astype(np.uint8)
    features = Features(
        keypoints=rng.uniform(0, 400, (50, 2)).astype(np.float32),
        descriptors=descriptors,
        scores=rng.random(50).astype(np.float32),
        scales=rng.uniform(1, 90, 50).astype(np.float32),
        angles=rng.uniform(-np.pi, np.pi, 50).astype(np.float32),
        image_size=(400, 400),
        method="made",
        norm="hamming2",
    )
    points = features_to_cv(features)
    assert all(0 <= point.angle < 360 for point in points)
    returned = features_from_cv(
        points, descriptors, image_size=(400, 400), method="made", norm="hamming2"
    )
    for name in ("keypoints", "descriptors", "scores", "scales"):
        np.testing.assert_array_equal(getattr(returned, name), getattr(features, name))
    turns = (returned.angles - features.angles) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-5)
    assert (returned.method, returned.norm) == ("made", "hamming2")


@pytest.mark.parametrize("descriptors", [None, np.zeros((0, 32), np.uint8)])
@pytest.mark.parametrize("norm", [None, "l2", "hamming", "hamming2"])
def test_nothing_found(descriptors, norm):
    if descriptors is not None and norm in (None, "l2"):
        descriptors = descriptors.astype(np.float32)
    features = features_from_cv((), descriptors, image_size=(30, 20), norm=norm)
    assert len(features) == 0
    assert features.keypoints.shape == (0, 2)
    assert features.norm == (norm or "l2")
    assert features_to_cv(features) == []


@pytest.mark.parametrize(
    ("dtype", "norm"), [(np.uint8, "hamming"), (np.float32, "l2"), (np.float64, "l2")]
)
def test_norm_follows_from_the_dtype(dtype, norm):
    features = features_from_cv(POINTS, np.ones((2, 16), dtype), image_size=(120, 40))
    assert features.norm == norm
    assert features.descriptors.dtype == (np.uint8 if norm == "hamming" else np.float32)


def test_float_descriptors_get_unit_length_and_zeros_stay():
    given = np.float32([[3, 4, 0], [0, 0, 0]])
    features = features_from_cv(POINTS, given, image_size=(120, 40))
    np.testing.assert_allclose(features.descriptors, [[0.6, 0.8, 0], [0, 0, 0]], rtol=1e-6)
    np.testing.assert_array_equal(given, [[3, 4, 0], [0, 0, 0]])


def test_sift_of_bytes_can_be_taken_as_floats():
    given = np.uint8([[255, 0], [200, 150]])
    features = features_from_cv(POINTS, given, image_size=(120, 40), norm="l2")
    np.testing.assert_allclose(features.descriptors, [[1, 0], [0.8, 0.6]], rtol=1e-6)


@pytest.mark.parametrize("descriptors", [None, np.zeros((3, 32), np.uint8)])
def test_a_row_for_each_keypoint_is_expected(descriptors):
    with pytest.raises(ValueError, match=r"^descriptors: expected .* 2 keypoints, got [03]$"):
        features_from_cv(POINTS, descriptors, image_size=(120, 40))


@pytest.mark.parametrize("length", [1e-15, 1e-5, 1.0, 1e10])
def test_unit_length_whatever_the_size(length):
    rows = np.float32([[0.6, -0.8], [0, 1]]) * np.float32(length)
    np.testing.assert_allclose(unit_length(rows), [[0.6, -0.8], [0, 1]], rtol=1e-5)


def test_what_opencv_finds_in_an_image():
    noise = np.random.default_rng(1).integers(0, 256, (120, 150)).astype(np.uint8)
    points, bits = cv2.ORB.create(nfeatures=100).detectAndCompute(noise, None)
    features = features_from_cv(points, bits, image_size=(150, 120), method="orb")
    assert len(features) == len(points) > 20
    np.testing.assert_array_equal(features.descriptors, bits)
    np.testing.assert_allclose(
        [point.pt for point in features_to_cv(features)], [point.pt for point in points]
    )


def test_a_detector_that_opencv_lacks():
    assert not has_detector("NOSUCH")
    with pytest.raises(MissingExtraError, match=r"^method nosuch: .*opencv-contrib-python"):
        make_detector("NOSUCH")
