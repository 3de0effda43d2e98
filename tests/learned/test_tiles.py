"""Tiles cover an image once, and their halos hold all that the network sees from within."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import nn
from featmatch.learned.extraction.tiles import HALO, tiles_of
from featmatch.learned.network.network import STRIDE, FeatureNetwork, NetworkOptions

SIDES = st.integers(1, 40).map(lambda cells: STRIDE * cells)


@given(height=SIDES, width=SIDES, tile_size=st.integers(1, 700))
@settings(max_examples=30)
def test_cores_cover_every_pixel_once(height, width, tile_size):
    count, y, x = np.zeros((height, width), int), *np.mgrid[:height, :width]
    pixels = np.stack([x.ravel(), y.ravel()], axis=1)
    for tile in tiles_of(height, width, tile_size):
        count[tile.core] += 1
        own = np.zeros((height, width), bool)
        own[tile.core] = True
        np.testing.assert_array_equal(tile.holds(pixels), own.ravel())
    assert (count == 1).all()


@given(height=SIDES, width=SIDES, tile_size=st.integers(1, 700))
@settings(max_examples=30)
def test_tiles_are_about_equal_and_keep_to_the_cells(height, width, tile_size):
    tiles = tiles_of(height, width, tile_size)
    sizes = [np.array([part.stop - part.start for part in tile.core]) for tile in tiles]
    assert (np.ptp(sizes, axis=0) <= STRIDE).all()
    assert np.max(sizes) < tile_size + STRIDE
    for tile in tiles:
        for core, outer, length in zip(tile.core, tile.outer, (height, width), strict=True):
            assert outer.start == max(core.start - HALO, 0)
            assert outer.stop == min(core.stop + HALO, length)
            assert not any(
                bound % STRIDE for bound in (core.start, core.stop, outer.start, outer.stop)
            )


@pytest.mark.parametrize("tile_size", [1, 16, 50, 10_000])
def test_the_core_is_where_the_tile_says(tile_size):
    numbers = np.arange(160 * 240).reshape(160, 240)
    for tile in tiles_of(160, 240, tile_size):
        np.testing.assert_array_equal(numbers[tile.outer][tile.inner], numbers[tile.core])


def test_an_image_of_the_size_of_a_tile_is_one():
    assert len(tiles_of(480, 640, 640)) == 1
    assert len(tiles_of(480, 656, 640)) == 2
    assert len(tiles_of(480, 640, 240)) == 6


@pytest.mark.parametrize("place", [-1.2, 0, 7.5, 8, 15, 16.2])
def test_the_halo_holds_all_that_the_network_sees(place):
    """Whatever is beyond it, logits and descriptors in a core of one cell are the same."""
    network = FeatureNetwork(NetworkOptions(), np.random.default_rng(0)).eval()
    images = np.random.default_rng(1).normal(size=(2, 336, 336, 1)).astype(np.float32)
    core = slice(160, 160 + STRIDE)
    outer = slice(core.start - HALO, core.stop + HALO)
    images[1, outer, outer] = images[0, outer, outer]
    with nn.no_grad():
        logits, maps = network(images)
        points = np.full((2, 1, 2), core.start + place)
        descriptors = network.describe(maps, points).data
    for both in (logits.data[:, core, core], descriptors):
        np.testing.assert_allclose(both[1], both[0], atol=1e-5)
    assert np.abs(logits.data[0] - logits.data[1]).max() > 0.01
