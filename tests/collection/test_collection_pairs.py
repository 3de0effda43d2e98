"""Which pairs are matched: each once, in natural order, and those that were asked for."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_collections import found

from featmatch.collection import similarity
from featmatch.collection.pairs import MOST_EXHAUSTIVE, NUM_NEXT, choose_pairs, second_round
from featmatch.collection.similarity import most_similar
from featmatch.errors import ArgumentError, ReadError


def named(num):
    """Names whose natural order is not that of their letters."""
    return [f"{number}.jpg" for number in range(num)]


def on_a_circle(names):
    """A vector for each name; those of neighbors are the most alike."""
    angles = {name: 2 * np.pi * number / len(names) for number, name in enumerate(names)}
    return lambda name: np.array([np.cos(angles[name]), np.sin(angles[name])], np.float32)


def random_vectors(names, seed, length=5):
    rows = np.random.default_rng(seed).normal(size=(len(names), length)).astype(np.float32)
    return dict(zip(names, rows, strict=True)).__getitem__


@given(
    st.integers(0, 40),
    st.sampled_from(["auto", "exhaustive", "sequential", "retrieval"]),
    st.integers(1, 50),
    st.integers(0, 5),
)
def test_each_pair_once_in_natural_order_and_none_with_itself(num, how, neighbors, seed):
    names = named(num)
    place = {name: number for number, name in enumerate(names)}
    choice = choose_pairs(
        names, how, neighbors=neighbors, descriptor_of=random_vectors(names, seed)
    )
    ends = [(place[first], place[second]) for first, second in choice.pairs]
    assert all(first < second for first, second in ends)
    assert len(set(ends)) == len(ends)
    assert ends == sorted(ends)
    assert choice.reason


@given(st.integers(0, 60))
def test_all_pairs_are_all(num):
    names = named(num)
    choice = choose_pairs(names, "exhaustive", descriptor_of=None)
    assert choice.pairs == tuple(combinations(names, 2))


@given(st.integers(0, 60), st.integers(1, 5))
def test_sequences_contain_the_next_and_those_farther_on(num, neighbors):
    names = named(num)
    choice = choose_pairs(
        names, "sequential", neighbors=neighbors, descriptor_of=on_a_circle(names)
    )
    pairs = set(choice.pairs)
    for number in range(num):
        for step in (*range(1, NUM_NEXT + 1), 16, 32):
            if number + step < num:
                assert (names[number], names[number + step]) in pairs


def test_a_sequence_is_closed_where_it_ends_as_it_began():
    names = named(100)
    choice = choose_pairs(names, "sequential", neighbors=2, descriptor_of=on_a_circle(names))
    assert ("0.jpg", "99.jpg") in choice.pairs


def test_retrieval_takes_the_most_similar():
    names = named(30)
    choice = choose_pairs(names, "retrieval", neighbors=2, descriptor_of=on_a_circle(names))
    ring = [*pairwise(names), ("0.jpg", "29.jpg")]
    assert set(choice.pairs) == set(ring)


def test_images_without_keypoints_are_like_none():
    names = named(6)
    vectors = random_vectors(names, 0)
    choice = choose_pairs(
        names,
        "retrieval",
        neighbors=5,
        descriptor_of=lambda name: vectors(name) * (name != "3.jpg"),
    )
    assert set(choice.pairs) == set(combinations([n for n in names if n != "3.jpg"], 2))


@pytest.mark.parametrize("block", [1, 3, 7, 100])
def test_blocks_change_nothing(monkeypatch, block):
    names = named(20)
    vectors = np.stack([random_vectors(names, 1)(name) for name in names])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    expected = np.argsort(-likeness, axis=1)[:, :4]
    monkeypatch.setattr(similarity, "BLOCK_SIZE", block)
    found_rows, scores = most_similar(names, random_vectors(names, 1), 4)
    np.testing.assert_array_equal(found_rows, expected)
    np.testing.assert_allclose(scores, np.take_along_axis(likeness, expected, 1), rtol=1e-5)


def test_auto_says_what_it_chose():
    few, many = named(MOST_EXHAUSTIVE), named(MOST_EXHAUSTIVE + 1)
    choice = choose_pairs(few, descriptor_of=on_a_circle(few))
    assert (choice.how, choice.reason) == ("exhaustive", "all pairs (200 images, no more than 200)")
    choice = choose_pairs(many, neighbors=3, descriptor_of=on_a_circle(many))
    assert choice.how == "retrieval"
    assert choice.reason == "3 images that look most like each (201 images, more than 200)"


def test_pairs_of_a_file(tmp_path):
    names = ["a.jpg", "b.jpg", "with blank.jpg"]
    path = tmp_path / "pairs.txt"
    path.write_text(
        "# a comment\nb.jpg a.jpg\n\nwith blank.jpg\ta.jpg\na.jpg b.jpg\na.jpg other.jpg\n"
    )
    choice = choose_pairs(names, path, descriptor_of=None)
    assert choice.how == "file"
    assert choice.pairs == (("a.jpg", "b.jpg"), ("a.jpg", "with blank.jpg"))
    assert "(1, first 'other.jpg' in line 6)" in choice.reason


def test_a_line_that_begins_with_the_name_of_a_photograph_is_no_comment(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("#1.jpg a.jpg\n#2.jpg a.jpg\n# 1.jpg a.jpg\n#\n#1.jpg\tb c.jpg\n")
    choice = choose_pairs(["#1.jpg", "a.jpg", "b c.jpg"], path, descriptor_of=None)
    assert choice.pairs == (("#1.jpg", "a.jpg"), ("#1.jpg", "b c.jpg"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a.jpg\n", "line 1: expected two names, got 1; put a tab"),
        ("a.jpg with blank.jpg\n", "line 1: expected two names, got 3; put a tab"),
        ("a.jpg c.jpg\n", "names no two of the images; 'c.jpg' in line 1 is none of them"),
        ("a.jpg a.jpg\n", "names no two of the images; write names"),
        ("", "names no two of the images; write names"),
    ],
)
def test_files_that_name_no_pairs(tmp_path, text, error):
    path = tmp_path / "pairs.txt"
    path.write_text(text)
    with pytest.raises(ReadError, match=error):
        choose_pairs(["a.jpg", "b.jpg"], path, descriptor_of=None)


def test_another_way_is_refused():
    with pytest.raises(ArgumentError, match=r"expected auto, exhaustive, .* got 'best'"):
        choose_pairs([], "best", descriptor_of=None)
    with pytest.raises(ArgumentError, match="neighbors"):
        choose_pairs([], neighbors=0, descriptor_of=None)


def test_a_second_round_closes_triangles():
    names = named(4)
    pairs = [found("0.jpg", "1.jpg"), found("1.jpg", "2.jpg"), found("2.jpg", "3.jpg")]
    again = second_round(names, pairs, on_a_circle(names))
    assert again == (("0.jpg", "2.jpg"), ("1.jpg", "3.jpg"))
    tried = [*pairs, found("0.jpg", "2.jpg", kind="none")]
    assert second_round(names, tried, on_a_circle(names)) == (("1.jpg", "3.jpg"),)


def test_a_second_round_asks_for_those_with_most_partners_in_common():
    names = named(6)
    pairs = [found("0.jpg", name) for name in names[1:5]]
    pairs += [found(name, "5.jpg") for name in names[2:5]]
    again = second_round(names, pairs, on_a_circle(names), neighbors=1)
    assert ("0.jpg", "5.jpg") in again


def test_a_second_round_looks_between_components():
    names = named(12)
    chain = list(pairwise(names))
    pairs = [found(*pair) for pair in chain if pair != ("5.jpg", "6.jpg")]
    pairs.append(found("0.jpg", "11.jpg", kind="none"))
    again = second_round(names, pairs, on_a_circle(names), neighbors=1)
    place = {name: number for number, name in enumerate(names)}
    between = {pair for pair in again if (place[pair[0]] < 6) != (place[pair[1]] < 6)}
    assert between == {("5.jpg", "6.jpg")}
