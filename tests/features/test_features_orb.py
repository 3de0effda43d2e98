"""Where ORB's keypoints lie, against the exact map of an image made smaller."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch.images.image import resize_points

PICTURE = Path(__file__).parents[2] / "samples" / "poster_0.jpg"


@pytest.mark.parametrize("factor", [2, 3])
def test_levels_of_the_pyramid_agree_with_a_smaller_image(factor):
    """A point of a coarse level is found on a fine level of the image made smaller."""
    pixels = cv2.cvtColor(cv2.imread(str(PICTURE)), cv2.COLOR_BGR2GRAY)
    pixels = pixels[: 675 // factor * factor, : 900 // factor * factor]
    small = cv2.resize(pixels, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    result = featmatch.match(pixels, small, method="orb", max_ratio=0.8)
    offsets = result.points1 - resize_points(result.points0, 1 / factor)
    near = np.linalg.norm(offsets, axis=1) < 2
    assert np.count_nonzero(near) > 500
    # OpenCV's own coordinates are off by 0.16 to 0.49 px here, in pixels of the smaller image.
    assert np.abs(offsets[near].mean(axis=0)).max() < 0.06
