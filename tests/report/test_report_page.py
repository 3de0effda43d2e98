"""The page as a file: whole, self-contained, the same for the same numbers."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hand_made_comparison import make_comparison, make_topic, without_geometry, without_points

from featmatch.explaining.topics import TOPICS
from featmatch.report.comparison.page import comparison_page
from featmatch.report.explaining.page import topic_page
from featmatch.version import __version__

FOLDER = files("featmatch.report.page")
SCRIPTS = [
    file
    for folder in (
        FOLDER,
        *(FOLDER / name for name in ("kit", "sections", "topics", "touch", "collection")),
    )
    for file in folder.iterdir()
    if file.name.endswith(".js")
]


class Page(HTMLParser):
    """Elements of a page, and the text in them, as a browser sees them."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts, self.inside = [], [], None
        self.feed(page.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = dict(attrs).get("id")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        self.texts.append((self.inside, data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self):
        (text,) = (text for inside, text in self.texts if inside == "data")
        return json.loads(text)


def test_a_comparison_is_whole_on_the_page():
    page = Page(comparison_page(make_comparison(), [make_topic(answer=42)]))
    assert page.data["version"] == __version__
    comparison = page.data["comparison"]
    assert comparison["pair"]["image0"]["name"] == "left.png"
    assert comparison["contrast"]["methods"][1]["num_bytes"] == 512
    assert comparison["networks"][1]["blocks"][0][0]["weights"]["shape"] == [3, 3, 4, 5]
    assert comparison["gray"]["src"].startswith("data:image/png")
    assert page.data["topics"][0]["data"] == {"answer": 42}


def test_a_topic_is_whole_on_the_page():
    topic = Page(topic_page(make_topic("edges", rows=[[1, 2]]))).data["topic"]
    assert topic == {
        "name": "edges",
        "title": "A title",
        "summary": "What it is about.",
        "data": {"rows": [[1, 2]]},
        "code": "import featmatch",
        "notes": ["A note."],
    }


@pytest.mark.parametrize("change", [without_geometry, without_points])
def test_a_comparison_without_numbers_is_a_page(change):
    page = Page(comparison_page(change(make_comparison())))
    assert page.data["comparison"]["contrast"]["methods"][0]["accuracy"] is None


def test_nothing_outside_the_page_is_asked_for():
    page = Page(comparison_page(make_comparison(), [make_topic()]))
    policies = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert policies == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    ]
    assert page.all("link") == [{"rel": "icon", "href": "data:,"}]
    assert not [attributes for _, attributes in page.elements if "src" in attributes]
    assert {tag for tag, _ in page.elements} >= {"style", "script", "header", "main", "footer"}


def test_the_same_numbers_give_the_same_page():
    assert comparison_page(make_comparison()) == comparison_page(make_comparison())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_scripts_cannot_end_their_element_or_make_markup_of_text(script):
    text = script.read_text(encoding="utf-8")
    assert "</" not in text
    assert "<!--" not in text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert text.count('"use strict";') == 1


def test_every_topic_has_a_drawing():
    drawn = {
        name
        for script in SCRIPTS
        for name in re.findall(r'kit\.topic\("([a-z-]+)"', script.read_text(encoding="utf-8"))
    }
    assert drawn == set(TOPICS)
