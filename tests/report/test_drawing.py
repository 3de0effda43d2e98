"""Pictures are the same bytes every time, on any thread, and change nothing for others."""

from __future__ import annotations

import re
import threading
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from featmatch import OutputError
from featmatch.report.drawing.layout import RoundedLayout
from featmatch.report.drawing.pictures import PICTURES, picture_bytes, save_picture

MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}
NUM_THREADS = 4


def draw(number=0):
    """A figure with all that is named at random in an SVG, with formulas and log marks."""
    figure = Figure(figsize=(2, 1))
    logarithmic, plain = figure.subplots(1, 2)
    logarithmic.semilogy([1, 2], [3, 400 + number], "o-")
    logarithmic.set_title(rf"$\sqrt{{{number}}}$")
    plain.imshow([[0, 1]], clip_path=plain.patch)
    plain.bar([1], [2], hatch="/")
    figure.text(0.5, 0.5, f"text {number}")
    return figure


def test_there_is_a_test_for_every_ending():
    assert set(MAGIC) == set(PICTURES)


@pytest.mark.parametrize("ending", MAGIC)
def test_a_picture_is_of_its_kind_and_the_same_twice(monkeypatch, ending):
    contents = []
    for second in ("1000000000", "1500000000"):  # what matplotlib takes for the time
        monkeypatch.setenv("SOURCE_DATE_EPOCH", second)
        contents.append(picture_bytes(draw(), ending))
    assert contents[0].startswith(MAGIC[ending])
    assert contents[0] == contents[1]


def test_texts_of_an_svg_are_texts():
    content = picture_bytes(draw(7), ".svg").decode()
    assert re.search(r"<text [^>]*>text 7</text>", content)


def test_an_svg_is_what_matplotlib_makes_with_its_settings_for_that():
    expected = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "featmatch"}):
        draw().savefig(expected, format="svg", metadata={"Date": None})
    assert picture_bytes(draw(), ".svg") == expected.getvalue()


@pytest.mark.parametrize(("dpi", "width"), [(None, 200), (50, 100)])
def test_a_picture_has_the_size_asked_for(dpi, width):
    content = picture_bytes(Figure(figsize=(2, 1), dpi=100), ".png", dpi=dpi)
    assert int.from_bytes(content[16:20]) == width


def test_drawing_on_several_threads_gives_the_same_and_changes_nothing():
    numbers = range(NUM_THREADS)
    expected = {(number, e): picture_bytes(draw(number), e) for number in numbers for e in MAGIC}
    before, begin, drawn = dict(mpl.rcParams), threading.Barrier(NUM_THREADS), []

    def work(number):
        begin.wait()
        drawn.extend(((number, e), picture_bytes(draw(number), e)) for e in MAGIC)

    workers = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for worker in workers:
        worker.start()
    for worker in workers:
        while worker.is_alive():
            assert dict(mpl.rcParams) == before
            worker.join(0.01)
    assert len(drawn) == NUM_THREADS * len(MAGIC)
    assert all(content == expected[what] for what, content in drawn)
    assert dict(mpl.rcParams) == before


def panels(layout):
    """A figure of two panels with a colorbar."""
    figure = Figure(figsize=(3, 2), layout=layout)
    left, right = figure.subplots(1, 2)
    figure.colorbar(left.imshow([[0, 1], [2, 3]]), ax=left, label="inliers")
    right.set_title("a title")
    return figure


def positions(figure):
    return [axes.get_position(original=True).bounds for axes in figure.axes]


def test_a_layout_does_not_depend_on_the_order_of_its_solvers_sums(monkeypatch):
    """The last digits of its positions do, by which the gray of a letter's edge was another."""
    solve = ConstrainedLayoutEngine.execute

    def solve_in_another_order(layout, figure):
        solve(layout, figure)
        for axes, bounds in zip(figure.axes, positions(figure), strict=True):
            axes.set_position(np.array(bounds) + 1e-15)
            axes.set_in_layout(True)

    figure = panels(RoundedLayout())
    first = picture_bytes(figure, ".png")
    expected = positions(figure)
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", solve_in_another_order)
    other = panels(RoundedLayout())
    assert picture_bytes(other, ".png") == first
    assert positions(other) == expected


def test_a_rounded_layout_is_matplotlibs_constrained_one():
    rounded, exact = panels(RoundedLayout()), panels("constrained")
    for figure in (rounded, exact):
        figure.draw_without_rendering()
    np.testing.assert_allclose(positions(rounded), positions(exact), atol=1e-5)


@pytest.mark.parametrize("ending", MAGIC)
def test_no_setting_is_changed_while_a_figure_is_drawn(ending):
    seen = []

    class Witness(Line2D):
        def draw(self, renderer):
            seen.append(dict(mpl.rcParams))

    before, figure = dict(mpl.rcParams), draw()
    figure.add_artist(Witness([0, 1], [0, 1]))
    picture_bytes(figure, ending)
    assert seen
    assert all(settings == before for settings in seen)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("ending", MAGIC)
def test_a_figure_is_saved(tmp_path, ending):
    path = tmp_path / f"picture{ending.upper()}"
    save_picture(draw(), path)
    assert path.read_bytes() == picture_bytes(draw(), ending)


def test_a_picture_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(
        ValueError, match=r"^path: expected a name ending in \.png \.svg \.pdf, got"
    ):
        save_picture(draw(), tmp_path / "picture.jpg")
    with pytest.raises(OutputError, match="there is no folder"):
        save_picture(draw(), tmp_path / "nowhere" / "picture.png")
    assert list(tmp_path.iterdir()) == []
