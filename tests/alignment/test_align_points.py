"""Tables of points are taken from the moving image to the fixed one, and back."""

from __future__ import annotations

import numpy as np
import pytest
from known_warps import picture

import featmatch
from featmatch.alignment.points import placed_points, read_points
from featmatch.errors import FeaturesReadError

PHOTOGRAPH = picture("poster_0", 400)


@pytest.fixture(scope="module")
def laid():
    small = np.ascontiguousarray(PHOTOGRAPH[40:240, 100:380])
    return featmatch.align(PHOTOGRAPH, small, method="sift")


def placed(laid, tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8-sig")
    lines = placed_points(read_points(path), laid).decode().splitlines()
    return [line.split(",") for line in lines]


def test_points_of_the_moving_image(laid, tmp_path):
    names, *rows = placed(laid, tmp_path, "name,x,y\nä,100,40\nb,150.5,60\n")
    assert names == ["name", "x0", "y0", "x1", "y1"]
    assert [row[0] for row in rows] == ["ä", "b"]
    assert np.allclose(np.array(rows)[:, 3:].astype(float), [(0, 0), (50.5, 20)], atol=0.05)


def test_points_of_the_fixed_image(laid, tmp_path):
    names, row = placed(laid, tmp_path, "x1,y1\n0,0\n")
    assert names == ["x1", "y1", "x0", "y0"]
    assert np.allclose(np.array(row[2:], float), (100, 40), atol=0.05)


def test_no_points_are_an_ordinary_table(laid, tmp_path):
    assert placed(laid, tmp_path, "x0,y0\n") == [["x0", "y0", "x1", "y1"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got none"),
        ("a,b\n1,2\n", "got a, b"),
        ("x0,y0,x1,y1\n1,2,3,4\n", "expected columns x0 and y0"),
        ("x0,y0\n1,2\n3,four\n", "line 3: expected a number as y0, got 'four'"),
        ("x0,y0\n1\n", "line 2: expected a number as y0, got ''"),
        ("x0,y0\n1,2\n1,2,3\n", "line 3: expected 2 cells, got more"),
        ("x,y,x0\n1,2,3\n", "expected one column x0 in its first line, got two"),
        ("x0,y0\n1,nan\n", "line 2: expected a number as y0, got 'nan'"),
    ],
)
def test_other_tables_are_refused_with_a_sentence(laid, tmp_path, text, words):
    with pytest.raises(FeaturesReadError) as error:
        placed(laid, tmp_path, text)
    assert words in str(error.value)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FeaturesReadError, match="UTF-8"):
        read_points(path)
