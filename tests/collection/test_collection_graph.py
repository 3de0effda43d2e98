"""Components, bridges and degrees: closed forms, and SciPy as the outside truth."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_collections import entry, found
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from featmatch.collection.graph import MatchGraph


@st.composite
def graphs(draw):
    """Names, and links in any order."""
    num = draw(st.integers(0, 12))
    names = [f"{number}" for number in range(num)]
    pairs = list(combinations(names, 2))
    return names, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


def num_components(names, pairs):
    """As SciPy counts them."""
    ends = np.array([[names.index(name) for name in pair] for pair in pairs]).reshape(-1, 2).T
    matrix = coo_array((np.ones(ends.shape[1]), ends), shape=(len(names), len(names)))
    return connected_components(matrix, directed=False)


@given(graphs())
def test_components_are_those_of_scipy(graph):
    names, pairs = graph
    made = MatchGraph.linking(names, pairs)
    if not names:
        assert made.components == ()
        return
    num, labels = num_components(names, pairs)
    assert len(made.components) == num
    for part in made.components:
        assert len({labels[names.index(name)] for name in part}) == 1
        assert list(part) == sorted(part, key=names.index)
    assert sorted(name for part in made.components for name in part) == sorted(names)
    sizes = [len(part) for part in made.components]
    assert sizes == sorted(sizes, reverse=True)


@given(graphs())
def test_a_removed_bridge_makes_one_component_more_and_no_other_link_does(graph):
    names, pairs = graph
    made = MatchGraph.linking(names, pairs)
    for pair in pairs:
        others = [other for other in pairs if other != pair]
        num, labels = num_components(names, others)
        assert num == len(made.components) + (pair in made.bridges)
        if pair in made.bridges:
            sides = [int((labels == labels[names.index(name)]).sum()) for name in pair]
            assert made.cut_off[pair] == min(sides)
    assert set(made.bridges) <= set(pairs)


@given(graphs())
def test_degrees_count_partners(graph):
    names, pairs = graph
    made = MatchGraph.linking(names, pairs)
    assert dict(made.degrees) == {n: sum(n in pair for pair in pairs) for n in names}


def test_closed_forms():
    names = [f"{number}" for number in range(6)]
    chain = list(pairwise(names))
    assert MatchGraph.linking(names, chain).bridges == (
        ("2", "3"), ("1", "2"), ("3", "4"), ("0", "1"), ("4", "5"),
    )  # fmt: skip
    ring = [*chain, ("0", "5")]
    assert MatchGraph.linking(names, ring).bridges == ()
    assert MatchGraph.linking(names, list(combinations(names, 2))).bridges == ()
    lone = MatchGraph.linking(names, [])
    assert (lone.groups, lone.alone) == ((), tuple(names))


def test_a_link_that_is_all_of_its_component_is_not_weak():
    graph = MatchGraph.linking(["a", "b", "c", "d", "e"], [("a", "b"), ("c", "d"), ("d", "e")])
    assert graph.bridges == (("a", "b"), ("c", "d"), ("d", "e"))
    assert graph.weak_links == (("c", "d"), ("d", "e"))


def test_a_long_chain_needs_no_recursion():
    names = [f"{number}" for number in range(20_000)]
    graph = MatchGraph.linking(names, list(pairwise(names)))
    assert len(graph.components) == 1
    assert len(graph.bridges) == len(names) - 1
    assert graph.cut_off["9999", "10000"] == 10_000


@pytest.mark.parametrize("kind", ["part", "none"])
def test_only_scenes_of_images_that_were_read_link(kind):
    images = [entry("a"), entry("b"), entry("c"), entry("d", "copy", copy_of="a")]
    pairs = [found("a", "b"), found("b", "c", kind=kind), found("a", "d")]
    graph = MatchGraph.of(images, pairs)
    assert graph.components == (("a", "b"), ("c",))
    assert dict(graph.degrees) == {"a": 1, "b": 1, "c": 0}
