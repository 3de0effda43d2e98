"""Polishing against known warps of a photograph, and every way to have nothing to polish."""

import cv2
import numpy as np
import pytest
from photographs import SIZE, map_error, moved_corners, photograph, seen_through, turned

from featmatch.geometry.polish import Polished, polish_homography
from featmatch.geometry.residuals import transfer
from featmatch.images.image import read_image

PIXELS = photograph()
OFF = np.array([[1.5, -1.0], [-1.2, 0.8], [0.9, 1.6], [-1.4, -1.1]])
VIEWS = {
    "shifted": turned(0, 1.0),
    "turned": turned(30, 1.1),
    "upside down": turned(180, 1.0),
    "foreshortened": turned(-20, 1.2, perspective=(5e-4, -4e-4)),
    "larger": turned(10, 2.0),
}


def polished(pixels0, pixels1, homography):
    return polish_homography(read_image(pixels0), read_image(pixels1), homography)


@pytest.mark.parametrize("true", VIEWS.values(), ids=VIEWS)
def test_a_known_map_is_found_again_in_both_directions(true):
    view = seen_through(PIXELS, true)
    rough = moved_corners(true, OFF)
    assert map_error(rough, true) > 0.7
    found = polished(PIXELS, view, rough)
    assert map_error(found.homography, true) < 0.07
    assert found.patch_agreement > 0.9

    back = np.linalg.inv(true)
    rough = np.linalg.inv(rough)
    found = polished(view, PIXELS, rough)
    before = map_error(rough, back)
    assert map_error(found.homography, back) < min(0.07, before / 10)


def test_a_much_larger_view_with_more_detail():
    """Image 1 was taken from close by: it is the one that is blurred to the other's detail."""
    true = np.array([[4.0, 0, 1.5], [0, 4, 1.5], [0, 0, 1]])
    large = cv2.resize(PIXELS, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(PIXELS, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    size = small.shape[1], small.shape[0]
    rough = moved_corners(true, 4 * OFF, size)
    found = polished(small, large, rough)
    assert map_error(rough, true, size, large.shape[1::-1]) > 3
    assert map_error(found.homography, true, size, large.shape[1::-1]) < 0.3


def test_gain_offset_and_noise_are_another_photographers_business():
    true = VIEWS["turned"]
    rng = np.random.default_rng(0)
    view = 0.6 * seen_through(PIXELS, true) + 30 + rng.normal(0, 4, PIXELS.shape)
    found = polished(PIXELS, view.clip(0, 255).astype(np.uint8), moved_corners(true, OFF))
    assert map_error(found.homography, true) < 0.1


def test_what_moved_by_itself_does_not_pull():
    true = VIEWS["shifted"]
    view = seen_through(PIXELS, true)
    view[80:260, 40:180] = np.roll(view, (2, 2), axis=(0, 1))[80:260, 40:180]
    found = polished(PIXELS, view, moved_corners(true, OFF))
    assert map_error(found.homography, true) < 0.15


def test_pixels_of_the_originals_go_in_and_come_out():
    true = VIEWS["turned"]
    view = seen_through(PIXELS, true)
    sizes = 300, 400
    images = [
        read_image(pixels, max_size=size)
        for pixels, size in zip((PIXELS, view), sizes, strict=True)
    ]
    assert [max(image.pixels.shape) for image in images] == list(sizes)
    found = polish_homography(*images, moved_corners(true, OFF))
    assert map_error(found.homography, true) < 0.1
    error = np.linalg.norm(transfer(true, found.points0) - found.points1, axis=1)
    assert np.median(error) < 0.2


def test_points_agree_with_the_map_and_lie_in_the_images():
    true = VIEWS["foreshortened"]
    found = polished(PIXELS, seen_through(PIXELS, true), moved_corners(true, OFF))
    assert found.num_points == len(found.points0) == len(found.points1) > 200
    error = np.linalg.norm(transfer(true, found.points0) - found.points1, axis=1)
    assert np.median(error) < 0.1
    for points in (found.points0, found.points1):
        assert (points >= 0).all()
        assert (points <= np.array(SIZE) - 1).all()


def test_scale_and_sign_of_the_matrix_are_of_no_account():
    true = VIEWS["foreshortened"]
    view, rough = seen_through(PIXELS, true), moved_corners(true, OFF)
    expected = polished(PIXELS, view, rough).homography
    assert expected[2, 2] == 1
    for factor in (-1.0, 1e-4, 50.0):
        found = polished(PIXELS, view, factor * rough).homography
        np.testing.assert_allclose(found / found[2, 2], expected, rtol=1e-6)


def test_same_input_same_result():
    true = VIEWS["turned"]
    view, rough = seen_through(PIXELS, true), moved_corners(true, OFF)
    first, second = (polished(PIXELS, view, rough) for _ in range(2))
    np.testing.assert_array_equal(first.homography, second.homography)


def test_a_right_map_stays_right():
    found = polished(PIXELS, PIXELS, np.eye(3))
    np.testing.assert_allclose(found.homography, np.eye(3), atol=1e-5)
    assert found.patch_agreement == 1


BLANK = np.full_like(PIXELS, 128)
STRIPES = np.tile((np.arange(SIZE[0]) % 20 * 12).astype(np.uint8), (SIZE[1], 1))
NOISE = np.random.default_rng(1).integers(0, 256, PIXELS.shape, np.uint8)


def spot(noise):
    """A picture that is gray but for a small disc, which may be noisy."""
    disc = np.hypot(*np.mgrid[-169:169, -225:225]) < 25
    noisy = PIXELS[..., 0] + np.random.default_rng(2).normal(0, noise, disc.shape)
    return np.where(disc, noisy, 128).clip(0, 255).astype(np.uint8)


def shift(x):
    return np.array([[1.0, 0, x], [0, 1, 0], [0, 0, 1]])


NOTHING_TO_POLISH = {
    "both blank": (BLANK, BLANK, np.eye(3)),
    "image 0 blank": (BLANK, PIXELS, np.eye(3)),
    "image 1 blank": (PIXELS, BLANK, np.eye(3)),
    "stripes have no corners": (STRIPES, STRIPES, np.eye(3)),
    "one spot does not fix the rest": (spot(0), spot(10), np.eye(3)),
    "another picture": (PIXELS, NOISE, np.eye(3)),
    "wrong map": (PIXELS, PIXELS, turned(0, 1.0) @ turned(25, 1.0)),
    "no overlap": (PIXELS, PIXELS, shift(1000)),
    "overlap thinner than a patch": (PIXELS, PIXELS, shift(440)),
    "mirrored": (PIXELS, PIXELS[:, ::-1], np.array([[-1.0, 0, 449], [0, 1, 0], [0, 0, 1]])),
    "singular": (PIXELS, PIXELS, np.diag([1.0, 0, 1])),
    "zero": (PIXELS, PIXELS, np.zeros((3, 3))),
    "not finite": (PIXELS, PIXELS, np.full((3, 3), np.nan)),
    "all becomes one point": (PIXELS, PIXELS, np.array([[1e-4, 0, 200], [0, 1e-4, 9], [0, 0, 1]])),
    "tiny": (PIXELS[:1, :1], PIXELS, np.eye(3)),
    "smaller than a patch": (PIXELS[:9, :9], PIXELS[:9, :9], np.eye(3)),
    "longer than can be sampled": (np.zeros((2, 40_000), np.uint8), PIXELS, np.eye(3)),
}


@pytest.mark.parametrize("pair", NOTHING_TO_POLISH.values(), ids=NOTHING_TO_POLISH)
def test_nothing_to_polish_leaves_the_same_object(pair):
    pixels0, pixels1, homography = pair
    images = [read_image(np.ascontiguousarray(each), max_size=0) for each in (pixels0, pixels1)]
    found = polish_homography(*images, homography)
    assert found.homography is homography
    assert found.num_points == 0
    assert found.points0.shape == found.points1.shape == (0, 2)
    assert 0 <= found.patch_agreement <= 1


def test_few_patches_of_a_wrong_map_are_found():
    assert polished(PIXELS, NOISE, np.eye(3)).patch_agreement < 0.05
    assert polished(PIXELS, PIXELS, turned(25, 1.0)).patch_agreement < 0.2


@pytest.mark.parametrize("shape", [(2, 3), (3,), (4, 4)])
def test_a_matrix_of_another_shape_is_refused(shape):
    image = read_image(PIXELS)
    with pytest.raises(ValueError, match=r"homography: expected shape \(3, 3\), got \("):
        polish_homography(image, image, np.ones(shape))


def test_defaults_are_those_of_nothing():
    nothing = Polished(np.eye(3))
    assert (nothing.num_points, nothing.patch_agreement) == (0, 0.0)
