"""Levels: sizes, what is usable of them, and where pixels come to lie."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import noise, picture

from featmatch.learned.network.level import Level
from featmatch.learned.network.network import STRIDE, normalized

GRAY = cv2.cvtColor(picture(), cv2.COLOR_RGB2GRAY)
BORDER = 8


@given(st.integers(1, 90), st.integers(1, 90), st.floats(0.05, 3))
@settings(max_examples=30)
def test_sides_are_continued_to_whole_cells(height, width, scale):
    level = Level.of(noise(height, width), scale)
    size = [max(1, round(side * scale)) for side in (width, height)]
    assert level.pixels.shape == tuple(-(-side // STRIDE) * STRIDE for side in size[::-1])
    assert level.usable.shape == level.pixels.shape
    assert (level.pixels.dtype, level.usable.dtype) == (np.float32, bool)
    np.testing.assert_array_equal(level.scale, np.divide(size, (width, height)))
    bottom, right = level.pixels[size[1] - 1 :], level.pixels[:, size[0] - 1 :]
    np.testing.assert_array_equal(bottom, np.broadcast_to(bottom[:1], bottom.shape))
    np.testing.assert_array_equal(right, np.broadcast_to(right[:, :1], right.shape))
    assert not level.usable[size[1] - BORDER :].any()
    assert not level.usable[:, size[0] - BORDER :].any()


def test_the_whole_image_is_normalized():
    level = Level.of(GRAY, 1.0)
    np.testing.assert_array_equal(level.pixels[:270, :360], normalized(GRAY / np.float32(255)))


@pytest.mark.parametrize("factor", [2, 3])
def test_smaller_is_the_mean_of_areas(factor):
    level = Level.of(GRAY, 1 / factor)
    areas = GRAY.reshape(270 // factor, factor, 360 // factor, factor)
    means = np.floor(areas.mean(axis=(1, 3)) + 0.5).astype(np.float32)
    height, width = means.shape
    expected = normalized(means / np.float32(255))
    np.testing.assert_allclose(level.pixels[:height, :width], expected, atol=1e-5)


@pytest.mark.parametrize("scale", [0.5, 0.71, 1.5])
def test_nothing_moves_when_an_image_is_resized(scale):
    """On a slope, the mean brightness stays in the middle: of pixels 0 to 119 this is 59.5."""
    slope = np.tile(np.arange(0, 240, 2, np.uint8), (100, 1))
    level = Level.of(slope, scale)
    height, width = (round(side * scale) for side in slope.shape)
    places = (np.arange(width) + 0.5) / level.scale[0] - 0.5
    steepness, offset = np.polyfit(places[3:-3], level.pixels[height // 2, :width][3:-3], 1)
    assert -offset / steepness == pytest.approx(59.5, abs=0.1)


def test_usable_is_off_the_border():
    usable = Level.of(noise(48, 64), 1.0).usable
    expected = np.zeros((48, 64), bool)
    expected[BORDER:-BORDER, BORDER:-BORDER] = True
    np.testing.assert_array_equal(usable, expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (16, 90), (90, 16), (15, 2)])
def test_nothing_is_usable_of_what_is_all_border(shape):
    assert not Level.of(noise(*shape), 1.0).usable.any()


@pytest.mark.parametrize(("step", "usable"), [(0, False), (3, False), (4, True), (200, True)])
def test_usable_is_where_there_is_contrast(step, usable):
    gray = np.full((64, 96), 20, np.uint8)
    gray[:, 48:] += step
    expected = np.zeros((64, 96), bool)
    expected[BORDER:-BORDER, 40:56] = usable
    np.testing.assert_array_equal(Level.of(gray, 1.0).usable, expected)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_usable_is_within_the_mask(scale):
    mask = np.zeros((64, 96), np.uint8)
    mask[:, 40:] = 255
    usable = Level.of(noise(64, 96), scale, mask).usable
    rows, columns = np.nonzero(usable)
    assert columns.min() == round(40 * scale)
    assert columns.max() == 96 * scale - BORDER - 1
    assert (rows.min(), rows.max()) == (BORDER, 64 * scale - BORDER - 1)
    assert not Level.of(noise(64, 96), scale, np.zeros((64, 96), np.uint8)).usable.any()
