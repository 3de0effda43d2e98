"""The geometry that the steps of `featmatch.match` give two photographs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from comparison_cases import BLANK, sample, small_sample_pair, working

import featmatch
from featmatch.compare.estimated_pair import estimated_pair
from featmatch.evaluation.metrics.accuracy import epipolar_errors
from featmatch.evaluation.metrics.homography_error import corner_error
from featmatch.images.image import read_image
from featmatch.types import TwoViewGeometry


def estimated(image0, image1, seed=0):
    return estimated_pair((image0, image1), featmatch.match(image0, image1, seed=seed))


def test_the_sample_pair_is_nearly_as_it_was_computed():
    truth = small_sample_pair()
    pair = estimated(truth.image0, truth.image1)
    assert pair.origin == "estimated"
    assert pair.fundamental is None
    assert corner_error(pair.homography, truth.homography, truth.image0.size) < 2
    assert pair.reason.startswith("a homography that featmatch match is ")


def test_a_scene_with_depth_has_a_fundamental_matrix():
    pair = estimated(sample("room_0", 640), sample("room_1", 640))
    assert pair.origin == "estimated"
    assert pair.homography is None
    assert np.linalg.matrix_rank(pair.fundamental, tol=1e-6) == 2
    assert pair.reason.startswith("a fundamental matrix that featmatch match is ")


@pytest.mark.parametrize(
    ("image0", "image1"),
    [
        (sample("unrelated_0"), sample("unrelated_1")),
        (read_image(BLANK), read_image(BLANK)),
        (working(), read_image(BLANK)),
        (read_image(BLANK[:1, :1]), working()),
    ],
    ids=["unrelated", "blank", "blank 1", "one pixel"],
)
def test_images_that_share_nothing(image0, image1):
    pair = estimated(image0, image1)
    assert pair.origin == "none"
    assert pair.homography is pair.fundamental is None
    assert pair.reason.startswith("the images do not seem to show the same thing")


def test_a_mirrored_image_is_not_another_view():
    mirrored = read_image(np.ascontiguousarray(cv2.flip(working().gray(), 1)))
    assert estimated(working(), mirrored).origin == "none"


def test_images_forget_their_originals():
    image = sample("gallery_0")
    assert image.pixel_size > 2
    pair = estimated(image, image)
    assert pair.image0.size == pair.image1.size == image.pixels.shape[1::-1]
    np.testing.assert_allclose(pair.homography, np.eye(3), atol=1e-3)


def test_same_seed_same_geometry():
    truth = small_sample_pair()
    pairs = [estimated(truth.image0, truth.image1, seed=5) for _ in range(2)]
    np.testing.assert_array_equal(pairs[0].homography, pairs[1].homography)


def test_a_fundamental_matrix_is_in_pixels_of_the_images_worked_on():
    """Its epipolar lines, scaled, are those of the same matches in pixels of the originals."""
    images = sample("room_0", 320), sample("room_1", 320)
    result = featmatch.match(sample("room_0", 640), sample("room_1", 640))
    pair = estimated_pair(images, result)
    points0, points1 = (
        image.from_original(points[result.inliers])
        for image, points in zip(images, (result.points0, result.points1), strict=True)
    )
    errors = epipolar_errors(points0, points1, pair.fundamental)
    assert len(errors) == result.num_inliers
    assert np.median(errors) < 1


def test_what_match_accepts_is_not_called_unrelated():
    """Even where there is no model by which single matches could be judged."""
    result = featmatch.match(sample("gallery_0"), sample("gallery_0"))
    num = len(result.matches)
    nothing = TwoViewGeometry("none", None, np.zeros(num, bool), np.full(num, np.inf), 3.0, "none")
    pair = estimated_pair((working(), working()), replace(result, geometry=nothing))
    assert pair.origin == "matched"
    assert pair.reason.startswith("the images match")
