"""Every topic on a page of its own, with real numbers, and all that can be clicked on it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

import featmatch
from featmatch.explaining.topics import TOPICS
from featmatch.report.explaining.page import topic_page

SAMPLE = "samples/room_0.jpg"


@pytest.fixture(scope="module")
def pages(request):
    made = {}

    def page(topic):
        if topic not in made:
            image = featmatch.read_image(request.config.rootpath / SAMPLE, max_size=320)
            made[topic] = topic_page(featmatch.explain(topic, image))
        return made[topic]

    return page


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_drawn_and_every_control_works(browser, pages, topic, width):
    browser.open(pages(topic), width=width)
    assert "could not be drawn" not in browser.text("main")
    assert browser.overflow() == 0
    assert len(browser.text(".stage")) > 20
    assert browser.text(".code pre").startswith("import featmatch")
    browser.run(
        """const change = (node, value) => {
            node.value = value;
            node.dispatchEvent(new Event("input", { bubbles: true }));
        };
        for (const range of document.querySelectorAll("main input[type=range]")) {
            for (const end of [range.min, range.max]) change(range, end);
        }
        for (const node of document.querySelectorAll("main input[type=radio], main button")) {
            node.click();
        }
        for (const box of document.querySelectorAll("main input[type=checkbox]")) {
            box.click();
            box.click();
        }"""
    )
    for canvas in browser.find_all("main canvas[tabindex]"):
        browser.run("arguments[0].focus()", canvas)
        browser.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ENTER)
    for cell in browser.find_all("main table[role=grid] td[tabindex='0']"):
        browser.run("arguments[0].focus()", cell)
        browser.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert browser.overflow() == 0
    assert "NaN" not in browser.text("main")
    assert "undefined" not in browser.text("main")
