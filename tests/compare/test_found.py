"""What the contenders find in a pair, once for all that is made of it."""

from __future__ import annotations

import numpy as np
import pytest
from comparison_cases import pair_of, working

from featmatch.compare import found
from featmatch.compare.contenders import contenders


def test_features_are_those_of_each_contender():
    pair = pair_of(working(), working("gallery_1"))
    chosen = contenders(50)
    everyone = found.find_features(pair, chosen)
    assert list(everyone) == ["orb", "sift", "cnn"]
    for contender in chosen:
        its = everyone[contender.name]
        for features, image in zip(its.features, (pair.image0, pair.image1), strict=True):
            expected = contender.features(image)
            np.testing.assert_array_equal(features.keypoints, expected.keypoints)
            np.testing.assert_array_equal(features.descriptors, expected.descriptors)
        assert its.seconds > 0


def test_the_shorter_time_counts(monkeypatch):
    clock = iter([10.0, 13.0, 20.0, 22.0])
    monkeypatch.setattr(found.time, "perf_counter", lambda: next(clock))
    runs = []
    seconds, result = found.timed(lambda: runs.append(0) or len(runs))
    assert (seconds, result) == (pytest.approx(2.0), 2)
