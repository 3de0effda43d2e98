"""Polishing against known warps of a photograph, and every way to have nothing to polish."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from photographs import SIZE, map_error, moved_corners, photograph, seen_through, turned

from featmatch.geometry.polish import Polished, polish_homography
from featmatch.geometry.residuals import transfer
from featmatch.images.view import Reading, View

PIXELS = photograph()
OFF = np.array([[1.5, -1.0], [-1.2, 0.8], [0.9, 1.6], [-1.4, -1.1]])
VIEWS = {
    "shifted": turned(0, 1.0),
    "turned": turned(30, 1.1),
    "upside down": turned(180, 1.0),
    "foreshortened": turned(-20, 1.2, perspective=(5e-4, -4e-4)),
    "larger": turned(10, 2.0),
}


def shift_by(x, y):
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def polished(pixels0, pixels1, homography):
    return polish_homography(View.read(pixels0), View.read(pixels1), homography)


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
    views = [
        View.read(pixels, reading=Reading(max_size=size))
        for pixels, size in zip((PIXELS, view), sizes, strict=True)
    ]
    assert [max(view.image.pixels.shape) for view in views] == list(sizes)
    found = polish_homography(*views, moved_corners(true, OFF))
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


NOTHING_TO_POLISH = {
    "both blank": (BLANK, BLANK, np.eye(3)),
    "image 0 blank": (BLANK, PIXELS, np.eye(3)),
    "image 1 blank": (PIXELS, BLANK, np.eye(3)),
    "stripes have no corners": (STRIPES, STRIPES, np.eye(3)),
    "one spot does not fix the rest": (spot(0), spot(10), np.eye(3)),
    "another picture": (PIXELS, NOISE, np.eye(3)),
    "wrong map": (PIXELS, PIXELS, turned(0, 1.0) @ turned(25, 1.0)),
    "no overlap": (PIXELS, PIXELS, shift_by(1000, 0)),
    "overlap thinner than a patch": (PIXELS, PIXELS, shift_by(440, 0)),
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
    whole = Reading(max_size=0)
    views = [View.read(np.ascontiguousarray(each), reading=whole) for each in (pixels0, pixels1)]
    found = polish_homography(*views, homography)
    assert found.homography is homography
    assert found.num_points == 0
    assert found.points0.shape == found.points1.shape == (0, 2)
    assert found.patch_agreement is None or 0 <= found.patch_agreement < 0.2


NOTHING_TO_LOOK_AT = ["both blank", "image 0 blank", "stripes have no corners", "no overlap"]
NOTHING_TO_LOOK_AT += ["mirrored", "singular", "tiny", "smaller than a patch"]


@pytest.mark.parametrize("name", NOTHING_TO_LOOK_AT)
def test_nothing_to_look_at_is_not_that_nothing_is_alike(name):
    pixels0, pixels1, homography = NOTHING_TO_POLISH[name]
    found = polished(np.ascontiguousarray(pixels0), np.ascontiguousarray(pixels1), homography)
    assert found.patch_agreement is None


def test_where_one_image_is_blank_nothing_is_alike():
    assert polished(PIXELS, BLANK, np.eye(3)).patch_agreement == 0


def moving_disc(shift_of_the_rest, shift_of_the_disc):
    """The photograph, a disc of another, and a mask of the rest, once these have moved."""
    other = photograph("poster_0.jpg")
    seen = seen_through(PIXELS, shift_by(*shift_of_the_rest))
    disc = np.hypot(*np.mgrid[-169:169, -225:225]) < 150
    x, y = shift_of_the_disc
    disc = np.roll(disc, (y, x), axis=(0, 1))
    seen[disc] = np.roll(other, (y, x), axis=(0, 1))[disc]
    return seen, np.where(disc, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_masked_out_in_either_image_does_not_pull(order):
    true = shift_by(12, 5)
    (before, mask0), (after, mask1) = moving_disc((0, 0), (0, 0)), moving_disc((12, 5), (14, 6))
    rough = moved_corners(true, OFF / 2)
    unmasked = polished(before, after, rough)
    assert map_error(unmasked.homography, true) > 0.3
    for masks in ((mask0, mask1), (mask0, None), (None, mask1)):
        views = [View.read(before, mask=masks[0]), View.read(after, mask=masks[1])]
        if order < 0:
            found = polish_homography(*views[::-1], np.linalg.inv(rough))
            found = replace(found, homography=np.linalg.inv(found.homography))
        else:
            found = polish_homography(*views, rough)
        assert map_error(found.homography, true) < 0.1
        assert found.patch_agreement > 0.9


def test_what_is_masked_out_does_not_speak_against_the_map():
    view = seen_through(PIXELS, VIEWS["shifted"])
    view[:, 150:] = NOISE[:, 150:]
    mask = np.zeros(PIXELS.shape[:2], np.uint8)
    mask[:, :150] = 255
    rough = moved_corners(VIEWS["shifted"], OFF)
    assert polished(PIXELS, view, rough).patch_agreement < 0.6
    found = polish_homography(View.read(PIXELS), View.read(view, mask=mask), rough)
    assert found.patch_agreement > 0.9
    hidden = polish_homography(View.read(PIXELS), View.read(view, mask=0 * mask), rough)
    assert hidden.patch_agreement is None


@pytest.mark.parametrize("width", [12, 14, 18])
def test_an_overlap_thinner_than_a_patch_is_looked_at_in_smaller_ones(width):
    true = shift_by(width - 250, 3)
    seen = [PIXELS[:, :250], PIXELS[3:, 250 - width : 500 - width]]
    height = min(len(each) for each in seen)
    true[1, 2] = -3
    found = polished(*(np.ascontiguousarray(each[:height]) for each in seen), true)
    assert found.patch_agreement > 0.9


def test_images_longer_than_opencv_samples_are_polished():
    line = np.concatenate([PIXELS[120:200]] * 80, axis=1)[..., 0]
    noise = np.random.default_rng(3).normal(0, 40, line.shape)
    line = cv2.GaussianBlur(line + noise, (0, 0), 1.5).clip(0, 255).astype(np.uint8)
    assert line.shape[1] > 33_500
    before, after = (np.ascontiguousarray(line[:, x : x + 33_000]) for x in (0, 300))
    views = [View.read(each, reading=Reading(max_size=0)) for each in (before, after)]
    rough = shift_by(-299.2, 0.6)
    found = polish_homography(*views, rough)
    assert found.patch_agreement > 0.9
    moved = found.homography @ [[300.0], [40], [1]]
    np.testing.assert_allclose(moved[:2, 0] / moved[2, 0], [0, 40], atol=0.05)


@pytest.mark.parametrize("name", ["turned", "foreshortened"])
def test_a_negative_is_found_and_called_one(name):
    true = VIEWS[name]
    view = 255 - seen_through(PIXELS, true)
    found = polished(PIXELS, view, moved_corners(true, OFF))
    assert found.inverted
    assert found.patch_agreement > 0.9
    assert map_error(found.homography, true) < 0.07
    assert not polished(PIXELS, 255 - view, moved_corners(true, OFF)).inverted
    assert not polished(PIXELS, NOISE, np.eye(3)).inverted


@pytest.mark.parametrize("blur", [4.0, 7.5])
@pytest.mark.parametrize("swapped", [False, True])
def test_one_image_out_of_focus(blur, swapped):
    sharp = photograph("gallery_0.jpg", (900, 675))
    true = turned(4, 1.0, size=(900, 675))
    soft = cv2.GaussianBlur(seen_through(sharp, true, (900, 675)), (0, 0), blur)
    rng = np.random.default_rng(0)
    sharp, soft = (
        (each + rng.normal(0, 2, each.shape)).clip(0, 255).astype(np.uint8)
        for each in (sharp, soft)
    )
    rough = moved_corners(true, 2 * OFF, (900, 675))
    assert map_error(rough, true, (900, 675), (900, 675)) > 1.4
    if swapped:
        found = polished(soft, sharp, np.linalg.inv(rough))
        homography = np.linalg.inv(found.homography)
    else:
        found = polished(sharp, soft, rough)
        homography = found.homography
    assert found.patch_agreement > 0.8
    assert map_error(homography, true, (900, 675), (900, 675)) < 0.5
    wrong = polished(soft, photograph("poster_0.jpg", (900, 675)), true)
    assert wrong.patch_agreement < 0.1


def stars(noise):
    """Two pictures of the same eighty stars, and the map between them."""
    rng = np.random.default_rng(0)
    places, peaks = rng.uniform((15, 15), np.subtract(SIZE, 15), (80, 2)), rng.uniform(60, 220, 80)
    true = turned(6, 1.0)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    pictures = []
    for centers in (places, transfer(true, places)):
        squares = (x[..., None] - centers[:, 0]) ** 2 + (y[..., None] - centers[:, 1]) ** 2
        sky = 20 + (peaks * np.exp(-squares / (2 * 1.4**2))).sum(axis=-1)
        sky += rng.normal(0, noise, sky.shape)
        pictures.append(sky.clip(0, 255).astype(np.uint8))
    return *pictures, true


@pytest.mark.parametrize("noise", [4, 10])
def test_noise_between_the_stars_is_not_unlike(noise):
    first, second, true = stars(noise)
    found = polished(first, second, moved_corners(true, OFF / 2))
    assert found.patch_agreement < 0.5
    assert found.clear_agreement > 0.85
    assert map_error(found.homography, true) < 0.15
    other = polished(first, second, turned(14, 1.0))
    assert other.clear_agreement < 0.2


def test_noise_where_the_other_image_shows_something_is_unlike():
    first, _, true = stars(10)
    assert polished(first, PIXELS, true).clear_agreement < 0.1
    assert polished(NOISE, NOISE[::-1].copy(), np.eye(3)).patch_agreement < 0.05


def test_few_patches_of_a_wrong_map_are_found():
    assert polished(PIXELS, NOISE, np.eye(3)).patch_agreement < 0.05
    assert polished(PIXELS, PIXELS, turned(25, 1.0)).patch_agreement < 0.2


@pytest.mark.parametrize("shape", [(2, 3), (3,), (4, 4)])
def test_a_matrix_of_another_shape_is_refused(shape):
    view = View.read(PIXELS)
    with pytest.raises(ValueError, match=r"homography: expected shape \(3, 3\), got \("):
        polish_homography(view, view, np.ones(shape))


def test_defaults_are_those_of_nothing():
    nothing = Polished(np.eye(3))
    assert (nothing.num_points, nothing.patch_agreement, nothing.inverted) == (0, None, False)
