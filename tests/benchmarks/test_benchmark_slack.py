"""How comparisons are judged."""

from __future__ import annotations

import pytest
from paired import Comparison


@pytest.mark.parametrize(
    ("ratio", "unit", "slack", "holds"),
    [
        (1.3, "s", 1, True),
        (1.31, "s", 1, False),
        (2.6, "s", 2, True),
        (2.61, "s", 2, False),
        (1.3, "MB", 2, True),
        (1.31, "MB", 2, False),
    ],
)
def test_slack_is_for_times_alone(ratio, unit, slack, holds):
    comparison = Comparison("", ours=ratio, peer=1.0, ratio=ratio, bound=1.3, unit=unit)
    assert comparison.holds(slack) == holds
    assert str(comparison).split()[-1] == "1.30"
