"""Where a thing was found, in words, as JSON and CSV, as pictures and pages, in a notebook."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from known_warps import picture
from touched_pairs import named

from featmatch import Placement, Placements
from featmatch.errors import ArgumentError, OutputError
from featmatch.geometry.outlines import image_border
from featmatch.report import PLACEMENTS_JSON_KEYS
from featmatch.report.alignment.placements_document import placements_csv

THING = named(picture("gallery_0", 240), "<thing>.png")
SIZE = THING.size


def placement(scene, number=0, **changes):
    """The thing at half its size, turned by no angle."""
    matrix = np.array([[0.5, 0, 20.0 + 140 * number], [0, 0.5, 30.0], [0, 0, 1]])
    points = image_border(SIZE) * 0.8 + 20
    fields = {
        "kind": "plane",
        "outline": image_border(SIZE) @ matrix[:2, :2].T + matrix[:2, 2],
        "homography": matrix,
        "scale": 0.5,
        "angle": 0.0,
        "confidence": 0.97,
        "log10_false_alarms": -40.0 + number,
        "visible": 0.9,
        "points0": points,
        "points1": points @ matrix[:2, :2].T + matrix[:2, 2],
    }
    return Placement(scene=scene, **{**fields, **changes})


def scene(number):
    return named(picture(f"unrelated_{number % 2}", 480), f"=scene {number}.png")


@pytest.fixture(scope="module")
def found():
    """Twice in one scene, once with depth in another, nowhere in a third."""
    scenes = [scene(number) for number in range(3)]
    box = np.array([[10.0, 20], [110, 20], [110, 90], [10, 90]])
    depth = {"kind": "depth", "homography": None, "visible": 0.0, "outline": box}
    places = [
        placement(scenes[0]),
        placement(scenes[0], 1, visible=0.4),
        placement(scenes[2], **depth),
    ]
    return Placements(places, THING, scenes)


@pytest.fixture(scope="module")
def nowhere():
    return Placements([], THING, [scene(0)])


def keys_of(document, before=""):
    for key, value in document.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{before}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield from keys_of(one, f"{before}{key}[].")
        elif value != []:
            yield f"{before}{key}"


def test_words_tell_how_often_and_where(found, nowhere):
    assert repr(found) == "<Placements: <thing>.png: found 3 times in 2 of 3 scenes>"
    assert repr(nowhere) == "<Placements: <thing>.png: not found in 1 scene>"
    words = [repr(one) for one in found]
    assert words[0].startswith("<Placement: 120 x 90 px at (20, 30), 0.5 times as large, turned by")
    assert "40 % of it look alike" in words[1]
    assert "with depth: the box of what agrees" in words[2]


def test_every_key_of_the_document_is_explained(found):
    document = found.to_dict()
    assert set(keys_of(document)) == set(PLACEMENTS_JSON_KEYS)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [len(one["placements"]) for one in document["scenes"]] == [2, 0, 1]


def test_a_line_of_the_table_for_each_place(found):
    text = placements_csv(found).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 3
    assert [float(rows[1][key]) for key in ("x0", "y0")] == pytest.approx(found[1].outline[0])
    assert rows[0]["scene"] == "'=scene 0.png"  # no formula


def test_corners_of_an_outline_that_the_horizon_cuts_are_left_out_of_the_table():
    scenes = [scene(0)]
    cut = replace(placement(scenes[0]), outline=np.zeros((5, 2)))
    (row,) = csv.DictReader(io.StringIO(placements_csv(Placements([cut], THING, scenes)).decode()))
    assert (row["x0"], row["y3"]) == ("", "")


def test_files_of_each_form(found, nowhere, tmp_path):
    for one, name in ((found, "a"), (nowhere, "b")):
        one.save(*(tmp_path / f"{name}{end}" for end in (".png", ".svg", ".pdf", ".html", ".json")))
        with PIL.Image.open(tmp_path / f"{name}.png") as image:
            assert image.width == 1600
        page = (tmp_path / f"{name}.html").read_bytes()
        assert b"http://" not in page.replace(b"http://www.w3.org", b"")
        assert len(page) < 3_000_000
    with pytest.raises(ArgumentError, match="expected a name ending in"):
        found.save(tmp_path / "a.tif")
    with pytest.raises(OutputError, match="no folder"):
        found.save(tmp_path / "c.json", tmp_path / "missing" / "c.png")
    assert not (tmp_path / "c.json").exists()


def test_outlines_are_drawn_where_they_are(found):
    _, *axes = found.plot().axes  # the first one holds the words
    assert len(axes) == 3  # the thing, and the two scenes that show it
    lines = [line.get_xydata() for line in axes[1].lines]
    for one in found.in_scene(0):
        assert any(len(line) == 5 and np.allclose(line[:4], one.outline) for line in lines)
    assert {text.get_text() for text in axes[1].texts} >= {"1", "2"}


def test_a_notebook_shows_words_and_the_picture(found, nowhere):
    html = found._repr_html_()
    assert "&lt;thing&gt;.png: found 3 times in 2 of 3 scenes" in html
    assert "data:image/png;base64," in html
    assert "✗" in nowhere._repr_html_()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "sphere"},
        {"confidence": 1.5},
        {"homography": np.eye(2)},
        {"points1": np.zeros((3, 2))},
    ],
)
def test_what_is_no_placement_is_refused(changes):
    with pytest.raises(ArgumentError, match=next(iter(changes))):
        placement(scene(0), **changes)
