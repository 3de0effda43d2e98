"""Mosaics: tiles that cover the image exactly, in the order of the channels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.compare.mosaic import MAX_TILE_WIDTH, draw_mosaic


def tile(mosaic, number):
    row, column = divmod(number, mosaic.columns)
    width, height = mosaic.tile_size
    return mosaic.pixels[row * height : (row + 1) * height, column * width : (column + 1) * width]


def values(mosaic, number):
    low, high = mosaic.low[number], mosaic.high[number]
    return low + tile(mosaic, number) / 255 * (high - low)


def test_tiles_of_whole_cells_are_the_maps():
    maps = np.random.default_rng(0).uniform(-3, 8, (12, 16, 5)).astype(np.float32)
    mosaic = draw_mosaic(maps, 4, (64, 48))
    assert mosaic.tile_size == (16, 12)
    assert mosaic.columns == 4
    assert mosaic.pixels.shape == (24, 64)
    for channel in range(5):
        expected = np.clip(maps[..., channel], mosaic.low[channel], mosaic.high[channel])
        step = (mosaic.high[channel] - mosaic.low[channel]) / 255
        np.testing.assert_allclose(values(mosaic, channel), expected, atol=0.51 * step)
        quantiles = np.quantile(maps[..., channel], (0.02, 0.98))
        np.testing.assert_allclose((mosaic.low[channel], mosaic.high[channel]), quantiles)
    assert not mosaic.pixels[12:, 16:].any()


def test_fine_maps_are_averaged_over_areas_as_opencv_does():
    maps = np.random.default_rng(1).normal(size=(120, 320, 2)).astype(np.float32)
    mosaic = draw_mosaic(maps, 2, (640, 240))
    assert mosaic.tile_size == (MAX_TILE_WIDTH, 45)
    expected = cv2.resize(maps[..., 0], mosaic.tile_size, interpolation=cv2.INTER_AREA)
    expected = np.clip(expected, mosaic.low[0], mosaic.high[0])
    np.testing.assert_allclose(values(mosaic, 0), expected, atol=0.01)


@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from([1, 2, 8, 16]))
@settings(max_examples=30, deadline=None)
def test_a_tile_covers_the_image_and_nothing_beside_it(width, height, stride):
    """A map that rises by 1 a pixel: in tile pixels, it rises from edge to edge of the image."""
    cells = -(-np.array([height, width]) // 16) * 16 // stride
    middles = stride * (np.arange(cells[1]) + 0.5)
    maps = np.broadcast_to(middles.astype(np.float32)[:, None], (cells[0], cells[1], 2))
    mosaic = draw_mosaic(maps, stride, (width, height))
    tile_width, tile_height = mosaic.tile_size
    assert tile_width == min(MAX_TILE_WIDTH, -(-width // stride))
    assert tile_height == max(1, round(height * tile_width / width))
    edges = np.linspace(0, width, tile_width + 1)
    expected = (edges[1:] + edges[:-1]) / 2
    found = values(mosaic, 0)
    inside = slice(1, -1) if tile_width > 50 else slice(0, 0)  # ends are clipped
    np.testing.assert_allclose(
        found[:, 2:-2][:, inside],
        np.broadcast_to(expected[2:-2][inside], found[:, 2:-2][:, inside].shape),
        atol=stride / 2 + 0.01 * width,
    )


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (16, 4), (32, 8), (64, 8), (5, 4)])
def test_the_grid_is_about_square(count, columns):
    mosaic = draw_mosaic(np.zeros((3, 3, count), np.float32), 2, (6, 6))
    assert mosaic.columns == columns
    assert mosaic.pixels.shape == (3 * -(-count // columns), 3 * columns)


def test_constant_maps_are_black_and_finite():
    mosaic = draw_mosaic(np.full((4, 4, 2), -3.5, np.float32), 2, (8, 8))
    assert not mosaic.pixels.any()
    np.testing.assert_array_equal([mosaic.low, mosaic.high], np.full((2, 2), -3.5))


def test_an_outlier_does_not_darken_the_map():
    maps = np.random.default_rng(2).uniform(0, 1, (40, 40, 1)).astype(np.float32)
    maps[5, 5] = 1e4
    mosaic = draw_mosaic(np.repeat(maps, 2, axis=-1), 2, (80, 80))
    assert mosaic.pixels.mean() == pytest.approx(127, abs=10)
    assert mosaic.high[0] <= 1


def test_a_map_that_is_alone_keeps_its_peaks():
    score = np.full((480, 640, 1), 0.01, np.float32)
    score[100, 200] = 0.956
    mosaic = draw_mosaic(score, 1, (640, 480))
    assert mosaic.tile_size == (640, 480)
    assert mosaic.pixels[100, 200] == 255
    assert (mosaic.low[0], mosaic.high[0]) == pytest.approx((0.01, 0.956))
