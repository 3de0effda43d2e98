"""The method ``sift-cnn``: SIFT's keypoints, the network's descriptors."""

from __future__ import annotations

import numpy as np
import pytest
from known_warps import image, noise, picture, project, resize

import featmatch
from featmatch import METHODS, WeightsError
from featmatch.features.sift import SIFT
from featmatch.images.image import read_image
from featmatch.learned.extraction.describe import describe_features
from featmatch.learned.extraction.sift_cnn import SIFTCNN
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import load_network, save_network

COLUMNS = ("keypoints", "scores", "scales", "angles")


@pytest.mark.parametrize("max_size", [0, 217])
def test_keypoints_are_those_of_sift(max_size):
    resized = read_image(picture(), max_size=max_size)
    found = SIFTCNN(max_keypoints=300).extract(resized)
    expected = SIFT(max_keypoints=300).extract(resized)
    assert len(found) == 300
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert (found.image_size, found.pixel_size) == (expected.image_size, expected.pixel_size)
    assert (found.method, found.norm) == ("sift-cnn", "l2")


def test_options_reach_the_description():
    options = {"scales": (1.0, 0.3), "keypoint_size": 11.0, "tile_size": 100}
    found = SIFTCNN(max_keypoints=200, **options).extract(image())
    expected = describe_features(load_network(), image(), found, **options)
    np.testing.assert_array_equal(found.descriptors, expected)
    for changed in ({"scales": (0.5,)}, {"keypoint_size": 30.0}):
        other = SIFTCNN(max_keypoints=200, **(options | changed)).extract(image())
        assert np.abs(other.descriptors - found.descriptors).max() > 0.05


@pytest.mark.slow
def test_results_do_not_depend_on_tiles():
    whole, tiles = (
        SIFTCNN(max_keypoints=500, tile_size=tile_size).extract(image()) for tile_size in (1024, 90)
    )
    np.testing.assert_allclose(tiles.descriptors, whole.descriptors, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (16, 17), (40, 300, 3)])
def test_any_size(shape):
    found = SIFTCNN().extract(read_image(noise(*shape)))
    assert found.descriptors.shape == (len(found), 64)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)


def test_a_blank_image_has_no_keypoints():
    found = SIFTCNN().extract(read_image(np.full((90, 120), 128, np.uint8)))
    assert found.descriptors.shape == (0, 64)


def test_a_mask_is_handed_on():
    mask = np.zeros((270, 360), np.uint8)
    mask[:, :180] = 255
    found = SIFTCNN().extract(image(), mask)
    assert len(found) > 50
    assert found.keypoints[:, 0].max() < 179.5


@pytest.mark.slow
def test_a_photograph_made_smaller_is_matched_at_its_scale():
    before, after = picture("poster_0", 640), picture("poster_0", 320)
    result = featmatch.match(before, after, method="sift-cnn", model="homography")
    offsets = result.points1 - project(resize(0.5), result.points0)
    near = np.linalg.norm(offsets, axis=1) < 2
    assert np.count_nonzero(near) > 100
    assert np.abs(np.median(offsets[near], axis=0)).max() < 0.1


@pytest.mark.slow
def test_a_strong_zoom_is_followed():
    """Small keypoints are enlarged: most of the matches over a factor of 4 are right."""
    before, after = picture("poster_0", 900), picture("poster_0", 225)
    result = featmatch.match(before, after, method="sift-cnn", model="homography")
    offsets = result.points1 - project(resize(0.25), result.points0)
    assert np.count_nonzero(np.linalg.norm(offsets, axis=1) < 1) > 200


def test_places_with_several_orientations_are_matched():
    """They have the same descriptor there, which must not fail the ratio test against itself."""
    features = METHODS["sift-cnn"].extractor.extract(image())
    _, places, counts = np.unique(
        features.keypoints, axis=0, return_inverse=True, return_counts=True
    )
    several = counts[places.ravel()] > 1
    assert np.count_nonzero(several) > 100
    matches = METHODS["sift-cnn"].matcher.match(features, features)
    assert np.count_nonzero(several[matches.indices[:, 0]]) > 150


def test_weights_of_ones_own(tmp_path):
    options = NetworkOptions(channels=(4, 4, 4), head_channels=4, descriptor_size=8, num_turns=2)
    save_network(tmp_path / "own.npz", FeatureNetwork(options, np.random.default_rng(0)).eval())
    found = SIFTCNN(weights=tmp_path / "own.npz", num_turns=2).extract(image())
    assert found.descriptors.shape == (len(found), 8)
    with pytest.raises(WeightsError, match=r"own\.npz: .* take 2 turns, expected 8"):
        SIFTCNN(weights=tmp_path / "own.npz").extract(image())


def test_options_of_the_usual_network_fit_together():
    extractor, matcher = METHODS["sift-cnn"].extractor, METHODS["sift-cnn"].matcher
    assert extractor.num_turns == matcher.num_turns == load_network().options.num_turns


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"max_keypoints": -1},
            ValueError,
            "max_keypoints: expected an integer from 0 to 1,000,000, got -1",
        ),
        (
            {"keypoint_size": 0},
            ValueError,
            "keypoint_size: expected a number from 0.1 to 1000, got 0",
        ),
        (
            {"keypoint_size": None},
            TypeError,
            "keypoint_size: expected a number from 0.1 to 1000, got None",
        ),
        ({"num_turns": 65}, ValueError, "num_turns: expected an integer from 1 to 64, got 65"),
        ({"tile_size": 0}, ValueError, "tile_size: expected an integer from 1 to 65,536, got 0"),
        ({"scales": ()}, ValueError, r"scales: expected at least one .*, got \(\)"),
    ],
)
def test_options_out_of_range(options, error, words):
    with pytest.raises(error, match=f"^{words}$"):
        SIFTCNN(**options)
