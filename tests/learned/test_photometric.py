"""Photometric changes: each against what it says of itself."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.learned.training import photometric
from featmatch.learned.training.photometric import (
    CHANGES,
    LUMA,
    channel_weights,
    photometric_change,
)

FUNCTIONS = [change for _, change in CHANGES]
by_name = pytest.mark.parametrize("change", FUNCTIONS, ids=lambda change: change.__name__)


def picture(height=48, width=64):
    rng = np.random.default_rng(1)
    return rng.random((height, width), np.float32)


def flat(value=0.5, side=64):
    return np.full((side, side), value, np.float32)


def dot():
    image = np.zeros((41, 41), np.float32)
    image[20, 20] = 1
    return image


def moments(image):
    """Sum, centroid and covariance of the light in an image."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    total = image.sum(dtype=np.float64)
    points = np.stack([x, y])
    center = (points * image).sum((1, 2)) / total
    apart = points - center[:, None, None]
    return total, center, np.einsum("ihw,jhw,hw->ij", apart, apart, image) / total


@by_name
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    amount=st.floats(1e-3, 1),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=20)
def test_a_change_gives_a_finite_image_of_the_same_size(change, height, width, amount, seed):
    image = picture(height, width)
    before = image.copy()
    changed = change(image, np.random.default_rng(seed), amount)
    assert changed.shape == image.shape
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert np.all((changed > -1.5) & (changed < 2.5))
    np.testing.assert_array_equal(image, before)


@by_name
def test_a_change_does_something_and_less_of_it_if_the_amount_is_small(change):
    image = picture()
    differences = [
        np.mean(
            [np.abs(change(image, np.random.default_rng(i), amount) - image) for i in range(20)]
        )
        for amount in (1.0, 0.1)
    ]
    assert differences[0] > 2e-4
    assert differences[1] < 0.7 * differences[0]


@by_name
def test_a_change_takes_all_chance_from_the_generator(change):
    first, second = (change(picture(), np.random.default_rng(3), 1.0) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@given(amount=st.floats(0, 1), seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_photographs_stay_between_black_and_white(amount, seed):
    image = picture()
    changed = photometric_change(image, np.random.default_rng(seed), amount)
    assert changed.shape == image.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    again = photometric_change(image, np.random.default_rng(seed), amount)
    np.testing.assert_array_equal(changed, again)


def test_nothing_changes_at_amount_zero():
    image = picture()
    for seed in range(20):
        assert photometric_change(image, np.random.default_rng(seed), 0.0) is image


def test_one_image_in_twelve_stays_as_it_is():
    image, rng = picture(16, 16), np.random.default_rng(0)
    num = sum(photometric_change(image, rng) is image for _ in range(1300))
    assert 70 <= num <= 135  # 100 expected, of standard deviation 10; every third is plainly wrong


def test_shade_is_smooth_and_within_its_range():
    for seed in range(20):
        light = photometric.shade(flat(1.0), np.random.default_rng(seed), 1.0)
        assert 0.2 < light.min() < light.max() < 1.5  # the cubic overshoots a little
        assert np.abs(np.diff(light, axis=0)).max() < 0.11
        assert np.abs(np.diff(light, axis=1)).max() < 0.11


def test_shadow_darkens_a_part_and_nothing_else():
    lights = [photometric.shadow(flat(1.0), np.random.default_rng(i), 1.0) for i in range(60)]
    darkest = np.array([light.min() for light in lights])
    assert all(light.max() <= 1 + 1e-6 for light in lights)
    assert darkest.min() >= 0.3 - 1e-6
    assert np.mean([light.min() < 0.81 < 0.99 < light.max() for light in lights]) > 0.3


def test_defocus_spreads_a_dot_alike_in_all_directions():
    for seed in range(10):
        blurred = photometric.defocus(dot(), np.random.default_rng(seed), 1.0)
        total, center, covariance = moments(blurred)
        assert total == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(center, 20, atol=1e-4)
        np.testing.assert_allclose(covariance, covariance[0, 0] * np.eye(2), atol=1e-3)
        assert covariance[0, 0] < 1.5**2 + 0.01


def test_motion_spreads_a_dot_along_a_line_and_does_not_move_it():
    lengths = []
    for seed in range(40):
        blurred = photometric.motion_blur(dot(), np.random.default_rng(seed), 1.0)
        total, center, covariance = moments(blurred)
        assert total == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(center, 20, atol=1e-4)
        across, along = np.sqrt(np.linalg.eigvalsh(covariance))
        assert across < 0.5
        lengths.append(np.sqrt(12) * along)  # of the even line with that deviation
    assert 4 < max(lengths) < 7.5
    assert min(lengths) < 3


def test_local_contrast_keeps_what_is_even():
    np.testing.assert_allclose(
        photometric.local_contrast(flat(0.4), np.random.default_rng(0), 1.0), 0.4, atol=1e-6
    )


def test_local_contrast_scales_what_is_fine():
    checks = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)
    factors = [
        np.ptp(photometric.local_contrast(checks, np.random.default_rng(i), 1.0)[24:40, 24:40])
        for i in range(30)
    ]
    assert exp(-0.6) * 0.95 < min(factors) < 0.8
    assert 1.25 < max(factors) < exp(0.6) * 1.05


def test_tone_curves_mostly_rise():
    curves = [photometric._tone_curve(np.random.default_rng(seed), 1.0) for seed in range(400)]
    num_rising = sum(np.all(np.diff(curve) >= 0) for curve in curves)
    assert 270 <= num_rising <= 310  # 70 %, and the few random curves that rise


def test_tone_follows_one_curve_or_two_in_parts_of_the_image():
    ramp = np.linspace(0, 1, 1024, dtype=np.float32)
    image = np.stack([ramp, ramp[::-1]])
    num_single = 0
    for seed in range(400):
        changed, mirrored = photometric.tone(image, np.random.default_rng(seed), 1.0)
        num_single += np.array_equal(changed, mirrored[::-1])
        assert np.isfinite(changed).all()
    assert 230 <= num_single <= 290  # 65 %


@pytest.mark.parametrize("change", [photometric.noise, photometric.correlated_noise])
def test_noise_is_even_and_at_most_as_strong_as_said(change):
    rng = np.random.default_rng(0)
    differences = np.array([change(flat(side=96), rng, 1.0) - 0.5 for _ in range(60)])
    assert np.abs(differences.mean((1, 2))).max() < 0.01
    deviations = differences.std((1, 2))
    assert deviations.max() < 0.042
    assert deviations.max() > 0.02
    assert deviations.min() < 0.006


def test_only_correlated_noise_is_alike_in_neighbors():
    for change, low, high in (
        (photometric.noise, -0.05, 0.05),
        (photometric.correlated_noise, 0.4, 1.0),
    ):
        field = change(flat(side=96), np.random.default_rng(1), 1.0) - 0.5
        correlation = np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1]
        assert low < correlation < high


def test_salt_and_pepper_are_few_and_black_or_white():
    rng = np.random.default_rng(0)
    images = np.array([photometric.salt_and_pepper(flat(), rng, 1.0) for _ in range(200)])
    assert set(np.unique(images)) == {0.0, 0.5, 1.0}
    share = np.mean(images != 0.5)
    assert 0.0012 < share < 0.0023  # half of 0.35 %


def test_jpeg_has_8_bits_and_shows_the_image():
    y, x = np.mgrid[:64, :64]
    image = (0.5 + 0.4 * np.sin(x / 9) * np.cos(y / 7)).astype(np.float32)
    for seed in range(10):
        decoded = photometric.jpeg(image, np.random.default_rng(seed), 1.0)
        np.testing.assert_allclose(decoded * 255, np.rint(decoded * 255), atol=1e-3)
        assert np.abs(decoded - image).mean() < 0.02


def test_jpeg_clips_what_is_brighter_than_white_or_darker_than_black():
    image = np.where(np.arange(64) < 32, -0.5, 1.5) * np.ones((64, 1))
    decoded = photometric.jpeg(image.astype(np.float32), np.random.default_rng(0), 1.0)
    np.testing.assert_allclose(decoded[:, :24], 0, atol=0.03)
    np.testing.assert_allclose(decoded[:, 40:], 1, atol=0.03)


@given(amount=st.floats(0, 1), seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_channel_weights_share_one(amount, seed):
    weights = channel_weights(np.random.default_rng(seed), amount)
    assert weights.shape == (3,)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)


def test_channel_weights_are_those_of_brightness_or_far_from_it_one_time_in_five():
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(channel_weights(rng, 0.0), LUMA, atol=1e-12)
    weights = np.array([channel_weights(rng) for _ in range(1000)])
    largest_near = 0.587 * exp(0.4) / (0.587 * exp(0.4) + 0.413 * exp(-0.4))
    assert 0.05 < np.mean(weights.max(1) > largest_near) < 0.2
    assert np.mean(np.argmax(weights, axis=1) == 1) > 0.75
