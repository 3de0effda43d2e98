"""What looks alike and is not the same is not accepted: not by any step of auto, nor by SIFT."""

import pytest
from hard_negatives import HARD_NEGATIVES

import featmatch

METHODS = ("auto", "sift")


@pytest.mark.parametrize("name", HARD_NEGATIVES)
@pytest.mark.parametrize("method", METHODS)
def test_hard_negatives_are_rejected(name, method):
    image0, image1 = HARD_NEGATIVES[name]()
    result = featmatch.match(image0, image1, method=method)
    assert not result.verdict, result.verdict.reason
    assert not any(step.accepted for step in result.steps)
    assert result.verdict.confidence < 0.9
    assert result.verdict.reason
