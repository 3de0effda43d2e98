"""Charts of a comparison show the numbers of its JSON file, and need nothing else."""

from __future__ import annotations

import copy
import json
import re

import numpy as np
import pytest
from hand_made_comparison import CHANGES, make_comparison, without_geometry, without_points

from featmatch.plain import to_json
from featmatch.report.comparison.figures import FIGURES, draw_figure, plot_figure
from featmatch.report.drawing.plot import WIDTH
from featmatch.report.drawing.sheet import Dot, Path, Text, text_width


@pytest.fixture(scope="module")
def document():
    """As a reader of the file has it."""
    return json.loads(to_json(make_comparison().to_dict()))


def lines(panel):
    """The lines of a chart: label -> (x, y)."""
    return {series.label: (list(series.x), list(series.y)) for series in panel.series}


def test_there_is_a_chart_of_every_part():
    assert {*CHANGES, "accuracy", "swap", "feature_maps", "receptive_fields", "cost"} == set(
        FIGURES
    )


def test_accuracy_and_precision_are_those_of_the_methods(document):
    accuracy, precision = plot_figure("accuracy", document).panels
    for method in document["contrast"]["methods"]:
        x, y = lines(accuracy)[method["label"]]
        assert x == list(range(1, 11))
        assert y == method["accuracy"]
        assert lines(precision)[method["label"]] == ([0.1, 0.2, 0.3], [1, 1, 0.75])


def test_a_change_has_a_line_for_each_method_and_measure(document):
    accuracy, repeatability, right, error = plot_figure("rotation", document).panels
    assert list(lines(accuracy)) == ["ORB", "SIFT", "network", "network, upright"]
    np.testing.assert_allclose(lines(accuracy)["network, upright"][1], [1, 0.5, 0.6])
    assert lines(repeatability)["ORB"][0] == [0, 45, 90]
    assert lines(right)["SIFT"][1] == [500, 399, 0]
    assert lines(error)["ORB"][1] == [0, 1.5, None]
    assert not accuracy.factors
    assert plot_figure("scale", document).panels[0].factors


def test_the_swap_tells_all_numbers(document):
    right, accuracy, _ = plot_figure("swap", document).panels
    assert [number for row in right.values for number in row] == [
        10,
        11,
        12,
        20,
        21,
        22,
        30,
        31,
        32,
    ]
    assert [row[0] for row in accuracy.values] == [0.2, 0.3, 0.4]
    texts = [part.letters for part in draw_figure("swap", document).parts if isinstance(part, Text)]
    assert [text for text in texts if re.fullmatch(r"[123][0-2]", text)] == [
        *("10", "11", "12", "20", "21", "22", "30", "31", "32")
    ]


def test_receptive_fields_are_bars_of_their_size(document):
    (panel,) = plot_figure("receptive_fields", document).panels
    assert [bar.value for bar in panel.bars] == [6, 20, 3, 10]
    assert panel.marks[0][0] == 31
    sheet = draw_figure("receptive_fields", document)
    bars = [p for p in sheet.parts if isinstance(p, Path) and p.filled]
    widths = [max(x for x, _ in bar.points) - min(x for x, _ in bar.points) for bar in bars]
    np.testing.assert_allclose(np.array(widths) / widths[0], np.array([6, 20, 3, 10]) / 6)


def test_costs_are_bars(document):
    extract, match, size = plot_figure("cost", document).panels
    assert [bar.value for bar in extract.bars] == pytest.approx([20, 40, 60])
    assert [bar.value for bar in match.bars] == pytest.approx([5, 5, 5])
    assert [bar.value for bar in size.bars] == [32, 512, 256]


def test_channels_are_dots(document):
    random, _, probe = plot_figure("feature_maps", document).panels
    np.testing.assert_allclose(random.series[0].x, np.linspace(0.4, 0.9, 5))
    assert random.marks[0][0] == 0.5
    assert lines(probe)["trained"][0] == [0.625, 0.625]
    assert lines(probe)["untrained"][0] == [0.5, 0.5]
    assert len([p for p in draw_figure("feature_maps", document).parts if isinstance(p, Dot)]) > 10


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("change", [without_geometry, without_points])
def test_charts_without_numbers_are_drawn(name, change):
    document = change(make_comparison()).to_dict()
    sheet = draw_figure(name, document)
    assert sheet.width == WIDTH
    assert sheet.svg().startswith(b"<svg")


@pytest.mark.parametrize("name", FIGURES)
def test_all_that_is_written_fits(name, document):
    document = copy.deepcopy(document)
    for part in ("feature_maps", "receptive_fields"):
        document[part]["layers"][0]["title"] = "Score head, sum of three scales"  # the longest
    for method in document["contrast"]["methods"]:
        method["extract_seconds"] = 12.345
    sheet = draw_figure(name, document)
    boxes = []
    for text in (part for part in sheet.parts if isinstance(part, Text) and not part.turn):
        left = text.place[0] - text.anchor * text_width(text.letters, text.size)
        right = left + text_width(text.letters, text.size)
        assert 0 <= left <= right <= sheet.width, text
        assert text.size <= text.place[1] <= sheet.height
        boxes.append((left, text.place[1] - 0.7 * text.size, right, text.place[1], text.letters))
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0]
            assert apart or one[3] <= other[1] or other[3] <= one[1], (one, other)


def test_the_same_numbers_give_the_same_bytes(document):
    first, second = (draw_figure("swap", document) for _ in range(2))
    assert (first.svg(), first.pdf()) == (second.svg(), second.pdf())
