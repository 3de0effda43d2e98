"""Where the images of a collection lie on a drawing of their graph; the same each time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from math import ceil, log1p, sqrt

import numpy as np
import numpy.typing as npt

from featmatch.collection.graph import MatchGraph
from featmatch.collection.records import PairSummary

Places = npt.NDArray[np.float64]

ASPECT = 1.6  # width / height that drawings aim at

_NUM_PIVOTS = 50  # more do not change a drawing
_MOST_PUSHED = 600  # images: the time grows with the square
_NUM_PUSHES = 80
_FIRST_STEP = 0.1  # of the side of the drawing, of the first push; smaller ones follow
_MARGIN = 0.15  # of the side of a component's square, around it
_MIN_SIDE = 1.5  # in units of an image, of the smallest square
_SIDE_ALONE = 0.6  # ... and of one without links


def place_images(
    graph: MatchGraph, summaries: Iterable[PairSummary]
) -> tuple[dict[str, tuple[float, float]], float]:
    """Place images so that partners lie near each other, each component by itself.

    Parameters
    ----------
    graph : MatchGraph
    summaries : iterable of PairSummary
        Those of its links; many inliers draw closer.

    Returns
    -------
    dict of str to (x, y)
        In [0, 1] and [0, height].
    float
        The height, where the width is 1.

    References
    ----------
    U. Brandes and C. Pich, "Eigensolver methods for progressive multidimensional scaling of large
    data", Graph Drawing 2006. T. Fruchterman and E. Reingold, "Graph drawing by force-directed
    placement", Software: Practice and Experience 21, 1991.
    """
    links: list[list[tuple[int, int, float]]] = [[] for _ in graph.components]
    index = {name: i for part in graph.components for i, name in enumerate(part)}
    for summary in summaries:
        if summary.kind == "scene" and graph.component_of.keys() >= set(summary.names):
            link = index[summary.name0], index[summary.name1], log1p(summary.num_inliers)
            links[graph.component_of[summary.name0]].append(link)
    parts = [
        _placed(len(part), links[number])
        for number, part in enumerate(graph.components)
        if len(part) > 1
    ]
    corners, sides = _squares([len(part) for part in parts], len(graph.alone))
    places: dict[str, tuple[float, float]] = {}
    for part, where, corner, side in zip(
        (*graph.groups, graph.alone),
        (*parts, _in_rows(len(graph.alone))),
        corners,
        sides,
        strict=True,
    ):
        spots = corner + side * (_MARGIN + (1 - 2 * _MARGIN) * where)
        places |= dict(zip(part, map(tuple, spots.tolist()), strict=True))
    ends = np.array(corners) + np.array(sides)[:, None]
    right, bottom = ends.max(axis=0).tolist() if places else (1.0, 0.0)
    scaled = {name: (x / right, y / right) for name, (x, y) in places.items()}
    return scaled, max(bottom / right, 1 / ASPECT)


def _placed(num: int, links: Sequence[tuple[int, int, float]]) -> Places:
    """(num, 2) places of the images of a component in the unit square."""
    neighbors: list[list[int]] = [[] for _ in range(num)]
    for first, second, _ in links:
        neighbors[first].append(second)
        neighbors[second].append(first)
    places = _in_unit_square(_scaled(neighbors))
    if num <= _MOST_PUSHED:
        places = _in_unit_square(_pushed(places, links))
    return places


def _scaled(neighbors: Sequence[Sequence[int]]) -> Places:
    """Two axes that keep the numbers of links between images and some pivots best (Pivot MDS)."""
    distances = [_steps(0, neighbors)]
    nearest = distances[0]
    while len(distances) < min(_NUM_PIVOTS, len(neighbors)):
        distances.append(_steps(int(nearest.argmax()), neighbors))
        nearest = np.minimum(nearest, distances[-1])
    squares = np.square(np.stack(distances, axis=1))
    centered = squares - squares.mean(axis=0) - squares.mean(axis=1, keepdims=True) + squares.mean()
    _, axes = np.linalg.eigh(centered.T @ centered)
    main = axes[:, -2:][:, ::-1] if axes.shape[1] > 1 else np.hstack([axes, 0 * axes])
    places: Places = centered @ main
    # The sign of an axis is open: the image farthest out shall lie on its positive side.
    farthest = np.abs(places).argmax(axis=0)
    return places * np.where(places[farthest, (0, 1)] < 0, -1, 1)


def _steps(start: int, neighbors: Sequence[Sequence[int]]) -> Places:
    """Count the links from an image to each."""
    steps = np.full(len(neighbors), -1.0)
    steps[start] = 0
    waiting = deque([start])
    while waiting:
        image = waiting.popleft()
        for other in neighbors[image]:
            if steps[other] < 0:
                steps[other] = steps[image] + 1
                waiting.append(other)
    return steps


def _pushed(places: Places, links: Sequence[tuple[int, int, float]]) -> Places:
    """Let all images push each other away, and links pull them together."""
    num = len(places)
    pull = np.zeros((num, num))
    for first, second, strength in links:
        pull[first, second] = pull[second, first] = strength
    pull /= pull.max() or 1
    distance = sqrt(1 / num)
    places = places + 0.01 * np.random.default_rng(0).standard_normal(
        places.shape
    )  # none on another
    for push in range(_NUM_PUSHES):
        offsets = places[:, None] - places[None]
        lengths = np.maximum(np.linalg.norm(offsets, axis=2), 1e-6)
        forces = (distance / lengths) ** 2 - pull * lengths / distance
        moves = np.einsum("ij,ijk->ik", forces, offsets)
        sizes = np.maximum(np.linalg.norm(moves, axis=1, keepdims=True), 1e-9)
        step = _FIRST_STEP * (1 - push / _NUM_PUSHES)
        places = places + moves / sizes * np.minimum(sizes, step)
    return places


def _in_unit_square(places: Places) -> Places:
    low = places.min(axis=0)
    extent = places.max(axis=0) - low
    largest = float(extent.max()) or 1.0
    centered: Places = (places - low + (largest - extent) / 2) / largest
    return centered


def _in_rows(num: int) -> Places:
    """Places of images without links: in rows, from the top of the unit square."""
    columns = max(1, ceil(sqrt(num)))
    numbers = np.arange(num)
    return np.stack([numbers % columns, numbers // columns], axis=1) / max(1, columns - 1)


def _squares(sizes: Sequence[int], num_alone: int) -> tuple[list[Places], list[float]]:
    """Top left corners and sides of squares for components, in rows; the last for those alone."""
    sides = [max(_MIN_SIDE, sqrt(size)) for size in sizes]
    sides.append(_SIDE_ALONE * sqrt(num_alone))
    width = max([*sides, sqrt(ASPECT * sum(side**2 for side in sides))])
    corners, x, y, tallest = [], 0.0, 0.0, 0.0
    for side in sides:
        if x > 0 and x + side > width * (1 + 1e-9):
            x, y, tallest = 0.0, y + tallest, 0.0
        corners.append(np.array([x, y]))
        x, tallest = x + side, max(tallest, side)
    return corners, sides
