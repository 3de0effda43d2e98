"""The summary in the terminal tells the numbers of a comparison."""

from __future__ import annotations

import pytest
from hand_made_comparison import make_comparison, without_geometry, without_points

from featmatch.report.comparison.text import comparison_summary


def rows(text):
    """Name of a row -> its cells."""
    table = text.split("\n\n")[1].splitlines()
    assert len({len(line) for line in table}) == 1
    return {line.strip().split("  ")[0]: line for line in table[1:]} | {"": table[0]}


def test_the_table_tells_every_method():
    text = comparison_summary(make_comparison())
    assert "\nleft.png (96 x 64) and right.png (96 x 64): as given.\n\n" in text
    table = rows(text)
    assert table[""].split() == ["ORB", "SIFT", "network"]
    assert "1,000 | 900" in table["points"]
    assert "1,002 | 902" in table["points"]
    assert "0.50 (0.45-0.55)" in table["repeatability, 3 px"]
    assert table["by chance"].split()[-3:] == ["0.12"] * 3
    assert table["localization error, px"].split()[-3:] == ["0.75"] * 3
    assert "3 (1-4)" in table["right ones, 3 px"]
    assert table["ratio test"].split()[-3:] == ["0.9"] * 3
    assert "1.5 (1.2-1.8)" in table["homography error, px"]
    assert table["find and describe, ms"].split()[-3:] == ["20", "40", "60"]
    assert table["bytes a descriptor"].split()[-3:] == ["32", "512", "256"]


def test_the_verdict_stands_first():
    text = comparison_summary(make_comparison())
    assert text.startswith("The network did best here.\nIts points are found again.\n")


def test_where_nothing_is_found_one_sentence_is_told():
    text = comparison_summary(without_points(make_comparison()))
    assert text.splitlines()[0] == "Nothing to find here."
    assert "points" not in text


@pytest.mark.parametrize("change", [without_geometry])
def test_what_is_not_known_is_a_dash(change):
    table = rows(comparison_summary(change(make_comparison())))
    for name in ("repeatability, 3 px", "by chance", "right ones, 3 px", "average precision"):
        assert table[name].split()[-3:] == ["–"] * 3
