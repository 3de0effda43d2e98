"""Matches chosen by neighborhoods, on scenes that are made and on photographs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from matched_samples import PAIRS, SAMPLES, small_pair, transfer_errors
from moving_scenes import moving_scene, scene_features, unit_rows

import featmatch
from featmatch import METHODS, Features, Matcher, Matches
from featmatch.frames import match_maps
from featmatch.matching.local_matching import match_locally
from featmatch.matching.neighborhoods import Neighborhoods

NEIGHBORHOODS = Matcher(neighborhoods=Neighborhoods())


def noisy(descriptors, rng, noise):
    rows = descriptors + noise * rng.normal(size=descriptors.shape) / np.sqrt(descriptors.shape[1])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def vague_pair(num_right=500, num_wrong=700, seed=0, noise=1.2):
    """Right partners are hardly nearer than others: few pass a ratio test."""
    rng = np.random.default_rng(seed)
    scene = moving_scene(num_right, num_wrong, seed)
    descriptors0, descriptors1 = unit_rows(rng, len(scene)), unit_rows(rng, len(scene))
    descriptors1[scene.right] = noisy(descriptors0[scene.right], rng, noise)
    return scene_features(scene, descriptors0, descriptors1)


def num_right_of(matches):
    return int((matches.indices[:, 0] == matches.indices[:, 1]).sum())


def test_more_right_matches_than_by_the_ratio_test_and_hardly_a_wrong_one():
    features = vague_pair()
    by_ratio, chosen = Matcher().match(*features), NEIGHBORHOODS.match(*features)
    assert num_right_of(chosen) > 1.5 * num_right_of(by_ratio)
    assert num_right_of(chosen) > 0.95 * len(chosen)


def test_what_matches_were_chosen_from_is_told():
    features = vague_pair()
    chosen = NEIGHBORHOODS.match(*features)
    np.testing.assert_array_equal(
        chosen.candidates.indices, Matcher(max_ratio=1.0).match(*features).indices
    )
    seeds = set(map(tuple, chosen.seeds.indices.tolist()))
    assert 0 < len(seeds) < len(chosen)
    assert seeds <= set(map(tuple, chosen.candidates.indices.tolist()))
    assert (np.diff(chosen.indices[:, 0]) > 0).all()


def test_rounds_find_what_is_ambiguous_in_the_whole_image():
    """Each descriptor is there twice, far apart: the nearest is the right one by luck alone."""
    rng = np.random.default_rng(3)
    scene = moving_scene(800, 0, 3)
    descriptors = unit_rows(rng, 800)
    descriptors[400:] = descriptors[:400]
    features = scene_features(scene, descriptors, noisy(descriptors, rng, 0.4))
    first = Matcher(neighborhoods=Neighborhoods(num_rounds=0)).match(*features)
    grown = NEIGHBORHOODS.match(*features)
    assert num_right_of(grown) > 1.2 * num_right_of(first)
    assert num_right_of(grown) > 0.95 * len(grown)


def test_unlike_images_have_nothing_in_common():
    rng = np.random.default_rng(4)
    features = scene_features(moving_scene(0, 1500, 4), unit_rows(rng, 1500), unit_rows(rng, 1500))
    assert len(NEIGHBORHOODS.match(*features)) <= 5


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_keypoints(num):
    features = vague_pair(num, 0)
    matches = NEIGHBORHOODS.match(*features)
    assert len(matches) == len(matches.seeds) == 0
    assert len(matches.candidates) <= num


def test_keypoints_without_a_size_say_nothing():
    features0, features1 = vague_pair()
    none = np.zeros(len(features0), np.float32)
    assert len(NEIGHBORHOODS.match(replace(features0, scales=none), features1)) == 0
    maps, sound = match_maps(np.zeros((1, 2, 2)), np.eye(2)[None])
    assert np.isfinite(maps).all()
    assert not sound.any()


def test_a_local_match_by_hand():
    """One match says: 100 to the right, twice as large. The nearest in looks lies elsewhere."""
    descriptors = np.eye(4, dtype=np.float32)
    columns = np.ones(3, np.float32), np.full(3, 4, np.float32), np.zeros(3, np.float32)
    features0 = Features(
        np.float32([[50, 50], [60, 50], [500, 500]]),
        descriptors[[0, 1, 2]],
        *columns,
        (1000, 800),
        "made",
    )
    about = np.float32([[0, 0.9, 0, np.sqrt(1 - 0.81)]])
    features1 = Features(
        np.float32([[150, 50], [171, 52], [700, 50]]),
        np.concatenate([descriptors[:1], about, descriptors[1:2]]),
        *columns,
        (1000, 800),
        "made",
    )
    known = Matches([[0, 0]], [0.0], [0.5])
    found = match_locally(features0, features1, known, 2 * np.eye(2)[None])
    np.testing.assert_array_equal(found.indices, [[1, 1]])
    np.testing.assert_allclose(found.distances, np.linalg.norm(about - descriptors[1]), rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_wrong": 0}, "max_wrong: expected"),
        ({"num_rounds": -1}, "num_rounds: expected"),
        ({"num_rounds": 1.5}, "num_rounds: expected"),
    ],
)
def test_impossible_options_are_refused(options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Neighborhoods(**options)


def test_the_option_is_an_object():
    with pytest.raises(TypeError, match="neighborhoods: expected"):
        Matcher(neighborhoods=True)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["orb", "sift", "cnn", "affine-sift", "sift-cnn"])
def test_methods_match_a_photograph_by_neighborhoods(method):
    pipeline = METHODS[method]
    matcher = replace(pipeline.matcher, neighborhoods=Neighborhoods())
    result = featmatch.match(*small_pair(), method=replace(pipeline, matcher=matcher))
    points = (in_sample(points, result) for points in (result.points0, result.points1))
    errors = transfer_errors(PAIRS["poster"]["homography"], *points)
    assert result.verdict.accepted
    assert len(errors) > 100
    assert (errors < 25).mean() > 0.85  # px of the sample, three of which are one looked at


def in_sample(points, result):
    """Points of a sample that was made 400 px wide, in its own pixels."""
    width = cv2.imread(str(SAMPLES / PAIRS["poster"]["image0"])).shape[1]
    return (points + 0.5) * width / result.features0.image_size[0] - 0.5
