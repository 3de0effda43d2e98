"""A comparison in a real browser: every control does what it says, and the numbers are right."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hand_made_comparison import (
    drawn_network,
    make_comparison,
    without_geometry,
    without_points,
)
from selenium.webdriver.common.keys import Keys

import featmatch
from featmatch import nn
from featmatch.compare.changes import MAX_KEYPOINTS, MAX_SIZE, QUICK_MAX_SIZE
from featmatch.explaining.topics import TOPICS
from featmatch.learned.network.layers import layers_of
from featmatch.learned.network.level import Level
from featmatch.report.comparison.page import comparison_page

PAGE = comparison_page(make_comparison())
CHAPTERS = ("edges", "maps", "fields", "follow", "contest", "appendix")
SECTIONS = (
    *("kernels", "feature-maps", "receptive-fields", "follow"),
    *("pair", "contrast", "swap", "changes", "corners", "method", "references"),
)


@pytest.fixture
def page(browser):
    browser.open(PAGE)
    browser.open_chapters()
    return browser


def cells(browser, table):
    """Rows of a table, each a list of the texts of its cells."""
    return browser.run(
        """return [...arguments[0].querySelectorAll("tr")].map(
            (row) => [...row.cells].map((cell) => cell.innerText.trim()))""",
        table,
    )


def chosen(browser, section, legend):
    """The radio buttons of a choice: text -> element."""
    (group,) = (
        group
        for group in browser.find_all(f"#{section} fieldset")
        if group.find_element("css selector", "legend").text == legend
    )
    return {label.text: label for label in group.find_elements("css selector", "label")}


def test_chapters_are_in_order_and_drawn_when_opened(browser):
    browser.open(PAGE)
    names = [part.get_attribute("id") for part in browser.find_all("#contents > .chapter")]
    assert names == [f"chapter-{name}" for name in CHAPTERS]
    assert not browser.find_all(".part")
    browser.click(browser.find("#chapter-contest > summary"))
    browser.wait_for(lambda: browser.find_all("#contrast .chart"))
    drawn = [part.get_attribute("id") for part in browser.find_all(".part")]
    assert drawn == [*SECTIONS[4:9]]
    browser.open_chapters()
    assert [part.get_attribute("id") for part in browser.find_all(".part")] == [*SECTIONS]
    assert browser.run("return document.title") == "featmatch: left.png and right.png"


def test_a_chapter_is_opened_by_keys_once(browser):
    browser.open(PAGE)
    summary = browser.find("#chapter-edges > summary")
    browser.run("arguments[0].focus()", summary)
    for number in range(3):
        browser.press(Keys.ENTER)
        opened = number % 2 == 0
        browser.wait_for(lambda opened=opened: bool(browser.find_all(".chapter[open]")) == opened)
    browser.wait_for(lambda: browser.find_all("#kernels"))  # drawn once the chapter tells it opened
    assert len(browser.find_all("#kernels")) == 1


@pytest.mark.parametrize("name", ["swap", "chapter-contest"])
def test_a_link_opens_the_chapter_that_it_leads_into(browser, name):
    browser.open(PAGE)
    browser.run("location.hash = arguments[0]", name)
    browser.wait_for(lambda: browser.find("#chapter-contest").get_attribute("open"))
    assert browser.find("#swap table").is_displayed()
    (opened,) = browser.find_all(".chapter[open]")
    assert opened.get_attribute("id") == "chapter-contest"


def without_scripts(browser, page, **window):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(page, **window)
        return browser.text("body"), browser.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_without_scripts_verdict_numbers_and_pair_are_there(browser, width):
    text, metrics = without_scripts(browser, PAGE, width=width)
    verdict = make_comparison().verdict
    assert verdict.headline in text
    assert verdict.why in text
    assert "3.25–3.75" in text
    assert "turned off here" in text
    assert metrics["cssContentSize"]["width"] <= width
    shown = [svg for svg in browser.find_all(".hero svg[role=img]") if svg.is_displayed()]
    assert [svg.get_attribute("class") for svg in shown] == ["narrow" if width < 640 else "wide"]


def test_the_picture_is_on_the_first_screen(browser):
    for width in (390, 1440):
        browser.open(PAGE, width=width)
        (hero,) = (svg for svg in browser.find_all(".hero svg[role=img]") if svg.is_displayed())
        assert hero.rect["y"] < 450
    assert browser.run("return document.documentElement.scrollHeight") < 12 * 900


def test_right_and_wrong_matches_differ_to_the_red_green_blind(page):
    """Colors as a deuteranope sees them (Viénot, Brettel & Mollon 1999), in linear light."""
    right, wrong = page.run("return [kit.overPicture.right, kit.overPicture.wrong]")
    to_lms = np.array(
        [(17.8824, 43.5161, 4.11935), (3.45565, 27.1554, 3.86714), (0.03, 0.184, 1.467)]
    )
    seen = []
    for color in (right, wrong):
        levels = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        lms = to_lms @ levels**2.2
        lms[1] = 0.494207 * lms[0] + 1.24827 * lms[2]
        seen.append(255 * np.clip(np.linalg.inv(to_lms) @ lms, 0, 1) ** (1 / 2.2))
    assert np.linalg.norm(seen[0] - seen[1]) >= 60


@pytest.fixture(scope="module")
def whole_page():
    """The page of the sample pair, with all topics."""
    comparison = featmatch.compare_cnn(quick=True)
    topics = [featmatch.explain(name, comparison.pair.image0) for name in TOPICS]
    return comparison_page(comparison, topics)


def test_the_whole_lesson_is_at_most_20_sheets_of_paper(browser, whole_page):
    browser.open(whole_page)
    browser.open_chapters()
    a4 = {"paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4}  # inches
    pdf = b64decode(browser.driver.execute_cdp_cmd("Page.printToPDF", a4)["data"])
    assert 10 < len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 20


def test_paper_has_what_is_read_and_nothing_to_press(browser, whole_page):
    browser.open(whole_page)
    browser.open_chapters()
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for selector in (".top", ".controls", ".control", ".try", "button"):
            found = browser.find_all(selector)
            assert found
            assert not any(node.is_displayed() for node in found)
        assert browser.find("#verdict table").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_paper_is_light_with_its_drawings(browser):
    browser.open(PAGE)
    browser.run("kit.setTheme('dark')")
    told = """dispatchEvent(new Event(arguments[0]));
        return [document.documentElement.dataset.theme, kit.colors().background]"""
    try:
        assert browser.run(told, "beforeprint") == ["light", "#ffffff"]
        assert browser.run(told, "afterprint")[0] == "dark"
    finally:
        browser.run("kit.setTheme(null)")


def test_where_nothing_is_found_the_page_stops(browser):
    browser.open(comparison_page(without_points(make_comparison())))
    assert browser.text("#verdict .headline") == "Nothing to find here."
    assert len(browser.find_all("#verdict *")) == 2  # the title, which is heard, and the sentence
    assert not browser.find_all(".chapter")


def test_the_verdict_and_the_facts_are_told(page):
    verdict = make_comparison().verdict
    assert page.text("#verdict .headline") == verdict.headline
    assert page.text("#verdict .why") == verdict.why
    rows = cells(page, page.find("#verdict table"))
    assert rows[0] == ["", "points found again", "right matches", "homography off by (px)"]
    assert rows[3] == ["network", "0.70\n0.65–0.75", "3\n1–4", "3.50\n3.25–3.75"]
    assert page.text("#verdict strong") == "network"
    assert not page.text("#verdict dl")
    page.click(page.find("#verdict details:has(.plain) > summary"))
    assert [item.text for item in page.find_all("#verdict .plain li")] == [*verdict.details]
    facts = page.text("#verdict dl")
    assert "left.png (96 × 64 px) and right.png (96 × 64 px)" in facts
    assert "the 1,000 strongest of each method" in facts


def test_the_table_tells_the_scores_of_every_method(page):
    rows = {row[0]: row[1:] for row in cells(page, page.find("#contrast table"))}
    assert rows[""] == ["ORB", "SIFT", "network"]
    assert rows["in image 0"] == ["1,000", "1,001", "1,002"]
    assert rows["repeatability, 3 px"][1].split("\n") == ["0.60", "0.55–0.65", "chance 0.13"]
    assert rows["average precision"][0].split("\n") == ["0.38", "0.25–0.50", "chance < 0.01"]
    assert rows["homography error (px)"] == [
        "1.50\n1.25–1.75",
        "2.50\n2.25–2.75",
        "3.50\n3.25–3.75",
    ]
    assert rows["ratio"] == ["0.90"] * 3
    assert rows["right ones"] == ["3\n1–4"] * 3
    assert rows["find and describe"] == ["20 ms", "40 ms", "60 ms"]
    assert rows["bytes a descriptor"] == ["32", "512", "256"]


def test_a_chart_tells_its_numbers_to_the_pointer(page):
    chart = page.find("#contrast .chart")
    plot = chart.find_element("css selector", ".plot")
    page.hover(plot, 1 - 17 / plot.size["width"])
    assert chart.find_element("css selector", "figcaption").text.endswith("tolerance (px): 10")
    values = [item.text.split("\n") for item in chart.find_elements("css selector", ".legend li")]
    assert values == [["ORB", "0.500"], ["SIFT", "0.600"], ["network", "0.700"]]


def test_a_chart_tells_its_numbers_to_keys_and_screen_readers(page):
    plot = page.find("#contrast .plot")
    page.run("arguments[0].focus()", plot)
    page.press(Keys.HOME, Keys.ARROW_RIGHT)
    told = plot.get_attribute("aria-valuetext")
    assert told == "tolerance (px): 2. ORB 0.100, SIFT 0.200, network 0.300"
    page.press(Keys.END)
    assert plot.get_attribute("aria-valuetext").startswith("tolerance (px): 10.")


def test_a_chart_shows_its_numbers_as_a_table(page):
    details = page.find("#contrast .numbers")
    page.click(details.find_element("css selector", "summary"))
    page.wait_for(lambda: details.find_elements("css selector", "table"))
    rows = cells(page, details.find_element("css selector", "table"))
    assert rows[0] == ["tolerance (px)", "ORB", "SIFT", "network"]
    assert rows[10] == ["10", "0.500", "0.600", "0.700"]
    assert len(rows) == 11


def test_methods_and_matches_are_chosen(page):
    assert page.text("#pair output") == "ORB: 4 matches, 3 of them right (within 3 px)."
    page.click(chosen(page, "pair", "Method")["SIFT"])
    assert page.text("#pair output").startswith("SIFT: 4 matches")
    page.click(chosen(page, "pair", "Show")["points"])
    assert page.text("#pair output") == "SIFT: 1,001 and 901 points."


def test_pointing_singles_out_a_match(page):
    canvas = page.find("#pair canvas")
    page.click(chosen(page, "pair", "Show")["wrong ones"])
    left = (1 - 12 / canvas.size["width"]) / 2  # the part of the canvas that is image 0
    page.hover(canvas, left * (70.5 + 0.5) / 96, (44 + 0.5) / 64)
    assert page.text("#pair output") == "(70.5, 44.0) → (30.0, 50.0): wrong"
    page.hover(canvas, left * (20 + 0.5) / 96, (20 + 0.5) / 64)
    assert page.text("#pair output") == "ORB: 4 matches, 3 of them right (within 3 px)."
    page.click(chosen(page, "pair", "Show")["right ones"])
    page.hover(canvas, left * (20 + 0.5) / 96, (20 + 0.5) / 64)
    assert page.text("#pair output") == "(20.0, 20.0) → (28.0, 24.0): right"


def test_the_swap_shows_every_measure(page):
    def table():
        return cells(page, page.find("#swap table"))

    assert table() == [
        ["points ↓ descriptors →", "ORB", "SIFT", "network"],
        ["ORB points", "10", "11", "12"],
        ["SIFT points", "20", "21", "22"],
        ["network points", "30", "31", "32"],
    ]
    assert [cell.text for cell in page.find_all("#swap .core")] == ["10", "12", "30", "32"]
    assert [cell.text for cell in page.find_all("#swap .best")] == ["32"]
    page.click(chosen(page, "swap", "Measure")["homography error (px)"])
    assert table()[1] == ["ORB points", "1.00", "2.00", "3.00"]
    assert [cell.text for cell in page.find_all("#swap .best")] == ["1.00"]


def test_changes_show_every_measure(page):
    charts = page.find_all("#changes .chart")
    assert len(charts) == 6
    plot = charts[0].find_element("css selector", ".plot")
    page.run("arguments[0].focus()", plot)
    page.press(Keys.HOME, Keys.ARROW_RIGHT)
    assert "ORB 400, SIFT 399" in plot.get_attribute("aria-valuetext")
    page.click(chosen(page, "changes", "Measure")["matching accuracy"])
    told = "rotation (°): 45. ORB 0.800, SIFT 0.700, network 0.600, network, upright 0.500"
    assert plot.get_attribute("aria-valuetext") == told
    assert "pixels fall on pixels" not in page.text("#changes")  # no curve rises there
    rows = {row[0]: row[1:] for row in cells(page, page.find("#changes > .table table"))}
    assert rows["rotation (°)"] == ["90", "90", "90", "90"]
    assert rows["blur"] == ["2", "2", "2", ""]


@pytest.mark.parametrize(("quick", "size"), [(False, MAX_SIZE), (True, QUICK_MAX_SIZE)])
@pytest.mark.parametrize(("asked", "max_keypoints"), [(1000, MAX_KEYPOINTS), (60, 60)])
def test_it_is_told_how_closely_changes_were_looked_at(browser, quick, size, asked, max_keypoints):
    comparison = make_comparison()
    contrast = replace(comparison.contrast, max_keypoints=asked)
    browser.open(comparison_page(replace(comparison, quick=quick, contrast=contrast)))
    browser.open_chapters()
    told = browser.text("#changes p")
    assert f"at most {size} px long" in told
    assert f"its strongest {max_keypoints} points" in told


def layer_in_page(browser, epoch, name):
    """The maps (h, w, C) of a layer, as the page works them out."""
    maps = browser.driver.execute_async_script(
        """const done = arguments[2];
        const { comparison } = JSON.parse(document.getElementById("data").textContent);
        const networks = kit.networks(comparison);
        const network = networks.all.find(({ epoch }) => epoch === arguments[0]);
        networks.layer(network, arguments[1]).then(({ width, height, planes }) =>
            done({ width, height, planes: planes.map((plane) => [...plane]) }));""",
        epoch,
        name,
    )
    return np.array(maps["planes"]).reshape(-1, maps["height"], maps["width"]).transpose(1, 2, 0)


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_page_works_out_the_maps_that_the_engine_does(page, epoch):
    gray = make_comparison().pair.image0.gray()
    pixels = nn.Tensor(Level.of(gray, 1.0).pixels[None, ..., None])
    for layer in layers_of(drawn_network(epoch), pixels):
        expected = layer.after.data[0]
        found = layer_in_page(page, epoch, layer.name)
        np.testing.assert_allclose(found, expected, atol=4e-3 * max(np.abs(expected).max(), 1))


def test_feature_maps_are_chosen_by_pointer_and_keys(page):
    output = "#feature-maps output"
    page.wait_for(lambda: page.text(output).startswith("Layer one, map 5 of 5"))
    overview = page.find('#feature-maps canvas[aria-label^="All maps"]')
    page.hover(overview, 0.02, 0.1)
    assert page.text(output).startswith("Layer one, map 1 of 5; answers to: corners;")
    assert "random places 0.40, against equally strong edges 0.50" in page.text(output)
    page.run("arguments[0].focus()", overview)
    page.press(*[Keys.ARROW_RIGHT] * 13)
    assert "map 3 of 5" in page.text(output)


def test_a_map_is_looked_at_number_by_number(page):
    page.wait_for(lambda: page.text("#feature-maps output").startswith("Layer one"))
    large = page.find('#feature-maps canvas[aria-label^="The chosen"]')
    page.hover(large, 10.5 / 48, 20.5 / 32)
    told = page.text("#feature-maps .loupe output")
    assert told.startswith("Unit (10, 20): ")
    value = layer_in_page(page, 3, "block1_conv1")[20, 10, 4]
    assert float(told.split(": ")[1].replace("−", "-")) == pytest.approx(value, abs=6e-4)
    page.click(chosen(page, "feature-maps", "Units along a side")["64"])
    page.run("arguments[0].focus()", large)
    page.press(Keys.ARROW_RIGHT)
    assert page.text("#feature-maps .loupe output") != told


def test_maps_are_shown_after_any_epoch(page):
    page.wait_for(lambda: page.text("#feature-maps output").startswith("Layer one, map 5"))
    large = page.find('#feature-maps canvas[aria-label^="The chosen"]')
    choices = chosen(page, "feature-maps", "After epoch")
    assert list(choices) == ["0: as drawn", "3, kept"]
    before = page.run("return arguments[0].toDataURL()", large)
    page.click(choices["0: as drawn"])
    page.wait_for(lambda: "answers" not in page.text("#feature-maps output"))
    page.wait_for(lambda: page.run("return arguments[0].toDataURL()", large) != before)
    assert "measured for the network that was kept" in page.text("#feature-maps")
    kernels = page.find("#kernels .kernels canvas")
    drawn = page.run("return arguments[0].toDataURL()", kernels)
    page.click(chosen(page, "kernels", "After epoch")["0: as drawn"])
    kernels = page.find_all("#kernels .kernels canvas")
    assert page.run("return arguments[0].toDataURL()", kernels[0]) != drawn


def test_a_followed_point_has_other_maps_after_another_epoch(page):
    told = page.text("#follow .ways")
    at_once = page.run(
        "arguments[0].click(); return document.querySelector('#follow .ways').innerText",
        chosen(page, "follow", "After epoch")["0: as drawn"],
    )
    assert "Computing …" in at_once
    assert "from 0.00 to 0.00" not in at_once
    page.wait_for(lambda: "after this epoch" in page.text("#follow .ways"))
    x, y = 20, 30
    block = layer_in_page(page, 0, "block1_conv2")[y // 2, x // 2]
    line = f"from {block.min():.2f} to {block.max():.2f}".replace("-", "−")
    page.wait_for(lambda: line in page.text("#follow .ways"))
    page.click(chosen(page, "follow", "After epoch")["3, kept"])
    page.wait_for(lambda: page.text("#follow .ways") == told)


def test_layers_and_points_are_chosen(page):
    layers = page.find("#feature-maps select")
    large = page.find('#feature-maps canvas[aria-label^="The chosen"]')
    page.run("arguments[0].focus()", layers)
    page.press(Keys.ARROW_DOWN)
    page.wait_for(lambda: page.text("#feature-maps output").startswith("Layer score, map 1 of 1"))
    point = (20.5 / 96, 20.5 / 64)
    orange = page.pixel(large, *point)
    assert orange[0] > 200 > orange[2]
    page.click(chosen(page, "feature-maps", "Points")["none"])
    red, green, blue, _ = page.pixel(large, *point)
    assert red == green == blue


def answered(browser, number, choice):
    """Answer a question; return what is told then."""
    question = browser.find_all(".question")[number]
    labels = question.find_elements("css selector", ".choices label")
    browser.click(labels[choice])
    browser.click(question.find_element("css selector", "button"))
    return question.find_element("css selector", "output").text


def test_questions_are_answered_explained_and_counted(page):
    score = ".score"
    count = len(page.find_all(".question"))
    assert page.text(score) == f"0 of {count} answered, 0 right"
    told = answered(page, 0, 0)
    assert told.startswith(("Right.", "Not quite:"))
    assert page.text(score).startswith(f"1 of {count} answered")
    assert not page.find_all(".question")[0].find_elements("css selector", "input:enabled")


def test_a_question_is_answered_by_keys_and_asks_for_a_guess_first(page):
    question = page.find_all(".question")[0]
    button = question.find_element("css selector", "button")
    page.run("arguments[0].focus()", button)
    page.press(Keys.ENTER)
    assert "Choose an answer first" in question.text
    page.run("arguments[0].focus()", question.find_element("css selector", "input"))
    page.press(Keys.SPACE, Keys.ARROW_DOWN, Keys.TAB, Keys.ENTER)
    assert page.text(".score").startswith("1 of ")
    roles = page.roles()
    assert ("group", "Predict first") in roles


def saved(browser, folder, part):
    """Files that the buttons of the first figure of a part save: ending -> bytes."""
    options = {"behavior": "allow", "downloadPath": str(folder)}
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", options)
    browser.click(browser.find(f"{part} .take > summary"))
    browser.wait_for(lambda: browser.find_all(f"{part} .take li"))
    for button in browser.find_all(f"{part} .take li")[0].find_elements("css selector", "button"):
        browser.click(button)

    def there():
        return {path.suffix: path.read_bytes() for path in folder.glob("*.[sp][vd][gf]")}

    browser.wait_for(lambda: len(there()) == 2 and all(there().values()))
    return there()


@pytest.mark.parametrize("part", ["#contrast", "#corners", "#verdict"])
def test_figures_are_saved_as_svg_and_pdf(page, tmp_path, part):
    folder = tmp_path / "figures"
    folder.mkdir()
    found = saved(page, folder, part)
    drawing = ElementTree.fromstring(found[".svg"])
    names = [element.tag.split("}")[1] for element in drawing.iter()]
    texts = [element.text for element in drawing.iter() if element.tag.endswith("text")]
    if part == "#verdict":
        assert "image" in names
    else:
        assert "path" in names
        assert {"#contrast": "SIFT", "#corners": "Harris alone"}[part] in texts
    pdf = found[".pdf"]
    start = int(re.search(rb"startxref\n(\d+)", pdf)[1])
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", pdf[start:]), 1):
        assert pdf[int(place) :].startswith(f"{number} 0 obj".encode())


def test_parts_have_links_and_the_page_has_references(page):
    for part in SECTIONS:
        link = page.find(f"#{part} .anchor")
        assert link.get_attribute("href").endswith(f"#{part}")
    assert len(page.find_all(".references li")) > 10


def test_what_the_layers_know_is_told(page):
    rows = cells(page, page.find("#corners .bars table"))
    assert rows[1:] == [
        ["Harris alone", "", "0.750"],
        ["Layer one", "", "0.625"],
        ["untrained", "", "0.500"],
        ["Layer score", "", "0.625"],
        ["untrained", "", "0.500"],
        ["guessing", "", "0.250"],
    ]
    overlap = cells(page, page.find("#corners .table table"))
    assert overlap[1] == ["ORB's 4 near one of the network's", "50 %", "13 %"]


def test_receptive_fields_follow_the_point(page):
    output, canvas = "#receptive-fields output", page.find("#receptive-fields canvas")
    assert page.text(output).startswith("At (48, 32), Layer score: can see 20 × 20 px")
    page.click(canvas, 0.25, 0.5)
    place = page.text(output).split(",")[0]
    assert place in ("At (23", "At (24")
    page.hover(canvas, 0.75, 0.75)
    assert page.text(output).startswith(place)
    page.press(Keys.ARROW_RIGHT)
    assert not page.text(output).startswith(place)
    page.run("arguments[0].focus()", page.find("#receptive-fields select"))
    page.press(Keys.ARROW_UP)
    told = page.text(output)
    assert "Layer one: can see 6 × 6 px; 86 % of what matters lies within 3 × 3 px" in told


def test_names_of_files_are_text(browser):
    name0, name1 = "<script>alert(1)<!--.png", "\udcff</script>&amp;\u2028.png"
    browser.open(comparison_page(make_comparison(name0, name1)))
    assert browser.run("return document.title").startswith(f"featmatch: {name0} and ")
    assert f"{name0} (96 × 64 px) and ?</script>&amp;" in browser.run(
        "return document.querySelector('#verdict dl').textContent"
    )
    assert len(browser.find_all("script")) == 2
    assert len(browser.find_all(".chapter")) == len(CHAPTERS)


def test_what_is_not_known_leaves_the_page_whole(browser):
    browser.open(comparison_page(without_geometry(make_comparison())))
    browser.open_chapters()
    assert len(browser.find_all(".part")) == len(SECTIONS)
    assert "could not be drawn" not in browser.text("main")
    assert not {"false", "null", "undefined", "NaN"} & {*browser.text("main").split()}
    assert "cannot be told apart" in browser.text("#pair")
    assert "accuracy cannot be measured" in browser.text("#contrast")
    rows = {row[0]: row[1:] for row in cells(browser, browser.find("#contrast table"))}
    assert rows["right ones"] == ["–"] * 3
    assert {"–"} == {
        cell for row in cells(browser, browser.find("#swap table"))[1:] for cell in row[1:]
    }


def test_a_part_that_cannot_be_drawn_says_so(driver, tmp_path):
    from browser import Browser

    comparison = make_comparison()
    broken = replace(comparison, receptive_fields=replace(comparison.receptive_fields, layers=()))
    browser = Browser(driver, tmp_path)
    browser.open(comparison_page(broken))
    browser.open_chapters()
    assert "This part could not be drawn" in browser.text("#receptive-fields")
    assert browser.text("#method").startswith("How it was measured")
    assert browser.complaints()


def test_strongest_and_spread_points_stand_side_by_side(page):
    (table,) = (
        table
        for table in page.find_all("#contrast table")
        if table.text.startswith("Strongest or spread")
    )
    rows = cells(page, table)
    assert rows[0] == ["", "strongest", "spread"]
    assert rows[2] == ["right matches", "3\n1–4", "20\n12–30"]
    assert rows[4] == ["homography error (px)", "1.50\n1.25–1.75", "failed"]


def test_one_click_leads_from_a_point_to_its_match(page):
    overview = page.find("#follow canvas[tabindex]")
    assert page.text("#follow .stepper output") == "1 of 2"
    page.click(overview, 60.5 / 96, 30.5 / 64)
    assert page.text("#follow .stepper output") == "2 of 2"
    told = page.text("#follow")
    assert "the ring 0 to 150: 9 in a row differ by more than 5" in told
    assert "12 of 256 bits differ, 0.50 of the second's, below 0.9: a match. It is right." in told
    assert "0.97 of the second's, not below 0.9: too like another, dropped. It is wrong." in told
    assert "The peak, 0.875, is the point." in told
    assert "The maps of blocks 1 to 3, enlarged to full size and summed, give one number" in told
    score = page.find("#follow canvas[aria-label^='Score']")
    assert page.pixel(score, 0.5, 0.5)[:3] == (223, 223, 223)
    assert page.pixel(score, 0.1, 0.1)[:3] == (0, 0, 0)


def test_a_ratio_at_its_limit_has_the_digits_that_tell(page):
    assert "0.9001 of the second's, not below 0.9: too like another" in page.text("#follow")


def test_a_match_is_that_of_the_network_that_was_kept(page):
    whose = "(Of the network that was kept.)"
    assert whose not in page.text("#follow")
    page.click(chosen(page, "follow", "After epoch")["0: as drawn"])
    page.wait_for(lambda: page.text("#follow").count(whose) == 1)


def test_points_are_followed_by_keys(page):
    page.run("arguments[0].focus()", page.find("#follow .stepper button"))
    page.press(Keys.END)
    assert page.text("#follow .stepper output") == "2 of 2"
    assert "SIFT, the third in the contest" in page.text("#follow")
