"""How the images of a folder hang together by the pairs that show the same scene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from featmatch.collection.records import ImageEntry, Pair, PairSummary

Neighbors = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class MatchGraph:
    """Images, and links between those that show the same scene.

    Pairs that share a part only, such as a logo, link nothing.

    Attributes
    ----------
    components : tuple of tuple of str
        Which images hang together; the largest component first, then by the order of the images.
        Images without a partner are components of one.
    bridges : tuple of (str, str)
        Links without which their component falls apart, the one that cuts off the most images
        first: where a model can break, or two are glued together by mistake.
    degrees : mapping of str to int
        Number of partners of each image.
    cut_off : mapping of (str, str) to int
        Of each bridge, how many images the smaller side has.

    References
    ----------
    R. Tarjan, "A note on finding the bridges of a graph", Information Processing Letters 2, 1974.
    """

    components: tuple[tuple[str, ...], ...]
    bridges: tuple[Pair, ...]
    degrees: Mapping[str, int]
    cut_off: Mapping[Pair, int]

    @classmethod
    def of(cls, images: Iterable[ImageEntry], summaries: Iterable[PairSummary]) -> MatchGraph:
        """Make the graph of the images that were read.

        Parameters
        ----------
        images : iterable of ImageEntry
            In natural order. Copies and what could not be read are left out.
        summaries : iterable of PairSummary
            Pairs of other images are left out too.
        """
        names = [image.name for image in images if image.status == "read"]
        known = set(names)
        return cls.linking(
            names, [s.names for s in summaries if s.kind == "scene" and known >= set(s.names)]
        )

    @classmethod
    def linking(cls, names: Sequence[str], pairs: Iterable[Pair]) -> MatchGraph:
        """Make the graph of images, by names in natural order, that has just these links."""
        place = {name: index for index, name in enumerate(names)}
        neighbors = _neighbors(names, pairs)
        components, cut_off = [], {}
        for name in _starts(neighbors):
            order, bridges = _search(name, neighbors)
            components.append(tuple(sorted(order, key=place.__getitem__)))
            for (parent, child), below in bridges.items():
                pair = (parent, child) if place[parent] < place[child] else (child, parent)
                cut_off[pair] = min(below, len(order) - below)
        return cls(
            components=tuple(sorted(components, key=lambda part: (-len(part), place[part[0]]))),
            bridges=tuple(sorted(cut_off, key=lambda p: (-cut_off[p], place[p[0]], place[p[1]]))),
            degrees=MappingProxyType({name: len(neighbors[name]) for name in names}),
            cut_off=MappingProxyType(cut_off),
        )

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The components of two images or more."""
        return tuple(part for part in self.components if len(part) > 1)

    @cached_property
    def alone(self) -> tuple[str, ...]:
        """The images without a partner."""
        return tuple(part[0] for part in self.components if len(part) == 1)

    @cached_property
    def weak_links(self) -> tuple[Pair, ...]:
        """The bridges of components of more than two images."""
        return tuple(
            pair for pair in self.bridges if len(self.components[self.component_of[pair[0]]]) > 2
        )

    @cached_property
    def component_of(self) -> Mapping[str, int]:
        """Name -> index in `components`."""
        return {name: index for index, part in enumerate(self.components) for name in part}


def _neighbors(names: Iterable[str], pairs: Iterable[Pair]) -> Neighbors:
    """Names -> those at the other ends of their links, each once."""
    found: dict[str, dict[str, None]] = defaultdict(dict)  # in the order of the pairs
    for name0, name1 in pairs:
        found[name0][name1] = found[name1][name0] = None
    return {name: tuple(found[name]) for name in names}


def _starts(neighbors: Neighbors) -> Iterable[str]:
    """One name of each component."""
    seen: set[str] = set()
    for name in neighbors:
        if name not in seen:
            yield name
            waiting = [name]
            seen.add(name)
            while waiting:
                new = [other for other in neighbors[waiting.pop()] if other not in seen]
                seen.update(new)
                waiting += new


def _search(start: str, neighbors: Neighbors) -> tuple[list[str], dict[Pair, int]]:
    """Search a component depth first, without recursion.

    Returns
    -------
    list of str
        Its names, in the order in which they were found.
    dict of (parent, child) to int
        Its bridges, and how many names were found below each.
    """
    number = {start: 0}  # in the order of finding
    lowest = {start: 0}  # the earliest that is reached from here or below, but by the way back
    below = {start: 1}
    bridges: dict[Pair, int] = {}
    path = [(start, "", iter(neighbors[start]))]
    while path:
        name, parent, others = path[-1]
        other = next(others, None)
        if other is None:
            path.pop()
            if path:
                below[parent] += below[name]
                lowest[parent] = min(lowest[parent], lowest[name])
                if lowest[name] > number[parent]:
                    bridges[parent, name] = below[name]
        elif other not in number:
            number[other] = lowest[other] = len(number)
            below[other] = 1
            path.append((other, name, iter(neighbors[other])))
        elif other != parent:
            lowest[name] = min(lowest[name], number[other])
    return list(number), bridges
