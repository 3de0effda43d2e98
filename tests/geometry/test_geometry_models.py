"""Residuals against closed forms, slow loops and OpenCV."""

from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_view_scenes import (
    make_scene,
    random_map,
    random_points,
    slow_epipolar_residual,
    slow_map_residual,
)

from featmatch.geometry.models import MODELS, label_of
from featmatch.geometry.residuals import epipolar_residuals, map_residuals, transfer
from featmatch.types import Kind

SEEDS = st.integers(0, 2**32 - 1)
MAPS = ["homography", "affine", "similarity"]
# Sideways motion: lines are rows. x1' F x0 = y0 - y1.
SIDEWAYS = np.array([[0.0, 0, 0], [0, 0, -1], [0, 1, 0]])
# Forward motion: lines run through the epipole (3, 2) of both images.
FORWARD = np.array([[0.0, -1, 2], [1, 0, -3], [-2, 3, 0]])


def test_every_model_has_a_label_and_a_definition():
    assert {*MODELS, "none"} == set(get_args(Kind))
    assert len({label_of(kind) for kind in get_args(Kind)}) == len(MODELS) + 1
    unknowns = {"homography": 8, "affine": 6, "similarity": 4, "fundamental": 7, "essential": 5}
    for kind, spec in MODELS.items():
        equations = 2 if spec.is_map else 1
        assert spec.min_matches * equations == unknowns[kind]


@pytest.mark.parametrize("kind", MAPS)
@given(seed=SEEDS)
@settings(max_examples=30)
def test_transfer_is_opencvs(kind, seed):
    rng = np.random.default_rng(seed)
    matrix, points = random_map(rng, kind), random_points(rng, 20)
    expected = cv2.perspectiveTransform(points[None], matrix)[0]
    np.testing.assert_allclose(transfer(matrix, points), expected, rtol=1e-9)


def test_map_residual_is_the_larger_of_both_directions():
    twice = np.diag([2.0, 2.0, 1.0])
    points0, points1 = (
        np.array([[10.0, 20], [0, 0], [5, 5]]),
        np.array([[23.0, 44], [0, 0], [0, 0]]),
    )
    np.testing.assert_allclose(map_residuals(twice, points0, points1), [5, 0, np.hypot(10, 10)])
    halved = map_residuals(np.linalg.inv(twice), points0, points0 / 2 + [3, 4])
    np.testing.assert_allclose(halved, 10)


@pytest.mark.parametrize("kind", MAPS)
@given(seed=SEEDS)
@settings(max_examples=30)
def test_map_residuals(kind, seed):
    rng = np.random.default_rng(seed)
    matrix = random_map(rng, kind)
    points0, points1 = random_points(rng, 15), random_points(rng, 15)
    found = MODELS[kind].residuals(matrix, points0, points1)
    slow = [slow_map_residual(matrix, *pair) for pair in zip(points0, points1, strict=True)]
    np.testing.assert_allclose(found, slow, rtol=1e-6)
    swapped = MODELS[kind].residuals(np.linalg.inv(matrix), points1, points0)
    np.testing.assert_allclose(found, swapped, rtol=1e-6)
    np.testing.assert_allclose(
        found, MODELS[kind].residuals(-7 * matrix, points0, points1), rtol=1e-6
    )


@given(seed=SEEDS, turn=st.floats(-3, 3), shift=st.floats(-500, 500))
@settings(max_examples=30)
def test_map_residuals_do_not_depend_on_where_the_images_lie(seed, turn, shift):
    rng = np.random.default_rng(seed)
    matrix = random_map(rng, "homography")
    points0, points1 = random_points(rng, 15), random_points(rng, 15)
    motion = np.array(
        [[np.cos(turn), -np.sin(turn), shift], [np.sin(turn), np.cos(turn), 9], [0, 0, 1]]
    )
    moved = map_residuals(motion @ matrix, points0, transfer(motion, points1))
    np.testing.assert_allclose(map_residuals(matrix, points0, points1), moved, rtol=1e-6)


def test_points_on_the_horizon_are_infinitely_far():
    horizon_at_1000 = np.array([[1.0, 0, 0], [0, 1, 0], [0.001, 0, -1]])
    points0, points1 = np.array([[1000.0, 5], [0, 0]]), np.array([[3.0, 5], [0, 0]])
    assert map_residuals(horizon_at_1000, points0, points1).tolist() == [np.inf, 0]


def test_a_map_without_inverse_explains_nothing():
    flat = np.diag([1.0, 0.0, 1.0])
    assert map_residuals(flat, np.zeros((3, 2)), np.zeros((3, 2))).tolist() == [np.inf] * 3


def test_epipolar_residual_of_sideways_motion_is_the_difference_of_rows():
    points0, points1 = np.array([[10.0, 20], [7, 8]]), np.array([[90.0, 23.5], [1, 8]])
    for scale in (1.0, -1e-6, 1e6):
        found = epipolar_residuals(scale * SIDEWAYS, points0, points1)
        np.testing.assert_allclose(found, [3.5, 0], atol=1e-12)


def test_epipolar_residual_is_the_larger_distance():
    # From (3, 2): (3, 12) is 10 px straight below, (5, 2) is 2 px to the right.
    found = epipolar_residuals(FORWARD, np.array([[3.0, 12]]), np.array([[5.0, 2]]))
    np.testing.assert_allclose(found, [10])


def test_a_point_on_the_epipole_has_no_line():
    points = np.array([[3.0, 2], [10, 5]])
    assert epipolar_residuals(FORWARD, points, points[::-1]).tolist() == [np.inf] * 2
    assert epipolar_residuals(FORWARD, points[:1], points[:1]).tolist() == [np.inf]


@given(seed=SEEDS)
@settings(max_examples=40)
def test_epipolar_residuals(seed):
    scene = make_scene("fundamental", seed, num=20, wrong=0.5)
    matrix, points0, points1 = scene.matrix, scene.points0, scene.points1
    found = MODELS["fundamental"].residuals(matrix, points0, points1)
    slow = [slow_epipolar_residual(matrix, *pair) for pair in zip(points0, points1, strict=True)]
    np.testing.assert_allclose(found, slow, rtol=1e-6, atol=1e-7)

    lines1 = cv2.computeCorrespondEpilines(points0[None], 1, matrix)[:, 0]
    lines0 = cv2.computeCorrespondEpilines(points1[None], 2, matrix)[:, 0]
    distances = [
        np.abs((line[:, :2] * points).sum(axis=1) + line[:, 2])  # OpenCV's lines have unit normals
        for line, points in ((lines1, points1), (lines0, points0))
    ]
    np.testing.assert_allclose(found, np.maximum(*distances), rtol=1e-6, atol=1e-7)

    swapped = MODELS["fundamental"].residuals(matrix.T, points1, points0)
    np.testing.assert_allclose(found, swapped, rtol=1e-6, atol=1e-9)
    assert MODELS["fundamental"].residuals(matrix, points0, scene.exact1).max() < 1e-6


@pytest.mark.parametrize("kind", MODELS)
def test_no_matches_have_no_residuals(kind):
    assert MODELS[kind].residuals(np.eye(3), np.zeros((0, 2)), np.zeros((0, 2))).shape == (0,)
