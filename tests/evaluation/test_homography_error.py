"""How far homographies are off, and the area under the curve of many of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.evaluation.metrics.homography_error import (
    area_under_curve,
    corner_error,
    mean_distance,
)

SIZE = 101, 51
ERRORS = st.lists(st.floats(0, 20) | st.sampled_from([0.0, 3.0, np.inf]), max_size=30)


def shift(x, y):
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1.0)])


def test_the_truth_has_no_error():
    matrix = np.array([(1.1, 0.2, 5), (-0.1, 0.9, 9), (1e-4, -2e-4, 1)])
    assert corner_error(-3 * matrix, matrix, SIZE) == pytest.approx(0, abs=1e-12)


def test_a_shift_is_off_by_its_length():
    assert corner_error(shift(3, 4), np.eye(3), SIZE) == 5


def test_corners_are_centers_of_pixels():
    # Twice as large about the top left pixel: the corners move by 0, 100, 50 and the diagonal.
    expected = (0 + 100 + 50 + np.hypot(100, 50)) / 4
    assert corner_error(np.diag([2.0, 2.0, 1.0]), np.eye(3), SIZE) == pytest.approx(expected)


def test_no_model_and_the_horizon_are_infinitely_far_off():
    assert corner_error(None, np.eye(3), SIZE) == np.inf
    horizon = np.array([(1, 0, 0), (0, 1, 0), (-0.01, 0, 1.0)])  # through the right corners
    assert corner_error(horizon, np.eye(3), SIZE) == np.inf


def test_mean_distance_is_of_the_points_given():
    assert mean_distance(np.diag([2.0, 1, 1]), np.eye(3), [(0, 9), (4, 9)]) == 2
    assert mean_distance(None, np.eye(3), [(0, 9)]) == np.inf


@pytest.mark.parametrize(
    ("errors", "max_error", "expected"),
    [
        ([], 3, 0.0),
        ([0.0], 3, 1.0),
        ([0.0, 0.0], 3, 1.0),
        ([2.0], 4, 3 / 4),  # a triangle to 2, level from there
        ([4.0], 4, 0.0),  # not below
        ([np.inf, np.inf], 4, 0.0),
        ([0.0, np.inf], 4, 0.5),
        ([1.0, 3.0], 4, (0.25 + 1.5 + 1) / 4),
        ([3.0, 9.0, 1.0], 4, (1 / 6 + 1 + 2 / 3) / 4),
    ],
)
def test_area_in_numbers(errors, max_error, expected):
    assert area_under_curve(errors, max_error) == pytest.approx(expected)


@settings(max_examples=30)
@given(ERRORS, st.sampled_from([1.0, 3.0, 5.0, 10.0]))
def test_area_is_the_integral_of_a_polygon(errors, max_error):
    """Each error adds a share that rises along the piece before it and stays until the bound."""
    below, previous, area = sorted(error for error in errors if error < max_error), 0.0, 0.0
    for error in below:
        area += (max_error - (previous + error) / 2) / len(errors)
        previous = error
    assert area_under_curve(errors, max_error) == pytest.approx(area / max_error, abs=1e-12)


@settings(max_examples=20)
@given(ERRORS, st.floats(0, 5))
def test_smaller_errors_never_score_less(errors, less):
    better = [max(0.0, error - less) for error in errors]
    assert area_under_curve(better, 5) >= area_under_curve(errors, 5) - 1e-12


@pytest.mark.parametrize(
    ("errors", "max_error", "message"),
    [
        ([1.0], 0, "max_error: expected"),
        ([-1.0], 3, "errors: expected numbers of 0 or more, got negative ones or NaN"),
        ([np.nan], 3, "errors: expected numbers of 0 or more, got negative ones or NaN"),
    ],
)
def test_bad_input_is_told(errors, max_error, message):
    with pytest.raises(ValueError, match=message):
        area_under_curve(errors, max_error)
