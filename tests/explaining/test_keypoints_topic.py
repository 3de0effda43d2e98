"""Keypoints: FAST, Harris, orientation and matches against OpenCV and the known map."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from featmatch.explaining.keypoint_closeups import RING, centroid
from featmatch.explaining.keypoints import MAX_FAST, harris_picture, keypoints, second_view
from featmatch.explaining.orb_bits import turned_pairs
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DATA = keypoints(read_image(SAMPLES / "room_0.jpg", max_size=400)).data
GRAY, MATCHES = DATA["picture"], DATA["matches"]


@pytest.mark.parametrize("more", [0, 7, 40])
def test_a_higher_threshold_leaves_the_corners_that_opencv_finds(more):
    threshold = DATA["fast_lowest"] + more
    detector = cv2.FastFeatureDetector.create(threshold=threshold)
    expected = {(*map(int, point.pt), int(point.response)) for point in detector.detect(GRAY)}
    found = {tuple(row) for row in DATA["fast"].tolist() if row[2] >= threshold}
    assert found == expected
    assert 0 < len(found) <= MAX_FAST


def test_the_ring_is_a_circle_of_radius_three():
    assert len(set(RING)) == 16
    assert all(8 <= x * x + y * y <= 10 for x, y in RING)
    steps = np.diff([*RING, RING[0]], axis=0)
    assert np.abs(steps).max() == 1


def test_harris_is_high_at_a_corner_low_at_an_edge_and_zero_between():
    gray = np.zeros((80, 80), np.uint8)
    gray[40:, 40:] = 255
    picture = harris_picture(gray)
    assert picture.shape == (40, 40)
    assert picture[20, 20] == 255
    assert picture[35, 20] < 100
    assert picture[5, 5] == 128


def test_keypoints_are_those_of_orb():
    assert 100 < len(DATA["keypoints"].points) <= 250
    assert DATA["keypoints"].sizes.min() == pytest.approx(31)


def test_the_second_view_is_where_the_map_says():
    smooth = cv2.GaussianBlur(GRAY, (0, 0), 2)
    view, seen, homography = second_view(smooth)
    points = np.random.default_rng(0).uniform((20, 20), np.array(GRAY.shape[::-1]) - 20, (500, 2))
    x, y = np.rint(cv2.perspectiveTransform(points[None], homography)[0]).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < GRAY.shape[1]) & (y < GRAY.shape[0])
    x, y, points = x[inside], y[inside], np.rint(points[inside]).astype(int)
    assert (seen[y, x] == 255).mean() > 0.8
    expected = 0.8 * smooth[points[:, 1], points[:, 0]] + 20
    assert np.median(np.abs(view[y, x] - expected)) < 4


def test_matches_are_nearest_neighbors_and_their_errors_true():
    points = DATA["keypoints"].points[MATCHES.indices[:, 0]]
    found = DATA["second_keypoints"].points[MATCHES.indices[:, 1]]
    expected = cv2.perspectiveTransform(points[None], DATA["homography"])[0]
    np.testing.assert_allclose(MATCHES.errors, np.linalg.norm(expected - found, axis=1), atol=1e-2)
    right = MATCHES.errors <= DATA["max_error"]
    assert right.sum() > 40
    assert np.median(MATCHES.ratios[right]) < np.median(MATCHES.ratios[~right])


def test_closeups_hold_what_orb_looked_at():
    closeups = DATA["closeups"]
    right = [MATCHES.errors[closeup.match] <= DATA["max_error"] for closeup in closeups]
    assert right == sorted(right, reverse=True)
    assert sum(right) == 4
    for closeup in closeups:
        index = MATCHES.indices[closeup.match, 0]
        x, y = np.rint(DATA["keypoints"].points[index]).astype(int)
        np.testing.assert_array_equal(closeup.patch, GRAY[y - 19 : y + 20, x - 19 : x + 20])
        assert closeup.center == GRAY[y, x]
        assert list(closeup.ring) == [GRAY[y + dy, x + dx] for dx, dy in RING]
        differing = (closeup.bits != closeup.matched_bits).sum()
        assert differing == MATCHES.distances[closeup.match]
        told = closeup.pair_values[:, 0] < closeup.pair_values[:, 1]
        assert (told == closeup.bits).mean() > 0.95


def test_pair_values_are_those_of_the_turned_pairs():
    closeup = DATA["closeups"][0]
    index = MATCHES.indices[closeup.match, 0]
    x, y = np.rint(DATA["keypoints"].points[index]).astype(int)
    smooth = cv2.GaussianBlur(GRAY, (7, 7), 2)
    pairs = turned_pairs(DATA["pairs"], DATA["keypoints"].angles[index])
    expected = smooth[y + pairs[:, 1::2], x + pairs[:, ::2]]
    assert (closeup.pair_values == expected).mean() > 0.99  # angles are rounded in the data


def test_orientation_is_the_direction_to_the_center_of_brightness():
    for closeup in DATA["closeups"]:
        angle = DATA["keypoints"].angles[MATCHES.indices[closeup.match, 0]]
        x, y = closeup.centroid
        turn = np.angle(np.exp(1j * (np.arctan2(y, x) - angle)))
        assert abs(turn) < 0.15


def test_the_center_of_brightness_of_a_ramp():
    ramp = np.tile(np.arange(0, 200, 4, dtype=np.uint8), (50, 1))
    x, y = centroid(ramp, 25, 25)
    assert x == pytest.approx(4 * 15**2 / 4 / 100, rel=0.05)  # second moment of a disc: r²/4
    assert y == pytest.approx(0, abs=1e-12)
    assert (centroid(np.zeros((40, 40), np.uint8), 20, 20) == 0).all()


@pytest.mark.parametrize("level", [0, 128])
def test_a_blank_image_has_no_keypoints(level):
    data = keypoints(read_image(np.full((120, 160), level, np.uint8))).data
    assert len(data["fast"]) == len(data["matches"].indices) == len(data["closeups"]) == 0
    assert (data["harris"] == 128).all()
