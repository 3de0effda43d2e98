"""The geometry that all matches together give two photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from comparison_cases import BLANK, sample, small_sample_pair, working

from featmatch.compare.contenders import contenders
from featmatch.compare.estimated_pair import estimated_pair
from featmatch.evaluation.metrics.homography_error import corner_error
from featmatch.images.image import read_image

CONTENDERS = contenders(300)


def test_the_sample_pair_is_nearly_as_it_was_computed():
    truth = small_sample_pair()
    pair = estimated_pair(truth.image0, truth.image1, CONTENDERS)
    assert pair.origin == "estimated"
    assert pair.fundamental is None
    assert corner_error(pair.homography, truth.homography, truth.image0.size) < 2
    assert pair.reason.startswith("a homography estimated from all matches together: ")


def test_a_scene_with_depth_has_a_fundamental_matrix():
    pair = estimated_pair(sample("room_0", 640), sample("room_1", 640), CONTENDERS)
    assert pair.origin == "estimated"
    assert pair.homography is None
    assert np.linalg.matrix_rank(pair.fundamental, tol=1e-6) == 2
    assert pair.reason.startswith("a fundamental matrix estimated from all matches together: ")


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
    pair = estimated_pair(image0, image1, CONTENDERS)
    assert pair.origin == "none"
    assert pair.homography is pair.fundamental is None
    assert pair.reason.startswith("the images do not seem to show the same thing")


def test_a_mirrored_image_is_not_another_view():
    mirrored = read_image(np.ascontiguousarray(cv2.flip(working().gray(), 1)))
    assert estimated_pair(working(), mirrored, CONTENDERS).origin == "none"


def test_images_forget_their_originals():
    image = sample("gallery_0")
    assert image.pixel_size > 2
    pair = estimated_pair(image, image, CONTENDERS)
    assert pair.image0.size == pair.image1.size == image.pixels.shape[1::-1]
    np.testing.assert_allclose(pair.homography, np.eye(3), atol=1e-3)


def test_same_seed_same_geometry():
    truth = small_sample_pair()
    pairs = [estimated_pair(truth.image0, truth.image1, CONTENDERS, seed=5) for _ in range(2)]
    np.testing.assert_array_equal(pairs[0].homography, pairs[1].homography)
