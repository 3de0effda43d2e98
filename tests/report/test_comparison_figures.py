"""Charts of a comparison show the numbers of its JSON file, and need nothing else."""

from __future__ import annotations

import copy
import json
from io import BytesIO
from itertools import combinations

import numpy as np
import PIL.Image
import pytest
from hand_made_comparison import CHANGES, make_comparison, without_geometry, without_points

from featmatch.plain import to_json
from featmatch.report.comparison.figures import FIGURES, draw_figure
from featmatch.report.drawing.pictures import picture_bytes


@pytest.fixture(scope="module")
def document():
    """As a reader of the file has it."""
    return json.loads(to_json(make_comparison().to_dict()))


def lines(axes):
    """The lines of a chart: label -> (x, y)."""
    return {line.get_label(): (line.get_xdata(), line.get_ydata()) for line in axes.lines}


def test_there_is_a_chart_of_every_part():
    assert {*CHANGES, "accuracy", "swap", "feature_maps", "receptive_fields", "cost"} == set(
        FIGURES
    )


def test_accuracy_and_precision_are_those_of_the_methods(document):
    accuracy, precision = draw_figure("accuracy", document).axes
    for method in document["contrast"]["methods"]:
        x, y = lines(accuracy)[method["label"]]
        np.testing.assert_array_equal(x, range(1, 11))
        np.testing.assert_array_equal(y, method["accuracy"])
        x, y = lines(precision)[method["label"]]
        np.testing.assert_array_equal(x, [0.1, 0.2, 0.3])
        np.testing.assert_array_equal(y, [1, 1, 0.75])


def test_a_change_has_a_line_for_each_method_and_measure(document):
    accuracy, repeatability, right, error = draw_figure("rotation", document).axes
    assert list(lines(accuracy)) == ["ORB", "SIFT", "network", "network, upright"]
    np.testing.assert_allclose(lines(accuracy)["network, upright"][1], [1, 0.5, 0.6])
    np.testing.assert_array_equal(lines(repeatability)["ORB"][0], [0, 45, 90])
    np.testing.assert_array_equal(lines(right)["SIFT"][1], [500, 399, 0])
    np.testing.assert_array_equal(lines(error)["ORB"][1], [0, 1.5, np.nan])
    assert accuracy.get_xscale() == "linear"
    assert draw_figure("scale", document).axes[0].get_xscale() == "log"


def test_the_swap_tells_all_numbers(document):
    right, accuracy, _ = draw_figure("swap", document).axes
    assert [text.get_text() for text in right.texts] == [
        "10",
        "11",
        "12",
        "20",
        "21",
        "22",
        "30",
        "31",
        "32",
    ]
    assert [text.get_text() for text in accuracy.texts][::3] == ["0.2", "0.3", "0.4"]


def test_receptive_fields_are_bars_of_their_size(document):
    (axes,) = draw_figure("receptive_fields", document).axes
    assert [bar.get_width() for bar in axes.patches] == [6, 20, 3, 10]
    assert axes.lines[0].get_xdata()[0] == 31


def test_costs_are_bars(document):
    extract, match, size = draw_figure("cost", document).axes
    assert [bar.get_width() for bar in extract.patches] == pytest.approx([20, 40, 60])
    assert [bar.get_width() for bar in match.patches] == pytest.approx([5, 5, 5])
    assert [bar.get_width() for bar in size.patches] == [32, 512, 256]


def test_channels_are_dots(document):
    random, edges, probe = draw_figure("feature_maps", document).axes
    np.testing.assert_allclose(random.lines[0].get_xdata(), np.linspace(0.4, 0.9, 5))
    np.testing.assert_allclose(edges.lines[1].get_xdata(), [0.5])
    np.testing.assert_array_equal(lines(probe)["probe average precision"][0], [0.625, 0.625])


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("change", [without_geometry, without_points])
def test_charts_without_numbers_are_pictures(name, change):
    document = change(make_comparison()).to_dict()
    picture = PIL.Image.open(BytesIO(picture_bytes(draw_figure(name, document), ".png")))
    assert picture.size[0] == 1300


@pytest.mark.parametrize("name", FIGURES)
def test_all_that_is_written_fits(name, document):
    document = copy.deepcopy(document)
    for part in ("feature_maps", "receptive_fields"):
        document[part]["layers"][0]["title"] = "Score head, sum of three scales"  # the longest
    for method in document["contrast"]["methods"]:
        method["extract_seconds"] = 12.345
    figure = draw_figure(name, document)
    used, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(used.x0, used.y0, width - used.x1, height - used.y1) > 0
    panels = [axes.get_tightbbox() for axes in figure.axes]
    assert not any(one.overlaps(other) for one, other in combinations(panels, 2))


def test_the_same_numbers_give_the_same_picture(document):
    first, second = (picture_bytes(draw_figure("swap", document), ".png") for _ in range(2))
    assert first == second
