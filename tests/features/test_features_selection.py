"""Choosing keypoints, against the same rule written as loops."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.features.selection import select_spread, select_strongest

KEYPOINTS_PER_CELL = 8


def cells_of(keypoints, image_size, max_keypoints):
    """Square cells that hold `KEYPOINTS_PER_CELL` of the chosen keypoints on average."""
    width, height = image_size
    side = max(1.0, (width * height * KEYPOINTS_PER_CELL / max_keypoints) ** 0.5)
    return [(int(y // side), int(x // side)) for x, y in keypoints.tolist()]


def take_turns(keypoints, scores, image_size, max_keypoints):
    """Every cell gives its strongest, then its second strongest, until there are enough."""
    if len(keypoints) <= max_keypoints:
        return list(range(len(keypoints)))
    cells = cells_of(keypoints, image_size, max_keypoints)
    order = sorted(range(len(cells)), key=lambda i: (cells[i], -scores[i], i))
    turns = [
        (turn, -scores[i], i)
        for _, members in groupby(order, key=lambda i: cells[i])
        for turn, i in enumerate(members)
    ]
    turns.sort(key=lambda entry: entry[:2])  # stable: the order of equals is checked elsewhere
    return sorted(i for _, _, i in turns[:max_keypoints])


@st.composite
def scenes(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    image_size = draw(st.integers(1, 900)), draw(st.integers(1, 900))
    keypoints = rng.uniform(-0.5, np.array(image_size) - 0.5, (draw(st.integers(0, 120)), 2))
    return keypoints, rng.permutation(len(keypoints)) / 7.0, image_size, draw(st.integers(1, 130))


@given(scenes())
@settings(max_examples=150)
def test_spread_takes_turns_among_cells(scene):
    np.testing.assert_array_equal(select_spread(*scene), take_turns(*scene))


@given(scenes())
@settings(max_examples=150)
def test_strongest_of_every_cell_is_chosen_if_there_is_room(scene):
    keypoints, scores, image_size, max_keypoints = scene
    chosen = select_spread(*scene)
    assert len(chosen) == min(max_keypoints, len(keypoints))
    assert (np.diff(chosen) > 0).all()
    cells = cells_of(keypoints, image_size, max_keypoints)
    strongest = {}
    for index, cell in enumerate(cells):
        if cell not in strongest or scores[index] > scores[strongest[cell]]:
            strongest[cell] = index
    if len(strongest) <= max_keypoints:
        assert set(strongest.values()) <= set(chosen.tolist())
    else:
        assert set(chosen.tolist()) <= set(strongest.values())


@given(
    scores=st.lists(st.integers(0, 5), max_size=60),
    max_keypoints=st.integers(0, 70),
)
def test_strongest_are_the_largest_and_of_equals_the_first(scores, max_keypoints):
    chosen = select_strongest(np.array(scores, np.float32), max_keypoints)
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    assert chosen.tolist() == sorted(order[:max_keypoints])


@given(num=st.integers(0, 60), max_keypoints=st.integers(0, 60))
def test_of_equal_keypoints_the_first_are_chosen(num, max_keypoints):
    keypoints, scores = np.full((num, 2), 10.0), np.ones(num)
    chosen = select_spread(keypoints, scores, (100, 80), max_keypoints)
    assert chosen.tolist() == list(range(min(num, max_keypoints)))


def test_ties_between_cells_are_settled_alike_every_time():
    rng = np.random.default_rng(0)
    keypoints, scores = rng.uniform(0, 300, (500, 2)), rng.integers(0, 3, 500)
    first = select_spread(keypoints, scores, (300, 300), 100)
    assert len(first) == 100
    np.testing.assert_array_equal(select_spread(keypoints, scores, (300, 300), 100), first)


@pytest.mark.parametrize("max_keypoints", [0, 1, 2])
def test_few_are_wanted(max_keypoints):
    """So few share one cell that covers the image: the strongest are chosen."""
    keypoints = np.array([[10.0, 10], [90, 90], [50, 50], [20, 80]])
    scores = np.array([1.0, 4, 2, 3])
    chosen = select_spread(keypoints, scores, (100, 100), max_keypoints)
    assert chosen.tolist() == [[], [1], [1, 3]][max_keypoints]


@pytest.mark.parametrize("num", [0, 1, 2, 5])
def test_all_are_chosen_where_there_are_few_enough(num):
    rng = np.random.default_rng(num)
    keypoints, scores = rng.uniform(0, 50, (num, 2)), rng.random(num)
    assert select_spread(keypoints, scores, (50, 50), 5).tolist() == list(range(num))
    assert select_strongest(scores, 5).tolist() == list(range(num))


def test_keypoints_are_spread_where_the_strongest_pile_up():
    """Nine of ten keypoints, and the strongest, lie in one corner of an image of 800 x 600."""
    rng = np.random.default_rng(1)
    pile = rng.uniform((0, 0), (100, 100), (9000, 2))
    elsewhere = rng.uniform((0, 0), (800, 600), (1000, 2))
    keypoints = np.concatenate([pile, elsewhere])
    scores = np.concatenate([rng.uniform(5, 10, 9000), rng.uniform(0, 5, 1000)])

    def coverage(chosen):
        counts, _, _ = np.histogram2d(
            *keypoints[chosen].T, bins=(16, 12), range=((0, 800), (0, 600))
        )
        return np.count_nonzero(counts) / counts.size

    strongest = select_strongest(scores, 1000)
    spread = select_spread(keypoints, scores, (800, 600), 1000)
    assert coverage(strongest) < 0.05
    assert coverage(spread) > 0.95


def test_inputs_are_not_changed():
    rng = np.random.default_rng(2)
    keypoints, scores = rng.uniform(0, 50, (40, 2)), rng.random(40)
    copies = keypoints.copy(), scores.copy()
    select_spread(keypoints, scores, (50, 50), 9)
    select_strongest(scores, 9)
    np.testing.assert_array_equal(keypoints, copies[0])
    np.testing.assert_array_equal(scores, copies[1])
