"""Matches to OpenCV's and back."""

from __future__ import annotations

import cv2
import numpy as np

from featmatch import Matches, matches_from_cv, matches_to_cv


def test_there_and_back():
    matches = Matches(np.array([[0, 7], [2, 1], [300_000, 5]]), [0.5, 12, 0], [0.9, 0.8, 1])
    returned = matches_from_cv(matches_to_cv(matches))
    np.testing.assert_array_equal(returned.indices, matches.indices)
    np.testing.assert_array_equal(returned.distances, matches.distances)
    np.testing.assert_array_equal(returned.ratios, 1)


def test_image_0_is_the_query():
    (match,) = matches_to_cv(Matches([[3, 8]], [0.25], [1]))
    assert isinstance(match, cv2.DMatch)
    assert (match.queryIdx, match.trainIdx, match.distance) == (3, 8, 0.25)
    returned = matches_from_cv((cv2.DMatch(4, 9, 1.5),))
    np.testing.assert_array_equal(returned.indices, [[4, 9]])
    np.testing.assert_array_equal(returned.distances, [1.5])


def test_no_matches():
    none = Matches(np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0))
    assert matches_to_cv(none) == []
    for empty in ([], ()):
        returned = matches_from_cv(empty)
        assert len(returned) == 0
        assert returned.indices.shape == (0, 2)


def test_what_opencv_finds():
    rng = np.random.default_rng(0)
    set0, set1 = (rng.integers(0, 256, (20, 32)).astype(np.uint8) for _ in range(2))
    found = cv2.BFMatcher(cv2.NORM_HAMMING).match(set0, set1)
    matches = matches_from_cv(found)
    differing = np.unpackbits(set0 ^ set1[matches.indices[:, 1]], axis=1)
    np.testing.assert_array_equal(matches.indices[:, 0], np.arange(20))
    np.testing.assert_array_equal(matches.distances, differing.sum(axis=1))
