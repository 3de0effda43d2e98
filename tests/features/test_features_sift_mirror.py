"""SIFT's features of a mirror image, without looking at it."""

from pathlib import Path

import numpy as np
import pytest

from featmatch import METHODS
from featmatch.features.sift import SIFT
from featmatch.images.view import Reading, View

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAME_POINT = 1e-2  # px
FULL_TURN = 2 * np.pi


@pytest.mark.parametrize("root", [True, False])
@pytest.mark.parametrize("max_size", [0, 301])
def test_they_are_what_sift_finds_in_the_mirror_image(root, max_size):
    view = View.read(SAMPLES / "room_0.jpg", reading=Reading(max_size=max_size))
    extractor, mirrored = SIFT(root=root), view.mirrored()
    told = SIFT.in_mirror(extractor.extract(view.image, view.usable))
    found = extractor.extract(mirrored.image, mirrored.usable)
    distances = np.linalg.norm(told.keypoints[:, None] - found.keypoints, axis=2)
    turns = told.angles[:, None] - found.angles
    turns -= FULL_TURN * np.round(turns / FULL_TURN)
    distances[np.abs(turns) > 0.01] = np.inf  # a keypoint may have several orientations
    nearest = distances.argmin(axis=1)
    same = distances[np.arange(len(told)), nearest] < SAME_POINT
    assert same.mean() > 0.9
    likeness = np.sum(told.descriptors[same] * found.descriptors[nearest[same]], axis=1)
    assert np.quantile(likeness, 0.1) > 0.999
    np.testing.assert_allclose(told.scales[same], found.scales[nearest[same]], rtol=1e-2)


def test_the_mirror_image_of_a_mirror_image_is_the_image():
    features = METHODS["sift"].extract(View.read(SAMPLES / "poster_0.jpg"))
    twice = SIFT.in_mirror(SIFT.in_mirror(features))
    np.testing.assert_array_equal(twice.descriptors, features.descriptors)
    np.testing.assert_allclose(twice.keypoints, features.keypoints, atol=1e-3)
    np.testing.assert_allclose(twice.angles, features.angles, atol=1e-6)


def test_no_features_have_no_mirror_image():
    none = METHODS["sift"].extract(View.read(np.zeros((64, 64), np.uint8)))
    assert len(SIFT.in_mirror(none)) == 0
