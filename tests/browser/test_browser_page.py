"""The page fits its window, its theme and its reader, whatever these are."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hand_made_comparison import make_comparison
from selenium.webdriver.common.keys import Keys

from featmatch.report.comparison.page import comparison_page

PAGE = comparison_page(make_comparison("a" * 120 + ".png"))
WIDTHS = (320, 390, 768, 1440, 2560)


def luminance(color):
    """Relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    levels = [int(level) / 255 for level in re.findall(r"\d+", color)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color0, color1):
    low, high = sorted((luminance(color0), luminance(color1)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(browser, width):
    browser.open(PAGE, width=width)
    browser.open_chapters()
    assert browser.overflow() == 0
    wide = browser.run(
        """return [...document.querySelectorAll("main canvas, main svg, main img, main p")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert wide == []


def test_a_window_that_changes_is_followed(browser):
    browser.open(PAGE, width=1440)
    browser.open_chapters()
    canvas = browser.find("#pair canvas")
    assert canvas.size["width"] > 2 * canvas.size["height"]
    browser.resize(390)
    browser.wait_for(lambda: browser.find("#pair canvas").size["height"] > 390)
    assert browser.overflow() == 0
    plot = browser.find("#contrast .plot svg")
    browser.wait_for(lambda: plot.size["width"] <= 390)


@pytest.mark.parametrize("dark", [False, True])
def test_colors_follow_the_system_and_can_be_read(browser, dark):
    browser.open(PAGE, dark=dark)
    browser.open_chapters()
    background, text, muted, link = browser.run(
        """const color = (selector, name) =>
            getComputedStyle(document.querySelector(selector))[name];
        return [color("body", "backgroundColor"), color("body", "color"),
            color(".lead", "color"), color(".top a", "color")]"""
    )
    assert (luminance(background) < 0.1) == dark
    assert contrast(background, text) > 7
    assert contrast(background, muted) > 4.5
    assert contrast(background, link) > 4.5
    series = browser.run("return kit.colors().series")
    for color in series:
        red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
        assert contrast(background, f"rgb({red}, {green}, {blue})") > 3


def test_the_button_changes_the_colors_and_drawings_follow(browser):
    browser.open(PAGE)
    browser.open_chapters()
    button = browser.find(".top button")
    kernel = browser.find("#kernels canvas")

    def drawn():
        return browser.run("return arguments[0].toDataURL()", kernel)

    light = drawn()
    assert button.text == "Dark colors"
    browser.click(button)
    assert button.text == "Light colors"
    assert luminance(browser.run("return getComputedStyle(document.body).backgroundColor")) < 0.1
    assert drawn() != light
    browser.click(button)
    assert drawn() == light


def test_the_colors_chosen_are_remembered(browser):
    browser.open(PAGE)
    browser.click(browser.find(".top button"))
    browser.open(PAGE)
    assert browser.text(".top button") == "Light colors"
    assert browser.run("return document.documentElement.dataset.theme") == "dark"


def test_reduced_motion_is_respected(browser):
    scrolling = "return getComputedStyle(document.documentElement).scrollBehavior"
    browser.open(PAGE, reduced_motion=True)
    browser.open_chapters()
    assert browser.run(scrolling) == "auto"
    browser.open(PAGE)
    browser.open_chapters()
    assert browser.run(scrolling) == "smooth"


def test_tab_reaches_every_control_and_the_focus_can_be_seen(browser):
    browser.open(PAGE)
    browser.open_chapters()
    browser.press(Keys.TAB)
    assert browser.focused("textContent") == "Skip to the content"
    assert browser.find(".skip").rect["x"] >= 0
    reached = []
    for _ in range(120):
        browser.press(Keys.TAB)
        if browser.focused("tagName") == "BODY":
            break
        outline = browser.run(
            """const node = document.activeElement;
            const shown = node.matches(".segments input") ? node.nextElementSibling : node;
            return getComputedStyle(shown).outlineStyle"""
        )
        assert outline == "solid", browser.focused("outerHTML")[:200]
        reached.append(browser.focused("tagName").lower())
    assert {"a", "button", "canvas", "div", "input", "select", "summary"} <= set(reached)
    num_canvases = len(browser.find_all("canvas[tabindex]"))
    assert reached.count("canvas") == num_canvases == 5
    assert reached.count("select") == 2


def test_arrow_keys_move_a_choice(browser):
    browser.open(PAGE)
    browser.open_chapters()
    browser.run("document.querySelector('#pair fieldset input:checked').focus()")
    browser.press(Keys.ARROW_RIGHT)
    assert browser.text("#pair output").startswith("SIFT:")


def test_screen_readers_are_told_roles_and_names(browser):
    browser.open(PAGE)
    browser.open_chapters()
    roles = browser.roles()
    assert ("heading", "Made by hand or learned") in roles
    for landmark in ("banner", "main", "contentinfo"):
        assert landmark in [role for role, _ in roles]
    assert ("navigation", "Chapters") in roles
    assert ("region", "All numbers of the contest") in roles
    assert ("radio", "ORB") in roles
    assert ("combobox", "Layer") in roles
    assert ("slider", "Rotation") in roles
    assert ("columnheader", "network") in roles
    assert ("rowheader", "matching score") in roles
    named = ("button", "link", "radio", "checkbox", "combobox", "slider", "img", "application")
    assert not [(role, name) for role, name in roles if role in named and not name.strip()]


def test_headings_skip_no_level(browser):
    browser.open(PAGE)
    browser.open_chapters()
    levels = [int(node.tag_name[1]) for node in browser.find_all("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
