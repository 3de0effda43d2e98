"""Every topic on a page of its own, with real numbers, and all that can be clicked on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

import featmatch
from featmatch.explaining.topics import TOPICS
from featmatch.report.explaining.page import index_page, topic_page

SAMPLE = "samples/room_0.jpg"
SAMPLE_IMAGE = Path(__file__).resolve().parents[2] / SAMPLE


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


def test_a_folder_of_topics_is_read_from_its_index(browser, tmp_path):
    """As `featmatch explain --all` writes it: from page to page, in the colors once chosen."""
    folder = tmp_path / "lesson"
    folder.mkdir()
    topics = [featmatch.explain(name, SAMPLE_IMAGE) for name in ("padding", "pooling", "edges")]
    (folder / "index.html").write_bytes(index_page(topics))
    for topic in topics:
        (folder / f"{topic.name}.html").write_bytes(topic_page(topic, among=topics))
    browser.driver.get((folder / "index.html").as_uri())
    assert [link.text for link in browser.find_all("main ol a")] == [t.title for t in topics]
    assert browser.find("main p a").get_attribute("href").endswith("exercises.md")
    assert browser.overflow() == 0
    (theme,) = browser.find_all(".top button")
    browser.click(theme)
    assert theme.text == "Light colors"
    browser.click(browser.find_all("main ol a")[0])
    browser.wait_for(lambda: browser.text("h1") == topics[0].title)
    assert browser.text(".top button") == "Light colors"
    assert not [link for link in browser.find_all("nav a") if link.text.startswith("←")]
    (after,) = (link for link in browser.find_all("nav a") if link.text.startswith("Next"))
    browser.click(after)
    browser.wait_for(lambda: browser.text("h1") == topics[1].title)
    assert "All topics" in browser.text("nav")
