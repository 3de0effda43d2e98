"""Kernels that find edges, on a picture: against OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featmatch.explaining.edges import edges
from featmatch.images.image import read_image

GRAY = cv2.GaussianBlur(np.random.default_rng(6).integers(0, 256, (110, 130), np.uint8), (0, 0), 2)
DATA = edges(read_image(GRAY)).data
ACROSS, DOWN = (cv2.Sobel(GRAY, cv2.CV_64F, *order)[1:-1, 1:-1] for order in ((1, 0), (0, 1)))
STRENGTH = np.hypot(ACROSS, DOWN)


def test_strength_is_the_length_of_the_gradient():
    assert DATA["limit"] == pytest.approx(STRENGTH.max(), abs=0.01)
    expected = 255 * STRENGTH / STRENGTH.max()
    assert np.abs(DATA["strength"] - expected).max() <= 0.501


@pytest.mark.parametrize(("name", "change"), [("across", ACROSS), ("down", DOWN)])
def test_both_directions_are_shown_on_one_scale(name, change):
    expected = 128 + 127 * change / STRENGTH.max()
    assert np.abs(DATA[name] - expected).max() <= 0.501


def test_the_square_is_cut_from_the_picture():
    x, y, side = DATA["x"], DATA["y"], DATA["side"]
    assert DATA["crop"].shape == (side, side) == (96, 96)
    np.testing.assert_array_equal(DATA["crop"], GRAY[y : y + side, x : x + side])


def test_the_square_of_a_small_picture_is_smaller():
    data = edges(read_image(GRAY[:40, :70])).data
    assert data["side"] == 40
    assert data["crop"].shape == (40, 40)
