"""What looks alike and is not the same is not accepted, by any method that is always there."""

import pytest
from hard_negatives import HARD_NEGATIVES

import featmatch

METHODS = ("auto", "orb", "sift", "affine-sift", "cnn")


@pytest.mark.parametrize("name", HARD_NEGATIVES)
@pytest.mark.parametrize("method", METHODS)
def test_hard_negatives_are_rejected(name, method):
    image0, image1 = HARD_NEGATIVES[name]()
    result = featmatch.match(image0, image1, method=method)
    assert not result.verdict, result.verdict.reason
    assert result.verdict.confidence < 0.9
    assert result.verdict.reason
