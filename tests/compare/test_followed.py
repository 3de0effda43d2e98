"""Points followed through ORB and the network: what is told is what both do there."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from comparison_cases import BLANK, pair_of, small_sample_pair, working

from featmatch.compare.contenders import contenders, find_features
from featmatch.compare.followed import MAX_FOLLOWED, follow_points
from featmatch.images.image import read_image
from featmatch.learned.network.weights import load_network


@cache
def sample():
    pair, both = small_sample_pair(), contenders(400)
    found = find_features(pair, both)
    return pair, found, follow_points(pair, load_network(), both, found)


def test_places_are_those_of_both():
    _, found, followed = sample()
    assert 3 <= len(followed) <= MAX_FOLLOWED
    for point in followed:
        assert np.linalg.norm(point.orb.point - point.network.point) <= 3
        for way, name in ((point.orb, "orb"), (point.network, "cnn")):
            assert (found[name].features[0].keypoints == way.point).all(axis=1).any()


def test_the_ring_is_that_of_opencvs_fast():
    """At every point the arc has at least the 9 pixels that FAST asks for."""
    pair, _, followed = sample()
    gray = pair.image0.gray()
    corners = cv2.FastFeatureDetector.create(5, False).detect(gray)
    places = {tuple(int(value) for value in corner.pt) for corner in corners}
    for point in followed:
        x, y = np.rint(point.orb.point).astype(int)
        assert point.orb.center == gray[y, x]
        assert point.orb.ring[0] == gray[y - 3, x]
        assert (point.orb.num_in_arc >= 9) is ((x, y) in places) is True


def test_bits_and_partners_are_those_of_the_descriptors():
    _, found, followed = sample()
    features0, features1 = found["orb"].features
    for point in followed:
        row = np.flatnonzero((features0.keypoints == point.orb.point).all(axis=1))[0]
        bits = np.unpackbits(features0.descriptors[row])
        assert point.orb.bits == "".join(map(str, bits))
        if (partner := point.orb.partner) is not None:
            there = np.flatnonzero((features1.keypoints == partner.point).all(axis=1))[0]
            others = np.unpackbits(features1.descriptors, axis=1) != bits
            assert others.sum(axis=1).argmin() == there
            assert others[there].sum() == partner.distance
            assert partner.kept == (partner.ratio < 0.85)
            error = np.linalg.norm(np.array(partner.point) - point.truth)
            assert partner.correct == (error <= 3)


def test_the_score_peaks_at_the_networks_point():
    _, _, followed = sample()
    for point in followed:
        score = point.network.score
        middle = score[6:9, 6:9]  # points are placed between pixels
        assert score.shape == (15, 15)
        assert middle.max() == pytest.approx(score[4:11, 4:11].max())
        assert [len(values) for values in point.network.activations] == [16, 32, 64, 64]
        assert np.linalg.norm(point.network.descriptor) == pytest.approx(1, abs=1e-5)


def test_without_points_in_common_nothing_is_followed():
    blank = read_image(BLANK)
    for pair in (pair_of(blank, blank), pair_of(working(), blank)):
        both = contenders(50)
        found = find_features(pair, both)
        followed = follow_points(pair, load_network(), both, found)
        assert all(point.orb.partner is point.network.partner is None for point in followed)
