"""Which pairs of a folder's images to match.

Names are given in natural order, and of each pair the image that comes first stands first. Each
pair is there once, and none of an image with itself.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer
from featmatch.collection.graph import MatchGraph
from featmatch.collection.pair_file import read_pairs
from featmatch.collection.records import Pair, PairSummary
from featmatch.collection.similarity import Rows, most_similar
from featmatch.collection.vlad import Vector
from featmatch.errors import ArgumentError

How = Literal["exhaustive", "sequential", "retrieval", "file"]
WAYS = ("auto", "exhaustive", "sequential", "retrieval")
"""What a user may ask for; or the path of a file of pairs."""

MOST_EXHAUSTIVE = 200  # images: 19,900 pairs, an hour or two of one processor
NUM_NEXT = 10  # images that follow one of a sequence and are its partners
NUM_DOUBLINGS = 10  # ... and those 2, 4, 8, ... 512 images on, as COLMAP has it
CLOSED_EVERY = 10  # images of a sequence: of each of these, similar ones are looked for anywhere


@dataclass(frozen=True)
class PairChoice:
    """Pairs to match, and why these.

    Attributes
    ----------
    how : {"exhaustive", "sequential", "retrieval", "file"}
    pairs : tuple of (str, str)
        In natural order.
    reason : str
        How they were chosen, to be told.
    """

    how: How
    pairs: tuple[Pair, ...]
    reason: str


def choose_pairs(
    names: Sequence[str],
    how: str | os.PathLike[str] = "auto",
    *,
    neighbors: int = 20,
    descriptor_of: Callable[[str], Vector],
    copies: Mapping[str, str] = MappingProxyType({}),
) -> PairChoice:
    """Choose the pairs of images to match.

    Parameters
    ----------
    names : sequence of str
        Of the images, in natural order.
    how : str or path
        ``"exhaustive"``: all pairs. ``"sequential"``: images that follow each other in the order of
        their names, and similar ones of every tenth. ``"retrieval"``: of each image, those that
        look most alike. ``"auto"``: all pairs of up to 200 images, else retrieval. A path: the
        pairs in a file, two names a line with a tab between them, or blanks where names have none.
    neighbors : int
        How many similar images each one gets by retrieval.
    descriptor_of : callable
        Name -> `global_descriptor`; called for retrieval and sequences only.
    copies : mapping of str to str
        Names of files -> those of `names` that they are copies of, which a file may name too.

    Raises
    ------
    ArgumentError
        `how` is none of these, and no file; `neighbors` is not positive.
    ReadError
        The file cannot be read, or names no two of the images.
    """
    neighbors = check_integer("neighbors", neighbors, 1)
    if how == "auto":
        few = len(names) <= MOST_EXHAUSTIVE
        choice = choose_pairs(
            names,
            "exhaustive" if few else "retrieval",
            neighbors=neighbors,
            descriptor_of=descriptor_of,
        )
        images = "1 image" if len(names) == 1 else f"{len(names):,} images"
        limit = f"{images}, {'no ' if few else ''}more than {MOST_EXHAUSTIVE}"
        return PairChoice(choice.how, choice.pairs, f"{choice.reason} ({limit})")
    if how == "exhaustive":
        return PairChoice("exhaustive", tuple(combinations(names, 2)), "all pairs")
    if how == "retrieval":
        reason = f"{neighbors} images that look most like each"
        return PairChoice("retrieval", _retrieved(names, neighbors, descriptor_of), reason)
    if how == "sequential":
        reason = (
            f"each image with the next {NUM_NEXT} and some farther on, and the {neighbors} that "
            f"look most like every {CLOSED_EVERY}th"
        )
        return PairChoice("sequential", _sequential(names, neighbors, descriptor_of), reason)
    return _from_file(names, how, copies)


def second_round(
    names: Sequence[str],
    summaries: Sequence[PairSummary],
    descriptor_of: Callable[[str], Vector],
    *,
    neighbors: int = 20,
) -> tuple[Pair, ...]:
    """Choose pairs that are worth to be tried after a first round.

    Two images that share accepted partners may well see the same: of each image, those with the
    most partners in common. And of each component, the pairs with images outside of it that look
    most alike, as one of them may hold the components together.

    Parameters
    ----------
    names : sequence of str
        Of the images, in natural order.
    summaries : sequence of PairSummary
        What the first round has found.
    descriptor_of : callable
        Name -> `global_descriptor`.
    neighbors : int
        How many new pairs each image, and each component, may ask for.

    Returns
    -------
    tuple of (str, str)
        In natural order; none that was tried already.
    """
    place = {name: number for number, name in enumerate(names)}
    known = [summary for summary in summaries if place.keys() >= set(summary.names)]
    tried = _partners([(place[s.name0], place[s.name1]) for s in known], len(names))
    scenes = [summary.names for summary in known if summary.kind == "scene"]
    linked = _partners([(place[name0], place[name1]) for name0, name1 in scenes], len(names))
    implied = _implied(linked, tried, neighbors)
    graph = MatchGraph.linking(names, scenes)
    between = _between(names, graph, tried, descriptor_of, neighbors)
    return in_order(names, [*implied, *between])


def in_order(names: Sequence[str], pairs: Iterable[tuple[int, int]]) -> tuple[Pair, ...]:
    """Return pairs of numbers of images as pairs of names in natural order, each once."""
    ordered = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
    return tuple((names[first], names[second]) for first, second in sorted(ordered))


def _retrieved(
    names: Sequence[str], neighbors: int, descriptor_of: Callable[[str], Vector]
) -> tuple[Pair, ...]:
    return in_order(names, _similar(names, range(len(names)), neighbors, descriptor_of))


def _sequential(
    names: Sequence[str], neighbors: int, descriptor_of: Callable[[str], Vector]
) -> tuple[Pair, ...]:
    steps = {*range(1, NUM_NEXT + 1), *(2**power for power in range(NUM_DOUBLINGS))}
    follow = [
        (number, number + step)
        for number in range(len(names))
        for step in steps
        if number + step < len(names)
    ]
    asked = range(0, len(names), CLOSED_EVERY)
    return in_order(names, [*follow, *_similar(names, asked, neighbors, descriptor_of)])


def _similar(
    names: Sequence[str],
    asked: Sequence[int],
    neighbors: int,
    descriptor_of: Callable[[str], Vector],
) -> list[tuple[int, int]]:
    """Pairs of the images asked for, each with those that look most like it."""
    queries = None if len(asked) == len(names) else asked
    num = min(neighbors, len(names) - 1)
    if num < 1:
        return []
    found, _ = most_similar(names, descriptor_of, num, queries=queries)
    return [
        (number, other)
        for number, others in zip(asked, found.tolist(), strict=True)
        for other in others
        if other >= 0
    ]


def _from_file(
    names: Sequence[str], path: str | os.PathLike[str], copies: Mapping[str, str]
) -> PairChoice:
    if not Path(path).is_file():
        raise ArgumentError(
            f"pairs: expected {', '.join(WAYS)} or a file of pairs, got {os.fspath(path)!r}"
        )
    pairs, strangers = read_pairs(path, names, copies)
    left_out = ""
    if strangers:
        left_out = f", without lines of other images ({len(strangers):,}, first {strangers[0]})"
    return PairChoice("file", in_order(names, pairs), f"pairs of {path}{left_out}")


def _partners(pairs: Iterable[tuple[int, int]], num: int) -> list[set[int]]:
    """Of each of `num` images, those that it makes a pair with."""
    partners: list[set[int]] = [set() for _ in range(num)]
    for first, second in pairs:
        partners[first].add(second)
        partners[second].add(first)
    return partners


def _implied(
    linked: Sequence[set[int]], tried: Sequence[set[int]], limit: int
) -> list[tuple[int, int]]:
    """Of each image, pairs with those that it shares the most partners with."""
    found = []
    for number, own in enumerate(linked):
        common = Counter(other for partner in own for other in linked[partner])
        new = common.keys() - tried[number] - {number}
        best = sorted(new, key=lambda other: (-common[other], other))[:limit]
        found += [(number, other) for other in best]
    return found


def _between(
    names: Sequence[str],
    graph: MatchGraph,
    tried: Sequence[set[int]],
    descriptor_of: Callable[[str], Vector],
    limit: int,
) -> list[tuple[int, int]]:
    """Of each component, the most similar pairs with images of others."""
    if len(graph.components) < 2:
        return []
    component = np.array([graph.component_of[name] for name in names])

    def allowed(rows: Rows, columns: Rows) -> npt.NDArray[np.bool_]:
        apart: npt.NDArray[np.bool_] = component[rows] != component[columns]
        for row, number in enumerate(rows[:, 0]):
            apart[row] &= ~np.isin(columns[0], list(tried[number]))
        return apart

    found, scores = most_similar(names, descriptor_of, min(limit, len(names) - 1), allowed=allowed)
    chosen: list[tuple[int, int]] = []
    for index in range(len(graph.components)):
        rows, columns = np.nonzero((component == index)[:, None] & (found >= 0))
        best = np.argsort(-scores[rows, columns], kind="stable")[:limit]
        chosen += zip(rows[best].tolist(), found[rows, columns][best].tolist(), strict=True)
    return chosen
