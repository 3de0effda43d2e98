"""All maps of the network, measured at ORB's points."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest
from feature_map_cases import NETWORK, features_at, found, photograph, untrained

from featmatch import nn
from featmatch.compare.feature_maps import measure_feature_maps
from featmatch.compare.separability import area_answers
from featmatch.features.orb import ORB
from featmatch.images.image import read_image
from featmatch.learned.network.network import normalized

WORDS = {"corner", "edge", "blob", "flat", "mixed", "dark area", "bright area"}


@pytest.fixture(scope="module")
def measured():
    return measure_feature_maps(NETWORK, photograph(), found(), found("cnn"), quick=True)


def test_every_map_of_every_layer_is_there(measured):
    assert [layer.num_channels for layer in measured.layers] == [
        *(16, 16, 32, 32, 64, 64, 64, 64, 16, 16, 1)
    ]
    assert measured.size == photograph().size
    np.testing.assert_array_equal(measured.points0, found().keypoints)
    np.testing.assert_array_equal(measured.learned_points, found("cnn").keypoints)
    assert len(measured.kernels.nearest) == 16
    for layer in measured.layers:
        for column in (layer.auroc_random, layer.auroc_edges, layer.lift):
            assert column.shape == (layer.num_channels,)
            assert np.isfinite(column).all()
        assert set(layer.answers) <= WORDS
        assert len(layer.answers) == layer.num_channels


def test_shares_are_shares(measured):
    for layer in measured.layers:
        for areas in (layer.auroc_random, layer.auroc_edges):
            assert areas.min() >= 0
            assert areas.max() <= 1
        assert 0 < layer.probe_chance < layer.probe_average_precision <= 1
        assert layer.lift.min() >= 0


def test_a_map_that_goes_with_the_brightness_answers_to_areas(measured):
    """Of the first layer one does, whatever is on the picture: the eleventh."""
    assert [word for word in measured.layers[0].answers if "area" in word] == ["dark area"]
    assert measured.layers[0].answers[10] == "dark area"
    gray = np.random.default_rng(0).integers(0, 256, (64, 96), np.uint8)
    blocks = gray.reshape(32, 2, 48, 2).mean(axis=(1, 3))
    noise = np.random.default_rng(1).standard_normal(blocks.shape)
    maps = np.stack([blocks, -3 * blocks, noise, np.zeros(blocks.shape)], axis=-1)
    assert area_answers(maps, gray, 2) == ("bright area", "dark area", "", "")


def test_points_chosen_where_a_channel_is_largest_are_told_by_it():
    """Local maxima of one channel of the second layer, taken as points of a detector."""
    image, chosen = read_image(photograph().pixels.copy(), max_size=0), 5
    gray = normalized(image.gray() / np.float32(255))
    with nn.no_grad():
        channel = NETWORK(gray[None, ..., None])[1][0].data[0, ..., chosen]
    peaks = (channel == cv2.dilate(channel, np.ones((7, 7)))) & (
        channel > np.quantile(channel, 0.9)
    )
    peaks[:16], peaks[-16:], peaks[:, :16], peaks[:, -16:] = 0, 0, 0, 0
    rows, columns = np.nonzero(peaks)
    points = features_at(2 * np.column_stack([columns, rows]) + 0.5, image.size)
    measured = measure_feature_maps(NETWORK, image, points, points)
    layer = measured.layers[1]
    assert layer.auroc_random.argmax() == layer.auroc_edges.argmax() == chosen
    assert layer.auroc_random[chosen] > 0.95
    assert layer.auroc_edges[chosen] > 0.85
    assert layer.lift[chosen] > 2
    assert layer.probe_average_precision > 0.8
    assert measured.common_points.orb_near_learned == 1


def test_the_seed_decides(measured):
    again = measure_feature_maps(NETWORK, photograph(), found(), found("cnn"), quick=True)
    other = measure_feature_maps(NETWORK, photograph(), found(), found("cnn"), quick=True, seed=1)
    for layer, same, different in zip(measured.layers, again.layers, other.layers, strict=True):
        for field in fields(layer):
            np.testing.assert_array_equal(getattr(layer, field.name), getattr(same, field.name))
        assert (layer.auroc_random != different.auroc_random).any()
        np.testing.assert_allclose(layer.auroc_random, different.auroc_random, atol=0.15)


def test_points_are_in_pixels_of_the_original_image():
    """A photograph worked on at half its size: points fall onto the same places of the maps."""
    twice = np.repeat(np.repeat(photograph().pixels, 2, axis=0), 2, axis=1)
    half = read_image(twice, max_size=320)
    np.testing.assert_array_equal(half.pixels, photograph().pixels)
    pixels = read_image(photograph().pixels.copy(), max_size=0)
    small, large = (
        measure_feature_maps(NETWORK, image, orb, features_at([], image.size), quick=True)
        for image, orb in (
            (pixels, features_at(pixels_of_orb(), pixels.size)),
            (half, features_at(2 * pixels_of_orb() + 0.5, half.size)),
        )
    )
    assert (small.size, large.size) == ((320, 240), (640, 480))
    for layer, same in zip(small.layers, large.layers, strict=True):
        np.testing.assert_allclose(layer.auroc_random, same.auroc_random, atol=1e-6)
        np.testing.assert_allclose(layer.auroc_edges, same.auroc_edges, atol=1e-6)


def pixels_of_orb():
    return np.rint(photograph().from_original(found().keypoints))


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (40, 40), (70, 64)])
@pytest.mark.parametrize("kind", ["blank", "noise"])
def test_small_and_blank_images_give_empty_numbers(shape, kind):
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    image = read_image(noise if kind == "noise" else np.full(shape, 128, np.uint8))
    orb = ORB(max_keypoints=9).extract(image)
    measured = measure_feature_maps(untrained(), image, orb, features_at([], image.size))
    for layer in measured.layers:
        assert len(layer.auroc_random) == len(layer.auroc_edges) == len(layer.lift) == 0
        assert layer.probe_average_precision is None
        assert layer.probe_chance is None
    assert measured.common_points.learned_near_orb is None
