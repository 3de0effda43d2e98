"""Pictures of a size for a page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.explaining.pictures import (
    color_picture,
    gray_levels,
    gray_picture,
    liveliest_square,
    signed_picture,
)
from featmatch.images.image import read_image

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (16, 16), (255, 256), (300, 20), (900, 700)])
def test_sizes_are_between_the_limits(shape):
    gray = gray_picture(read_image(RNG.integers(0, 256, shape, dtype=np.uint8)))
    assert gray.dtype == np.uint8
    assert min(gray.shape) >= 16
    assert max(gray.shape) == min(256, max(16, *shape))


def test_small_images_stay_and_are_continued_by_their_last_pixels():
    pixels = RNG.integers(0, 256, (5, 30), dtype=np.uint8)
    gray = gray_picture(read_image(pixels))
    np.testing.assert_array_equal(gray[:5], pixels)
    np.testing.assert_array_equal(gray[5:], np.tile(pixels[4], (11, 1)))


def test_large_images_are_averaged():
    pixels = RNG.integers(0, 256, (400, 512), dtype=np.uint8)
    means = pixels.reshape(200, 2, 256, 2).mean(axis=(1, 3))
    assert np.abs(gray_picture(read_image(pixels)) - means).max() <= 0.5


def test_color_is_kept_and_gray_becomes_three_equal_channels():
    color = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(color_picture(read_image(color)), color)
    gray = color_picture(read_image(color[..., 0]))
    np.testing.assert_array_equal(gray, np.repeat(color[..., :1], 3, axis=2))


def test_floats_become_levels():
    levels = RNG.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    image = read_image((levels / 255).astype(np.float32))
    np.testing.assert_array_equal(color_picture(image), levels)


@settings(max_examples=25)
@given(st.integers(0, 34), st.integers(0, 24), st.integers(4, 15))
def test_the_liveliest_square_holds_the_only_corner(x, y, side):
    gray = np.full((40, 50), 90, np.uint8)
    gray[y + 3 :, x + 3 :] = 160  # a corner at (x + 3, y + 3)
    found_x, found_y = liveliest_square(gray, side)
    assert found_x - 1 <= x + 3 <= found_x + side
    assert found_y - 1 <= y + 3 <= found_y + side
    assert 0 <= found_x <= 50 - side
    assert 0 <= found_y <= 40 - side


def test_a_corner_is_livelier_than_a_long_strong_edge():
    gray = np.full((60, 60), 100, np.uint8)
    gray[:, 10:] = 255  # the edge
    cv2.rectangle(gray, (40, 40), (46, 46), 200, -1)
    x, y = liveliest_square(gray, 12)
    assert x > 20
    assert y > 25


def test_of_a_blank_picture_the_first_square_is_taken():
    assert liveliest_square(np.full((20, 20), 7, np.uint8), 10) == (0, 0)


def test_the_square_may_be_the_whole_picture():
    assert liveliest_square(RNG.integers(0, 256, (16, 16), dtype=np.uint8), 16) == (0, 0)


def test_zero_is_mid_gray_and_the_limit_black_and_white():
    shown = signed_picture(np.array([[-4.0, -2, 0, 2, 4]]))
    np.testing.assert_array_equal(shown, [[1, 64, 128, 192, 255]])
    np.testing.assert_array_equal(signed_picture(np.array([[-9.0, 0, 9]]), 3), [[1, 128, 255]])


def test_zeros_alone_are_mid_gray():
    np.testing.assert_array_equal(signed_picture(np.zeros((2, 2))), np.full((2, 2), 128))


def test_levels_are_rounded_and_clipped():
    levels = gray_levels(np.array([[-3.0, 0.4, 0.6, 254.7, 300]]))
    np.testing.assert_array_equal(levels, [[0, 0, 1, 255, 255]])
    assert levels.dtype == np.uint8
