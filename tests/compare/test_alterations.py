"""Alterations: what they do to pixels, and that they move points as they say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from featmatch.compare.alterations import (
    ALTERATIONS,
    add_noise,
    blur,
    change_gamma,
    compress,
    rotate,
    zoom,
)
from featmatch.images.image import read_image

RNG = np.random.default_rng(0)
GRAY = cv2.GaussianBlur(RNG.integers(0, 256, (90, 120)).astype(np.uint8), (0, 0), 2)
IMAGE = read_image(GRAY)


def apply(alteration, value, pixels=GRAY):
    """Altered pixels and the homography to them."""
    altered, homography = alteration(read_image(pixels), value, np.random.default_rng(1))
    assert altered.pixels.dtype == np.uint8
    assert altered.size == altered.pixels.shape[::-1]
    return altered.pixels, homography


def project(matrix, point):
    x, y, depth = matrix @ (*point, 1)
    return np.array([x, y]) / depth


def spot(size, place, sigma):
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    distances = (x - place[0]) ** 2 + (y - place[1]) ** 2
    return (250 * np.exp(distances / (-2 * sigma**2))).astype(np.uint8)


def centroid(pixels):
    weights = np.where(pixels > 20, pixels.astype(float), 0)
    return np.array(ndimage.center_of_mass(weights))[::-1]


MOVES = [
    (alteration, value)
    for name, alteration in (("rotation", rotate), ("scale", zoom))
    for value in ALTERATIONS[name].values
]


@pytest.mark.parametrize(("alteration", "value"), MOVES)
@pytest.mark.parametrize("size", [(240, 180), (181, 240)])
def test_a_spot_moves_as_the_homography_says(alteration, value, size):
    # Near enough to the middle to stay in sight, wide enough to be made smaller.
    place = np.array(size) / 2 + (7.3, -9.6)
    pixels, homography = apply(alteration, value, spot(size, place, 8 / max(1, value % 15)))
    np.testing.assert_allclose(centroid(pixels), project(homography, place), atol=0.06)


@pytest.mark.parametrize("turns", range(4))
def test_quarter_turns_of_a_square_are_exact(turns):
    pixels, _ = apply(rotate, 90 * turns, GRAY[:, :90])
    np.testing.assert_array_equal(pixels, np.rot90(GRAY[:, :90], -turns))


def test_a_half_turn_of_any_image_is_exact():
    np.testing.assert_array_equal(apply(rotate, 180)[0], GRAY[::-1, ::-1])


def test_rotation_is_clockwise_to_the_eye():
    _, homography = apply(rotate, 90)
    np.testing.assert_allclose(project(homography, (59.5 + 10, 44.5)), (59.5, 44.5 + 10))


@pytest.mark.parametrize(("value", "size"), [(0.5, (60, 45)), (0.25, (30, 22)), (2, (120, 90))])
def test_zoomed_images_and_their_corners(value, size):
    pixels, homography = apply(zoom, value)
    assert pixels.shape == size[::-1]
    if value < 1:  # edges of pixels fall on edges
        np.testing.assert_allclose(project(homography, (-0.5, -0.5)), (-0.5, -0.5))
        np.testing.assert_allclose(project(homography, (119.5, 89.5)), np.array(size) - 0.5)
    else:
        np.testing.assert_allclose(project(homography, (59.5, 44.5)), (59.5, 44.5))


def test_half_size_is_the_mean_of_four():
    means = GRAY.reshape(45, 2, 60, 2).mean(axis=(1, 3))
    assert np.abs(apply(zoom, 0.5)[0] - means).max() <= 0.51


@pytest.mark.parametrize("sigma", [0.5, 1, 2, 4])
def test_blur_agrees_with_scipy(sigma):
    expected = ndimage.gaussian_filter(GRAY.astype(float), sigma, mode="mirror")
    pixels, homography = apply(blur, sigma)
    assert np.abs(pixels - expected).max() < 1.6  # OpenCV cuts the kernel at 3 sigma
    assert np.abs(pixels - expected).mean() < 0.5
    np.testing.assert_array_equal(homography, np.eye(3))


@pytest.mark.parametrize("sigma", [5, 20])
def test_noise_has_its_sigma(sigma):
    flat = np.full((200, 200), 128, np.uint8)
    noise = apply(add_noise, sigma, flat)[0].astype(float) - 128
    assert noise.mean() == pytest.approx(0, abs=0.05 * sigma)
    assert noise.std() == pytest.approx(sigma, rel=0.02)
    # Neighbors know nothing of each other.
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] == pytest.approx(
        0, abs=0.03
    )


def test_noise_is_drawn_by_its_generator():
    first, second = (add_noise(IMAGE, 9, np.random.default_rng(seed))[0].pixels for seed in (1, 2))
    assert (first != second).any()
    np.testing.assert_array_equal(first, apply(add_noise, 9)[0])


def test_noise_does_not_wrap_around():
    extremes = np.repeat(np.array([[0, 255]], np.uint8), 50, axis=0)
    pixels = apply(add_noise, 20, extremes)[0]
    assert pixels[:, 0].max() < 128 < pixels[:, 1].min()


@pytest.mark.parametrize("value", [0.25, 1.6, 4])
def test_gamma_raises_to_a_power(value):
    ramp = np.arange(256, dtype=np.uint8)[None]
    pixels = apply(change_gamma, value, ramp)[0]
    assert np.abs(pixels - 255 * (ramp / 255.0) ** value).max() <= 0.501
    assert (pixels[0, 0], pixels[0, 255]) == (0, 255)
    assert (np.diff(pixels[0].astype(int)) >= 0).all()


def test_lower_quality_is_worse():
    psnr = [cv2.PSNR(apply(compress, quality)[0], GRAY) for quality in (75, 50, 25, 10, 5, 2)]
    assert psnr == sorted(psnr, reverse=True)
    assert psnr[0] > 35
    assert psnr[-1] < 30


@pytest.mark.parametrize("alteration", ALTERATIONS.values(), ids=ALTERATIONS)
def test_values_run_in_one_direction_and_have_the_neutral_one(alteration):
    for values in (alteration.values, alteration.quick_values):
        steps = np.sign(np.diff(values))
        assert (steps == steps[0]).all()
        assert alteration.neutral in values
    assert ALTERATIONS[alteration.name] is alteration
    assert set(alteration.quick_values) <= set(alteration.values)
    assert len(alteration.quick_values) < len(alteration.values)


@pytest.mark.parametrize("alteration", ALTERATIONS.values(), ids=ALTERATIONS)
def test_the_neutral_value_changes_next_to_nothing(alteration):
    pixels, homography = apply(alteration.apply, alteration.neutral)
    np.testing.assert_array_equal(homography, np.eye(3))
    assert np.abs(pixels.astype(int) - GRAY).max() <= 2  # JPEG of the highest quality rounds


@pytest.mark.parametrize("alteration", ALTERATIONS.values(), ids=ALTERATIONS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2)])
def test_tiny_images(alteration, shape):
    for value in alteration.values:
        pixels, homography = apply(alteration.apply, value, np.full(shape, 77, np.uint8))
        assert min(pixels.shape) >= 1
        assert np.isfinite(homography).all()
