"""The common part of two images, against closed forms and OpenCV's polygons."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import project

from featmatch.evaluation.metrics.overlap import overlap

SIZE = 200, 100
FRAME = np.array([(-0.5, -0.5), (199.5, -0.5), (199.5, 99.5), (-0.5, 99.5)])


def shift(x, y):
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1.0)])


def turn(degrees, middle):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    around = np.array([(c, -s, 0), (s, c, 0), (0, 0, 1)])
    return shift(*middle) @ around @ shift(-middle[0], -middle[1])


def test_an_image_shares_all_with_itself():
    found = overlap(np.eye(3), SIZE, SIZE)
    assert found.area1 == 200 * 100
    np.testing.assert_allclose(found.corners0, FRAME)


@pytest.mark.parametrize(
    ("x", "y", "area"), [(50, 0, 150 * 100), (-50, 25, 150 * 75), (199, 99, 1), (200, 0, 0)]
)
def test_a_shift_leaves_a_rectangle(x, y, area):
    assert overlap(shift(x, y), SIZE, SIZE).area1 == pytest.approx(area)


def test_a_square_turned_by_45_degrees_shares_an_octagon():
    found = overlap(turn(45, (49.5, 49.5)), (100, 100), (100, 100))
    assert len(found.corners1) == 8
    assert found.area1 == pytest.approx(2 * (np.sqrt(2) - 1) * 100**2)


def test_area_is_in_pixels_of_image_1():
    double = np.array([(2, 0, 0.5), (0, 2, 0.5), (0, 0, 1.0)])
    assert overlap(double, SIZE, (400, 200)).area1 == pytest.approx(400 * 200)
    assert overlap(double, SIZE, SIZE).area1 == pytest.approx(200 * 100)


def test_a_border_does_not_count():
    found = overlap(shift(50, 0), SIZE, SIZE, border=10)
    assert found.area1 == pytest.approx(130 * 80)
    np.testing.assert_array_equal(
        found.shows0([(9.4, 50), (9.6, 50), (139, 9.4), (139, 9.6), (139.6, 50)]),
        [False, True, False, True, False],
    )


@pytest.mark.parametrize("size", [(1, 1), (20, 100), (100, 20), (2, 2)])
def test_images_that_are_all_border_share_nothing(size):
    found = overlap(np.eye(3), size, SIZE, border=10)
    assert (found.area1, len(found.corners0)) == (0, 0)
    assert overlap(np.eye(3), SIZE, size, border=10).area1 == 0


def test_edges_of_pixels_belong_to_the_frame():
    found = overlap(np.eye(3), SIZE, SIZE)
    points = [(-0.5, -0.5), (199.5, 99.5), (-0.51, 0), (0, 99.51)]
    np.testing.assert_array_equal(found.shows0(points), [True, True, False, False])
    np.testing.assert_array_equal(found.shows1(points), [True, True, False, False])


def test_points_behind_the_camera_are_not_shown():
    # Camera 1 stands beside the line x = 100 of image 0: what is right of it lies behind.
    matrix = shift(310, 110) @ np.array([(1, 0, 0), (0, 1, 0), (-0.01, 0, 1)])
    points0 = np.array([(50, 20), (60, 30), (150, 50)])
    np.testing.assert_allclose(project(matrix, points0)[2], (10, 10))  # all the same
    for sign in (1, -1):
        found = overlap(sign * matrix, SIZE, (500, 300))
        np.testing.assert_array_equal(found.shows0(points0), [True, True, False])


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([1.0, -1.0, 1e-3]))
def test_area_and_corners_agree_with_opencv(seed, scale):
    rng = np.random.default_rng(seed)
    quad = (FRAME + rng.uniform(-60, 60, (4, 2))).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(FRAME.astype(np.float32), quad)
    if not cv2.isContourConvex(quad):
        return
    expected, _ = cv2.intersectConvexConvex(quad, FRAME.astype(np.float32))
    found = overlap(scale * matrix, SIZE, SIZE)
    assert found.area1 == pytest.approx(expected, rel=1e-3)
    np.testing.assert_allclose(project(matrix, found.corners0), found.corners1, atol=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_points_are_shown_as_the_area_says(seed):
    rng = np.random.default_rng(seed)
    matrix = cv2.getPerspectiveTransform(
        FRAME.astype(np.float32), (FRAME + rng.uniform(-30, 30, (4, 2))).astype(np.float32)
    )
    found = overlap(matrix, SIZE, SIZE)
    points1 = rng.uniform(-0.5, (199.5, 99.5), (4000, 2))
    share = found.shows1(points1).mean()
    assert share == pytest.approx(found.area1 / (200 * 100), abs=0.04)
    points0 = project(np.linalg.inv(matrix), points1[found.shows1(points1)])
    assert overlap(matrix, SIZE, (201, 101)).shows0(points0).all()


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.eye(2), np.full((3, 3), np.nan)])
def test_a_matrix_without_inverse_is_told(matrix):
    with pytest.raises(
        ValueError, match=r"homography: expected an invertible \(3, 3\) matrix, got"
    ):
        overlap(matrix, SIZE, SIZE)


def test_a_negative_border_is_told():
    with pytest.raises(ValueError, match="border: expected a number from 0 to"):
        overlap(np.eye(3), SIZE, SIZE, border=-1)
