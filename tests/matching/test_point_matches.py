"""Points that are said to be the same as keypoints and matches between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from featmatch import ArgumentError
from featmatch.matching.point_matches import PointMatches

SIZES = (40, 30), (50, 20)


def test_a_point_that_is_there_twice_is_one_keypoint():
    found = PointMatches([[9, 8], [1, 2], [9, 8], [9, 8]], [[5, 6], [3, 4], [5, 6], [7, 8]])
    features0, features1, matches = found.as_keypoints(*SIZES, method="mine")
    np.testing.assert_array_equal(features0.keypoints, [[9, 8], [1, 2]])
    np.testing.assert_array_equal(features1.keypoints, [[5, 6], [3, 4], [7, 8]])
    np.testing.assert_array_equal(matches.indices, [[0, 0], [1, 1], [0, 0], [0, 2]])
    assert (features0.image_size, features1.image_size) == SIZES
    assert features0.method == features1.method == "mine"
    assert features0.descriptors.shape == (2, 0)


@given(
    npst.arrays(
        np.float64, st.tuples(st.integers(0, 9), st.just(4)), elements=st.floats(0, 3, width=16)
    )
)
def test_matches_lead_back_to_the_points_in_their_order(table):
    found = PointMatches(table[:, :2], table[:, 2:])
    features0, features1, matches = found.as_keypoints(*SIZES)
    np.testing.assert_array_equal(features0.keypoints[matches.indices[:, 0]], table[:, :2])
    np.testing.assert_array_equal(features1.keypoints[matches.indices[:, 1]], table[:, 2:])
    for features in (features0, features1):
        assert len(np.unique(features.keypoints, axis=0)) == len(features)


POINTS = np.array([[1.0, 2], [3, 4]])


@pytest.mark.parametrize(
    ("known", "ratios", "distances"),
    [
        ({}, [1, 1], [0, 0]),
        ({"confidences": [0.75, 1]}, [0.25, 0], [0, 0]),
        ({"confidences": [0.75, 1], "ratios": [0.5, 0]}, [0.5, 0], [0, 0]),
        ({"distances": [9, 7]}, [1, 1], [9, 7]),
        ({"ratios": [-1e-7, 1 + 1e-7]}, [0, 1], [0, 0]),
    ],
)
def test_what_is_known_becomes_ratios_and_distances(known, ratios, distances):
    _, _, matches = PointMatches(POINTS, POINTS, **known).as_keypoints(*SIZES)
    np.testing.assert_array_equal(matches.ratios, ratios)
    np.testing.assert_array_equal(matches.distances, distances)


def test_no_matches_are_ordinary():
    empty = np.zeros((0, 2))
    features0, features1, matches = PointMatches(empty, empty).as_keypoints(*SIZES)
    assert len(features0) == len(features1) == len(matches) == 0


@pytest.mark.parametrize("point", [(-1, 0), (0, -1), (40, 30), (39.5, 29.5)])
def test_points_at_the_border_are_taken(point):
    PointMatches([point], [[0, 0]]).as_keypoints(*SIZES)


@pytest.mark.parametrize("point", [(-1.5, 0), (0, -1.5), (40.5, 0), (0, 30.5), (25, 35)])
def test_points_outside_are_told(point):
    found = PointMatches([(1, 1), point], [[0, 0]] * 2)
    expected = rf"^points0: .* image of 40 x 30 pixels, got \({point[0]:g}, {point[1]:g}\) in row 1"
    with pytest.raises(ArgumentError, match=expected):
        found.as_keypoints(*SIZES)
    with pytest.raises(ArgumentError, match=r"^points1: .* image of 40 x 30 pixels"):
        PointMatches([[0, 0]] * 2, [(1, 1), point]).as_keypoints((9, 9), SIZES[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points0": [[1, 2, 3]]}, r"points0: expected shape \(1, 2\), got \(1, 3\)"),
        ({"points1": [[1, 2]]}, r"points1: expected shape \(2, 2\), got \(1, 2\)"),
        ({"points0": 3.0}, r"points0: expected shape \(M, 2\), got \(\)"),
        ({"points1": POINTS * np.inf}, "points1: expected finite numbers, got inf in row 0"),
        ({"ratios": [0.5]}, r"ratios: expected shape \(2,\), got \(1,\)"),
        ({"ratios": [0.5, 1.5]}, r"ratios: expected numbers in \[0, 1\], got 1.5 in row 1"),
        ({"confidences": [-0.5, 0]}, r"confidences: expected numbers in \[0, 1\], got -0.5 in row"),
        ({"distances": [0, np.nan]}, "distances: expected finite numbers, got nan in row 1"),
    ],
)
def test_what_does_not_do_is_told(arguments, message):
    with pytest.raises(ArgumentError, match=f"^{message}"):
        PointMatches(**{"points0": POINTS, "points1": POINTS} | arguments)
