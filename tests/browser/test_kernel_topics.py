"""The topics on kernels and pooling in a browser: clicks and the pointer give true numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from selenium.webdriver.common.keys import Keys
from topic_pages import choose, grid, numbers_in, slide

import featmatch
from featmatch.report.explaining.page import topic_page

NAMES = ("convolution", "padding", "edges", "channels", "kernel-size", "pooling")
PIXELS = np.random.default_rng(12).integers(0, 256, (60, 80, 3), dtype=np.uint8)
TOPICS = {name: featmatch.explain(name, PIXELS) for name in NAMES}


def show(browser, name, width=1440):
    browser.open(topic_page(TOPICS[name]), width=width)
    return TOPICS[name].data


def cells(browser, index):
    return browser.find_all("table.grid")[index].find_elements("css selector", "td")


def marked(browser, index):
    """(row, column) of the cells with a frame."""
    script = """return [...arguments[0].querySelectorAll("td.marked")].map(
        (cell) => [cell.parentNode.rowIndex, cell.cellIndex])"""
    return {tuple(place) for place in browser.run(script, browser.find_all("table.grid")[index])}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_topics_fit_their_window(browser, name, width):
    show(browser, name, width)
    assert browser.overflow() == 0
    assert browser.find_all(".stage > *")


def test_convolution_can_be_stepped(browser):
    data = show(browser, "convolution")
    kernel = data["kernels"][0]
    next_step = browser.find_all(".stepper button")[2]
    for _ in range(9):
        browser.click(next_step)
    assert marked(browser, 3) == {(1, 1)}
    assert marked(browser, 0) == {(row, column) for row in (1, 2, 3) for column in (1, 2, 3)}
    products = data["crop"][1:4, 1:4] * kernel.weights
    np.testing.assert_array_equal(grid(browser, 2), products)
    readout = numbers_in(browser.text(".readout"))
    assert readout[:2] == [2, 2]
    assert readout[-1] == products.sum() == kernel.feature_map[1, 1]


def test_convolution_shows_what_is_pointed_at(browser):
    data = show(browser, "convolution")
    choose(browser, "Sharpen")
    browser.hover(cells(browser, 3)[5 * 8 + 7])
    expected = signal.correlate2d(data["crop"], data["kernels"][3].weights, "valid")[5, 7]
    assert numbers_in(browser.text(".readout"))[-1] == expected
    np.testing.assert_array_equal(grid(browser, 1), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])


def test_the_feature_map_is_walked_by_keys(browser):
    data = show(browser, "convolution")
    browser.run("arguments[0].focus()", cells(browser, 3)[0])
    browser.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    expected = data["kernels"][0].feature_map[1, 2]
    assert numbers_in(browser.text(".readout"))[-1] == expected


def test_a_turned_kernel_gives_the_convolution_of_mathematics(browser):
    data = show(browser, "convolution")
    choose(browser, "Sharpen")
    choose(browser, "Sobel, across")
    browser.click(browser.find(".check input"))
    np.testing.assert_array_equal(grid(browser, 1), [[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    expected = signal.convolve2d(data["crop"], data["kernels"][0].weights, "valid")
    np.testing.assert_array_equal(grid(browser, 3), expected)
    assert numbers_in(browser.text(".readout"))[-1] == expected[0, 0]


@pytest.mark.parametrize("place", range(6))
def test_padding_examples_are_those_of_the_engine(browser, place):
    example = show(browser, "padding")["examples"][place]
    choose(browser, example.label)
    assert np.abs(grid(browser, 1) - example.output).max() <= 0.5001
    assert f" + 1 = {len(example.output)}." in browser.text("output.readout")


def test_padding_frames_what_an_output_reads(browser):
    data = show(browser, "padding")
    for label, value in (("Padding", 2), ("Stride", 2), ("Dilation", 3)):
        slide(browser, label, value)
    assert grid(browser, 1).shape == (3, 3)
    browser.hover(cells(browser, 1)[5])  # row 1, column 2
    assert marked(browser, 0) == {(row, column) for row in (2, 5, 8) for column in (4, 7, 10)}
    padded = np.pad(data["crop"][:7, :7], 2)
    mean = padded[2:9:3, 4:11:3].mean()
    told = browser.find_all("output.readout")[1].text
    assert numbers_in(told) == [2, 3, 9, 3, pytest.approx(mean, abs=0.005)]


def test_padding_tells_when_a_walk_is_not_valid(browser):
    show(browser, "padding")
    for label, value in (("Input, pixels a side", 3), ("Kernel, taps a side", 5)):
        slide(browser, label, value)
    slide(browser, "Dilation", 2)
    formula, readout = (element.text for element in browser.find_all("output.readout"))
    assert formula.endswith(
        "is −4: the kernel spans 9, more than the 5 there are. This is not valid."
    )
    assert readout == "There is no output."
    slide(browser, "Dilation", 1)
    assert browser.text("output.readout").endswith("= 1.")


def test_padding_tells_what_is_never_read(browser):
    show(browser, "padding")
    choose(browser, "stride that leaves a rest")
    assert "The division leaves 1: the last row and column are left out." in browser.text(
        "output.readout"
    )
    browser.click(browser.find(".check input"))
    counts = grid(browser, 0)
    np.testing.assert_array_equal(counts[-1], 0)
    assert counts.sum() == 9 * 9
    assert counts[2, 2] == 4


def test_a_kernel_of_ones_own_is_computed_on_the_page(browser):
    data = show(browser, "edges")
    weights = np.array([[0.5, 0, -2], [0, 3, 0], [1, 0, 0]])
    for field, weight in zip(browser.find_all("input[type=number]"), weights.flat, strict=True):
        field.clear()
        field.send_keys(str(weight))
    browser.hover(browser.find_all("canvas")[1], 18.5 / data["side"], 36.5 / data["side"])
    column, row, *patch, answer = numbers_in(browser.text(".readout"))
    assert (column, row) == (18, 36)
    around = data["crop"][35:38, 17:20]
    np.testing.assert_array_equal(patch, around.flat)
    assert answer == pytest.approx((around * weights).sum(), abs=0.005)
    assert browser.find_all(".segments input:checked") == []
    assert "The weights sum to 2.50" in browser.text(".stage")


def test_classic_kernels_fill_the_weights(browser):
    show(browser, "edges")
    choose(browser, "Scharr, down")
    fields = browser.find_all("input[type=number]")
    values = [float(field.get_attribute("value")) for field in fields]
    assert values == [-3, -10, -3, 0, 0, 0, 3, 10, 3]
    assert "an even surface gives 0" in browser.text(".stage")


def test_the_result_of_a_kernel_is_painted(browser):
    data = show(browser, "edges")
    choose(browser, "Identity")
    script = """const canvas = arguments[0], size = canvas.width / arguments[1];
        return [...canvas.getContext("2d").getImageData(
            (arguments[2] + 0.5) * size, (arguments[3] + 0.5) * size, 1, 1).data]"""
    canvas = browser.find_all("canvas")[1]
    level, *_ = browser.run(script, canvas, data["side"], 20, 31)
    assert level == data["crop"][31, 20]


def test_a_pixel_of_any_mixing_is_summed_up(browser):
    mixings = show(browser, "channels")["mixings"]
    for mixing in mixings:
        choose(browser, mixing.label)
        columns = min(len(mixing.input_names), 8)
        rows = -(-len(mixing.input_names) // columns)
        browser.hover(browser.find_all("canvas")[0], 7.5 / 12 / columns, 3.5 / 12 / rows)
        *_, total, engine = numbers_in(browser.text("output.readout"))
        assert total == pytest.approx(engine, abs=0.002)
        assert engine == pytest.approx(mixing.outputs[3, 7, 0], abs=0.001)
        products = [numbers_in(cell.text)[0] for cell in browser.find_all("tbody td:last-child")]
        expected = mixing.inputs[3, 7] * mixing.weights[:, 0]
        if len(expected) > 8:
            expected = expected[np.argsort(-np.abs(expected))]
            expected = [*expected[:8], expected[8:].sum()]
        np.testing.assert_allclose(products, expected, atol=0.001)


def test_a_click_chooses_an_output_channel(browser):
    mixing = show(browser, "channels")["mixings"][1]
    choose(browser, mixing.label)
    browser.click(browser.find_all("canvas")[1], (2 + 6.5 / 12) / 3, 6.5 / 12)
    assert "yellow - blue" in browser.text(".table caption")
    assert numbers_in(browser.text("output.readout"))[-1] == pytest.approx(
        mixing.outputs[6, 6, 2], abs=0.001
    )
    checked = browser.find_all(".segments input:checked + span")
    assert [segment.text for segment in checked] == [mixing.label, "yellow - blue"]


def test_deeper_stacks_are_counted(browser):
    show(browser, "kernel-size")
    slide(browser, "Layers of 3 x 3", 3)
    slide(browser, "Channels, in and out", 10)
    (bars,) = (b for b in browser.find_all(".bars") if "Weights to see" in b.text)
    assert "Weights to see 7 x 7 pixels" in bars.text
    totals = [numbers_in(cell.text) for cell in bars.find_elements("css selector", "td.number")]
    assert totals == [[27 * 10**2], [49 * 10**2]]


def test_the_table_tells_both_plans(browser):
    small, large = show(browser, "kernel-size")["plans"]
    cells = [cell.text for cell in browser.find_all(".table td")]
    assert cells[:6] == ["5 x 5", "5 x 5", "18", "25", "4,608", "6,400"]
    times = [numbers_in(text)[0] for text in cells[-2:]]
    medians = [1000 * np.median(plan.seconds) for plan in (small, large)]
    np.testing.assert_allclose(times, medians, atol=0.006)


def test_two_kernels_become_one(browser):
    composition = show(browser, "kernel-size")["compositions"][2]
    choose(browser, composition.label)
    np.testing.assert_array_equal(grid(browser, 4), composition.composed)


def test_pooling_by_windows(browser):
    data = show(browser, "pooling")
    np.testing.assert_array_equal(grid(browser, 1), data["maxima"])
    choose(browser, "the mean")
    assert np.abs(grid(browser, 1) - data["means"]).max() <= 0.0501
    browser.hover(cells(browser, 1)[6])  # row 1, column 2
    assert marked(browser, 0) == {(2, 4), (2, 5), (3, 4), (3, 5)}
    assert numbers_in(browser.text(".readout"))[-1] == pytest.approx(data["means"][1, 2], abs=0.01)


def test_a_shift_by_the_stride_moves_the_pooled_numbers(browser):
    data = show(browser, "pooling")
    slide(browser, "Shift to the left, px", 2)
    assert "one place further to the left" in browser.text(".stage")
    np.testing.assert_array_equal(grid(browser, 1)[:, :3], data["maxima"][:, 1:])
    slide(browser, "Shift to the left, px", 1)
    assert "further to the left" not in browser.text(".stage")
    moved = data["crop"][:8, 1:9].reshape(4, 2, 4, 2).max(axis=(1, 3))
    np.testing.assert_array_equal(grid(browser, 1), moved)
    same = (moved == data["maxima"]).sum()
    assert f"{same} of 16 are what they were" in browser.text(".stage")


def test_losses_of_larger_windows(browser):
    pooled = show(browser, "pooling")["pictures"][2]
    choose(browser, "8 x 8")
    text = next(
        p.text for p in browser.find_all("p") if "numbers become" in p.text and "Repeated" in p.text
    )
    assert numbers_in(text) == [
        60 * 80,
        pooled.num_kept,
        pytest.approx(pooled.max_error, abs=0.051),
        pytest.approx(pooled.mean_error, abs=0.051),
    ]


def painted(browser):
    """What is told of the reader's kernel: the sum of its weights, and what is black and white."""
    return numbers_in(browser.text(".own-kernel .readout"))


def test_a_kernel_is_painted_and_run_over_the_whole_picture(browser):
    data = show(browser, "convolution")
    weights = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], float)
    picture = data["picture"].astype(float)

    def largest():
        return np.abs(signal.correlate2d(picture, weights, "valid")).max()

    browser.wait_for(lambda: browser.text(".own-kernel .readout"))
    assert painted(browser)[0] == 0
    assert painted(browser)[-1] == pytest.approx(largest(), rel=0.01)
    board = browser.find('.own-kernel canvas[aria-label^="Your kernel"]')
    choose(browser, "−2")
    browser.click(board, 1 / 6, 1 / 6)
    browser.run("arguments[0].focus()", board)
    choose(browser, "2")
    browser.run("arguments[0].focus()", board)
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)
    weights[0, 0], weights[0, 2] = -2, 2
    assert painted(browser)[0] == 0
    assert painted(browser)[-1] == pytest.approx(largest(), rel=0.01)
    browser.press(Keys.ARROW_DOWN, Keys.SPACE)
    assert painted(browser)[0] == 3
    choose(browser, "5 × 5")
    board = browser.find('.own-kernel canvas[aria-label^="Your kernel of 5"]')
    assert painted(browser)[0] == 0
