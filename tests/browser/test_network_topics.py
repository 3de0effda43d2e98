"""The topics on feature maps and receptive fields in a browser: what is shown is what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from topic_pages import choose, grid, numbers_in

import featmatch
from featmatch.report.explaining.page import topic_page

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NAMES = ("feature-maps", "receptive-fields")
TOPICS = {name: featmatch.explain(name, SAMPLES / "gallery_0.jpg", max_size=400) for name in NAMES}


def show(browser, name, width=1440):
    browser.open(topic_page(TOPICS[name]), width=width)
    return TOPICS[name].data


def readout(browser, index=0):
    return browser.find_all("output.readout")[index].text


def colors(browser, index, x, y):
    """Color (red, green, blue) of a canvas at a place, told as a part of its size."""
    script = """const [canvas, ...parts] = arguments;
        const place = [canvas.width * parts[0], canvas.height * parts[1]].map(Math.floor);
        const copy = document.createElement("canvas").getContext("2d");
        copy.drawImage(canvas, ...place, 1, 1, 0, 0, 1, 1);
        return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3)"""
    return np.array(browser.run(script, browser.find_all("canvas")[index], x, y))


def wait(browser, condition):
    WebDriverWait(browser.driver, 10).until(lambda driver: condition())


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_topics_fit_their_window(browser, name, width):
    show(browser, name, width)
    assert browser.overflow() == 0
    assert browser.find_all(".stage > *")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 1), (40, 50)])
def test_images_without_anything_are_shown_too(browser, name, shape):
    browser.open(topic_page(featmatch.explain(name, np.full(shape, 128, np.uint8))))
    assert numbers_in(readout(browser))


@pytest.mark.parametrize("place", [(3, 4), (0, 0), (19, 19), (10, 2)])
def test_a_unit_that_is_pointed_at_tells_its_numbers(browser, place):
    layer = show(browser, "feature-maps")["layers"][0]
    row, column = place
    side = layer.num_units
    browser.hover(browser.find_all("canvas")[2], (column + 0.5) / side, (row + 0.5) / side)
    value = layer.maps[0].before[row, column]
    told = numbers_in(readout(browser))
    assert told[:2] == [layer.size, layer.size]
    assert told[2:4] == [2 * (layer.column + column) + 1, 2 * (layer.row + row) + 1]
    assert told[4] == value
    if value < 0:
        assert told[-1] == pytest.approx(0.1 * value, abs=6e-4)
    first = [min(max(at - 2, 0), side - 5) for at in place]
    before = layer.maps[0].before[first[0] : first[0] + 5, first[1] : first[1] + 5]
    np.testing.assert_allclose(grid(browser, 0), before, atol=6e-3)
    expected = np.where(before < 0, 0.1 * before, before)
    np.testing.assert_allclose(grid(browser, 1), expected, atol=6e-3)


@pytest.mark.parametrize(("text", "slope"), [("ReLU", 0), ("none", 1)])
def test_the_activation_can_be_changed(browser, text, slope):
    layer = show(browser, "feature-maps")["layers"][1]
    choose(browser, layer.title)
    choose(browser, text)
    lowest = np.unravel_index(layer.maps[0].before.argmin(), layer.maps[0].before.shape)
    y, x = (np.array(lowest) + 0.5) / layer.num_units
    browser.hover(browser.find_all("canvas")[2], x, y)
    assert numbers_in(readout(browser))[-1] == slope * layer.maps[0].before[lowest]
    before, after = grid(browser, 0), grid(browser, 1)
    np.testing.assert_array_equal(after, np.where(before < 0, slope * before, before))
    red, _, blue = colors(browser, 2, x - 0.2 / layer.num_units, y)
    assert red > blue  # orange: below 0
    after_red, after_green, after_blue = colors(browser, 3, x - 0.2 / layer.num_units, y)
    assert (after_red == after_green == after_blue) == (slope == 0)


def test_layers_and_maps_can_be_chosen(browser):
    layer = show(browser, "feature-maps")["layers"][2]
    choose(browser, layer.title)
    shown = layer.maps[3]
    choose(browser, str(shown.number))
    told = numbers_in(browser.find_all("p.number")[0].text)
    assert told[:2] == [shown.number, layer.num_maps]
    assert told[2] == pytest.approx(100 * shown.share_negative, abs=0.51)
    assert told[-1] == pytest.approx(-shown.limit, rel=0.01)


def test_the_unit_is_moved_by_keys(browser):
    layer = show(browser, "feature-maps")["layers"][0]
    part = browser.find_all("canvas")[2]
    middle = layer.num_units // 2
    browser.hover(part, *[(middle + 0.5) / layer.num_units] * 2)
    browser.run("arguments[0].focus()", part)
    browser.press(*[Keys.ARROW_RIGHT] * 5)
    found = numbers_in(readout(browser))
    expected = {2 * (layer.column + middle + step) + 1 for step in (2, 3)}
    assert found[2] in expected
    assert found[3] == 2 * (layer.row + middle) + 1


def test_steps_tell_how_the_field_grows(browser):
    steps = show(browser, "receptive-fields")["steps"]
    back = browser.find_all(".stepper button")[0]
    for step, before in zip(steps[:0:-1], steps[-2::-1], strict=True):
        told = numbers_in(readout(browser).split("the field is ")[1])
        assert told[:5] == [before.size, step.kernel_size, 1, before.jump, step.size]
        assert told[-3:] == [before.jump, step.stride, step.jump]
        browser.click(back)
    assert numbers_in(readout(browser).split("the field is ")[1])[0] == 1
    current = browser.find_all("tr[aria-current]")
    assert len(current) == 1
    assert numbers_in(current[0].text)[-1] == steps[0].size


def test_fields_are_drawn_around_the_chosen_point(browser):
    data = show(browser, "receptive-fields")
    canvas = browser.find_all("canvas")[0]
    wait(browser, lambda: colors(browser, 0, 0.05, 0.05).any())
    before = colors(browser, 0, 0.2, 0.25)
    browser.click(canvas, 0.2, 0.25)
    wait(browser, lambda: (colors(browser, 0, 0.2, 0.25) != before).any())
    step = data["steps"][-1]
    assert f"{step.effective_size} px" in browser.find("main").text


def test_the_layers_of_ones_own_follow_the_formula(browser):
    show(browser, "receptive-fields")
    assert numbers_in(readout(browser, 1).split(";")[-1])[-3:] == [7, 7, 1]
    kernel, stride, dilation = map(Select, browser.find_all("select")[:3])
    kernel.select_by_visible_text("5")
    stride.select_by_visible_text("2")
    dilation.select_by_visible_text("3")
    more, fewer = (b for b in browser.find_all("button") if "layer" in b.text or "last" in b.text)
    browser.click(more)
    # 1 + 4 * 3 = 13, then 2 * 2 for each of three layers of 3 after a stride of 2
    assert "= 13;" in readout(browser, 1)
    assert "= 25 px" in readout(browser, 1)
    kernels = np.zeros(13)
    kernels[::3] = 1
    spread = np.zeros(5)
    spread[::2] = 1
    for _ in range(3):
        kernels = np.convolve(kernels, spread)
    told = numbers_in(readout(browser, 1).split("px.")[1])
    assert told[:2] == [kernels[len(kernels) // 2], kernels[0]]
    assert told[2:] == ([(kernels == 0).sum()] if (kernels == 0).any() else [])
    for _ in range(3):
        browser.click(fewer)
    assert not fewer.is_enabled()
    assert more.is_enabled()
    assert numbers_in(readout(browser, 1).split("px.")[1]) == [1, 1, 8]
