"""Descriptors of given keypoints, against those that the network gives to its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_warps import image, noise, picture

from featmatch import Features, threads
from featmatch.images.image import read_image
from featmatch.learned.extraction.describe import describe_features
from featmatch.learned.extraction.extractor import CNN, KEYPOINT_SIZE
from featmatch.learned.network.weights import load_network

NETWORK = load_network()
OPTIONS = {"scales": CNN.scales, "keypoint_size": KEYPOINT_SIZE, "tile_size": 1024}


@pytest.fixture(autouse=True)
def _same_threads_afterward():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


def describe(image, features, **options):
    return describe_features(NETWORK, image, features, **(OPTIONS | options))


def keypoints(points, sizes, image):
    num = len(points)
    return Features(
        keypoints=np.float32(points).reshape(num, 2),
        descriptors=np.zeros((num, 1), np.float32),
        scores=np.ones(num, np.float32),
        scales=np.float32(sizes),
        angles=np.zeros(num, np.float32),
        image_size=image.size,
        method="made",
        pixel_size=image.pixel_size,
    )


@pytest.mark.parametrize("max_size", [0, 217])
@pytest.mark.parametrize("tile_size", [1024, 96])
def test_keypoints_of_the_network_get_their_own_descriptors(max_size, tile_size):
    """In original pixels and back: the descriptors are those of the same places and scales."""
    resized = read_image(picture(), max_size=max_size)
    found = CNN(max_keypoints=1500).extract(resized)
    assert len(set(found.scales.tolist())) == len(CNN.scales)
    described = describe(resized, found, tile_size=tile_size)
    np.testing.assert_allclose(described, found.descriptors, atol=1e-3)


def test_a_size_chooses_the_nearest_scale_in_proportion():
    """Between the scales 1 and 1/4, sizes up to twice the wanted one belong to the former."""
    sizes = np.array([1, 19, 20, 39, 41, 80, 1000])
    points = np.tile([[150.3, 120.8]], (len(sizes), 1))
    both = describe(
        image(), keypoints(points, sizes, image()), scales=(0.25, 1.0), keypoint_size=20
    )
    fine, coarse = (
        describe(image(), keypoints(points[:1], sizes[:1], image()), scales=(scale,))[0]
        for scale in (1.0, 0.25)
    )
    for place, size in enumerate(sizes):
        expected = fine if size < 40 else coarse
        np.testing.assert_allclose(both[place], expected, atol=1e-5)
    assert np.linalg.norm(fine - coarse) > 0.1


def test_order_and_company_do_not_matter():
    found = CNN(max_keypoints=300).extract(image())
    every = describe(image(), found)
    order = np.random.default_rng(0).permutation(len(found))[:100]
    columns = ("keypoints", "descriptors", "scores", "scales", "angles")
    some = replace(found, **{name: getattr(found, name)[order] for name in columns})
    np.testing.assert_allclose(describe(image(), some), every[order], atol=1e-5)


@pytest.mark.parametrize("num_threads", [1, 3])
def test_results_do_not_depend_on_threads(num_threads):
    found = CNN(max_keypoints=300).extract(image())
    threads.set_num_threads(2)
    expected = describe(image(), found, tile_size=100)
    threads.set_num_threads(num_threads)
    np.testing.assert_array_equal(describe(image(), found, tile_size=100), expected)


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (16, 17), (5, 200)])
@pytest.mark.parametrize("size", [0, 1e-9, 5, 1e9])
def test_any_place_of_any_image_can_be_described(shape, size):
    """Corners of the outermost pixels, too, of any size."""
    height, width = shape
    corners = [[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [0, 0]]
    tiny = read_image(noise(*shape))
    found = describe(tiny, keypoints(corners, np.full(4, size), tiny), tile_size=16)
    assert found.shape == (4, 64)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_no_keypoints():
    none = keypoints(np.zeros((0, 2)), [], image())
    assert describe(image(), none).shape == (0, 64)
