"""Where images are drawn: partners near each other, nothing outside, the same each time."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from made_collections import found

from featmatch.collection.graph import MatchGraph
from featmatch.report.collection.layout import place_images


def placed(names, pairs):
    graph = MatchGraph.linking(names, pairs)
    return place_images(graph, [found(name0, name1) for name0, name1 in pairs])


@st.composite
def graphs(draw):
    names = [f"{number}" for number in range(draw(st.integers(0, 12)))]
    pairs = list(combinations(names, 2))
    return names, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@given(graphs())
def test_every_image_has_a_place_of_its_own_on_the_drawing(graph):
    places, height = placed(*graph)
    assert sorted(places) == sorted(graph[0])
    assert all(0 <= x <= 1 and 0 <= y <= height for x, y in places.values())
    assert all(np.hypot(*np.subtract(*two)) > 1e-3 for two in combinations(places.values(), 2))
    assert placed(*graph) == (places, height)


def test_a_sequence_is_drawn_as_one():
    names = [f"{number}" for number in range(60)]
    near = [pair for step in (1, 2, 3) for pair in zip(names, names[step:], strict=False)]
    places, _ = placed(names, near)
    steps = [np.hypot(*np.subtract(places[a], places[b])) for a, b in pairwise(names)]
    ends = np.hypot(*np.subtract(places["0"], places["59"]))
    assert max(steps) < 0.2 * ends


def test_components_are_drawn_apart():
    names = [f"{number}" for number in range(20)]
    pairs = [*combinations(names[:12], 2), *combinations(names[12:], 2)]
    places, _ = placed(names, pairs)
    first, second = (np.array([places[name] for name in part]) for part in (names[:12], names[12:]))
    assert first[:, 0].max() < second[:, 0].min() or first[:, 1].max() < second[:, 1].min()


def test_many_images_are_placed_quickly():
    names = [f"{number}" for number in range(5000)]
    pairs = [pair for step in (1, 2, 30) for pair in zip(names, names[step:], strict=False)]
    places, _ = placed(names, pairs)
    assert np.isfinite(list(places.values())).all()
