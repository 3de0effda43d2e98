"""Feature maps of the shipped network on a picture: what is shown is what the network computes."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featmatch import nn
from featmatch.explaining.feature_maps import MAX_UNITS, feature_maps
from featmatch.images.image import read_image
from featmatch.learned.network.network import normalized
from featmatch.learned.network.weights import load_network
from featmatch.report.page.encode import encode

GRAY = cv2.GaussianBlur(np.random.default_rng(6).integers(0, 256, (150, 200), np.uint8), (0, 0), 2)
DATA = feature_maps(read_image(GRAY)).data
PICTURE = DATA["picture"]


def maps_of_blocks():
    gray = normalized(PICTURE / np.float32(255))
    with nn.no_grad():
        return [maps.data[0] for maps in load_network()(gray[None, ..., None])[1]]


def test_the_picture_is_continued_to_whole_cells():
    height, width = 144, 192
    assert PICTURE.shape == (height, width)
    expected = cv2.resize(GRAY, (192, 144), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(PICTURE, expected)
    assert feature_maps(read_image(GRAY[:50, :70])).data["picture"].shape == (64, 80)


@pytest.mark.parametrize(("place", "block"), [(1, 1), (2, 2)])
def test_after_the_activation_come_the_maps_of_the_network(place, block):
    """The second convolutions of blocks 2 and 3, whose activated maps the network returns."""
    layer, maps = DATA["layers"][place], maps_of_blocks()[block]
    assert (layer.stride, layer.num_maps) == (2 ** (block + 1), maps.shape[-1])
    rows = slice(layer.row, layer.row + layer.num_units)
    columns = slice(layer.column, layer.column + layer.num_units)
    for shown in layer.maps:
        before = shown.before
        after = np.where(before < 0, DATA["negative_slope"] * before, before)
        np.testing.assert_allclose(after, maps[rows, columns, shown.number - 1], atol=1e-3)


@pytest.mark.parametrize("layer", DATA["layers"], ids=[layer.title for layer in DATA["layers"]])
def test_the_picture_of_a_map_holds_the_numbers_of_its_part(layer):
    assert 0 < layer.num_units <= MAX_UNITS
    assert [shown.number for shown in layer.maps] == sorted({shown.number for shown in layer.maps})
    for shown in layer.maps:
        assert shown.picture.shape == tuple(side // layer.stride for side in PICTURE.shape)
        values = (shown.picture.astype(float) - 128) / 127 * shown.limit
        part = values[layer.row :, layer.column :][: layer.num_units, : layer.num_units]
        assert part.shape == shown.before.shape == (layer.num_units,) * 2
        np.testing.assert_allclose(part, shown.before, atol=0.51 * shown.limit / 127 + 1e-3)
        assert np.abs(values).max() == pytest.approx(shown.limit)
        assert shown.share_negative == pytest.approx((shown.picture < 128).mean(), abs=0.05)


def test_fields_and_strides_are_those_of_the_layers():
    assert [(layer.stride, layer.size) for layer in DATA["layers"]] == [(2, 6), (4, 28), (8, 64)]


def test_data_stay_small():
    noise = np.random.default_rng(0).integers(0, 256, (480, 640), np.uint8)
    text = json.dumps(encode(feature_maps(read_image(noise)).data), separators=(",", ":"))
    assert len(text) < 150_000


def test_the_smallest_picture_has_one_unit_at_least():
    data = feature_maps(read_image(np.zeros((1, 1), np.uint8))).data
    assert data["picture"].shape == (16, 16)
    assert [layer.num_units for layer in data["layers"]] == [8, 4, 2]
