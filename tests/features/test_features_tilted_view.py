"""Tilted views against closed forms: where points go, and what the blur lets through."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.features.tilted_view import BORDER, tilted_view


def blob(size, center, sigma=8.0):
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    squares = (columns - center[0]) ** 2 + (rows - center[1]) ** 2
    return np.exp(-squares / (2 * sigma**2)).astype(np.float32)


def centroid(pixels):
    rows, columns = np.indices(pixels.shape)
    return np.array([(columns * pixels).sum(), (rows * pixels).sum()]) / pixels.sum()


def mapped(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def to_image(view, points):
    return (points - view.matrix[:, 2]) @ np.linalg.inv(view.matrix[:, :2]).T


@given(
    tilt=st.floats(1, 5),
    rotation=st.floats(-4, 4),
    x=st.floats(70, 130),
    y=st.floats(60, 90),
    width=st.integers(199, 202),
)
@settings(max_examples=30)
def test_points_go_where_the_matrix_says(tilt, rotation, x, y, width):
    """Blurring keeps the center of mass of a blob; an affine map moves it as it moves points."""
    view = tilted_view(blob((width, 150), (x, y)), tilt, rotation)
    np.testing.assert_allclose(centroid(view.pixels), mapped(view.matrix, [x, y]), atol=0.03)


@given(tilt=st.floats(1, 8), rotation=st.floats(-4, 4))
@settings(max_examples=30)
def test_the_matrix_turns_then_squeezes_along_x(tilt, rotation):
    view = tilted_view(np.zeros((40, 60), np.uint8), tilt, rotation)
    linear = view.matrix[:, :2]
    assert np.linalg.det(linear) == pytest.approx(1 / tilt)
    np.testing.assert_allclose(linear[1], [np.sin(rotation), np.cos(rotation)], atol=1e-12)
    np.testing.assert_allclose(linear[0] * tilt, [np.cos(rotation), -np.sin(rotation)], atol=1e-12)


def test_neither_tilted_nor_turned_is_the_image_itself():
    pixels = np.random.default_rng(0).integers(0, 256, (31, 44, 3)).astype(np.uint8)
    view = tilted_view(pixels, 1, 0)
    np.testing.assert_array_equal(view.pixels, pixels)
    np.testing.assert_array_equal(view.matrix, [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_move_pixels_only(quarters):
    pixels = np.random.default_rng(1).integers(0, 256, (31, 44)).astype(np.uint8)
    view = tilted_view(pixels, 1, quarters * np.pi / 2)
    np.testing.assert_array_equal(view.pixels, np.rot90(pixels, -quarters))


def contrast_of_grating(tilt, periods):
    """Contrast of a grating across x in its view, relative to its own; a period in view pixels."""
    wave = np.cos(2 * np.pi * np.arange(960) / (periods * tilt)) / 2 + 0.5
    view = tilted_view(np.tile(wave, (9, 1)).astype(np.float32), tilt, 0)
    phases = np.exp(-2j * np.pi * np.arange(120) / periods)
    return 4 * np.abs(np.mean(view.pixels[4, 36:156] * phases))


@pytest.mark.parametrize("tilt", [2.0, 4.0])
def test_waves_too_fine_for_the_view_are_blurred_away(tilt):
    """A view can hold periods of two pixels and more: finer ones would come back as coarse."""
    assert contrast_of_grating(tilt, 1.2) < 0.04
    assert contrast_of_grating(tilt, 12) > 0.8


@pytest.mark.parametrize("tilt", [3.0, 5.0])
@pytest.mark.parametrize("periods", [5, 8])
def test_waves_fade_as_a_gaussian_says(tilt, periods):
    """Of an odd tilt, pixels of the view lie on pixels of the image: nothing else is blurred."""
    sigma = 0.8 * np.sqrt(tilt**2 - 1)
    expected = np.exp(-2 * (np.pi * sigma / (periods * tilt)) ** 2)
    assert contrast_of_grating(tilt, periods) == pytest.approx(expected, rel=0.01)


@given(tilt=st.floats(1, 5), rotation=st.floats(-4, 4), width=st.integers(1, 90))
@settings(max_examples=30)
def test_usable_pixels_lie_inside_of_the_image(tilt, rotation, width):
    view = tilted_view(np.zeros((70, width), np.uint8), tilt, rotation)
    assert view.usable.shape == view.pixels.shape
    rows, columns = np.nonzero(view.usable)
    x, y = to_image(view, np.column_stack([columns, rows])).T
    assert ((x >= BORDER - 1) & (x <= width - BORDER)).all()
    assert ((y >= BORDER - 1) & (y <= 70 - BORDER)).all()


def test_most_of_the_image_is_usable():
    view = tilted_view(np.zeros((400, 600), np.uint8), 4, 1.0)
    area = np.count_nonzero(view.usable) * 4
    assert 0.8 < area / (400 * 600) < 1


@pytest.mark.parametrize(("tilt", "rotation"), [(1.0, 0.4), (2.0, 0.0), (4.0, 2.5)])
def test_masks_are_seen_from_the_same_side(tilt, rotation):
    mask = np.zeros((200, 300), np.uint8)
    cv2.circle(mask, (140, 110), 60, 255, -1)
    view = tilted_view(np.zeros((200, 300), np.uint8), tilt, rotation, mask)
    rows, columns = np.nonzero(view.usable)
    distances = np.hypot(*(to_image(view, np.column_stack([columns, rows])) - (140, 110)).T)
    assert distances.max() < 61.5
    assert len(rows) * tilt == pytest.approx(np.count_nonzero(mask), rel=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (50, 60, 3), (50, 60)])
def test_any_shape_and_type(dtype, shape):
    view = tilted_view(np.ones(shape, dtype), 4, 0.7)
    assert view.pixels.dtype == dtype
    assert view.pixels.ndim == len(shape)
    np.testing.assert_allclose(view.pixels, 1, rtol=1e-6)
