"""SIFT's features of a mirror image, without looking at it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from featmatch import METHODS, Pipeline
from featmatch.errors import ArgumentError
from featmatch.features.opencv import unit_length
from featmatch.features.sift import SIFT
from featmatch.frames import frames_of
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


def test_frames_are_mirrored_as_scales_and_angles_are():
    features = METHODS["sift"].extract(View.read(SAMPLES / "poster_0.jpg"))
    framed = replace(features, frames=frames_of(features))
    expected = frames_of(SIFT.in_mirror(features))
    np.testing.assert_allclose(SIFT.in_mirror(framed).frames, expected, atol=1e-4)


def test_other_descriptors_are_refused():
    orb = METHODS["orb"].extract(View.read(SAMPLES / "poster_0.jpg"))
    with pytest.raises(ArgumentError, match="128 numbers long, got 32"):
        SIFT.in_mirror(orb)


def test_a_kind_of_sift_looks_at_the_mirror_image_itself():
    class Half(SIFT):
        def extract(self, image, mask=None):
            features = super().extract(image, mask)
            return replace(features, descriptors=unit_length(features.descriptors[:, :64]))

    pipeline = Pipeline(Half(max_keypoints=300))
    views = [View.read(SAMPLES / f"{name}_0.jpg") for name in ("poster", "room")]
    assert pipeline.match(*views).verdict.kind == "part"  # the poster hangs in the room
