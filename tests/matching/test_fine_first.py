"""Coarse keypoints are asked where fine ones do not match, and only there."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from known_warps import image, picture, project, resize

import featmatch
from featmatch import METHODS
from featmatch.errors import ArgumentError
from featmatch.features.selection import selected
from featmatch.fine_first import FineFirst
from featmatch.learned.extraction.extractor import CNN
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features


def features_of(scales, seed=0, dimensions=64):
    """Keypoints far from each other, with descriptors that are as good as orthogonal."""
    rng = np.random.default_rng(seed)
    descriptors = rng.normal(size=(len(scales), dimensions)).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    return Features(
        keypoints=rng.uniform(0, 500, (len(scales), 2)).astype(np.float32),
        descriptors=descriptors,
        scales=np.asarray(scales, np.float32),
        angles=np.zeros(len(scales), np.float32),
        scores=np.ones(len(scales), np.float32),
        image_size=(500, 500),
        method="cnn",
        norm="l2",
    )


SCALES = np.repeat([28.0, 56.0, 224.0], [40, 30, 30])


def test_enough_fine_matches_are_taken_as_they_are():
    features = features_of(SCALES)
    found = FineFirst(enough=70, num_turns=1).match(features, features)
    assert found.indices.tolist() == [[row, row] for row in range(70)]
    fine = selected(features, np.arange(70))
    alone = TurnMatcher(num_turns=1).match(fine, fine)
    np.testing.assert_array_equal(found.indices, alone.indices)
    np.testing.assert_array_equal(found.distances, alone.distances)


def test_with_fewer_all_are_matched():
    features = features_of(SCALES)
    found = FineFirst(enough=71, num_turns=1).match(features, features)
    assert found.indices.tolist() == [[row, row] for row in range(100)]


def test_the_rows_are_those_of_all_features_wherever_the_fine_ones_stand():
    order = np.random.default_rng(1).permutation(100)
    features = features_of(SCALES)
    shuffled = selected(features, order)
    found = FineFirst(enough=1, num_turns=1).match(features, shuffled)
    assert sorted(found.indices[:, 0]) == list(range(70))
    assert (order[found.indices[:, 1]] == found.indices[:, 0]).all()


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_keypoints(num):
    features = features_of(SCALES[:num])
    for enough in (0, 1, 300):
        found = FineFirst(enough=enough, num_turns=1, max_ratio=1.0).match(features, features)
        assert found.indices.tolist() == [[row, row] for row in range(num)]


def test_what_matches_were_chosen_from_has_the_rows_of_all_features_too():
    view = image()
    found = CNN(scales=(1.0, 0.25)).extract(view)
    coarse_first = selected(found, np.argsort(-found.scales, kind="stable"))
    matcher = replace(METHODS["cnn"].matcher, enough=10)
    matches = matcher.match(coarse_first, coarse_first)
    for some in (matches, matches.candidates, matches.seeds):
        rows0, rows1 = some.indices.T
        assert (coarse_first.scales[rows0] == found.scales.min()).all()
        assert (rows0 == rows1).mean() > 0.95


def test_cnn_matches_what_is_six_times_as_large():
    pixels = picture(width=900)
    small = cv2.resize(pixels, None, fx=1 / 6, fy=1 / 6, interpolation=cv2.INTER_AREA)
    result = featmatch.match(pixels, small, method="cnn", model="homography")
    assert result.verdict.accepted
    corners = np.array([[100.0, 100.0], [800.0, 100.0], [100.0, 570.0], [800.0, 570.0]])
    goals = project(resize(1 / 6), corners)
    assert np.linalg.norm(project(result.homography, corners) - goals, axis=1).max() < 0.5
    fine = replace(METHODS["cnn"], extractor=CNN())
    assert not featmatch.match(pixels, small, method=fine).verdict.accepted


@pytest.mark.parametrize("options", [{"enough": -1}, {"enough": 2.5}, {"fine": 0.5}])
def test_options_are_checked(options):
    with pytest.raises((ArgumentError, TypeError), match=next(iter(options))):
        FineFirst(**options)
