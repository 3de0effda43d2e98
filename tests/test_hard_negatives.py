"""What looks alike and is not the same is no scene: not for any step of auto, nor for one alone."""

import pytest
from hard_negatives import HARD_NEGATIVES, PARTS, is_right

import featmatch

pytestmark = pytest.mark.slow

METHODS = ("auto", "orb", "sift", "cnn")
FULL, SMALLER = 1600, 480
"""Pixels of the longer side; smaller but for SIFT, and where letters have to be read."""


@pytest.mark.parametrize("name", HARD_NEGATIVES)
@pytest.mark.parametrize("method", METHODS)
def test_hard_negatives_are_no_scenes(name, method):
    image0, image1 = HARD_NEGATIVES[name]()
    max_size = FULL if method == "sift" or "text" in name else SMALLER
    result = featmatch.match(image0, image1, method=method, max_size=max_size)
    assert is_right(name, result.verdict), result.verdict.reason
    if name not in PARTS:
        assert not any(step.accepted for step in result.steps)
        assert result.verdict.confidence < 0.9
    assert result.verdict.reason
