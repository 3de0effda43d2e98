"""Views of a photograph: where they look, and that they show it without aliases."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from known_warps import noise, project

from featmatch.learned.training.photometric import LUMA
from featmatch.learned.training.views import SQUARE, continued, take_view, view_map

LUMA = np.array(LUMA)


def straight(left, top, side):
    """Quad of the square part of a photograph whose first pixel is (left, top)."""
    return side * (SQUARE + 0.5) + np.array([left, top]) - 0.5


@given(
    tilts=hnp.arrays(np.float64, (4, 2), elements=st.floats(-0.24, 0.24)),
    side=st.floats(20, 500),
    size=st.integers(16, 256),
)
@settings(max_examples=30)
def test_the_outer_corners_of_a_view_lie_at_those_of_its_quad(tilts, side, size):
    quad = side * (SQUARE + tilts) + 300
    last = size - 0.5
    corners = np.array([(-0.5, -0.5), (last, -0.5), (last, last), (-0.5, last)])
    np.testing.assert_allclose(project(view_map(quad, size), corners), quad, atol=1e-3)


def test_a_straight_view_at_full_size_is_a_crop():
    photograph = noise(60, 80, 3)
    view = take_view(photograph, straight(11, 7, 32), 32, LUMA)
    crop = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY)[7:39, 11:43]
    assert view.dtype == np.float32
    np.testing.assert_allclose(view, crop / 255, atol=1.01 / 255)


def test_a_gray_photograph_needs_no_weights_and_shows_the_same():
    gray = noise(60, 80)
    quad = straight(11.3, 7.6, 30)
    color = np.repeat(gray[..., None], 3, axis=2)
    np.testing.assert_allclose(
        take_view(gray, quad, 32, LUMA), take_view(color, quad, 32, LUMA), atol=1e-6
    )


def test_weights_choose_the_channel():
    photograph = np.zeros((40, 40, 3), np.uint8)
    photograph[:] = (255, 102, 51)
    for weights, value in zip(np.eye(3), (1, 0.4, 0.2), strict=True):
        view = take_view(photograph, straight(4, 4, 16), 16, weights)
        np.testing.assert_allclose(view, value, atol=1e-6)


def spot(x, y, side=240, sigma=3.0):
    """Photograph of a soft spot of light around a point."""
    rows, columns = np.mgrid[:side, :side]
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return np.rint(255 * light).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.5, 2.5])
@pytest.mark.parametrize("point", [(112.25, 110.5), (110.9, 113.7), (118.0, 107.1)])
def test_a_view_looks_where_its_map_says(scale, point):
    """A spot of light has its centroid where the map puts it, at any scale."""
    rotation = np.array([(0.96, -0.28), (0.28, 0.96)])
    quad = 80 * scale * (SQUARE * (1.1, 0.9)) @ rotation.T + 112
    view = take_view(spot(*point), quad, 80, LUMA)
    y, x = np.mgrid[:80, :80]
    centroid = np.array([(view * x).sum(), (view * y).sum()]) / view.sum()
    expected = project(np.linalg.inv(view_map(quad, 80)), np.array([point]))[0]
    np.testing.assert_allclose(centroid, expected, atol=0.03)


@pytest.mark.parametrize("scale", [0.7, 1.6, 3.0])
@pytest.mark.parametrize("rotation", [[(0.8, -0.6), (0.6, 0.8)], np.eye(2)])
def test_a_view_is_the_same_if_all_of_the_photograph_is_warped(scale, rotation):
    photograph, size = noise(300, 280), 48
    quad = scale * size * (SQUARE * (1.25, 0.8)) @ np.transpose(rotation) + 141.3
    whole = photograph.astype(np.float64) / 255
    if scale > 1:
        whole = cv2.GaussianBlur(whole, (31, 31), 0.5 * np.sqrt(scale**2 - 1))
    expected = cv2.warpPerspective(
        whole, np.linalg.inv(view_map(quad, size)), (size, size), flags=cv2.INTER_CUBIC
    )
    view = take_view(photograph, quad, size, LUMA)
    np.testing.assert_allclose(view, np.clip(expected, 0, 1), atol=0.01)


def test_details_too_small_for_a_view_become_gray():
    """Stripes a pixel wide, shrunk by two, would otherwise be all black or all white."""
    stripes = np.tile(np.array([0, 255], np.uint8), (200, 100))
    aligned = take_view(stripes, straight(10, 10, 128), 64, LUMA)
    np.testing.assert_allclose(aligned, 0.5, atol=0.03)
    between = take_view(stripes, straight(10.5, 10, 128), 64, LUMA)
    np.testing.assert_allclose(between, 0.5, atol=0.03)


def test_beyond_the_edge_a_view_shows_a_reflection():
    photograph = noise(40, 40)
    view = take_view(photograph, straight(-5, -3, 16), 16, LUMA)
    expected = np.pad(photograph, 5, mode="reflect")[2:18, 0:16]
    np.testing.assert_allclose(view, expected / 255, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 2, 3), (40, 6, 3), (12, 12)])
def test_small_photographs_go_on_by_reflection(shape):
    photograph = noise(*shape)
    larger = continued(photograph, 12)
    below, right = (max(12 - side, 0) for side in shape[:2])
    edges = ((0, below), (0, right), (0, 0))[: len(shape)]
    np.testing.assert_array_equal(larger, np.pad(photograph, edges, mode="reflect"))


def test_large_photographs_are_not_copied():
    photograph = noise(12, 13, 3)
    assert continued(photograph, 12) is photograph


@pytest.mark.parametrize("shape", [(5,), (5, 5, 1), (5, 5, 4), (0, 5), (5, 0, 3), (2, 5, 5, 3)])
def test_photographs_of_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"photograph: expected shape \(H, W, 3\) or \(H, W\)"):
        continued(np.zeros(shape, np.uint8), 4)


def test_photographs_of_other_types_are_refused():
    with pytest.raises(TypeError, match="photograph: expected uint8, got float32"):
        continued(np.zeros((5, 5), np.float32), 4)
    for other, name in (([[1, 2], [3, 4]], "list"), ("a.jpg", "str"), (None, "NoneType")):
        with pytest.raises(TypeError, match=f"photograph: expected an ndarray, got {name}$"):
            continued(other, 4)
