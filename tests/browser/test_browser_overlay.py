"""One picture laid over the other in a real browser; the page in every window and on paper."""

from __future__ import annotations

from base64 import b64decode

import cv2
import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from test_browser_page import WIDTHS, contrast, luminance
from test_browser_touch import MAP, canvases, pixels, show
from topic_pages import choose, numbers_in, slide
from touched_pairs import SIZE, TURNED, bent_relation, blobs, known_result, named, touched

from featmatch.report.match.page import match_page
from featmatch.report.touch.page import touch_page
from featmatch.report.touch.pair import PicturePair


@pytest.fixture
def page(browser):
    show(browser, MAP)
    return browser


def overlay(browser):
    return browser.find("#overlay canvas")


def told(browser):
    return browser.text("#overlay output.readout")


def laid(browser):
    """What the overlay shows, at the size of picture 1, and where picture 0 lies in it."""
    drawn = pixels(overlay(browser))[..., :3].astype(np.float32)
    inside = cv2.warpPerspective(np.ones(SIZE[::-1], np.uint8), TURNED, SIZE)
    return cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA), cv2.erode(inside, np.ones((9, 9)))


def test_pictures_that_agree_leave_nothing_of_their_difference(page):
    choose(page, "difference")
    drawn, inside = laid(page)
    assert np.percentile(drawn[inside == 1], 99) <= 10
    share = 100 * cv2.warpPerspective(np.ones(SIZE[::-1], np.float32), TURNED, SIZE).mean()
    assert numbers_in(told(page))[1] == pytest.approx(share, abs=1)


def test_what_differs_is_seen_and_can_be_strengthened(browser):
    result = known_result()
    changed = result.image1.pixels.copy()
    changed[140:160, 190:210] = 255 - changed[140:160, 190:210]
    object.__setattr__(result, "image1", named(changed, "b.png"))
    show(browser, match_page(result))
    choose(browser, "difference")
    drawn, _ = laid(browser)
    assert drawn[143:157, 193:207].mean() > 30 > 10 * drawn[200:260, 100:300].mean()
    slide(browser, "Times", 4)
    assert laid(browser)[0][143:157, 193:207].mean() > drawn[143:157, 193:207].mean() + 20


def test_another_exposure_is_evened_out(browser):
    result = known_result()
    darker = np.asarray(0.6 * result.image1.pixels + 20, np.uint8)
    object.__setattr__(result, "image1", named(darker, "b.png"))
    show(browser, match_page(result))
    choose(browser, "difference")
    drawn, inside = laid(browser)
    assert np.median(drawn[inside == 1]) <= 3
    browser.click(browser.find("#overlay .check"))
    drawn, inside = laid(browser)
    assert np.median(drawn[inside == 1]) > 10


def test_the_border_is_moved_by_pointer_slider_and_keys(page):
    both = known_result()
    white = np.full_like(both.image1.pixels, 255)
    object.__setattr__(both, "image1", named(white, "b.png"))
    show(page, match_page(both))

    def white_share():
        return (pixels(overlay(page))[..., :3].min(axis=2) > 250).mean()

    slide(page, "Border", 100)
    assert white_share() > 0.95
    slide(page, "Border", 0)
    assert white_share() < 0.05
    page.hover(overlay(page), 0.5, 0.5)
    assert page.text("#overlay .slider output") == "50 %"
    page.run("arguments[0].focus()", overlay(page))
    page.press(*[Keys.ARROW_RIGHT] * 6)
    assert numbers_in(page.text("#overlay .slider output"))[0] > 55


def test_pictures_take_turns_by_themselves_or_not(browser):
    show(browser, MAP)
    choose(browser, "in turn")
    first = told(browser)
    browser.wait_for(lambda: told(browser) != first)
    browser.click(browser.find("#overlay .check"))
    assert not browser.find("#overlay .check input").is_selected()
    show(browser, MAP, reduced_motion=True)
    choose(browser, "in turn")
    assert not browser.find("#overlay .check input").is_selected()
    first = pixels(overlay(browser))
    assert told(browser).startswith("Picture 0 in its place.")
    browser.click(browser.find("#overlay button"))
    assert told(browser).startswith("Picture 1.")
    assert np.abs(pixels(overlay(browser)) - first).max() > 30


def test_turns_end_where_something_else_is_chosen(page):
    choose(page, "in turn")
    choose(page, "difference")
    assert told(page).startswith("Black")
    page.run("return new Promise((done) => setTimeout(done, 1600))")
    assert told(page).startswith("Black")


def test_a_map_that_is_no_matrix_is_laid_over_too(browser):
    pixels0 = blobs()
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    from_y = y - 8 * np.sin(x / 60)
    pixels1 = cv2.remap(pixels0, x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR)
    images = named(pixels0, "a.png"), named(np.asarray(pixels1), "b.png")
    show(browser, touch_page(touched(PicturePair(*images, (bent_relation(),)))))
    choose(browser, "difference")
    drawn, _ = laid(browser)
    assert np.percentile(drawn[20:-20, 20:-20], 99) <= 12


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(browser, width):
    show(browser, match_page(known_result(names=("a" * 150 + ".png", "b.png"))), width=width)
    assert browser.overflow() == 0
    wide = browser.run(
        """return [...document.querySelectorAll("main canvas, main p, main figcaption")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert wide == []


def test_pictures_stand_below_each_other_on_a_phone(browser):
    show(browser, MAP, width=390, height=844)
    left, right, *_ = (canvas.rect for canvas in canvases(browser))
    assert right["y"] > left["y"] + left["height"] - 1
    assert left["width"] > 340
    show(browser, MAP, width=1440)
    left, right, *_ = (canvas.rect for canvas in canvases(browser))
    assert left["y"] == right["y"]


@pytest.mark.parametrize("dark", [False, True])
def test_colors_follow_the_system_and_can_be_read(browser, dark):
    show(browser, MAP, dark=dark)
    background, text, muted = browser.run(
        """const color = (selector, name) =>
            getComputedStyle(document.querySelector(selector))[name];
        return [color("body", "backgroundColor"), color("body", "color"),
            color(".patches figcaption", "color")]"""
    )
    assert (luminance(background) < 0.1) == dark
    assert contrast(background, text) > 7
    assert contrast(background, muted) > 4.5


def test_paper_is_light_and_has_no_controls(browser):
    show(browser, MAP, dark=True)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    background, text = browser.run(
        "const style = getComputedStyle(document.body);return [style.backgroundColor, style.color]"
    )
    assert luminance(background) > 0.9
    assert contrast(background, text) > 7
    assert not any(node.is_displayed() for node in browser.find_all("button, .controls, .top"))
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert b64decode(printed["data"]).startswith(b"%PDF")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_screen_readers_are_told_roles_and_names(page):
    roles = page.roles()
    assert ("heading", "Match") in roles
    for landmark in ("banner", "main", "contentinfo"):
        assert landmark in [role for role, _ in roles]
    for name in ("The matches", "Laid over each other", "What is known"):
        assert ("region", name) in roles
    assert ("radio", "not agreeing") in roles
    assert ("combobox", "Best first, by") in roles
    assert ("button", "Next match") in roles
    pictures = {name.split(",")[0] for role, name in roles if role == "application"}
    assert {"Picture 0", "Picture 1"} <= pictures
    used = ("button", "link", "radio", "checkbox", "combobox", "slider", "img", "application")
    assert not [(role, name) for role, name in roles if role in used and not name.strip()]


def test_tab_reaches_every_control(page):
    reached = []
    for _ in range(60):
        page.press(Keys.TAB)
        if page.focused("tagName") == "BODY":
            break
        reached.append(page.focused("tagName").lower())
    assert reached.count("canvas") == len(page.find_all("canvas[tabindex]")) == 3
    assert {"a", "button", "input", "select"} <= set(reached)
