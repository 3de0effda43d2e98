"""Turning descriptors until they agree: made ones, and those of photographs turned on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import corner_error, features, picture, project, turn, unit_rows, warped

import featmatch
from featmatch import Matcher
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network import network
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.turn_matcher import NUM_TURNS, TurnMatcher

SIZE = 480, 360
UPRIGHT = TurnMatcher(num_turns=1)


@given(
    num_turns=st.integers(1, 12),
    part=st.integers(1, 6),
    step=st.integers(-30, 30),
    num_rows=st.integers(3, 20),
)
@settings(max_examples=30)
def test_descriptors_are_turned_as_in_training(num_turns, part, step, num_rows):
    """Descriptors and their turned copies match row by row."""
    rows = unit_rows(num_rows, part * num_turns * 2)
    other = network.turned(rows, num_turns, step).data
    matcher = TurnMatcher(num_turns=num_turns)
    assert matcher.best_turn(features(rows), features(other)) == step % num_turns
    matches = matcher.match(features(rows), features(other))
    expected = np.stack([np.arange(num_rows)] * 2, axis=1)
    np.testing.assert_array_equal(matches.indices, expected)
    np.testing.assert_allclose(matches.distances, 0, atol=1e-6)


@pytest.mark.parametrize("step", range(NUM_TURNS))
def test_few_of_many_decide(step):
    """A tenth of the keypoints are the same in both images, turned; the others are different."""
    same, other0, other1 = (unit_rows(num, 64, seed) for seed, num in enumerate((30, 270, 270)))
    rows1 = np.concatenate([other1, network.turned(same, NUM_TURNS, step).data])
    matcher = TurnMatcher()
    found0, found1 = features(np.concatenate([same, other0])), features(rows1)
    assert matcher.best_turn(found0, found1) == step
    pairs = set(map(tuple, matcher.match(found0, found1).indices.tolist()))
    assert pairs >= {(row, 270 + row) for row in range(30)}


def test_keypoints_with_the_highest_scores_choose_the_turn():
    """Those are turned by 3 steps, the rest by 5."""
    rows = unit_rows(100, 64)
    turned = [
        network.turned(rows[part], 8, step).data
        for part, step in ((slice(0, 20), 3), (slice(20, 100), 5))
    ]
    scores = np.linspace(1, 0, 100).astype(np.float32)
    found0 = features(rows, scores=scores)
    found1 = features(np.concatenate(turned), scores=scores)
    assert TurnMatcher(num_probes=20).best_turn(found0, found1) == 3
    assert TurnMatcher(num_probes=100).best_turn(found0, found1) == 5


def test_a_few_clear_matches_outweigh_many_vague_ones():
    """Nearly as near as the vague ones is another candidate each."""
    clear, vague = unit_rows(5, 64, 0), unit_rows(20, 64, 1)
    other = vague + 0.01 * unit_rows(20, 64, 2)
    third = vague + 0.011 * unit_rows(20, 64, 3)
    candidates = np.concatenate([other, third])
    candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
    found0 = features(np.concatenate([clear, vague]))
    found1 = features(
        np.concatenate(
            [network.turned(rows, 8, step).data for rows, step in ((clear, 2), (candidates, 5))]
        )
    )
    matcher = TurnMatcher()
    counts = [
        len(replace(matcher, num_turns=1).match(features(turned), found1))
        for turned in (network.turned(found0.descriptors, 8, step).data for step in (2, 5))
    ]
    assert counts[1] > counts[0]
    assert matcher.best_turn(found0, found1) == 2


def test_a_single_turn_is_the_plain_matcher():
    found0, found1 = features(unit_rows(50, 64, 0)), features(unit_rows(60, 64, 1))
    plain = Matcher(max_ratio=0.95).match(found0, found1)
    upright = UPRIGHT.match(found0, found1)
    assert len(plain) > 5
    np.testing.assert_array_equal(upright.indices, plain.indices)
    np.testing.assert_array_equal(upright.ratios, plain.ratios)


@pytest.mark.parametrize("num0", [0, 1, 2])
@pytest.mark.parametrize("num1", [0, 1, 2])
def test_few_keypoints(num0, num1):
    rows = unit_rows(2, 64)
    matches = TurnMatcher().match(features(rows[:num0]), features(rows[:num1]))
    assert len(matches) == (num0 if num1 == 2 else 0)  # a single candidate fails the ratio test


def test_without_matches_the_turn_is_none():
    rows = unit_rows(1, 64)
    assert TurnMatcher().best_turn(features(rows), features(rows)) == 0
    assert TurnMatcher().best_turn(features(rows[:0]), features(rows)) == 0


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (features(unit_rows(3, 63)), "got 63 for the norm l2"),
        (features(np.zeros((3, 64), np.uint8), norm="hamming"), "got 64 for the norm hamming"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_descriptors_that_cannot_be_turned(bad, words, place):
    pair = [features(unit_rows(3, 64))] * 2
    pair[place] = bad
    expected = (
        f"^features{place}: expected descriptors of floats, a multiple of 8 of them, {words}$"
    )
    for call in (TurnMatcher().match, TurnMatcher().best_turn):
        with pytest.raises(ValueError, match=expected):
            call(*pair)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"num_turns": 0}, ValueError, "num_turns: expected an integer from 1 to 64, got 0"),
        ({"num_turns": 2.0}, TypeError, "num_turns: expected an integer from 1 to 64, got 2.0"),
        (
            {"num_probes": 0},
            ValueError,
            "num_probes: expected an integer from 1 to 1,000,000, got 0",
        ),
        ({"max_ratio": 0}, ValueError, r"max_ratio: expected a number above 0 and up to 1, got 0"),
        ({"mutual": 1}, TypeError, "mutual: expected True or False, got 1"),
    ],
)
def test_options_out_of_range(options, error, words):
    with pytest.raises(error, match=f"^{words}$"):
        TurnMatcher(**options)


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["poster_0", "room_0"])
def test_photographs_turned_by_quarters(name, quarters):
    """`np.rot90` turns against the clock, which is from the y axis toward the x axis."""
    before = picture(name, SIZE[0])
    after = np.ascontiguousarray(np.rot90(before, quarters))
    homography = np.eye(3)
    for quarter in range(quarters):
        width = SIZE[quarter % 2]
        homography = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]]) @ homography
    check_turn(before, after, homography, -2 * quarters % NUM_TURNS)


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 7])
def test_photographs_turned_by_an_eighth(step):
    before = picture("poster_0", SIZE[0])
    homography = turn(2 * np.pi * step / NUM_TURNS, SIZE)
    check_turn(before, warped(before, homography), homography, step)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_neighborhoods_turn_with_the_photograph(quarters):
    before = picture("poster_0", 300)
    after = np.ascontiguousarray(np.rot90(before, quarters))
    found = [CNN().extract(featmatch.read_image(pixels)) for pixels in (before, after)]
    chosen = TurnMatcher(neighborhoods=Neighborhoods()).match(*found)
    assert len(chosen.seeds) > 0.5 * len(chosen.candidates)


def check_turn(before, after, homography, step):
    result = featmatch.match(before, after, method="cnn", model="homography")
    assert TurnMatcher().best_turn(result.features0, result.features1) == step
    assert corner_error(result.homography, homography, SIZE) < 1
    distances = np.linalg.norm(project(homography, result.points0) - result.points1, axis=1)
    assert np.mean(distances < 3) > 0.7


def test_upright_matching_is_no_use_for_a_photograph_upside_down():
    before = picture("poster_0", SIZE[0])
    after = np.ascontiguousarray(before[::-1, ::-1])
    found0, found1 = (CNN().extract(featmatch.read_image(pixels)) for pixels in (before, after))

    def num_correct(matcher):
        rows0, rows1 = matcher.match(found0, found1).indices.T
        expected = np.array(SIZE) - 1 - found0.keypoints[rows0]
        errors = np.linalg.norm(found1.keypoints[rows1] - expected, axis=1)
        return np.count_nonzero(errors < 3)

    assert num_correct(TurnMatcher()) > 5 * num_correct(replace(TurnMatcher(), num_turns=1))
