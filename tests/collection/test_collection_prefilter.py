"""A quick look at few keypoints tells images that may match from others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from featmatch.collection.prefilter import worth_matching
from featmatch.errors import ArgumentError
from featmatch.images.view import View
from featmatch.methods import METHODS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@cache
def features_of(name, method="cnn"):
    return METHODS[method].extract(View.read(SAMPLES / f"{name}.jpg"))


@pytest.mark.parametrize(
    ("name0", "name1", "is_worth"),
    [
        ("room_0", "room_1", True),
        ("gallery_0", "gallery_1", True),
        ("unrelated_0", "unrelated_1", False),
    ],
)
def test_pairs_of_the_same_are_worth_matching(name0, name1, is_worth):
    assert worth_matching((features_of(name0),), (features_of(name1),)) is is_worth


def test_it_looks_at_the_features_of_the_network():
    sift, cnn = features_of("room_0", "sift"), features_of("room_0")
    assert worth_matching((sift, cnn), (sift, cnn))
    with pytest.raises(ArgumentError, match="expected features of cnn, got sift; leave it out"):
        worth_matching((sift,), (sift,))
