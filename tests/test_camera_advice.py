"""Cameras that cannot be right, and ones that have only turned, are told of."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch.images.camera import camera_matrix, focal_length_flaw
from featmatch.report.match.text import match_summary

SAMPLES = Path(__file__).parents[1] / "samples"
ROOM = SAMPLES / "room_0.jpg", SAMPLES / "room_1.jpg"
CAMERA = (800.0, 449.5, 337.0)
MILLIMETERS = (35.0, 449.5, 337.0)
OPTIONS = {"method": "sift", "max_size": 600, "max_keypoints": 2000}
TOO_SHORT = "a focal length of 35 pixels is too short for 900 x 675 pixels"


@pytest.fixture(scope="module")
def turned():
    """A photograph, and what the same camera sees when it has turned by 8 degrees."""
    picture = cv2.cvtColor(cv2.imread(str(ROOM[0])), cv2.COLOR_BGR2RGB)
    K = np.array([(800.0, 0, 449.5), (0, 800.0, 337.0), (0, 0, 1)])
    R = cv2.Rodrigues(np.radians([2.0, 7.5, 2.0]))[0]
    return picture, cv2.warpPerspective(picture, K @ R @ np.linalg.inv(K), (900, 675))


@pytest.mark.parametrize("model", ["auto", "essential"])
def test_a_camera_that_has_only_turned_is_told(turned, model):
    result = featmatch.match(*turned, camera=CAMERA, model=model, **OPTIONS)
    assert result.verdict
    assert result.pose.only_turned
    assert np.degrees(result.pose.angle) == pytest.approx(8.0, abs=0.1)
    assert "not moved as far as the matches tell, so that no direction is known" in match_summary(
        result
    )
    assert result.to_dict()["pose"]["only_turned"] is True


def test_a_camera_that_has_moved_is_not_taken_for_one_that_turned():
    result = featmatch.match(*ROOM, camera=CAMERA, **OPTIONS)
    assert not result.pose.only_turned
    assert "moved along" in match_summary(result)
    assert "focal length" not in result.verdict.reason


@pytest.mark.parametrize(
    ("cameras", "number"), [((MILLIMETERS, CAMERA), 0), ((CAMERA, MILLIMETERS), 1)]
)
@pytest.mark.parametrize("model", ["auto", "essential"])
def test_a_focal_length_in_millimeters_is_told_with_the_verdict(cameras, number, model):
    result = featmatch.match(*ROOM, camera=cameras, model=model, **OPTIONS)
    assert f"; camera {number}: {TOO_SHORT}; give it in pixels" in result.verdict.reason


@pytest.mark.parametrize(
    ("focal_length", "size", "is_short"),
    [
        (179, (900, 675), True),
        (181, (900, 675), False),
        (181, (675, 1000), True),
        (35, (150, 100), False),
    ],
)
def test_what_is_too_short_depends_on_the_longer_side(focal_length, size, is_short):
    camera = camera_matrix("camera", [(focal_length, 0, 0), (0, 5000, 0), (0, 0, 1)])
    assert (focal_length_flaw(camera, size) is not None) == is_short
