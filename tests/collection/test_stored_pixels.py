"""Pixels of the upright image turn back into those of the file: Pillow's transposition says how."""

from __future__ import annotations

import numpy as np
import pytest
from fake_collection import image_entry
from PIL import Image, ImageOps

from featmatch.collection.stored_pixels import (
    from_upright,
    moved_fundamental,
    moved_homography,
    moved_points,
    size_of,
    to_upright,
)
from featmatch.geometry.residuals import epipolar_residuals, transfer

ORIENTATION = 0x0112
every_orientation = pytest.mark.parametrize("orientation", range(1, 9))


def upright_by_pillow(stored, orientation):
    picture = Image.fromarray(stored)
    picture.getexif()[ORIENTATION] = orientation
    return np.asarray(ImageOps.exif_transpose(picture))


@every_orientation
def test_pixels_go_back_to_where_they_are_stored(orientation):
    stored = np.arange(5 * 7, dtype=np.uint8).reshape(5, 7)
    upright = upright_by_pillow(stored, orientation)
    height, width = upright.shape
    image = image_entry("a.jpg", size=(width, height), orientation=orientation)
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    points = np.stack([x, y], axis=1)
    back = moved_points(points, from_upright(image, "stored"))
    columns, rows = back.astype(int).T
    np.testing.assert_array_equal(stored[rows, columns], upright.ravel())
    np.testing.assert_array_equal(
        moved_points(back, to_upright(image, "stored")), np.stack([x, y], axis=1)
    )
    assert size_of(image, "stored") == (7, 5)
    assert size_of(image, "upright") == (width, height)
    np.testing.assert_array_equal(from_upright(image, "upright"), np.eye(3))


@every_orientation
def test_models_move_with_the_points(orientation):
    rng = np.random.default_rng(orientation)
    matrices = [
        from_upright(image_entry("a.jpg", orientation=turned), "stored")
        for turned in (orientation, 9 - orientation)
    ]
    points0 = rng.uniform(0, 600, (20, 2))
    homography = np.array([(1.1, 0.1, 3), (-0.05, 0.9, 8), (1e-5, 2e-5, 1)])
    points1 = transfer(homography, points0)
    moved0, moved1 = (
        transfer(matrix, points)
        for matrix, points in zip(matrices, (points0, points1), strict=True)
    )
    found = transfer(moved_homography(homography, *matrices), moved0)
    np.testing.assert_allclose(found, moved1, atol=1e-6)
    epipole = np.array([(0, -1, 300.0), (1, 0, -200), (-300, 200, 0)])
    fundamental = moved_fundamental(epipole @ homography, *matrices)
    assert epipolar_residuals(fundamental, moved0, moved1).max() < 1e-6
