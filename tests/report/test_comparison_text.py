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
    assert text.startswith("left.png (96 x 64) and right.png (96 x 64): as given\n\n")
    table = rows(text)
    assert table[""].split() == ["ORB", "SIFT", "network"]
    assert "1,000 | 900" in table["points"]
    assert "1,002 | 902" in table["points"]
    assert "0.50 (0.45-0.55)" in table["repeatability, 3 px"]
    assert table["by chance"].split()[-3:] == ["0.12"] * 3
    assert table["localization error, px"].split()[-3:] == ["0.75"] * 3
    assert table["right ones, 3 px"].split()[-3:] == ["3"] * 3
    assert table["homography error, px"].split()[-3:] == ["1.50", "2.50", "3.50"]
    assert table["find and describe, ms"].split()[-3:] == ["20", "40", "60"]
    assert table["bytes a descriptor"].split()[-3:] == ["32", "512", "256"]


def test_the_verdict_follows_a_sentence_a_line():
    text = comparison_summary(make_comparison())
    assert text.endswith("- The network finds more points again here.\n- ORB is faster here.")


@pytest.mark.parametrize("change", [without_geometry, without_points])
def test_what_is_not_known_is_a_dash(change):
    table = rows(comparison_summary(change(make_comparison())))
    for name in ("repeatability, 3 px", "by chance", "right ones, 3 px", "average precision"):
        assert table[name].split()[-3:] == ["–"] * 3
