"""Sheets as SVG and PDF: every part where it belongs, and files that are whole."""

from __future__ import annotations

import re
import zlib
from xml.etree import ElementTree

import pytest

from featmatch.report.drawing.plot import Bar, Panel, Plot, Series
from featmatch.report.drawing.sheet import Dot, Path, Sheet, Text, text_width

SHEET = Sheet(
    100,
    50,
    [
        Path([(10, 10), (20, 10), (20, 20)], "#ff0000"),
        Path([(0, 0), (100, 50)], "#00ff00", 2.0, (3.0, 1.0), 0.5),
        Dot((50, 25), 3, "#0000ff", 0.25),
        Text((90, 40), "a (b) \\ <c> ½ ·", 10, anchor=1.0),
        Text((5, 30), "up", 8, turn=90),
    ],
)


def drawing(pdf):
    """The operators of a PDF of one page."""
    stream = pdf.split(b"stream\n", 1)[1].split(b"\nendstream")[0]
    return zlib.decompress(stream).decode("cp1252")


def test_svg_has_all_parts_as_what_they_are():
    root = ElementTree.fromstring(SHEET.svg())
    names = [element.tag.split("}")[1] for element in root]
    assert names == ["rect", "path", "path", "circle", "text", "text"]
    assert root[4].text == "a (b) \\ <c> ½ ·"
    assert root[4].get("text-anchor") == "end"
    assert root[5].get("transform") == "rotate(-90 5.00 30.00)"
    assert root[1].get("d") == "M10.00 10.00L20.00 10.00L20.00 20.00Z"


def test_pdf_has_its_objects_where_the_table_says():
    pdf = SHEET.pdf()
    start = int(re.search(rb"startxref\n(\d+)", pdf)[1])
    places = re.findall(rb"(\d{10}) 00000 n", pdf[start:])
    assert len(places) == 4
    for number, place in enumerate(map(int, places), 1):
        assert pdf[place:].startswith(f"{number} 0 obj".encode())
    assert b"/MediaBox [0 0 100 50]" in pdf


def test_pdf_counts_y_from_below():
    told = drawing(SHEET.pdf())
    assert "10.00 40.00 m 20.00 40.00 l 20.00 30.00 l h f" in told
    assert "[3 1] 0 d 0.000 1.000 0.000 RG" in told
    assert "(a \\(b\\) \\\\ <c> ½ ·) Tj" in told
    left = 90 - text_width("a (b) \\ <c> ½ ·", 10)
    assert f"{left:.2f} 10.00 Tm" in told


def test_letters_are_as_wide_as_helvetica():
    assert text_width("il", 1000) == 444
    assert text_width("W°", 1000) == 944 + 556


@pytest.mark.parametrize("values", [[0.0, 0.0], [3.0, None], [], [1e-6, 2e6]])
def test_any_numbers_have_a_scale(values):
    panel = Panel("t", "x", series=[Series("s", list(range(len(values))), values, "#000000")])
    assert Plot([panel], 1, 100).draw().svg().startswith(b"<svg")


def test_a_panel_of_rows_reads_from_the_top():
    panel = Panel("t", "x", bars=[Bar(0, 1, "#111111"), Bar(1, 2, "#222222")], rows=["a", "b"])
    sheet = Plot([panel], 1, 100).draw()
    tops = {p.color: min(y for _, y in p.points) for p in sheet.parts if getattr(p, "filled", 0)}
    assert tops["#111111"] < tops["#222222"]
