"""The topics on activations, gradients, training and keypoints in a browser."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from topic_pages import choose, numbers_in, slide

import featmatch
from featmatch.explaining.training import ShippedRun
from featmatch.report.explaining.page import topic_page
from featmatch.report.page.encode import encode

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NAMES = ("activations", "gradients", "training", "keypoints")
TOPICS = {name: featmatch.explain(name, SAMPLES / "room_0.jpg", max_size=400) for name in NAMES}


def show(browser, name, width=1440):
    browser.open(topic_page(TOPICS[name]), width=width)
    return TOPICS[name].data


def table(browser, caption):
    """First cells of a table's rows, and the text of the others."""
    (found,) = (t for t in browser.find_all(".table") if t.get_attribute("aria-label") == caption)
    rows = [
        row.find_elements("css selector", "th, td") for row in found.find_elements("tag name", "tr")
    ]
    return {row[0].text: [cell.text for cell in row[1:]] for row in rows}


def grid(browser, caption):
    (found,) = (g for g in browser.find_all("table.grid") if g.text.split("\n")[0] == caption)
    return [numbers_in(row.text) for row in found.find_elements("tag name", "tr")]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_topics_fit_their_window(browser, name, width):
    show(browser, name, width)
    assert browser.overflow() == 0
    assert browser.find_all(".stage > *")


@pytest.mark.parametrize("name", NAMES)
def test_an_image_without_anything_is_shown_too(browser, name):
    blank = np.full((40, 50), 128, np.uint8)
    browser.open(topic_page(featmatch.explain(name, blank)))
    assert browser.find_all(".stage > *")
    assert "could not be drawn" not in browser.text("main")


def test_activations_tell_the_values_of_a_layer(browser):
    data = show(browser, "activations")
    choose(browser, "ReLU")
    slide(browser, "Layer of the network", 4)
    layer = data["layers"][3]
    rows = table(browser, f"{layer.title}: its {layer.num_values:,} values through each activation")
    effect = layer.effects["relu"]
    saturated, slope, silent = rows["ReLU"]
    assert numbers_in(saturated)[0] == pytest.approx(100 * effect.saturated, abs=0.06)
    assert numbers_in(slope)[0] == pytest.approx(effect.mean_slope, abs=6e-4)
    assert numbers_in(silent) == [effect.num_dead, layer.num_units]
    assert table(browser, "ReLU")["f(x)"] == ["max(0, x)"]


def test_tanh_typed_literally(browser):
    show(browser, "activations")
    caption = "In numbers of 32 bits"
    assert table(browser, caption)["their ratio"] == ["not a number"]
    slide(browser, "x", -1.5)
    rows = table(browser, caption)
    assert numbers_in(rows["their ratio"][0])[0] == pytest.approx(np.tanh(-1.5), abs=2e-6)
    assert rows["their ratio"] == rows["tanh of the library"]


def test_the_page_computes_the_same_gradients_as_the_library(browser):
    data = show(browser, "gradients")
    assert float(browser.find("[data-farthest]").get_attribute("data-farthest")) < 1e-5
    browser.click(browser.find_all(".stepper button")[0])
    browser.press(Keys.END)
    for name, gradient in asdict(data["gradients"]).items():
        shown = grid(browser, f"gradient by {name}")
        np.testing.assert_allclose(shown, np.atleast_2d(gradient), atol=0.00501)


def test_gradients_appear_step_by_step(browser):
    data = show(browser, "gradients")
    assert grid(browser, "convolved") == [[], [], []]
    browser.click(browser.find_all(".stepper button")[2])
    np.testing.assert_allclose(grid(browser, "convolved"), data["values"].convolved, atol=0.00501)
    assert grid(browser, "gradient by convolved") == [[], [], []]


@pytest.mark.parametrize(("log_step", "error"), [(-5, 1e-8), (-1, 1)])
def test_a_gradient_is_checked_live(browser, log_step, error):
    data = show(browser, "gradients")
    grids = [g for g in browser.find_all("table.grid") if g.get_attribute("role") == "grid"]
    browser.click(grids[1].find_elements("tag name", "td")[5])  # of the weights: row 2, column 3
    slide(browser, "Step h, a power of ten", log_step)
    rows = table(browser, "Changed by h, up and down")
    (above,), (below,), (numeric,), (exact,), (wrong,) = (
        numbers_in(row[0]) for row in list(rows.values())[1:]
    )
    h = 10.0**log_step
    assert exact == pytest.approx(data["gradients"].weights[1, 2], rel=1e-8)
    assert numeric == pytest.approx((above - below) / (2 * h), abs=1e-6)
    assert wrong == pytest.approx(abs(numeric - exact), abs=1e-9)
    assert wrong < error


def test_steps_go_downhill(browser):
    data = show(browser, "gradients")
    (readout,) = (r for r in browser.find_all("output") if r.text.startswith("After 0 steps"))
    assert numbers_in(readout.text)[-1] == pytest.approx(data["values"].loss, abs=6e-6)
    (button,) = (b for b in browser.find_all("button") if b.text == "One step")
    for _ in range(5):
        browser.click(button)
    assert readout.text.startswith("After 5 steps")
    assert numbers_in(readout.text)[-1] < data["values"].loss


def test_iterations_are_counted(browser):
    show(browser, "training")
    slide(browser, "Examples", 100)
    slide(browser, "Examples in a batch", 30)
    slide(browser, "Epochs", 7)
    told = browser.text(".stage output.readout")
    assert numbers_in(told) == [4, 10, 7, 28]


def test_epochs_can_be_looked_through(browser):
    data = show(browser, "training")
    slide(browser, "Epochs trained", 4)
    for run in data["runs"]:
        told = browser.text(f'[data-run="{run.name}"] output')
        epoch, own, other = numbers_in(told)
        assert epoch == run.snapshots[4].epoch
        assert own == pytest.approx(run.losses[int(epoch)], rel=0.01)
        assert other == pytest.approx(run.held_out_losses[int(epoch)], rel=0.01)


def test_a_record_of_the_shipped_network_is_told(browser):
    epochs = np.arange(1, 5)
    shipped = ShippedRun(
        *(300, 8, 250, 5400.0, epochs, 5 / epochs, epochs / 8, epochs / 10),
        best_epoch=3,
        num_before=7,
    )
    topic = TOPICS["training"]
    browser.open(topic_page(replace(topic, data={**topic.data, "shipped": shipped})))
    (told,) = (p.text for p in browser.find_all(".stage p") if p.text.startswith("Trained for"))
    assert numbers_in(told) == [1.5, 300, 4, 250, 8, 3, 7, 10]


def test_a_threshold_leaves_fewer_corners(browser):
    data = show(browser, "keypoints")
    threshold = data["fast_lowest"] + 25
    slide(browser, "Threshold of FAST, gray levels", threshold)
    expected = (data["fast"][:, 2] >= threshold).sum()
    assert numbers_in(browser.text(".stage output.readout"))[0] == expected


def longest_arc(center, ring, threshold):
    """Count the pixels of the longest arc of a ring brighter, or darker, than its center."""
    difference = np.array(ring) - center
    turns = [
        np.roll(differs, -start)
        for differs in (difference > threshold, difference < -threshold)
        for start in range(len(ring))
    ]
    return max(len(turn) if turn.all() else int(turn.argmin()) for turn in turns)


def test_the_longest_arc_of_a_keypoint(browser):
    data = show(browser, "keypoints")
    choose(browser, "2 ✓")
    closeup = data["closeups"][1]
    for threshold in (5, 60):
        slide(browser, "Threshold", threshold)
        arc = longest_arc(closeup.center, closeup.ring, threshold)
        assert f"has {arc} of 16 pixels" in browser.text("main")
        assert len(browser.find_all("td.marked")) == arc


def test_a_bit_is_chosen_on_the_canvas(browser):
    data = show(browser, "keypoints")
    canvas = browser.find('canvas[aria-label^="The 256 bits"]')
    browser.click(canvas, 3.5 / 16, 2.5 / 16)
    closeup, bit = data["closeups"][0], 2 * 16 + 3
    (told,) = (o.text for o in browser.find_all("output") if o.text.startswith("Bit"))
    assert numbers_in(told)[:4] == [bit + 1, 256, *closeup.pair_values[bit]]
    assert ("yes" in told) == bool(closeup.bits[bit])


def test_the_ratio_test_keeps_and_drops(browser):
    data = show(browser, "keypoints")
    matches = data["matches"]
    slide(browser, "Ratio test: nearest / second nearest below", 0.7)
    kept = matches.ratios < 0.7
    right = matches.errors <= data["max_error"]
    (told,) = (o.text for o in browser.find_all("output") if "matches," in o.text)
    good = (kept & right).sum()
    assert numbers_in(told)[:3] == [kept.sum(), good, (kept & ~right).sum()]
    assert numbers_in(told)[4:] == [good, right.sum()]


def test_a_match_is_told_where_it_is_pointed_at(browser):
    data = show(browser, "keypoints")
    choose(browser, "all")
    matches = data["matches"]
    best = int(np.argmin(matches.ratios))
    x, y = data["keypoints"].points[matches.indices[best, 0]]
    height, width = data["picture"].shape
    canvas = browser.find('canvas[aria-label^="Your picture with"]')
    browser.hover(canvas, (x + 0.5) / width, (y + 0.5) / height)
    told = [o.text for o in browser.find_all("output") if "bits differ, ratio" in o.text]
    points = data["keypoints"].points[matches.indices[:, 0]]
    near = np.linalg.norm(points - (x, y), axis=1) < 2
    assert numbers_in(told[0])[0] in matches.distances[near]


def test_pictures_are_drawn(browser):
    data = show(browser, "keypoints")
    script = """const c = arguments[0];
        const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        const sum = (k) => data.reduce((total, v, i) => total + (i % 4 === k ? v : 0), 0);
        return [4 * sum(1) / data.length, 4 * sum(3) / data.length];"""
    for name, label in [("picture", "Your picture with"), ("second_view", "The second view")]:
        canvas = browser.find(f'canvas[aria-label^="{label}"]')
        green, opaque = browser.run(script, canvas)
        assert green == pytest.approx(data[name].mean(), abs=6)
        assert opaque == 255


def press_button(browser, text):
    (button,) = (b for b in browser.find_all("button") if b.text == text)
    browser.click(button)


def epochs_trained(browser):
    return int(browser.text("[data-diagnosis]").split()[1])


def test_a_network_is_trained_in_the_page(browser):
    show(browser, "training")
    told = "[data-diagnosis]"
    browser.wait_for(lambda: browser.text(told).startswith("After 0 epochs"))
    press_button(browser, "One epoch")
    assert browser.text(told).startswith("After 1 epoch: ")
    press_button(browser, "Play")
    browser.wait_for(lambda: epochs_trained(browser) >= 4)
    press_button(browser, "Pause")
    stopped = epochs_trained(browser)
    press_button(browser, "One epoch")
    assert epochs_trained(browser) == stopped + 1
    choose(browser, "one kernel")
    assert browser.text(told).startswith("After 0 epochs")
    assert "52 parameters" in browser.text(".stage")


def test_what_is_learned_in_the_page_holds_for_other_patches(browser):
    data = show(browser, "training")
    own, other, average, falls = browser.driver.execute_async_script(
        """const [picture, strip, noise, done] = arguments;
        kit.grayLevels(picture).then((gray) => {
            const settings = { kernels: 8, count: 600, batch: 50, rate: 0.01 };
            const network = kit.edgeNetwork(kit.edgeTask(gray, noise, strip), settings);
            const before = network.losses();
            for (let epoch = 0; epoch < 30; epoch += 1) network.epoch();
            const { own, other } = network.losses();
            done([own, other, network.average, own < before.own]);
        });""",
        encode(data["picture"]),
        data["strip"],
        data["noise"],
    )
    fit = data["runs"][1]
    assert falls
    assert own < average / 2
    assert other == pytest.approx(fit.held_out_losses[30], rel=0.6)
    assert average == pytest.approx(fit.average_loss, rel=0.3)


@pytest.mark.parametrize(
    ("own", "other", "word"),
    [
        ([1, 0.9], [1, 0.9], "begun"),
        ([1, 0.9, 0.85, 0.8], [1, 0.95, 0.9, 0.9], "under"),
        ([1, 0.5, 0.2, 0.15], [1, 0.5, 0.25, 0.22], "fit"),
        ([1, 0.5, 0.1, 0.02], [1, 0.5, 0.6, 0.9], "over"),
        ([1, 0.5, 0.1, 0.02], [1, 0.5, 0.5, 0.9], "over"),  # far apart
        ([1, 0.5, 0.4, 0.3], [1, 0.7, 0.7, 0.9], "between"),  # a leap at the very end
        ([1, 0.5, 0.3, 0.2], [1, 0.8, 0.7, 0.69], "between"),
    ],
)
def test_what_is_said_of_curves_is_what_they_show(browser, own, other, word):
    show(browser, "training")
    curves = {"own": own, "other": other, "average": 1}
    assert browser.run("return kit.diagnosis(arguments[0]).word", curves) == word
    assert (
        browser.run("return kit.diagnosis(arguments[0]).word", curves | {"average": 0}) == "nothing"
    )
