"""The page of where a thing was found, touched in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
from known_warps import picture
from placed_objects import place_all, project
from topic_pages import numbers_in

import featmatch
from featmatch.report.alignment.placements_page import placements_page

THING = picture("gallery_0", 240)
PLACES = "main > .controls select"
SCENE, PLACED = place_all(THING, picture("unrelated_0", 640), [110, 90], 3)


@pytest.fixture(scope="module")
def found():
    return featmatch.locate(THING, [SCENE, picture("unrelated_1", 320)])


def show(browser, found, **window):
    browser.open(placements_page(found), **window)
    browser.wait_for(lambda: browser.find_all("#matches .touched canvas"))


def test_every_place_tells_where_a_point_of_the_thing_lies(browser, found):
    show(browser, found)
    assert browser.text("h1") == "Found 2 times"
    options = browser.find_all(f"{PLACES} option")
    assert [option.text[:2] for option in options] == ["1:", "2:"]
    for number, one in enumerate(found):
        browser.run(
            "arguments[0].selectedIndex = arguments[1];"
            "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
            browser.find(PLACES),  # made anew with each choice
            number,
        )
        browser.click(browser.find_all("#matches .touched canvas")[0], 0.43, 0.57)
        x, y, _, x1, y1, *_ = numbers_in(browser.text("#matches output.readout"))
        assert [x1, y1] == pytest.approx(project(one.homography, np.array([[x, y]]))[0], abs=0.15)


def test_places_are_a_table_that_can_be_read(browser, found):
    show(browser, found, width=390, height=844)
    assert browser.overflow() <= 0
    rows = browser.find_all("table tbody tr")
    assert len(rows) == 2
    assert any("Places, in pixels of the scenes" in name for _, name in browser.roles())


def test_nothing_found_is_told(browser, found):
    show(browser, featmatch.Placements([], found.sought, found.scenes), dark=True)
    assert browser.text("h1") == "Not found"
    browser.click(browser.find_all("#matches .touched canvas")[0], 0.4, 0.4)
    assert "no model" in browser.text("#matches output.readout")
