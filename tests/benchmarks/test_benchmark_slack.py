"""How comparisons are judged."""

from __future__ import annotations

import pytest
from paired import Comparison


@pytest.mark.parametrize(
    ("ratio", "unit", "slack", "judgment"),
    [
        (1.3, "s", 1, ""),
        (1.31, "s", 1, "FAILED"),
        (1.3, "s", 2, ""),
        (1.31, "s", 2, "above its bound"),
        (2.6, "s", 2, "above its bound"),
        (2.61, "s", 2, "FAILED"),
        (1.3, "MB", 2, ""),
        (1.31, "MB", 2, "FAILED"),
    ],
)
def test_slack_is_for_times_alone(ratio, unit, slack, judgment):
    comparison = Comparison("", ours=ratio, peer=1.0, ratio=ratio, bound=1.3, unit=unit)
    assert comparison.judgment(slack) == judgment
    assert comparison.holds(slack) == (judgment != "FAILED")
    assert str(comparison).split()[-1] == "1.30"
