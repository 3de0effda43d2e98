"""Where a small image lies in a large one, and whether all of it is shown there."""

import cv2
import numpy as np
import pytest
from drawn_screens import BUTTON, screen

from featmatch.crops.cutout import Cutout
from featmatch.crops.search import find_places
from featmatch.crops.whole import is_whole
from featmatch.images.image import read_image
from featmatch.images.view import View

LABELS = [f"Item {number}" for number in range(110, 150, 2)]


def gray_of(pixels):
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
def test_a_crop_is_found_where_it_was_cut_out_whatever_its_size(factor):
    large = read_image("samples/poster_0.jpg").gray()
    crop = large[200:320, 400:560]
    small = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    place = find_places(small, large)[0]
    assert place.correlation > 0.95
    assert place.scale == pytest.approx(1 / factor, rel=0.02)
    assert (place.left, place.top) == pytest.approx((400, 200), abs=2.5)
    corner = place.homography @ [-0.5, -0.5, 1]
    assert corner[:2] == pytest.approx((place.left - 0.5, place.top - 0.5))


def test_a_button_is_found_among_buttons_with_other_labels():
    pixels, buttons, _ = screen(0, LABELS)
    x, y = buttons["Item 136"]
    gray = gray_of(pixels)
    place = find_places(gray[y : y + BUTTON[1], x : x + BUTTON[0]], gray)[0]
    assert (place.left, place.top, place.scale) == pytest.approx((x, y, 1))


@pytest.mark.parametrize("small", [np.zeros((40, 40), np.uint8), np.zeros((3, 90), np.uint8)])
def test_what_shows_nothing_or_is_too_thin_is_not_looked_for(small):
    assert find_places(small, gray_of(screen(0, LABELS)[0])) == []


def test_a_place_is_whole_where_each_part_is_shown():
    pixels, buttons, _ = screen(0, LABELS)
    whole, (x, y) = View.read(pixels, reading=None), buttons["Item 136"]
    assert whole.image.pixels.shape != pixels.shape  # it is worked on smaller
    around = Cutout(View.read(pixels[y - 20 : y + 60, x - 20 : x + 180]), 0, 0, 200, 80).resized(2)
    button = View.read(pixels[y : y + BUTTON[1], x : x + BUTTON[0]])
    other_x, other_y = buttons["Item 138"]
    other = View.read(pixels[other_y : other_y + BUTTON[1], other_x : other_x + BUTTON[0]])
    shift, beside = np.array([[[1, 0, x], [0, 1, 20], [0, 0, 1.0]] for x in (20, 140)])
    assert is_whole(button, around, shift)
    assert not is_whole(other, around, shift)
    assert not is_whole(button, around, beside)


def test_a_cutout_keeps_what_may_be_looked_at():
    usable = np.zeros((100, 120), np.uint8)
    usable[20:60, 30:80] = 255
    floats = np.random.default_rng(0).random((100, 120), np.float32)
    cutout = Cutout(View(read_image(floats), usable), 20, 10, 60, 40)
    view = cutout.resized(2)
    assert view.image.pixels.shape == (60, 80)
    assert view.image.size == (40, 30)
    assert 0 <= view.image.pixels.min() <= view.image.pixels.max() <= 1
    assert view.usable is not None
    np.testing.assert_array_equal(view.usable[::2, ::2], usable[10:40, 20:60])
