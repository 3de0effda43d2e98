"""Frames of keypoints: circles by hand, and those that features carry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featmatch import Features
from featmatch.frames import frames_of, similarity_frames


def features(**changes):
    columns = {
        "keypoints": np.zeros((2, 2), np.float32),
        "descriptors": np.zeros((2, 4), np.float32),
        "scores": np.ones(2, np.float32),
        "scales": np.float32([4, 10]),
        "angles": np.float32([0, np.pi / 2]),
        "image_size": (30, 20),
        "method": "made",
    }
    return Features(**(columns | changes))


def test_circles_have_the_scale_as_diameter_and_start_at_the_angle():
    found = similarity_frames(np.array([4, 10]), np.array([0, np.pi / 2]))
    np.testing.assert_allclose(found, [[[2, 0], [0, 2]], [[0, -5], [5, 0]]], atol=1e-12)
    np.testing.assert_allclose(frames_of(features()), found, atol=1e-6)
    assert similarity_frames(np.zeros(0), np.zeros(0)).shape == (0, 2, 2)


def test_frames_that_features_carry_are_theirs():
    own = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    np.testing.assert_array_equal(frames_of(features(frames=own)), own)
    assert features().frames is None
    assert frames_of(replace(features(), frames=own)).dtype == np.float64


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (np.zeros((3, 2, 2), np.float32), r"frames: expected shape \(2, 2, 2\)"),
        (np.full((2, 2, 2), np.nan, np.float32), "frames: expected finite"),
        (np.zeros((2, 2, 2), complex), "frames: expected float32"),
    ],
)
def test_impossible_frames_are_refused(frames, words):
    with pytest.raises((ValueError, TypeError), match=words):
        features(frames=frames)
