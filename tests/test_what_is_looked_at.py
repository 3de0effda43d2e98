"""Pairs of which little, or little alike, is to be seen, matched from end to end."""

import cv2
import numpy as np
import pytest
from hard_negatives import gravel, page_of_text
from known_warps import SAMPLES

import featmatch


def sample(name, width=600):
    pixels = cv2.imread(str(SAMPLES / name))[..., ::-1]
    height = round(width * pixels.shape[0] / pixels.shape[1])
    return np.ascontiguousarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def shift_by(x, y):
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def warped(pixels, matrix):
    size = pixels.shape[1::-1]
    return cv2.warpPerspective(
        pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def error(result, true):
    """Mean distance in image 1, over the points of image 0 that it shows."""
    (width, height), size1 = result.image0.size, result.image1.size
    x, y = np.meshgrid(np.linspace(0, width - 1, 30), np.linspace(0, height - 1, 30))
    points = np.stack([x.ravel(), y.ravel(), np.ones(900)])
    goal, place = (matrix @ points for matrix in (true, result.homography))
    goal, place = goal[:2] / goal[2], place[:2] / place[2]
    seen = ((goal >= 0) & (goal <= np.subtract(size1, 1)[:, None])).all(axis=0)
    return np.linalg.norm(goal - place, axis=0)[seen].mean()


def test_what_is_masked_out_neither_pulls_nor_speaks_against_the_map():
    """The background moves by (20, 5), a picture on it by (22, 6)."""
    ground, other = sample("gallery_0.jpg", 800), sample("poster_0.jpg", 300)
    height, width = other.shape[:2]
    seen, masks = [], []
    for pixels, x, y in ((ground, 200, 80), (warped(ground, shift_by(20, 5)), 222, 86)):
        pixels, mask = pixels.copy(), np.full(ground.shape[:2], 255, np.uint8)
        part = slice(y, y + height), slice(x, x + width)
        pixels[part], mask[part] = other[: len(pixels) - y], 0
        seen.append(pixels)
        masks.append(mask)
    result = featmatch.match(*seen, mask0=masks[0], mask1=masks[1], method="orb")
    assert result.verdict
    assert error(result, shift_by(20, 5)) < 0.1
    assert result.verdict.model_confidence > 0.9


def test_a_negative():
    pixels = sample("gallery_0.jpg", 800)
    true = np.array([[0.95, -0.08, 34], [0.08, 0.95, -6], [0, 0, 1]])
    result = featmatch.match(pixels, 255 - warped(pixels, true))
    assert result.verdict
    assert "negative" in result.verdict.reason
    assert result.verdict.kind == "scene"
    assert error(result, true) < 0.1


def test_tiles_that_overlap_by_thirteen_pixels():
    pixels = gravel(0)
    true = shift_by(-387, -3)
    first, second = pixels[:640, :400], pixels[3:643, 387:787]
    result = featmatch.match(*map(np.ascontiguousarray, (first, second)), method="sift")
    assert result.verdict, result.verdict.reason
    assert error(result, true) < 0.2


@pytest.mark.parametrize("swapped", [False, True])
def test_an_icon_cut_out_of_a_screen(swapped):
    screen = np.full((1080, 1920, 3), 235, np.uint8)
    for index, name in enumerate(("gallery_0", "poster_0", "room_0", "unrelated_0", "unrelated_1")):
        picture = sample(f"{name}.jpg", 340)[:200]
        top, left = 60 + 330 * (index % 3), 80 + 900 * (index // 3)
        screen[top : top + len(picture), left : left + 340] = picture
    x, y = 140, 100
    icon = np.ascontiguousarray(screen[y : y + 120, x : x + 150])
    pair, true = ((screen, icon), shift_by(-x, -y)) if swapped else ((icon, screen), shift_by(x, y))
    result = featmatch.match(*pair)
    assert result.verdict, result.verdict.reason
    assert error(result, true) < 0.1


def test_a_thumbnail_of_a_thirty_third_of_the_size():
    pixels = sample("gallery_0.jpg", 900)
    large = cv2.resize(pixels, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(pixels, (162, 122), interpolation=cv2.INTER_AREA)
    factor = np.array([162, 122]) / large.shape[1::-1]
    assert factor.max() < 1 / 33
    true = np.diag([*factor, 1.0])
    true[:2, 2] = (factor - 1) / 2
    result = featmatch.match(large, small, method="sift")
    assert result.verdict, result.verdict.reason
    assert error(result, true) < 0.2


def test_a_small_poster_on_a_blank_wall_fixes_no_map_of_the_wall():
    rng = np.random.default_rng(0)
    wall = np.full((900, 1200, 3), 200.0)
    poster = sample("poster_0.jpg", 130)
    wall[120 : 120 + len(poster), 150:280] = poster
    true = np.array([[0.92, -0.05, 60], [0.04, 0.81, 40], [2e-5, -7e-5, 1]])
    other = cv2.warpPerspective(wall, true, (1200, 900), borderValue=(200, 200, 200))
    pair = ((each + rng.normal(0, 3, wall.shape)).clip(0, 255) for each in (wall, other))
    result = featmatch.match(*(each.astype(np.uint8) for each in pair), method="sift")
    assert result.verdict
    expected = 1 - np.exp(-((5 / result.geometry.predicted_error) ** 2))
    assert result.verdict.model_confidence <= expected + 1e-9
    if error(result, true) > 15:
        assert result.verdict.model_confidence < 0.5


def test_a_scrolled_list_is_a_plane():
    page = np.vstack([page_of_text(0), page_of_text(1)])[:, 40:660]
    result = featmatch.match(*(page[y : y + 900].copy() for y in (0, 180)))
    assert result.verdict, result.verdict.reason
    assert result.homography is not None, result.geometry.reason
    assert error(result, shift_by(0, -180)) < 0.05
