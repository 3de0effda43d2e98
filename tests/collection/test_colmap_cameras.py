"""Photographs of one camera share it; focal lengths are those of EXIF, or COLMAP's guess."""

from __future__ import annotations

import numpy as np
import pytest
from fake_collection import CAMERA, FOCAL_LENGTH, image_entry

from featmatch import ArgumentError
from featmatch.collection.colmap_cameras import camera_matrix_of, cameras_of

PORTRAIT = (600, 900)
IMAGES = [
    image_entry("a/1.jpg", camera="Maker A", focal_length=800.0),
    image_entry("a/2.jpg", camera="Maker A", focal_length=800.001),
    image_entry("b/3.jpg", camera="Maker A", focal_length=1000.0),
    image_entry("b/4.jpg", camera="Maker B", focal_length=800.0),
    image_entry("5.jpg", camera="Maker A", focal_length=800.0, size=PORTRAIT, orientation=6),
    image_entry("6.jpg"),
]


@pytest.mark.parametrize(
    ("sharing", "numbers"),
    [
        ("auto", [0, 0, 1, 2, 0, 3]),
        ("single", [0, 0, 0, 0, 0, 0]),
        ("folder", [0, 0, 1, 1, 2, 2]),
        ("image", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_images_share_cameras(sharing, numbers):
    cameras, found = cameras_of(IMAGES, sharing=sharing)
    assert found == numbers
    assert len(cameras) == max(numbers) + 1
    assert {camera.size for camera in cameras} == {(900, 600)}


def test_a_turned_photograph_is_of_another_camera_if_it_is_written_upright():
    cameras, found = cameras_of(IMAGES, pixels="upright")
    assert found == [0, 0, 1, 2, 3, 4]
    assert cameras[3].size == PORTRAIT


def test_focal_lengths():
    cameras, _ = cameras_of(IMAGES)
    known, guessed = cameras[0], cameras[3]
    assert known.model == guessed.model == 2  # SIMPLE_RADIAL in COLMAP's models.h
    assert known.params == pytest.approx((800, 450, 300, 0), abs=1e-3)
    assert guessed.params == (1.2 * 900, 450, 300, 0)
    assert (known.prior_focal_length, guessed.prior_focal_length) == (True, False)
    np.testing.assert_allclose(camera_matrix_of(guessed)[:2], [(1080, 0, 450), (0, 1080, 300)])


def test_given_intrinsics_get_the_half_pixel_too():
    cameras, found = cameras_of(IMAGES, intrinsics=CAMERA, sharing="single")
    assert found == [0] * len(IMAGES)
    assert cameras[0].model == 1  # PINHOLE
    assert cameras[0].params == (FOCAL_LENGTH, FOCAL_LENGTH, 450.0, 300.0)
    assert cameras[0].prior_focal_length


@pytest.mark.parametrize("options", [{"sharing": "single"}, {"intrinsics": CAMERA}])
def test_one_camera_has_one_size(options):
    images = [*IMAGES, image_entry("7.jpg", size=PORTRAIT)]
    with pytest.raises(ArgumentError, match=r"1\.jpg with 900 x 600 and 7\.jpg with 600 x 900"):
        cameras_of(images, **options)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((1000.0, 1000.0, 1500.0, 300.0), "principal point"),
        ((4.5, 4.5, 450.0, 300.0), "too short"),
    ],
)
def test_intrinsics_of_something_else(values, told):
    fx, fy, cx, cy = values
    with pytest.raises(ArgumentError, match=f"intrinsics: .*{told}"):
        cameras_of(IMAGES, intrinsics=np.array([(fx, 0, cx), (0, fy, cy), (0, 0, 1)]))


def test_no_images_have_no_cameras():
    assert cameras_of([]) == ([], [])
