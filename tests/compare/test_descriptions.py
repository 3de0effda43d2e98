"""Describing points that another contender has found, against what OpenCV and the network say."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from comparison_cases import BLANK, features_at, working

from featmatch import Matcher
from featmatch.compare.contenders import contenders
from featmatch.compare.descriptions import (
    SIDES,
    described_by,
    intensity_angles,
    orb_descriptors,
    orb_levels,
    sift_descriptors,
)
from featmatch.images.image import read_image

CONTENDERS = {contender.name: contender for contender in contenders(300)}
FOUND = {name: contender.features(working()) for name, contender in CONTENDERS.items()}
every_finder = pytest.mark.parametrize("finder", CONTENDERS)
every_describer = pytest.mark.parametrize("describer", CONTENDERS)


def angle_between(angles0, angles1):
    return np.abs(np.angle(np.exp(1j * (np.float64(angles0) - angles1))))


def test_orb_describes_its_own_points_as_opencv_does():
    features = FOUND["orb"]
    described = orb_descriptors(working().gray(), features, features.scales)
    np.testing.assert_array_equal(described, features.descriptors)


def test_sift_describes_its_own_points_as_opencv_does():
    features = FOUND["sift"]
    described = sift_descriptors(working().gray(), features, features.scales * SIDES["sift"])
    # OpenCV now and then places a keypoint a little more than half a layer from its own layer.
    similarity = (described * features.descriptors).sum(axis=1)
    assert similarity.min() > 0.9999
    assert (similarity > 1 - 1e-6).mean() > 0.99


def test_the_network_describes_its_own_points_as_it_did():
    features = replace(FOUND["cnn"], method="orb")  # as if they were another's
    described = described_by(CONTENDERS["cnn"], working(), features)
    similarity = (described.descriptors * features.descriptors).sum(axis=1)
    assert similarity.min() > 0.99


@every_finder
def test_own_features_stay_as_they_are(finder):
    assert described_by(CONTENDERS[finder], working(), FOUND[finder]) is FOUND[finder]


@every_finder
@every_describer
def test_points_stay_and_descriptors_follow_their_order(finder, describer):
    features = FOUND[finder]
    described = described_by(CONTENDERS[describer], working(), features)
    own = FOUND[describer]
    assert described.method == finder
    assert described.norm == own.norm
    assert described.descriptors.shape == (len(features), own.descriptors.shape[1])
    np.testing.assert_array_equal(described.keypoints, features.keypoints)
    if finder == describer:
        return
    order = np.random.default_rng(1).permutation(len(features))[:40]
    columns = {
        name: getattr(features, name)[order]
        for name in ("keypoints", "descriptors", "scores", "scales", "angles")
    }
    some = described_by(CONTENDERS[describer], working(), replace(features, **columns))
    np.testing.assert_allclose(some.descriptors, described.descriptors[order], atol=1e-5)


@every_finder
@every_describer
def test_points_are_matched_with_a_quarter_turn(finder, describer):
    """An orientation is given to all who need one, or the matcher turns descriptors."""
    if finder == describer == "sift":
        return  # SIFT alone does so without our help
    image, turned = working(), read_image(np.rot90(working().gray()))
    described = [
        described_by(CONTENDERS[describer], view, CONTENDERS[finder].features(view))
        for view in (image, turned)
    ]
    matches = CONTENDERS[describer].matcher.match(*described)
    x, y = described[0].keypoints[matches.indices[:, 0]].T
    expected = np.column_stack([y, image.size[0] - 1 - x])
    errors = np.linalg.norm(described[1].keypoints[matches.indices[:, 1]] - expected, axis=1)
    assert len(matches) > 50
    assert (errors < 3).mean() > 0.6


@every_finder
@every_describer
def test_no_points_no_descriptors(finder, describer):
    image = read_image(BLANK)
    nothing = CONTENDERS[finder].features(image)
    described = described_by(CONTENDERS[describer], image, nothing)
    assert len(described) == 0
    assert len(CONTENDERS[describer].matcher.match(described, described)) == 0


@pytest.mark.parametrize("shape", [(34, 60), (40, 40), (64, 200)])
@every_describer
def test_small_images(describer, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    image = read_image(noise)
    features = CONTENDERS["cnn"].features(image)
    assert len(features) > 0
    described = described_by(CONTENDERS[describer], image, features)
    assert len(described.descriptors) == len(features)
    assert np.isfinite(described.descriptors.astype(float)).all()


@pytest.mark.parametrize("side", [0.1, 31, 1e6])
@every_describer
def test_sides_beyond_all_levels(describer, side):
    points = features_at([(60, 50), (90, 80)], method="orb", scales=np.full(2, side, np.float32))
    described = described_by(CONTENDERS[describer], working(), points)
    assert len(described) == 2


def test_orb_levels():
    sides = 31 * 1.2 ** np.array([-9, -0.4, 0, 0.4, 0.6, 3, 7, 20])
    assert orb_levels(sides).tolist() == [0, 0, 0, 0, 1, 3, 7, 7]


def test_angles_are_those_of_opencv():
    features = FOUND["orb"]
    levels = orb_levels(features.scales)
    errors = angle_between(
        intensity_angles(working().gray(), features.keypoints, levels), features.angles
    )
    assert errors[levels == 0].max() < np.radians(0.1)  # OpenCV's arc tangent is as rough
    assert np.median(errors[levels > 0]) < np.radians(3)


@pytest.mark.parametrize("degrees", range(0, 360, 30))
def test_the_angle_points_to_the_bright_side(degrees):
    angle = np.radians(degrees)
    y, x = np.mgrid[-40:41, -40:41]
    ramp = 128 + 2 * (np.cos(angle) * x + np.sin(angle) * y)
    gray = np.rint(ramp).clip(0, 255).astype(np.uint8)
    found = intensity_angles(gray, np.array([(40.0, 40.0)]), np.array([0]))
    assert angle_between(found, angle).max() < np.radians(0.5)


def test_the_angle_of_an_even_patch_is_zero():
    points = np.array([(20.0, 20.0), (60.0, 45.0)])
    assert intensity_angles(BLANK, points, np.array([0, 2])).tolist() == [0, 0]


def test_coarser_levels_see_a_wider_disc():
    """A bright spot 20 px away is outside of the disc of level 0, and inside that of level 3."""
    gray = np.zeros((101, 101), np.uint8)
    cv2.circle(gray, (50, 70), 3, 255, -1)
    points = np.array([(50.0, 50.0), (50.0, 50.0)])
    fine, coarse = intensity_angles(gray, points, np.array([0, 3]))
    assert fine == 0
    assert coarse == pytest.approx(np.pi / 2, abs=0.05)


def test_descriptors_tell_points_apart():
    """ORB's descriptors of the network's points match themselves and nothing else."""
    described = described_by(CONTENDERS["orb"], working(), FOUND["cnn"])
    matches = Matcher().match(described, described)
    assert (matches.indices[:, 0] == matches.indices[:, 1]).all()
    assert len(matches) > 0.8 * len(described)
