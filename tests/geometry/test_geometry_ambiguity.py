"""What repeats: maps that fit as well, and what tells them from the right one."""

from functools import cache

import cv2
import numpy as np
import pytest
from facades import KINDS, facade_error, facade_pair
from photographs import photograph

import featmatch
from featmatch.geometry.ambiguity import rivalry
from featmatch.geometry.appearance import Appearance
from featmatch.geometry.polish import polish_homography
from featmatch.geometry.repeats import periods, self_maps
from featmatch.images.view import View

pytestmark = pytest.mark.slow

PERIOD = 120  # px


@cache
def seen(kind, seed=1, steady=False):
    pair = facade_pair(kind, seed, period=PERIOD, periods=2, steady=steady)
    return View.read(pair.image0), View.read(pair.image1), pair.homography


def shifted_by_one_window(view1, true):
    return self_maps(view1)[0] @ true


@pytest.mark.parametrize("kind", KINDS)
def test_a_facade_repeats_by_its_periods_and_a_photograph_does_not(kind):
    _, view1, _ = seen(kind, steady=True)
    shortest = periods(view1)[0]
    assert np.linalg.norm(shortest) == pytest.approx(PERIOD, rel=0.05)
    maps = self_maps(view1)
    assert len(maps) == 2
    moved = maps[0] @ [450, 300, 1]
    distance = np.linalg.norm(moved[:2] / moved[2] - [450, 300])
    assert distance == pytest.approx(PERIOD, abs=0.1)
    for name in ("gallery_0.jpg", "poster_0.jpg", "room_0.jpg"):
        assert self_maps(View.read(photograph(name))) == ()


@pytest.mark.parametrize("kind", ["color", "brightness"])
@pytest.mark.parametrize("seed", [1, 2])
def test_colors_tell_the_right_window_from_the_next(kind, seed):
    view0, view1, true = seen(kind, seed)
    for start in (true, shifted_by_one_window(view1, true)):
        found = rivalry(view0, view1, polish_homography(view0, view1, start))
        assert facade_error(found.best.homography, true) < 0.2
        assert found.rivals == ()


@pytest.mark.parametrize("seed", [1, 2])
def test_where_nothing_differs_the_map_is_ambiguous(seed):
    view0, view1, true = seen("nothing", seed)
    for start in (true, shifted_by_one_window(view1, true)):
        given = polish_homography(view0, view1, start)
        found = rivalry(view0, view1, given)
        assert found.best is given
        assert found.rivals
        for other in found.rivals:
            assert facade_error(other.homography, given.homography) > PERIOD / 2


def test_something_that_has_moved_decides_nothing():
    view0, view1, true = seen("nothing", steady=True)
    pixels = view1.image.pixels.copy()
    cv2.circle(pixels, (300, 300), 30, (250, 40, 40), -1)
    view1 = View.read(pixels)
    given = polish_homography(view0, view1, shifted_by_one_window(view1, true))
    assert rivalry(view0, view1, given).rivals


def test_exposure_white_balance_and_gamma_are_no_difference():
    view0, _, _ = seen("color", steady=True)
    dark = (255 * (view0.image.pixels / 255) ** 1.3 * [0.7, 0.6, 0.8] + 5).astype(np.uint8)
    appearance = Appearance.of(view0, View.read(dark), PERIOD)
    assert np.nanpercentile(appearance.differences(np.eye(3)), 99) < 8
    shift = np.array([[1.0, 0, PERIOD], [0, 1, 0], [0, 0, 1]])
    same, other = (appearance.differences(each) for each in (np.eye(3), shift))
    assert appearance.prefers(same, other)
    assert not appearance.prefers(other, same)
    assert appearance.share_unlike(same) < 0.1 < 0.5 < appearance.share_unlike(other)


def test_gray_images_are_told_apart_by_their_brightness():
    view0, view1, true = seen("brightness")
    grays = [View.read(each.image.gray()) for each in (view0, view1)]
    given = polish_homography(*grays, shifted_by_one_window(view1, true))
    assert facade_error(rivalry(*grays, given).best.homography, true) < 0.2


def test_windows_of_other_colors_are_matched_right_and_equal_ones_told_as_ambiguous():
    """The windows differ in hue alone, and lie 300 px further in the second image."""
    pair = facade_pair("color", 5, period=60, periods=5, steady=True)
    result = featmatch.match(pair.image0, pair.image1, method="cnn")
    assert result.verdict
    assert not result.verdict.ambiguous
    assert facade_error(result.homography, pair.homography) < 0.2

    pair = facade_pair("nothing", 5, period=60, periods=5, steady=True)
    result = featmatch.match(pair.image0, pair.image1, method="cnn")
    assert result.verdict.ambiguous
    assert "ambiguous" in result.verdict.reason
    rivals = result.models["homography"].rivals
    assert result.verdict.model_confidence <= 1 / (1 + len(rivals))
    document = result.to_dict()
    assert document["verdict"]["ambiguous"]
    plane = next(each for each in document["models"] if each["kind"] == "homography")
    assert np.shape(plane["rivals"]) == (len(rivals), 3, 3)


def test_of_thousands_of_bricks_the_nearest_are_tried(monkeypatch):
    """A wall of 33 x 25 bricks has thousands of maps to itself, and each one takes its time."""
    noise = np.random.default_rng(0).integers(0, 255, (24, 24)).astype(np.float32)
    brick = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), 1.5)[24:48, 24:48]
    wall = View.read(cv2.normalize(np.tile(brick, (25, 33)), None, 0, 255, cv2.NORM_MINMAX) / 255)
    tried, differences = [], Appearance.differences

    def counted(appearance, homography):
        tried.append(homography)
        return differences(appearance, homography)

    monkeypatch.setattr(Appearance, "differences", counted)
    assert rivalry(wall, wall, polish_homography(wall, wall, np.eye(3))).rivals
    assert 100 < len(tried) < 500
