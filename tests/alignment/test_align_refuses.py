"""What cannot be laid over another image is told with the reason, and is no exception."""

from __future__ import annotations

import numpy as np
import pytest
from known_warps import picture
from laid_pairs import photograph

import featmatch
from featmatch.errors import ArgumentError, FeatmatchError

PHOTOGRAPH = picture("poster_0", 500)


def refused(moving, fixed, **options):
    result = featmatch.align(moving, fixed, **options)
    assert not result
    assert (result.kind, result.matrix, result.field, result.overlap) == ("none", None, None, 0.0)
    for use in (result.to_fixed, result.to_moving):
        with pytest.raises(FeatmatchError, match="not aligned"):
            use([[1.0, 2.0]])
    with pytest.raises(FeatmatchError, match="not aligned"):
        result.aligned()
    return result


def test_other_pictures():
    result = refused(picture("unrelated_0", 500), picture("unrelated_1", 500), method="orb")
    assert result.reason.startswith("the images do not match: ")


@pytest.mark.parametrize("shape", [(300, 400, 3), (300, 400), (1, 1)])
def test_blank_images(shape):
    refused(np.full(shape, 128, np.uint8), PHOTOGRAPH, method="orb")


def test_a_mirror_image():
    refused(np.ascontiguousarray(PHOTOGRAPH[:, ::-1]), PHOTOGRAPH, method="sift")


def test_two_parts_that_share_nothing():
    """Beside each other in one photograph."""
    wide = photograph("gallery_0.jpg").astype(np.uint8)
    refused(wide[:, :440], wide[:, 460:], method="sift")


def test_a_shift_is_no_turn():
    turned = np.ascontiguousarray(np.rot90(PHOTOGRAPH))
    result = refused(turned, PHOTOGRAPH, model="translation", method="orb")
    assert "a translation leaves half of what both images show more than" in result.reason
    assert featmatch.align(turned, PHOTOGRAPH, method="orb").kind == "similarity"


@pytest.mark.parametrize("model", ["rigid", "fundamental", 3])
def test_unknown_models_are_refused(model):
    with pytest.raises((ArgumentError, TypeError), match="model"):
        featmatch.align(PHOTOGRAPH, PHOTOGRAPH, model=model)


def test_gray_on_colors_and_an_object_larger_than_the_scene():
    gray = PHOTOGRAPH.mean(axis=2).astype(np.uint8)
    small = np.ascontiguousarray(PHOTOGRAPH[60:260, 100:350])
    result = featmatch.align(gray, small, method="sift")
    assert np.allclose(result.to_fixed([[100.0, 60.0]]), 0, atol=0.05)
    aligned = result.aligned()
    assert aligned.colors.shape == small.shape[:2]
    assert aligned.opacity.min() == 255
    assert np.abs(aligned.colors.astype(int) - small.mean(axis=2)).max() <= 3
