"""The contenders: same limit, border and rule for all, and what they find in a pair."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from comparison_cases import BLANK, pair_of, sample, working

from featmatch.compare.contenders import BORDER, contenders, find_features, timed
from featmatch.errors import WeightsError
from featmatch.images.image import read_image
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import save_network
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.methods import METHODS

ALL = contenders(300)
each = pytest.mark.parametrize("contender", ALL, ids=lambda contender: contender.name)


def test_the_three():
    assert [contender.name for contender in ALL] == ["orb", "sift", "cnn"]
    assert [contender.label for contender in ALL] == ["ORB", "SIFT", "network"]
    assert [type(contender.matcher) is TurnMatcher for contender in ALL] == [False, False, True]


@each
def test_same_limit_and_rule(contender):
    assert contender.matcher.max_ratio == METHODS[contender.name].matcher.max_ratio
    assert contender.matcher.mutual
    for features in (contender.features(working()), contender.spread_features(working())):
        assert 0.9 * 300 < len(features) <= 300  # ORB's coarse levels have no room for their share
        assert len(np.unique(features.keypoints, axis=0)) == len(features)


@pytest.mark.parametrize("contender", ALL[1:], ids=lambda contender: contender.name)
def test_the_strongest_are_kept(contender):
    """ORB chooses by FAST's score first and by Harris's then, level by level, inside OpenCV."""
    few = {one.name: one for one in contenders(100)}[contender.name].features(working())
    many = contender.features(working())
    kept = np.isin(many.keypoints.view(np.complex64), few.keypoints.view(np.complex64)).ravel()
    assert kept.sum() == len(few) == 100
    assert many.scores[kept].min() >= many.scores[~kept].max()


def test_the_same_limit_gives_the_points_of_opencvs_orb():
    found = ALL[0].features(working())
    expected = cv2.ORB.create(300, fastThreshold=5).detect(working().gray(), None)
    inside = [point.pt for point in expected]
    assert len(found) == len(set(inside))


@each
def test_spread_points_reach_into_more_cells(contender):
    cells = [
        len(np.unique(found.keypoints // 40, axis=0))
        for found in (contender.features(working()), contender.spread_features(working()))
    ]
    assert cells[1] > cells[0]


def test_a_position_counts_once_however_many_orientations_it_has():
    """OpenCV's SIFT returns some positions several times."""
    sift = ALL[1]
    raw = replace(sift.extractor, max_keypoints=300).extract(working())
    assert len(np.unique(raw.keypoints, axis=0)) < len(raw)
    found = sift.features(working())
    assert len(np.unique(found.keypoints, axis=0)) == len(found) == 300


@each
def test_keypoints_keep_off_the_border(contender):
    image = working()
    points = contender.features(image).keypoints
    farthest = np.array(image.size) - 1 - BORDER
    assert (points > BORDER - 1).all()
    assert (points < farthest + 1).all()
    whole = contender.extractor.extract(image).keypoints
    if contender.name != "orb":  # whose own border is wider
        assert (whole < BORDER - 1).any()


@each
def test_the_border_is_of_working_pixels(contender):
    image = sample("gallery_0")
    assert image.pixel_size > 2
    assert (contender.features(image).keypoints > (BORDER - 1) * image.pixel_size).all()


@each
def test_num_bytes_is_that_of_a_descriptor(contender):
    descriptors = contender.features(working()).descriptors
    assert contender.num_bytes == descriptors[0].nbytes


@each
@pytest.mark.parametrize("shape", [(1, 1), (16, 300), (31, 31), (32, 32), (33, 33)])
def test_tiny_images_have_few_keypoints(contender, shape):
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    features = contender.features(read_image(noise))
    inner = max(0, shape[0] - 2 * BORDER) * max(0, shape[1] - 2 * BORDER)
    assert len(features) <= inner


@each
def test_a_blank_image_has_none(contender):
    assert len(contender.features(read_image(BLANK))) == 0


def test_the_networks_own_turns_and_size_are_taken(tmp_path):
    options = NetworkOptions((4, 4, 4, 4), 4, descriptor_size=12, num_turns=4)
    path = tmp_path / "small.npz"
    save_network(path, FeatureNetwork(options, np.random.default_rng(0)))
    learned = contenders(10, path)[2]
    assert learned.extractor.num_turns == learned.matcher.num_turns == 4
    assert learned.num_bytes == 48
    assert learned.features(working()).descriptors.shape == (10, 12)


@pytest.mark.parametrize("max_keypoints", [0, -1, 20_001])
def test_limits_out_of_range(max_keypoints):
    with pytest.raises(ValueError, match=r"^max_keypoints: expected an integer from 1 to 20,000"):
        contenders(max_keypoints)


@pytest.mark.parametrize("max_keypoints", [1.5, "9", True, None])
def test_limits_of_another_kind(max_keypoints):
    with pytest.raises(TypeError, match=r"^max_keypoints: expected an integer from .*, got"):
        contenders(max_keypoints)


def test_weights_that_are_missing(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.npz"):
        contenders(10, tmp_path / "none.npz")


def test_features_are_those_of_each_contender():
    pair = pair_of(working(), working("gallery_1"))
    chosen = contenders(50)
    everyone = find_features(pair, chosen)
    assert list(everyone) == ["orb", "sift", "cnn"]
    for contender in chosen:
        its = everyone[contender.name]
        for features, image in zip(its.features, (pair.image0, pair.image1), strict=True):
            expected = contender.features(image)
            np.testing.assert_array_equal(features.keypoints, expected.keypoints)
            np.testing.assert_array_equal(features.descriptors, expected.descriptors)
        expected_matches = contender.matcher.match(*its.features)
        np.testing.assert_array_equal(its.matches.indices, expected_matches.indices)
        assert its.extract_seconds > 0
        assert its.match_seconds > 0


def test_the_shorter_time_counts(monkeypatch):
    clock = iter([10.0, 13.0, 20.0, 22.0])
    monkeypatch.setattr("featmatch.compare.contenders.time.perf_counter", lambda: next(clock))
    runs = []
    seconds, result = timed(lambda: runs.append(0) or len(runs), 2)
    assert (seconds, result) == (pytest.approx(2.0), 2)
