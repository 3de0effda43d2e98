"""A collection in a real browser: whatever is chosen, the matches of the right pair are shown."""

from __future__ import annotations

import shutil

import pytest
from made_collections import MadeCollection, entry
from photographed import photographed
from selenium.webdriver.common.keys import Keys

from featmatch.collection.overview import Overview
from featmatch.report.collection.page import collection_page

SECTIONS = ("summary", "matrix", "graph", "pair", "weak", "images", "failures")
NAMES = [f"{n}.jpg" for n in range(5)] + [f"plane {n}.jpg" for n in range(4)] + ["alone.jpg"]


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    collection = photographed(folder)
    yield collection_page(collection, Overview.of(collection))
    shutil.rmtree(folder)


@pytest.fixture
def page(browser, document):
    browser.open(document, reduced_motion=True)
    return browser


def cell(first, second):
    """The middle of a cell of the matrix, as parts of its width and height."""
    return (NAMES.index(second) + 0.5) / len(NAMES), (NAMES.index(first) + 0.5) / len(NAMES)


def picture(browser):
    return browser.run("return document.querySelector('#pair canvas').toDataURL()")


def columns(browser, section, table=0):
    """Rows of a table of a section, each a list of the texts of its cells."""
    return browser.run(
        """return [...document.querySelectorAll(arguments[0])[arguments[1]].rows].map(
            (row) => [...row.cells].map((cell) => cell.innerText.trim()))""",
        f"#{section} table",
        table,
    )


def test_sections_are_in_order_and_in_the_contents(page):
    assert [part.get_attribute("id") for part in page.find_all("main > section")] == [*SECTIONS]
    links = page.find_all("#contents a")
    assert [link.get_attribute("href").split("#")[1] for link in links] == [*SECTIONS]
    assert page.text("#summary li").startswith("13 files: 10 read")


def test_the_only_link_is_shown_first(page):
    assert page.text("#pair output").startswith(
        "4.jpg ↔ plane 0.jpg: the same scene. 30 of 30 matches agree."
    )
    assert "No other link joins the 4 images of the smaller side" in page.text("#pair output")


def test_matches_are_drawn_on_both_thumbnails(page):
    canvas, surface = page.find("#pair canvas"), (244, 245, 247)
    corners = (0.01, 0.02), (0.99, 0.02)  # of the photographs, which no line of a match reaches
    page.wait_for(lambda: all(page.pixel(canvas, *c)[:3] != surface for c in corners))
    with_lines = picture(page)
    page.run("CanvasRenderingContext2D.prototype.stroke = () => {}")
    page.run("arguments[0].dispatchEvent(new Event('redraw'))", canvas)
    assert picture(page) != with_lines


def test_a_cell_of_the_matrix_tells_its_pair_and_shows_it(page):
    matrix = page.find("#matrix canvas")
    page.hover(matrix, *cell("1.jpg", "2.jpg"))
    assert page.text("#matrix output").startswith("1.jpg ↔ 2.jpg: the same scene, 120 of 120")
    page.hover(matrix, *cell("alone.jpg", "0.jpg"))
    assert (
        page.text("#matrix output") == "alone.jpg ↔ 0.jpg: nothing in common, 0 of 7 matches agree."
    )
    page.hover(matrix, *cell("alone.jpg", "1.jpg"))
    assert page.text("#matrix output") == "alone.jpg ↔ 1.jpg: not matched."
    before = picture(page)
    page.click(matrix, *cell("plane 3.jpg", "0.jpg"))
    assert page.text("#pair output").startswith(
        "0.jpg ↔ plane 3.jpg: a shared part (they share a logo). 12 of"
    )
    assert picture(page) != before
    page.wait_for(lambda: page.run("return scrollY") > 500)  # to the pair


def test_the_graph_tells_images_and_pairs(page):
    canvas = page.find("#graph canvas")
    places, height, width = page.run(
        """const data = JSON.parse(document.getElementById("data").textContent).collection;
        const box = document.querySelector("#graph canvas").getBoundingClientRect();
        return [data.places, box.height, box.width]"""
    )

    def at(x, y):
        return (12 + x * (width - 24)) / width, (12 + y * (width - 24)) / height

    page.hover(canvas, *at(*places[NAMES.index("4.jpg")]))
    assert page.text("#graph output") == "4.jpg: 5 partners, in a component of 9."
    page.hover(canvas, *at(*places[NAMES.index("alone.jpg")]))
    assert page.text("#graph output") == "alone.jpg: no partner."
    ends = places[NAMES.index("4.jpg")], places[NAMES.index("plane 0.jpg")]
    middle = at(*(sum(axis) / 2 for axis in zip(*ends, strict=True)))
    page.hover(canvas, *middle)
    assert page.text("#graph output").startswith("4.jpg ↔ plane 0.jpg: 30 inliers, the only link")
    page.click(canvas, *at(*places[NAMES.index("plane 2.jpg")]))
    assert page.text("#pair output").startswith("plane 0.jpg ↔ plane 2.jpg")


def test_lists_choose_an_image_and_its_partner(page):
    image, partner = page.find_all("#pair select")
    image.send_keys("plane 3.jpg")
    image, partner = page.find_all("#pair select")
    assert page.run("return document.activeElement.parentElement.textContent").startswith("Image")
    options = [option.text for option in partner.find_elements("css selector", "option")]
    assert options == ["plane 0.jpg (120)", "plane 1.jpg (120)", "plane 2.jpg (120)", "0.jpg (12)"]
    partner.send_keys(Keys.ARROW_DOWN)
    assert page.text("#pair output").startswith("plane 1.jpg ↔ plane 3.jpg")


def test_weak_links_and_contradictions_are_listed(page):
    assert columns(page, "weak") == [
        ["pair", "inliers", "cuts off"],
        ["4.jpg ↔ plane 0.jpg", "30", "4"],
    ]
    loops = columns(page, "weak", 1)[1:]
    assert {row[0] for row in loops} == {
        "0.jpg, 1.jpg, 3.jpg", "1.jpg, 2.jpg, 3.jpg", "1.jpg, 3.jpg, 4.jpg",
    }  # fmt: skip
    assert {row[2] for row in loops} == {"1.jpg ↔ 3.jpg"}
    assert all(row[1].startswith("turned by ") for row in loops)
    page.click(page.find_all("#weak .pair-button")[1])
    assert page.text("#pair output").startswith("1.jpg ↔ 3.jpg: the same scene")
    assert columns(page, "weak", 3)[1] == ["0.jpg", "copy of 0.jpg"]


def test_images_are_listed_in_either_order(page):
    rows = columns(page, "images")
    assert rows[1][:4] == ["alone.jpg", "0", "none", "–"]
    assert rows[1][4] == "alone"
    page.click(page.find_all("#images .segments label")[1])
    assert [row[0] for row in columns(page, "images")[1:]] == NAMES


def test_what_could_not_be_read_is_listed_as_text(page):
    assert columns(page, "failures")[1:] == [
        ["broken.jpg", "unreadable", "is damaged"],
        ["<b>notes</b>.txt", "skipped", "is no image"],
    ]


@pytest.mark.parametrize("width", [320, 768, 2560])
def test_nothing_is_wider_than_the_window(browser, document, width):
    browser.open(document, width=width)
    assert browser.overflow() == 0


def test_colors_follow_the_theme(page):
    light = page.run("return document.querySelector('#graph canvas').toDataURL()")
    page.click(page.find(".top button"))
    assert page.run("return document.querySelector('#graph canvas').toDataURL()") != light


def test_screen_readers_are_told_names(page):
    named = ("button", "link", "radio", "combobox", "img", "application")
    roles = page.roles()
    assert not [(role, name) for role, name in roles if role in named and not name.strip()]
    assert ("combobox", "Partner") in roles


@pytest.mark.parametrize("images", [[], [entry("a.jpg")]])
def test_a_collection_of_hardly_anything_is_a_page(browser, tmp_path, images):
    collection = MadeCollection(images, folder=tmp_path)
    browser.open(collection_page(collection, Overview.of(collection)))
    assert len(browser.find_all("main > section")) == len(SECTIONS)
    assert "could not be drawn" not in browser.text("main")
