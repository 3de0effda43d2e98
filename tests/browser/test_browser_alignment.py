"""Alignments in a real browser: one image laid over the other, by a matrix and by a field."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from known_warps import picture, turn, warped
from selenium.webdriver.common.keys import Keys
from test_browser_overlay import overlay
from test_browser_overlay import told as overlay_told
from test_browser_page import WIDTHS
from test_browser_touch import canvases, pixels, show, told
from topic_pages import choose, numbers_in

import featmatch
from featmatch.report.alignment.page import alignment_page

FIXED = picture("poster_0", 400)
TURN = turn(0.1, FIXED.shape[1::-1])


def waved():
    """An image that is bent: no matrix lays it over the other."""
    x, y = np.meshgrid(np.arange(400.0), np.arange(300.0))
    maps = (x + 6 * np.sin(y / 60)).astype(np.float32), (y + 6 * np.cos(x / 80)).astype(np.float32)
    return cv2.remap(FIXED, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@pytest.fixture(scope="module")
def turned():
    return featmatch.align(warped(FIXED, TURN), FIXED, method="orb")


@pytest.fixture(scope="module", params=["matrix", "field"])
def laid(request, turned):
    result = turned if request.param == "matrix" else featmatch.align(waved(), FIXED)
    assert (result.field is None) == (request.param == "matrix")
    return result


def test_the_alignment_comes_before_the_matches(browser, turned):
    show(browser, alignment_page(turned))
    assert browser.text("h1") == f"Aligned by a {turned.kind}"
    assert [node.text for node in browser.find_all("main h2")] == [
        "Laid over each other",
        "The matches",
        "What is known",
    ]


def test_the_difference_is_dark_where_both_are(browser, laid):
    show(browser, alignment_page(laid))
    choose(browser, "difference")
    drawn = pixels(overlay(browser))[..., :3]
    height, width = drawn.shape[:2]
    middle = drawn[height // 5 : -height // 5, width // 5 : -width // 5]
    assert np.median(middle) <= 6
    assert np.percentile(middle, 90) <= 25
    covers = numbers_in(overlay_told(browser))[1]
    assert covers == pytest.approx(100 * laid.overlap, abs=1.5)


def test_the_pictures_take_turns(browser, laid):
    show(browser, alignment_page(laid), reduced_motion=True)
    choose(browser, "in turn")
    first = pixels(overlay(browser))
    browser.click(browser.find("#overlay button"))
    assert overlay_told(browser).startswith("Picture 1.")
    assert np.abs(pixels(overlay(browser)) - first).max() > 30


@pytest.mark.parametrize("side", [0, 1])
def test_a_click_tells_where_the_alignment_takes_the_point(browser, laid, side):
    show(browser, alignment_page(laid))
    choose(browser, "none")
    browser.click(canvases(browser)[side], 0.41, 0.58)
    x, y, _, x1, y1, *_ = numbers_in(told(browser))
    to_other = laid.to_moving if side else laid.to_fixed
    np.testing.assert_allclose([[x1, y1]], to_other([[x, y]]), atol=0.2)
    browser.press(Keys.ESCAPE)
    assert told(browser).endswith("Nothing is chosen.")


def test_what_is_not_aligned_tells_why_and_lays_nothing(browser):
    refused = featmatch.align(np.full((90, 120), 9, np.uint8), FIXED, method="orb")
    browser.open(alignment_page(refused))
    assert browser.text("h1") == "Not aligned"
    assert not browser.find("#overlay").is_displayed()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(browser, turned, width):
    show(browser, alignment_page(turned), width=width)
    assert browser.overflow() == 0
