"""A small image that is cut out of a large one is found there, and nothing else is."""

import cv2
import numpy as np
import pytest
from drawn_screens import BUTTON, ICON, screen

import featmatch

LABELS = [f"Item {number}" for number in range(110, 150, 2)]
OTHERS = [f"Item {number}" for number in range(111, 151, 2)]


def cut(pixels, corner, size):
    (x, y), (width, height) = corner, size
    return np.ascontiguousarray(pixels[y : y + height, x : x + width])


def error_of(homography, corner, size, scale=1.0):
    """Largest distance of a corner of a crop from where it was cut out, in pixels."""
    width, height = size
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], float)
    inside = (corners + 0.5) * scale - 0.5
    mapped = np.column_stack([inside, np.ones(4)]) @ homography.T
    return np.linalg.norm(mapped[:, :2] / mapped[:, 2:] - corners - corner, axis=1).max()


@pytest.mark.parametrize("method", ["auto", "sift", "cnn"])
def test_an_icon_is_found_in_a_screenshot(method):
    pixels, _, icons = screen(3, LABELS)
    result = featmatch.match(cut(pixels, icons[5], (ICON, ICON)), pixels, method=method)
    assert result.verdict.accepted
    assert error_of(result.homography, icons[5], (ICON, ICON)) < 0.5
    assert result.image1.size == (1920, 1080)
    assert "search" in result.seconds


def test_the_order_of_the_images_does_not_matter():
    pixels, _, icons = screen(3, LABELS)
    result = featmatch.match(pixels, cut(pixels, icons[2], (ICON, ICON)))
    assert result.verdict.accepted
    back = np.linalg.inv(result.homography)
    assert error_of(back, icons[2], (ICON, ICON)) < 0.5
    assert np.abs(result.points0[result.inliers] - icons[2]).max() < ICON


@pytest.mark.parametrize("scale", [0.8, 1.5])
def test_a_button_at_another_size_is_found_by_its_label(scale):
    pixels, buttons, _ = screen(4, LABELS)
    crop = cut(pixels, buttons["Item 124"], BUTTON)
    size = round(BUTTON[0] * scale), round(BUTTON[1] * scale)
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    result = featmatch.match(small, pixels)
    assert result.verdict.accepted
    assert error_of(result.homography, buttons["Item 124"], BUTTON, scale) < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("label", OTHERS[:3])
def test_a_button_with_a_label_that_is_not_there_is_not_found(label):
    pixels, _, _ = screen(4, LABELS)
    elsewhere, others, _ = screen(5, OTHERS)
    result = featmatch.match(cut(elsewhere, others[label], BUTTON), pixels, effort="fast")
    assert not result.verdict.accepted


def test_an_icon_of_another_screenshot_is_not_found():
    pixels, _, _ = screen(4, LABELS)
    elsewhere, _, icons = screen(6, LABELS)
    crop = cut(elsewhere, icons[0], (ICON, ICON))
    assert not featmatch.match(crop, pixels, effort="fast").verdict.accepted


def test_a_thumbnail_is_no_crop():
    large = featmatch.read_image("samples/poster_0.jpg").pixels
    small = cv2.resize(large, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    result = featmatch.match(small, large)
    assert result.verdict.accepted
    assert error_of(result.homography, (0, 0), large.shape[1::-1], 0.2) < 2.0


def test_a_similarity_is_found_if_one_is_asked_for():
    pixels, _, icons = screen(3, LABELS)
    result = featmatch.match(cut(pixels, icons[1], (ICON, ICON)), pixels, model="similarity")
    assert result.verdict.accepted
    assert result.geometry.kind == "similarity"
    assert error_of(result.homography, icons[1], (ICON, ICON)) < 1.0
