"""Relative pose against scenes whose pose is known, OpenCV's recoverPose and SciPy's optimizer."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation
from two_view_scenes import cross_matrix, random_cameras, random_points, views_of_depth

from featmatch.errors import ArgumentError
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.pose import RelativePose, relative_pose
from featmatch.geometry.pose_refinement import (
    SampsonErrors,
    cauchy_scale,
    moved_pose,
    refine_pose,
)
from featmatch.geometry.residuals import epipolar_residuals

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEEDS = st.integers(0, 10_000)


class Views:
    """Points in front of two cameras, as both see them, and how the second stands."""

    def __init__(self, seed, num=100, *, noise=0.0, baseline=1.0, far=0.0, space=None):
        rng = np.random.default_rng(seed)
        self.camera0, self.camera1, self.rotation, translation = random_cameras(rng)
        self.translation = translation / np.linalg.norm(translation)
        pose = self.camera0, self.camera1, self.rotation, baseline * translation
        self.points0, self.points1 = views_of_depth(rng, num, pose)
        num_far = round(far * num)
        endless = *pose[:3], 1e-9 * translation
        self.points0[:num_far], self.points1[:num_far] = views_of_depth(rng, num_far, endless)
        if space is not None:
            points = space(rng, num)
            self.points0, self.points1 = self.seen(points, 0), self.seen(points, 1)
        self.points0 += rng.normal(0, noise, (num, 2))
        self.points1 += rng.normal(0, noise, (num, 2))

    def seen(self, space, side):
        if side == 1:
            space = space @ self.rotation.T + self.translation
        image = space @ (self.camera0, self.camera1)[side].T
        return image[:, :2] / image[:, 2:]

    @property
    def matched(self):
        cameras = self.camera0, self.camera1
        return Correspondences(self.points0, self.points1, cameras=cameras)

    @property
    def essential(self):
        return cross_matrix(self.translation) @ self.rotation

    def pose(self, essential=None, *, max_error=3.0):
        return relative_pose(
            self.essential if essential is None else essential,
            self.matched,
            max_error=max_error,
        )

    def pose_of_opencv(self, essential):
        """Rotation, direction, and the number of points it finds in front and near enough."""
        rays0, rays1 = (
            cv2.undistortPoints(points[:, None], camera, None)[:, 0]
            for points, camera in ((self.points0, self.camera0), (self.points1, self.camera1))
        )
        num, rotation, direction, _ = cv2.recoverPose(essential, rays0, rays1, np.eye(3))
        return rotation, direction[:, 0], num

    def errors(self, rotation, translation):
        """Angles in degrees by which rotation and direction are off."""
        turn = Rotation.from_matrix(rotation @ self.rotation.T).magnitude()
        sine = np.linalg.norm(np.cross(translation, self.translation))
        return np.degrees([turn, np.arctan2(sine, translation @ self.translation)])


def essential_off_by(views, rng, degrees):
    """An essential matrix of a pose that is turned, and moved elsewhere, by so many degrees."""
    turns = Rotation.from_rotvec([np.radians(degrees) * unit_vector(rng) for _ in range(2)])
    turn, aside = turns.as_matrix()
    return cross_matrix(aside @ views.translation) @ turn @ views.rotation


def unit_vector(rng):
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


def assert_right(views, pose, degrees):
    assert pose is not None
    assert views.errors(pose.rotation, pose.translation).max() < degrees


@settings(max_examples=30)
@given(SEEDS, st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_exact_matches_give_the_exact_pose_whatever_the_scale_and_sign(seed, scale, sign):
    views = Views(seed)
    pose = views.pose(sign * scale * views.essential)
    assert_right(views, pose, 1e-6)
    assert pose.num_in_front == 100


@settings(max_examples=30)
@given(SEEDS)
def test_a_rough_matrix_and_exact_matches_give_the_exact_pose(seed):
    views = Views(seed, 40)
    rough = essential_off_by(views, np.random.default_rng(seed), 0.3)
    assert_right(views, views.pose(rough), 1e-5)


@settings(max_examples=20)
@given(SEEDS)
def test_swapping_the_images_inverts_the_pose(seed):
    views = Views(seed, noise=0.5)
    pose = views.pose()
    swapped = relative_pose(
        views.essential.T,
        Correspondences(views.points1, views.points0, cameras=(views.camera1, views.camera0)),
        max_error=3.0,
    )
    np.testing.assert_allclose(swapped.rotation, pose.rotation.T, atol=1e-5)
    np.testing.assert_allclose(swapped.translation, -pose.rotation.T @ pose.translation, atol=1e-4)
    assert swapped.num_in_front == pose.num_in_front
    assert swapped.parallax == pytest.approx(pose.parallax, rel=1e-3)


def test_a_pose_takes_points_to_where_camera_1_sees_them():
    space = np.array([(1.0, -2.0, 7.0), (-3.0, 1.0, 5.0), (0.5, 0.5, 4.0)])
    views = Views(3)
    pose = RelativePose(views.rotation, views.translation, 3, 0.1)
    assert pose.matrix.shape == (3, 4)
    image = np.column_stack([space, np.ones(3)]) @ pose.matrix.T @ views.camera1.T
    np.testing.assert_allclose(image[:, :2] / image[:, 2:], views.seen(space, 1))
    calibrated1 = space @ pose.rotation.T + pose.translation
    products = np.einsum("ni,ij,nj->n", calibrated1, pose.essential, space)
    np.testing.assert_allclose(products, 0, atol=1e-12)
    assert np.linalg.norm(pose.essential) == pytest.approx(1)


def test_geometry_and_pose_agree():
    """The matches counted as in front agree with the pose's own essential matrix."""
    views = Views(5, 300, noise=1.0)
    pose = views.pose(max_error=1.5)
    matrix = np.linalg.inv(views.camera1).T @ pose.essential @ np.linalg.inv(views.camera0)
    agree = epipolar_residuals(matrix, views.points0, views.points1) <= 1.5
    assert 150 < pose.num_in_front == agree.sum() < 300


@settings(max_examples=20)
@given(SEEDS)
def test_opencv_chooses_the_same_of_the_four_poses(seed):
    views = Views(seed)
    views.points0 += np.random.default_rng(seed).normal(0, 0.3, views.points0.shape)
    rough = essential_off_by(views, np.random.default_rng(seed), 0.2)
    rotation, translation, _ = views.pose_of_opencv(rough)
    pose = views.pose(rough)
    assert np.degrees(Rotation.from_matrix(pose.rotation @ rotation.T).magnitude()) < 1
    assert pose.translation @ translation > 0.99


def test_the_pose_of_the_sample_room_is_found():
    """T takes the frame of camera 0 to that of camera 1, by the scene's own computation."""
    pairs = json.loads((SAMPLES / "pairs.json").read_text())["pairs"]
    room = next(pair for pair in pairs if pair["name"] == "room")
    truth, points = np.array(room["pose"]), np.array(room["points"])
    views = Views(0)
    views.camera0, views.camera1 = np.array(room["intrinsics0"]), np.array(room["intrinsics1"])
    views.points0, views.points1 = points[:, :2], points[:, 2:]
    views.rotation = truth[:3, :3]
    views.translation = truth[:3, 3] / np.linalg.norm(truth[:3, 3])
    pose = views.pose(essential_off_by(views, np.random.default_rng(0), 0.2))
    assert_right(views, pose, 1e-3)  # the points have 4 digits behind the point
    assert pose.num_in_front == len(points)


def heavy_tailed(seed):
    """Matches as detectors give them: most are near, a few are pixels off."""
    views = Views(seed, 200)
    rng = np.random.default_rng(seed)
    for points in (views.points0, views.points1):
        points += 0.3 * rng.standard_t(1.5, points.shape).clip(-10, 10)
    return views


@pytest.mark.parametrize(
    ("make", "share"), [(lambda seed: Views(seed, 200, noise=1.0), 0.25), (heavy_tailed, 0.2)]
)
def test_refinement_reduces_the_error_of_opencvs_pose(make, share):
    """Of the same matches and the same essential matrix, over many scenes."""
    before, after = [], []
    for seed in range(60):
        views = make(seed)
        rays0, rays1 = (
            cv2.undistortPoints(points[:, None], camera, None)[:, 0]
            for points, camera in ((views.points0, views.camera0), (views.points1, views.camera1))
        )
        essential, _ = cv2.findEssentialMat(
            rays0, rays1, np.eye(3), method=cv2.RANSAC, threshold=2 / 800
        )
        before.append(views.errors(*views.pose_of_opencv(essential)[:2]))
        pose = views.pose(essential, max_error=20.0)
        after.append(views.errors(pose.rotation, pose.translation))
    assert (np.mean(after, axis=0) < share * np.mean(before, axis=0)).all()


def test_derivatives_are_the_central_differences():
    views = Views(1, 50, noise=2.0)
    matches = SampsonErrors.of(views.matched)
    pose = views.rotation, views.translation
    step = 1e-6
    expected = [
        matches.errors(*moved_pose(*pose, move)) - matches.errors(*moved_pose(*pose, -move))
        for move in step * np.eye(5)
    ]
    np.testing.assert_allclose(
        matches.derivatives(*pose), np.transpose(expected) / (2 * step), rtol=1e-5, atol=1e-3
    )


def sampson_errors(views, rotation, translation):
    """Square root of the first-order geometric error, one match at a time."""
    matrix = np.linalg.inv(views.camera1).T @ cross_matrix(translation) @ rotation
    matrix = matrix @ np.linalg.inv(views.camera0)
    errors = []
    for point0, point1 in zip(views.points0, views.points1, strict=True):
        x0, x1 = np.append(point0, 1.0), np.append(point1, 1.0)
        line1, line0 = matrix @ x0, matrix.T @ x1
        gradient = np.hypot(np.hypot(*line1[:2]), np.hypot(*line0[:2]))
        errors.append(x1 @ matrix @ x0 / gradient)
    return np.array(errors)


def test_weights_are_by_the_spread_of_the_errors():
    errors = np.random.default_rng(0).normal(0, 0.8, 100_000)
    errors[:1000] = 50.0
    assert cauchy_scale(errors) == pytest.approx(1.5 * 0.8, rel=0.03)
    assert cauchy_scale(np.zeros(9)) > 0


@pytest.mark.parametrize("seed", range(5))
def test_scipys_optimizer_finds_the_same_pose(seed):
    """With other parameters, numerical derivatives and a loss of its own."""
    views = Views(seed, 60, noise=0.7)
    rng = np.random.default_rng(seed)
    views.points1[:6] += rng.normal(0, 15, (6, 2))
    start = views.rotation, views.translation
    scale = cauchy_scale(sampson_errors(views, *start))

    def pose_of(parameters):
        x, y = parameters[3:]
        direction = np.array([np.cos(x) * np.cos(y), np.sin(x) * np.cos(y), np.sin(y)])
        return Rotation.from_rotvec(parameters[:3]).as_matrix(), direction

    x, y, z = views.translation
    angles = np.arctan2(y, x), np.arcsin(z)
    found = least_squares(
        lambda parameters: sampson_errors(views, *pose_of(parameters)),
        np.append(Rotation.from_matrix(views.rotation).as_rotvec(), angles),
        loss="cauchy",
        f_scale=scale,
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    rotation, translation = refine_pose(*start, views.matched)
    expected_rotation, expected_translation = pose_of(found.x)
    np.testing.assert_allclose(rotation, expected_rotation, atol=2e-5)
    np.testing.assert_allclose(translation, expected_translation, atol=2e-4)


def test_a_few_wrong_matches_do_not_pull():
    views = Views(7, 200, noise=0.3)
    right = views.errors(*(views.pose().rotation, views.pose().translation))
    views.points1[:20] = random_points(np.random.default_rng(0), 20)
    pose = views.pose()
    assert_right(views, pose, max(0.3, 2 * right.max()))
    assert 160 < pose.num_in_front <= 185


@pytest.mark.parametrize("seed", range(5))
def test_a_few_matches_that_agree_by_chance_do_not_turn_the_camera_round(seed):
    """Their rays meet far behind the cameras, at angles much larger than those of the others."""
    views = Views(seed, 100, noise=0.3, baseline=0.05)
    behind = np.random.default_rng(seed).uniform((-1, -1, -3), (1, 1, -2), (10, 3))
    views.points0[:10], views.points1[:10] = views.seen(behind, 0), views.seen(behind, 1)
    pose = views.pose()
    assert pose.translation @ views.translation > 0.9
    assert 80 <= pose.num_in_front <= 90


def on_a_plane(rng, num):
    x, y = rng.uniform((-2, -1.5), (2, 1.5), (num, 2)).T
    return np.column_stack([x, y, 6 + 0.3 * x - 0.2 * y])


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_is_scene_enough_for_known_cameras(seed):
    views = Views(seed, 200, noise=0.3, space=on_a_plane)
    assert_right(views, views.pose(), 1.5)
    assert views.pose().num_in_front == 200


@pytest.mark.parametrize("far", [0.5, 0.9])
def test_far_points_are_in_front(far):
    """OpenCV drops all points beyond 50 baselines; noise puts half of them behind the cameras."""
    views = Views(4, 200, noise=0.5, far=far)
    pose = views.pose()
    assert_right(views, pose, 1.5)
    assert pose.num_in_front >= 199
    assert views.pose_of_opencv(views.essential)[2] <= 200 * (1 - far) + 5


@settings(max_examples=20)
@given(SEEDS)
def test_a_few_near_points_tell_the_sign_of_the_translation(seed):
    views = Views(seed, 200, noise=0.2, far=0.95)
    assert_right(views, views.pose(-views.essential), 15)


@pytest.mark.parametrize("seed", range(5))
def test_after_a_pure_turn_the_rotation_is_right_and_the_parallax_small(seed):
    noise = 0.5
    views = Views(seed, 200, noise=noise, baseline=1e-9)
    some_move = cross_matrix(unit_vector(np.random.default_rng(seed))) @ views.rotation
    pose = views.pose(some_move)
    error_of_a_match = noise / views.camera0[0, 0]
    assert views.errors(pose.rotation, views.translation)[0] < 0.2
    assert pose.num_in_front == 200
    assert pose.parallax < 2.5 * error_of_a_match
    moved = Views(seed, 200, noise=noise).pose()
    assert moved.parallax > 40 * error_of_a_match
    assert pose.only_turned
    assert not moved.only_turned
    assert "not moved" in repr(pose)


def test_parallax_is_the_angle_between_the_rays():
    """Two cameras look at one distance from two places."""
    views = Views(0)
    views.camera0 = views.camera1 = np.diag([500.0, 500.0, 1.0])
    views.rotation, views.translation = np.eye(3), np.array([-1.0, 0.0, 0.0])
    y = np.linspace(-1, 1, 9)
    space = np.column_stack([np.full(9, 0.5), y, np.sqrt(4**2 - y**2)])  # 4 from the line between
    views.points0, views.points1 = views.seen(space, 0), views.seen(space, 1)
    assert views.pose().parallax == pytest.approx(2 * np.arctan(0.5 / 4), rel=1e-6)


@pytest.mark.parametrize("num", [0, 1, 4])
def test_fewer_than_five_matches_give_none(num):
    assert Views(0, num).pose() is None


def test_five_matches_give_a_pose():
    views = Views(0, 5)
    assert_right(views, views.pose(), 1e-5)


def test_matches_that_do_not_agree_give_none():
    views = Views(0)
    views.points1 = random_points(np.random.default_rng(1), 100)
    assert views.pose() is None


@pytest.mark.parametrize("place", [(50.0, 50.0), (400.0, 300.0)])
def test_one_point_many_times_is_no_fault(place):
    views = Views(0, 30)
    views.points0, views.points1 = np.full((30, 2), place), np.full((30, 2), place)
    pose = views.pose()
    assert pose is None or pose.num_in_front > 15


def test_a_match_on_both_epipoles_fits_every_pose():
    """Forward motion: the point that the camera moves toward stays where it is."""
    matches = SampsonErrors.of(
        Correspondences(np.zeros((1, 2)), np.zeros((1, 2)), cameras=(np.eye(3), np.eye(3)))
    )
    forward = np.eye(3), np.array([0.0, 0.0, -1.0])
    np.testing.assert_array_equal(matches.errors(*forward), [0])
    np.testing.assert_array_equal(matches.derivatives(*forward), np.zeros((1, 5)))


def test_the_same_matches_give_the_same_pose():
    views = Views(2, 500, noise=1.0)
    first, second = views.pose(), views.pose()
    np.testing.assert_array_equal(first.matrix, second.matrix)


def test_arrays_are_read_only():
    pose = Views(0).pose()
    for array in (pose.rotation, pose.translation):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("rotation", np.eye(4), r"rotation: expected shape \(3, 3\), got \(4, 4\)"),
        ("rotation", 2 * np.eye(3), "rotation: expected a rotation, got"),
        ("rotation", np.diag([1.0, 1.0, -1.0]), "rotation: expected a rotation, got"),
        ("rotation", np.full((3, 3), np.nan), "rotation: expected finite values"),
        ("translation", (0.0, 0.0, 0.0), "translation: expected length 1, got 0"),
        ("translation", (1.0, 1.0, 0.0), "translation: expected length 1, got 1.41421"),
        ("num_in_front", -1, "num_in_front: expected 0 or more, got -1"),
        ("parallax", -0.1, "parallax: expected an angle from 0 to pi, got -0.1"),
    ],
)
def test_what_is_no_pose_is_told(name, value, problem):
    fields = {"rotation": np.eye(3), "translation": (1.0, 0, 0), "num_in_front": 9, "parallax": 0.1}
    with pytest.raises(ArgumentError, match=problem):
        RelativePose(**fields | {name: value})


def test_repr_tells_the_turn_and_the_move():
    rotation = Rotation.from_rotvec((0, 0.5, 0)).as_matrix()
    pose = RelativePose(rotation, (0.0, 0.0, 1.0), 12, 0.1)
    assert repr(pose) == (
        "RelativePose(turned by 28.6 degrees, moved along (0.00, 0.00, 1.00), 12 points in front)"
    )
