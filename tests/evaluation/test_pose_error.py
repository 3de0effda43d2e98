"""The pose of a second camera, from matches, and how far off it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from featmatch.evaluation.metrics.pose import estimate_pose, pose_error

CAMERA0 = np.array([(600.0, 0, 319.5), (0, 600, 239.5), (0, 0, 1)])
CAMERA1 = np.array([(500.0, 0, 300.0), (0, 510, 250.0), (0, 0, 1)])
VECTORS = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda vector: np.linalg.norm(vector) > 0.1)


def pose_of(rotation, translation):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, translation
    return pose


def seen(num_points, pose, *, num_wrong=0, noise=0.0, seed=0):
    """Matches of points strewn before both cameras; the last ones are wrong."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((-2, -2, 4), (2, 2, 9), (num_points, 3))
    sides = []
    for camera, own in ((CAMERA0, points), (CAMERA1, points @ pose[:3, :3].T + pose[:3, 3])):
        image = own @ camera.T
        sides.append(image[:, :2] / image[:, 2:] + rng.normal(0, noise, (num_points, 2)))
    sides[1][num_points - num_wrong :] = rng.uniform(0, 500, (num_wrong, 2))
    return sides


POSE = pose_of(Rotation.from_rotvec((0.05, -0.2, 0.1)).as_matrix(), (1.0, 0.2, -0.1))


def test_exact_matches_give_the_pose():
    rotation, direction = estimate_pose(*seen(60, POSE), CAMERA0, CAMERA1)
    np.testing.assert_allclose(rotation, POSE[:3, :3], atol=1e-5)
    np.testing.assert_allclose(direction, POSE[:3, 3] / np.linalg.norm(POSE[:3, 3]), atol=1e-5)
    assert pose_error((rotation, direction), POSE) < 1e-4


def test_wrong_and_noisy_matches_are_borne():
    points = seen(300, POSE, num_wrong=150, noise=0.3)
    assert np.degrees(pose_error(estimate_pose(*points, CAMERA0, CAMERA1), POSE)) < 3


def test_the_same_matches_give_the_same_pose():
    points = seen(200, POSE, num_wrong=100, noise=0.5)
    first, second = (estimate_pose(*points, CAMERA0, CAMERA1) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])


@pytest.mark.parametrize("num_points", [0, 1, 2, 4])
def test_few_matches_give_none(num_points):
    points0, points1 = (side[:num_points] for side in seen(9, POSE))
    assert estimate_pose(points0, points1, CAMERA0, CAMERA1) is None


def test_one_point_many_times_is_no_fault():
    points = np.full((30, 2), 50.0)
    estimated = estimate_pose(points, points, CAMERA0, CAMERA1)
    assert estimated is None or pose_error(estimated, POSE) >= 0


def test_no_pose_is_infinitely_far_off():
    assert pose_error(None, POSE) == np.inf


@settings(max_examples=30)
@given(VECTORS, st.floats(0, 3), VECTORS)
def test_rotation_error_is_the_angle_of_the_turn_between(axis, angle, translation):
    axis = np.array(axis) / np.linalg.norm(axis)
    turned = POSE[:3, :3] @ Rotation.from_rotvec(angle * axis).as_matrix()
    truth = pose_of(POSE[:3, :3], translation)
    assert pose_error((turned, np.array(translation)), truth) == pytest.approx(angle, abs=1e-6)


@settings(max_examples=30)
@given(VECTORS, st.floats(0, 1.5), st.floats(0.1, 9), st.sampled_from([-1, 1]))
def test_translation_error_is_the_angle_between_lines(translation, angle, length, sign):
    translation = np.array(translation) / np.linalg.norm(translation)
    across = np.cross(translation, np.eye(3)[np.abs(translation).argmin()])
    across /= np.linalg.norm(across)
    direction = sign * (np.cos(angle) * translation + np.sin(angle) * across)
    truth = pose_of(np.eye(3), length * translation)
    assert pose_error((np.eye(3), direction), truth) == pytest.approx(angle, abs=1e-6)


def test_the_larger_angle_counts():
    turned = Rotation.from_rotvec((0, 0, 0.3)).as_matrix()
    truth = pose_of(np.eye(3), (1, 0, 0))
    assert pose_error((turned, np.array([np.cos(0.1), np.sin(0.1), 0])), truth) == pytest.approx(
        0.3
    )
    assert pose_error((turned, np.array([np.cos(0.5), np.sin(0.5), 0])), truth) == pytest.approx(
        0.5
    )
