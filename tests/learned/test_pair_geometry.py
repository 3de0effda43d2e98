"""What the images of a training pair share, against OpenCV's own maps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from small_pairs import blank_pair_of, pairs_of_a_photograph

from featmatch.learned.training.pair_geometry import border_in_image1, correspondences


@pytest.fixture(scope="module")
def pairs():
    return pairs_of_a_photograph(7)


@pytest.mark.parametrize("num", [0, 1, 2, 20, 100])
def test_points_are_no_more_than_asked_for_and_inside_both_images(pairs, num):
    for pair in pairs:
        points0, points1 = correspondences(pair, num)
        assert points0.shape == points1.shape
        assert num / 4 <= len(points0) <= num or num <= 2
        for points in (points0, points1):
            assert np.all((points > -0.5) & (points < 63.5))


def test_points_of_equal_images_are_a_grid():
    points0, points1 = correspondences(blank_pair_of(np.eye(3)), 20)
    x, y = np.meshgrid([7.5, 23.5, 39.5, 55.5], [7.5, 23.5, 39.5, 55.5])
    np.testing.assert_allclose(points0, np.column_stack([x.ravel(), y.ravel()]))
    np.testing.assert_allclose(points1, points0)


def test_the_points_are_the_same_in_both_images(pairs):
    for pair in pairs:
        points0, points1 = correspondences(pair, 20)
        expected = cv2.perspectiveTransform(points0[None], pair.relation.homography)[0]
        np.testing.assert_allclose(points1, expected, atol=1e-6)


def test_images_that_share_nothing_have_no_points():
    points0, points1 = correspondences(blank_pair_of([(1, 0, 500), (0, 1, 0), (0, 0, 1)]), 20)
    assert points0.shape == points1.shape == (0, 2)


def test_the_line_is_the_border_of_image_0():
    homography = np.array([(0.5, 0.1, 20), (-0.1, 0.6, 15), (1e-3, 2e-3, 1)])
    line = border_in_image1(blank_pair_of(homography))
    corners = np.array([[(-0.5, -0.5), (63.5, -0.5), (63.5, 63.5), (-0.5, 63.5)]])
    expected = cv2.perspectiveTransform(corners, homography)[0]
    for start, end in zip(expected, np.roll(expected, -1, axis=0), strict=True):
        assert np.linalg.norm(line - start, axis=1).min() < 1e-6
        between = line[np.linalg.norm(line - (start + end) / 2, axis=1).argmin()]
        normal = (end - start)[::-1] * (1, -1)
        assert abs((between - start) @ normal) / np.linalg.norm(normal) < 1e-6


def test_what_lies_behind_the_camera_is_not_drawn():
    homography = np.array([(1, 0, 0), (0, 1, 0), (-1 / 40, 0, 1.0)])  # x = 40 becomes infinite
    line = border_in_image1(blank_pair_of(homography))
    assert np.isnan(line).any()
    drawn = line[~np.isnan(line).any(axis=1)]
    inverse = cv2.perspectiveTransform(drawn[None], np.linalg.inv(homography))[0]
    assert inverse[:, 0].max() < 40
