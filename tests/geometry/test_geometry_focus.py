"""Pairs that are sharp in different places, and what a share of few patches is worth."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from photographs import SIZE, map_error, photograph, seen_through, turned

from featmatch.geometry.evidence import Evidence
from featmatch.geometry.focus import local_blurs
from featmatch.geometry.lucas_kanade import patch_offsets
from featmatch.geometry.pictures import Picture
from featmatch.geometry.polish import polish_homography
from featmatch.geometry.shares import share_interval
from featmatch.images.view import View
from featmatch.types import TwoViewGeometry

LARGE = (900, 675)


def unevenly_blurred(pixels, sharp_on_the_left, sigma):
    """Sharp on one side, and blurred more and more towards the other."""
    share = np.linspace(0, 1, pixels.shape[1])
    share = share if sharp_on_the_left else 1 - share
    levels = np.stack(
        [pixels, *(cv2.GaussianBlur(pixels, (0, 0), sigma * k / 7) for k in range(1, 8))]
    )
    low = np.minimum((share * 7).astype(int), 6)
    columns = np.arange(pixels.shape[1])
    rest = (share * 7 - low)[:, None]
    blurred = (
        levels[low, :, columns] * (1 - rest[:, None]) + levels[low + 1, :, columns] * rest[:, None]
    )
    return blurred.swapaxes(0, 1)


@pytest.mark.parametrize("name", ["poster_0.jpg", "room_0.jpg"])
def test_polishing_of_a_focus_stack_keeps_to_the_truth(name):
    pixels = photograph(name, LARGE).astype(np.float32)
    true = turned(1.5, 1.02, size=LARGE)
    rng = np.random.default_rng(0)
    pair = (
        unevenly_blurred(pixels, True, 5.0),
        unevenly_blurred(seen_through(pixels, true, LARGE), False, 5.0),
    )
    noisy = ((each + rng.normal(0, 2, each.shape)).clip(0, 255) for each in pair)
    views = [View.read(np.ascontiguousarray(each.astype(np.uint8))) for each in noisy]
    found = polish_homography(*views, true)
    assert found.num_points
    assert map_error(found.homography, true, LARGE, LARGE) < 0.2


def test_blurs_are_told_of_the_sharper_picture():
    pixels = photograph().astype(np.float32)
    left, right = (unevenly_blurred(pixels, side, 6.0)[..., 1] for side in (True, False))
    x, y = np.meshgrid(np.arange(20, SIZE[0] - 20, 20), np.arange(20, SIZE[1] - 20, 20))
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(float)
    places = points[:, None] + patch_offsets()
    pictures = tuple(Picture(np.ascontiguousarray(each)).as_coarse(1.0) for each in (left, right))
    blurs = local_blurs(pictures, (places, places), 1.0)
    assert np.median(blurs[points[:, 0] < 110]) >= 2
    assert np.median(blurs[points[:, 0] > 340]) <= -2
    assert not local_blurs((pictures[0], pictures[0]), (places, places), 1.0).any()


def test_the_interval_of_a_share_is_that_of_wilson():
    """Ends as in Brown, Cai and DasGupta, Statistical Science 16, 2001, from the formula."""
    assert share_interval(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert share_interval(1.0, 12) == pytest.approx((0.7575, 1.0), abs=1e-4)
    assert share_interval(0.0, 0) == (0, 1)


def test_a_few_patches_prove_less_than_many():
    nothing = np.zeros(0)
    geometry = TwoViewGeometry("homography", np.eye(3), nothing.astype(bool), nothing, 3.0)
    many = Evidence(geometry, -100.0, patch_agreement=0.7)
    assert many.sure_agreement == pytest.approx(0.7)
    assert many.beyond_doubt
    few = replace(many, num_patches=12)
    assert few.sure_agreement < 0.5
    assert not few.beyond_doubt
