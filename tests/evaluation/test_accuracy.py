"""Errors of matches and what is counted from them, against closed forms and OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.evaluation.metrics.accuracy import (
    accuracy_curve,
    epipolar_errors,
    matching_score,
    transfer_errors,
)

POINTS = np.random.default_rng(0).uniform(0, 400, (30, 2))
NOTHING = np.zeros((0, 2))


def test_transfer_errors_are_distances_in_image_1():
    double = np.diag([2.0, 2.0, 1.0])
    np.testing.assert_allclose(transfer_errors(POINTS, 2 * POINTS + (3, 4), double), 5.0)


def test_transfer_errors_agree_with_opencv():
    matrix = np.array([(1.1, 0.2, 5), (-0.1, 0.9, 9), (1e-4, -2e-4, 1)])
    mapped = cv2.perspectiveTransform(POINTS[:, None], matrix)[:, 0]
    errors = transfer_errors(POINTS, POINTS, matrix)
    np.testing.assert_allclose(errors, np.linalg.norm(mapped - POINTS, axis=1))


def test_points_on_the_horizon_are_infinitely_far():
    matrix = np.array([(1, 0, 0), (0, 1, 0), (-0.5, 0, 1.0)])
    np.testing.assert_array_equal(
        transfer_errors([(2, 1), (0, 0)], [(2, 1), (0, 0)], matrix), [np.inf, 0]
    )


def test_epipolar_errors_of_a_step_to_the_side_are_vertical_distances():
    sideways = np.array([(0, 0, 0), (0, 0, -1), (0, 1, 0.0)])
    moved = POINTS + np.column_stack([np.linspace(-99, 99, 30), np.full(30, 7.0)])
    np.testing.assert_allclose(epipolar_errors(POINTS, moved, sideways), 7.0)


def test_epipolar_errors_agree_with_opencv():
    rng = np.random.default_rng(1)
    matrix, others = rng.normal(size=(3, 3)), rng.uniform(0, 400, (30, 2))
    total = 0
    for points, lines in (
        (others, cv2.computeCorrespondEpilines(POINTS[:, None], 1, matrix)),
        (POINTS, cv2.computeCorrespondEpilines(others[:, None], 2, matrix)),
    ):
        a, b, c = lines[:, 0].T
        total = total + np.abs(a * points[:, 0] + b * points[:, 1] + c) / np.hypot(a, b)
    np.testing.assert_allclose(epipolar_errors(POINTS, others, matrix), total / 2, rtol=1e-5)


def test_points_on_an_epipole_are_infinitely_far():
    # The camera moves forward: both epipoles are the origin.
    forward = np.array([(0, -1, 0), (1, 0, 0), (0, 0, 0.0)])
    np.testing.assert_array_equal(
        epipolar_errors([(0, 0), (2, 2)], [(3, 1), (5, 5)], forward), [np.inf, 0]
    )


@pytest.mark.parametrize("function", [transfer_errors, epipolar_errors])
def test_no_matches_have_no_errors(function):
    assert function(NOTHING, NOTHING, np.eye(3)).shape == (0,)


def test_accuracy_counts_errors_up_to_the_tolerance():
    curve = accuracy_curve([0.5, 3.0, 3.1, np.inf], [0, 0.5, 3, 10, 1e9])
    np.testing.assert_array_equal(curve, [0, 0.25, 0.5, 0.75, 0.75])


def test_accuracy_of_no_matches_is_0():
    np.testing.assert_array_equal(accuracy_curve([], [1, 3]), [0, 0])
    assert accuracy_curve([1.0], []).shape == (0,)


@settings(max_examples=30)
@given(
    st.lists(st.floats(0, 20) | st.just(np.inf), min_size=1, max_size=40),
    st.lists(st.floats(0, 20), max_size=8),
)
def test_accuracy_is_the_mean_of_flags(errors, tolerances):
    expected = [np.mean([error <= tolerance for error in errors]) for tolerance in tolerances]
    np.testing.assert_allclose(accuracy_curve(errors, tolerances), np.array(expected).reshape(-1))


def test_matching_score_is_of_the_points_that_could_be_matched():
    visible = [True, False, True, True, False]
    flags = matching_score(visible, [0, 1, 2], [True, True, False])
    np.testing.assert_array_equal(flags, [True, False, False])


def test_matching_score_without_matches_or_points():
    np.testing.assert_array_equal(matching_score([True, True], [], []), [False, False])
    assert matching_score([], [], []).shape == (0,)
    assert matching_score([False], [0], [True]).shape == (0,)
