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
_MARGIN = 0.35  # around a component of N images, which is the root of N long
_MIN_SIDE = 1.0
_DISTANCE_ALONE = 0.5  # between images without links


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
    parts = [_placed(len(p), links[n]) for n, p in enumerate(graph.components) if len(p) > 1]
    parts.append(_in_rows(len(graph.alone)))
    corners = _packed([part.max(axis=0, initial=0) + 2 * _MARGIN for part in parts])
    places = {
        name: tuple((corner + _MARGIN + spot).tolist())
        for names, corner, part in zip((*graph.groups, graph.alone), corners, parts, strict=True)
        for name, spot in zip(names, part, strict=True)
    }
    width, height = np.max([*places.values(), (0, 0)], axis=0) + _MARGIN
    return {name: (x / width, y / width) for name, (x, y) in places.items()}, height / width


def _placed(num: int, links: Sequence[tuple[int, int, float]]) -> Places:
    """(num, 2) places of the images of a component; of one of N, its side is the root of N."""
    neighbors: list[list[int]] = [[] for _ in range(num)]
    for first, second, _ in links:
        neighbors[first].append(second)
        neighbors[second].append(first)
    places = _upright(_scaled(neighbors))
    if num <= _MOST_PUSHED:
        places = _upright(_pushed(places, links))
    return np.asarray(places * max(_MIN_SIDE, sqrt(num)))


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


def _upright(places: Places) -> Places:
    """Turn places so that most of their extent is along x, and give that the length 1."""
    centered = places - places.mean(axis=0)
    _, axes = np.linalg.eigh(centered.T @ centered)
    turned = centered @ axes[:, ::-1]
    turned -= turned.min(axis=0)
    return np.asarray(turned / (turned[:, 0].max() or 1.0))


def _in_rows(num: int) -> Places:
    """Places of images without links: in rows, twice as many side by side as below each other."""
    columns = max(1, ceil(sqrt(2 * num)))
    numbers = np.arange(num)
    return np.asarray(_DISTANCE_ALONE * np.stack([numbers % columns, numbers // columns], axis=1))


def _packed(sizes: Sequence[Places]) -> list[Places]:
    """Top left corners of boxes (width, height) that lie in rows, for a drawing of `ASPECT`."""
    area = sum(float(width * height) for width, height in sizes)
    full = max(sqrt(ASPECT * area), *(float(width) for width, _ in sizes))
    corners, x, y, tallest = [], 0.0, 0.0, 0.0
    for width, height in sizes:
        if x > 0 and x + width > full * (1 + 1e-9):
            x, y, tallest = 0.0, y + tallest, 0.0
        corners.append(np.array([x, y]))
        x, tallest = x + width, max(tallest, height)
    return corners
