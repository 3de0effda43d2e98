"""Registration of patches on pictures that are formulas, so that any shift of them is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.geometry.lucas_kanade import (
    HALF_SIZE,
    LONGEST_SIDE,
    _sample_anywhere,
    _standardized,
    _window,
    patch_offsets,
    register_patches,
    sample,
)

SIZE = 120
POINTS = np.stack(np.meshgrid([30.0, 60, 90], [30.0, 60, 90]), axis=-1).reshape(-1, 2)
RNG = np.random.default_rng(0)
WAVES = RNG.uniform(-0.5, 0.5, (40, 2))
PHASES = RNG.uniform(0, 2 * np.pi, 40)


def picture(x, y):
    """Gray levels at any position: a sum of waves of more than 9 px."""
    waves = np.sin(np.multiply.outer(x, WAVES[:, 0]) + np.multiply.outer(y, WAVES[:, 1]) + PHASES)
    return 128 + 12 * waves.sum(axis=-1)


def pixels(linear=((1, 0), (0, 1)), shift=(0.0, 0.0)):
    """The image in which the picture's point p lies at linear @ p + shift."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    at = np.stack([x - shift[0], y - shift[1]], axis=-1) @ np.linalg.inv(linear).T
    return picture(at[..., 0], at[..., 1]).astype(np.float32)


def patches_at(points, half_size=HALF_SIZE):
    return points[:, None] + patch_offsets(half_size)


TEMPLATE = pixels()


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
@settings(max_examples=25)
def test_a_shift_is_found(x, y):
    shifts, correlations = register_patches(
        TEMPLATE, POINTS, pixels(shift=(x, y)), patches_at(POINTS)
    )
    np.testing.assert_allclose(shifts, np.tile((x, y), (9, 1)), atol=0.15)
    np.testing.assert_allclose(np.median(shifts, axis=0), (x, y), atol=0.03)
    assert correlations.min() > 0.98


def test_no_shift_is_exactly_none():
    shifts, correlations = register_patches(TEMPLATE, POINTS, TEMPLATE, patches_at(POINTS))
    np.testing.assert_allclose(shifts, 0, atol=1e-6)
    np.testing.assert_allclose(correlations, 1, atol=1e-6)


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 60), (1.5, -40), (0.2, 0)])
def test_gain_and_offset_change_nothing(gain, offset):
    image = pixels(shift=(0.7, -0.4))
    expected = register_patches(TEMPLATE, POINTS, image, patches_at(POINTS))
    found = register_patches(
        TEMPLATE, POINTS, np.float32(gain * image + offset), patches_at(POINTS)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("degrees", [15, 90, 180])
def test_shifts_are_in_the_templates_pixels_where_the_image_is_turned(degrees):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    center = np.full(2, SIZE / 2)
    shift = center - turn @ center
    believed = POINTS - (0.8, -0.5)  # so the patches are found 0.8 and -0.5 px farther on
    positions = patches_at(believed) @ turn.T + shift
    shifts, correlations = register_patches(TEMPLATE, POINTS, pixels(turn, shift), positions)
    np.testing.assert_allclose(shifts, np.tile((0.8, -0.5), (9, 1)), atol=0.05)
    assert correlations.min() > 0.99


def test_what_cannot_be_registered_says_so():
    blank = np.full((SIZE, SIZE), 90, np.float32)
    edge = np.where(np.mgrid[:SIZE, :SIZE][1] < 60, 50, 200).astype(np.float32)
    faint = (TEMPLATE - 128) * np.float32(0.001) + 128
    here = POINTS[[4]], patches_at(POINTS[[4]])
    for template, image in (
        (blank, TEMPLATE),
        (TEMPLATE, blank),
        (blank, blank),
        (edge, edge),
        (edge.T.copy(), edge.T.copy()),
        (faint, TEMPLATE),
        (TEMPLATE, faint),
    ):
        shifts, correlations = register_patches(template, here[0], image, here[1])
        assert correlations == [-1]
        assert np.isfinite(shifts).all()


def test_another_picture_does_not_correlate():
    image = pixels(shift=(47, 31))
    _, correlations = register_patches(TEMPLATE, POINTS, image, patches_at(POINTS))
    assert np.median(correlations) < 0.75
    assert (np.abs(correlations) <= 1 + 1e-6).all()


def test_each_patch_is_on_its_own():
    image = pixels(shift=(0.3, 0.2))
    together = register_patches(TEMPLATE, POINTS, image, patches_at(POINTS))
    for index, point in enumerate(POINTS):
        alone = register_patches(TEMPLATE, point[None], image, patches_at(point[None]))
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_of_them[index], atol=1e-5)


def test_the_window_is_around_the_point():
    side = 2 * HALF_SIZE + 1
    offsets = patch_offsets()
    assert offsets.shape == (side * side, 2)
    np.testing.assert_array_equal(offsets[len(offsets) // 2], [0, 0])
    np.testing.assert_array_equal(offsets[[0, 1, side]], [[-6, -6], [-5, -6], [-6, -5]])
    patches = RNG.normal(50, 9, (3, side * side)).astype(np.float32)
    standardized, contrasts = _standardized(patches, _window(HALF_SIZE))
    again, ones = _standardized(standardized, _window(HALF_SIZE))
    np.testing.assert_allclose(again, standardized, atol=1e-5)
    np.testing.assert_allclose(ones, 1, atol=1e-5)
    assert contrasts == pytest.approx(9, rel=0.3)


def test_smaller_patches_find_the_shift_too():
    image = pixels(shift=(0.7, -0.4))
    shifts, correlations = register_patches(TEMPLATE, POINTS, image, patches_at(POINTS, 4))
    np.testing.assert_allclose(np.median(shifts, axis=0), (0.7, -0.4), atol=0.05)
    assert correlations.min() > 0.95


def test_an_image_that_is_too_long_for_opencv_is_sampled_alike():
    image = pixels(shift=(0.7, -0.4))
    expected = register_patches(TEMPLATE, POINTS, image, patches_at(POINTS))
    wide = ((0, 0), (0, LONGEST_SIDE))
    long = [np.pad(each, wide, mode="edge") for each in (TEMPLATE, image)]
    found = register_patches(long[0], POINTS, long[1], patches_at(POINTS))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)


@pytest.mark.parametrize("half_size", [4, HALF_SIZE])
def test_beyond_the_border_an_image_goes_on_as_it_ends(half_size):
    """At every border and with one row of pixels, as `cv2.remap` has it."""
    points = np.array([[3.0, 2], [SIZE - 2, SIZE - 2]])
    positions = patches_at(points, half_size) * 1.3 - 9.25
    expected = sample(TEMPLATE, positions)
    np.testing.assert_allclose(_sample_anywhere(TEMPLATE, positions), expected, atol=1.5)
    line = TEMPLATE[:1]
    np.testing.assert_allclose(_sample_anywhere(line, positions), sample(line, positions), atol=1.5)
