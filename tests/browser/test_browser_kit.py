"""The kit that sections and topics are drawn with: what it tells, and what can be read of it."""

from __future__ import annotations

import pytest
from hand_made_comparison import make_comparison
from selenium.webdriver.common.keys import Keys

from featmatch.report.comparison.page import comparison_page

PAGE = comparison_page(make_comparison())


def draw(browser, script):
    """Open a page whose only content is what `script` draws with the kit into `root`."""
    browser.open(PAGE)
    browser.run(
        f"""const root = kit.el("div", {{ class: "stage" }});
        document.querySelector("main").replaceChildren(root);
        window.told = [];
        const tell = (...values) => window.told.push(values);
        {script}"""
    )


def told(browser):
    return browser.run("return window.told")


def test_a_slider_tells_its_value(browser):
    draw(
        browser,
        """root.append(kit.slider("Blur", { min: 0, max: 4, step: 0.5, value: 1,
            format: (value) => `${value} px` }, tell))""",
    )
    slider = browser.find(".stage input")
    assert told(browser) == []
    browser.run("arguments[0].focus()", slider)
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.END)
    assert told(browser) == [[1.5], [2], [4]]
    assert browser.text(".stage output") == "4 px"
    assert ("slider", "Blur") in browser.roles()


def test_a_stepper_steps_plays_and_stops_at_the_end(browser):
    draw(
        browser,
        """window.steps = kit.stepper("Place", 3, tell);
        root.append(steps.node)""",
    )
    back, play, forward = browser.find_all(".stage button")
    browser.click(forward)
    browser.press(Keys.END, Keys.HOME, Keys.ARROW_LEFT)
    assert told(browser) == [[1], [2], [0], [0]]
    assert browser.text(".stage output") == "1 of 3"
    browser.click(play)
    assert play.text == "Pause"
    browser.wait_for(lambda: browser.text(".stage output") == "3 of 3")
    browser.wait_for(lambda: play.text == "Play")
    browser.click(back)
    assert browser.text(".stage output") == "2 of 3"
    browser.run("steps.go(0)")
    assert told(browser)[-1] == [0]


def test_choices_and_checks_tell_values_of_any_type(browser):
    draw(
        browser,
        """root.append(kit.choice("Kernel", [[null, "none"], [3, "three"]], 3, tell),
            kit.select("List", [[1, "one"], [2, "two"]], 1, tell),
            kit.check("Grid", true, tell))""",
    )
    first, second = browser.find_all(".stage fieldset label")
    assert second.find_element("css selector", "input").is_selected()
    browser.click(first)
    browser.run("document.querySelector('.stage select').focus()")
    browser.press(Keys.ARROW_DOWN)
    browser.click(browser.find(".stage .check"))
    assert told(browser) == [[None], [2], [False]]


def test_a_canvas_tells_places_in_its_present_pixels(browser):
    draw(
        browser,
        """root.append(kit.canvas(200, 100, (context, colors, width, height) => {
            context.fillStyle = "#123456";
            context.fillRect(0, 0, width / 2, height);
        }, { label: "Half.", onpoint: tell }).node)""",
    )
    canvas = browser.find(".stage canvas")
    browser.click(canvas, 0.25, 0.5)
    *_, (x, y, kind, width, height) = told(browser)
    assert (x, y) == pytest.approx((50, 50), abs=1)
    assert (kind, width, height) == ("click", 200, 100)
    browser.press(Keys.ARROW_RIGHT, Keys.ENTER)
    (x1, _, kind1, *_), (x2, _, kind2, *_) = told(browser)[-2:]
    assert (kind1, kind2) == ("hover", "click")
    assert x1 == x2 == pytest.approx(x + 200 / 48, abs=0.01)
    assert browser.pixel(canvas, 0.1, 0.5) == (0x12, 0x34, 0x56, 255)
    assert browser.pixel(canvas, 0.9, 0.5) == (0, 0, 0, 0)


def test_a_grid_tells_cells_and_takes_new_numbers(browser):
    draw(
        browser,
        """window.grid = kit.grid([[1, -2], [3, null]], { label: "Numbers", colors: "signed",
            onhover: tell, highlight: [[1, 0]] });
        root.append(grid.node)""",
    )
    cells = browser.find_all(".stage td")
    assert [cell.text for cell in cells] == ["1", "−2", "3", ""]
    assert [cell.get_attribute("class") for cell in cells] == ["", "", "marked", ""]
    browser.run("arguments[0].focus()", cells[0])
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert told(browser) == [[0, 0], [0, 1], [1, 1]]
    browser.run("grid.update([[5, 6, 7]], { colors: 'gray', highlight: [] })")
    cells = browser.find_all(".stage td")
    assert [cell.text for cell in cells] == ["5", "6", "7"]
    assert cells[0].value_of_css_property("background-color") == "rgba(0, 0, 0, 1)"
    assert cells[2].value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"


@pytest.mark.parametrize(
    ("places", "ticks"),
    [
        ([1, 10], [5, 10]),  # a step of 2.5 would do
        ([1, 16], [5, 10, 15]),
        ([0, 1, 2], [0, 1, 2]),
        ([0.5, 10], [2.5, 5, 7.5, 10]),
    ],
)
def test_whole_numbers_have_no_halves_at_the_axis(browser, places, ticks):
    browser.open(PAGE)
    spec = {"x": {}, "y": {"min": 0, "max": 1}, "series": [{"x": places, "y": [0] * len(places)}]}
    assert browser.run("return kit.scale(arguments[0], 390, 220).xTicks", spec) == ticks


def test_bars_have_lengths_in_proportion(browser):
    draw(
        browser,
        """root.append(kit.bars({ label: "Sizes", y: { label: "px" }, bars: [
            { name: "a", value: 10 }, { name: "b", value: 5, low: 4, high: 6 },
            { name: "c", value: null }] }).node)""",
    )
    first, second = browser.find_all(".stage .bar")
    assert second.size["width"] == pytest.approx(first.size["width"] / 2, rel=0.01)
    assert browser.find(".stage .whisker").size["width"] == pytest.approx(
        first.size["width"] / 5, rel=0.02
    )
    assert browser.text(".stage tbody").split() == ["a", "10", "b", "5", "4", "to", "6", "c", "–"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("1234567", "1,234,567"),
        ("-0.5", "−0.500"),
        ("-1e-9", "0.00000"),
        ("0.001234", "0.00123"),
        ("12.345, 1", "12.3"),
        ("null", "–"),
        ("NaN", "–"),
        ("-Infinity", "−∞"),
    ],
)
def test_numbers_are_written_alike(browser, value, text):
    browser.open(PAGE)
    assert browser.run(f"return kit.number({value})") == text
