"""Blocks tell by how much images are off, whatever the light, and where they may be looked at."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from laid_pairs import by_matrices, photograph, similarity

from featmatch.alignment.equations import Frame
from featmatch.alignment.fit import fit_warp
from featmatch.alignment.laid import Laid
from featmatch.alignment.lay import _compared
from featmatch.alignment.warp import Warp
from featmatch.images.image import read_image
from featmatch.images.view import View

SHIFT = (0.6, -0.35)
SIZE = (320, 240)
START = Warp("translation", np.eye(3))


@pytest.fixture(scope="module")
def images():
    """Two images of one scene; what lies at x in the first lies at x + SHIFT in the second."""
    scene = photograph()
    to_scene1 = similarity(0, 1.5, (0, 0), (150, 100))
    to_scene0 = to_scene1 @ similarity(0, 1, (0, 0), SHIFT)
    return by_matrices(scene, scene, to_scene0, to_scene1, SIZE, SIZE)[:2]


def view(light, **options):
    pixels = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return View.read(read_image(pixels), **options)


def shift_found(moving, fixed, scale=1.0):
    warp = START
    laid = Laid.of(moving, fixed, scale)
    for _ in range(4):
        blocks = laid.blocks(warp)
        warp = fit_warp(Frame("translation", warp, fixed.image.size), blocks)
    return warp.matrix[:2, 2], blocks


def shaded(light):
    """Darker toward the right, by nearly a half."""
    return light * np.linspace(1, 0.55, light.shape[1])[None, :, None]


def exposed(light):
    return 255 * (light / 255) ** 0.7


def as_it_is(light):
    return light


@pytest.mark.parametrize(
    ("change", "bound"), [(as_it_is, 0.015), (shaded, 0.02), (exposed, 0.05)]
)  # a tone curve moves blurred edges toward their dark side
def test_a_shift_is_found_in_any_light(images, change, bound):
    moving, fixed = images
    found, blocks = shift_found(view(change(moving)), view(fixed))
    assert np.abs(found - SHIFT).max() < bound
    assert blocks.agreement > 0.95


def test_what_was_filled_in_otherwise_counts_little(images):
    moving, fixed = (image.astype(np.uint8) for image in images)
    for row in range(4):
        words = ("quite", "another", "word", "here")[row]
        cv2.putText(fixed, words, (20 + 70 * row, 60 * row + 40), 0, 1.2, (0, 0, 0), 3)
    found, _ = shift_found(view(moving), view(fixed))
    assert np.abs(found - SHIFT).max() < 0.05


def test_edges_are_alike_where_light_and_dark_are_not(images):
    moving, fixed = images
    negative, positive = view(255 - moving), view(fixed)
    laid = Laid.of(negative, positive, 1.0)
    assert (laid.blocks(START).agreement or 0) < 0.2
    size = positive.image.size
    found, warp, blocks = _compared(laid, START, size)
    assert found is not laid
    assert blocks.agreement > 0.9
    points = np.array([[40.0, 40.0], [280.0, 40.0], [160.0, 120.0], [40.0, 200.0]])
    assert np.abs(warp.to_fixed(points) - points - SHIFT).max() < 0.1


def test_masks_are_kept_to(images):
    """In the masked half the images are off by something else."""
    moving, fixed = (image.copy() for image in images)
    fixed[:, 160:] = np.roll(fixed, 1, axis=1)[:, 160:]
    mask = np.zeros(fixed.shape[:2], np.uint8)
    mask[:, :158] = 1
    found, blocks = shift_found(view(moving), view(fixed, mask=mask))
    assert np.abs(found - SHIFT).max() < 0.02
    assert blocks.fixed[:, 0].max() < 158


def test_edges_alone_are_not_pinned():
    stripes = np.tile(127 + 100 * np.sin(np.arange(200) / 4), (160, 1))[..., None].repeat(3, 2)
    blocks = Laid.of(view(stripes), view(stripes), 1.0).blocks(START)
    assert len(blocks) > 20
    assert not blocks.pinned.any()


@pytest.mark.parametrize("side", [1, 16, 17, 30])
def test_blank_and_tiny_images_have_no_blocks(side):
    blank = view(np.full((side, side, 3), 200.0))
    blocks = Laid.of(blank, blank, 1.0).blocks(START)
    assert (len(blocks), blocks.agreement) == (0, None)


def test_the_finer_image_is_made_as_coarse_as_the_other(images):
    moving, fixed = images
    large = cv2.resize(fixed, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    laid = Laid.of(view(moving), view(large), 2.0)
    assert laid.fixed.size == laid.moving.size == SIZE
    assert laid.halved().fixed.size == (160, 120)
