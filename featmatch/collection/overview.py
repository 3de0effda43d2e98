"""What a collection amounts to: components, weak links, contradictions, duplicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from featmatch.collection.contents import CollectionContents
from featmatch.collection.graph import MatchGraph
from featmatch.collection.groups import Group, duplicates, groups, near_duplicates
from featmatch.collection.loops import Loop, contradicting_loops
from featmatch.collection.records import Pair


@dataclass(frozen=True)
class Overview:
    """What is told of a collection; made once, for the tables, the picture and the page.

    Attributes
    ----------
    graph : MatchGraph
    loops : tuple of Loop
    duplicates : tuple of tuple of str
        Files of the same bytes.
    near_duplicates : tuple of (str, str)
    groups : tuple of tuple of str
    num_images, num_pairs : dict of str to int
        By status, and by the kind of the verdict.
    """

    graph: MatchGraph
    loops: tuple[Loop, ...]
    duplicates: tuple[Group, ...]
    near_duplicates: tuple[Pair, ...]
    groups: tuple[Group, ...]
    num_images: dict[str, int]
    num_pairs: dict[str, int]

    @classmethod
    def of(
        cls,
        collection: CollectionContents,
        *,
        loops: tuple[Loop, ...] | None = None,
        near: tuple[Pair, ...] | None = None,
    ) -> Overview:
        """Look over a collection.

        Parameters
        ----------
        collection : CollectionContents
        loops, near : tuple, optional
            `loops` and `near_duplicates`, where they are known; else matches are read for them.
        """
        graph = MatchGraph.of(collection.images, collection.pairs)
        images = Counter(image.status for image in collection.images)
        pairs = Counter(summary.kind for summary in collection.pairs)
        return cls(
            graph=graph,
            loops=contradicting_loops(collection) if loops is None else loops,
            duplicates=duplicates(collection.images),
            near_duplicates=near_duplicates(collection) if near is None else near,
            groups=groups(collection.images, graph),
            num_images={s: images[s] for s in ("read", "copy", "unreadable", "skipped")},
            num_pairs={kind: pairs[kind] for kind in ("scene", "part", "none")},
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to tell at the end, in one line each."""
        images, pairs, graph = self.num_images, self.num_pairs, self.graph
        told = [f"{images['read']:,} read"]
        told += [f"{images['unreadable']:,} unreadable (images.csv)"] * (images["unreadable"] > 0)
        told += [f"{images['skipped']:,} no images"] * (images["skipped"] > 0)
        told += [_counted(images["copy"], "copy of another", "copies of others")] * (
            images["copy"] > 0
        )
        shared = _counted(pairs["part"], "more shares", "more share")
        parts = f", {shared} a part only" if pairs["part"] else ""
        sizes = ", ".join(f"{len(part):,}" for part in graph.groups[:3])
        more = ", ..." if len(graph.groups) > 3 else ""
        lines = [
            f"{_counted(sum(images.values()), 'file', 'files')}: {', '.join(told)}",
            f"{_counted(sum(pairs.values()), 'pair', 'pairs')}: "
            f"{_counted(pairs['scene'], 'shows', 'show')} the same scene{parts}",
            f"{_counted(len(graph.groups), 'component', 'components')}"
            f"{f' of {sizes}{more} images' if graph.groups else ''}; "
            f"{_counted(len(graph.alone), 'image', 'images')} without a partner; "
            f"{_weak(len(graph.weak_links))}",
        ]
        if self.loops:
            num = _counted(
                len(self.loops), "loop contradicts itself", "loops contradict themselves"
            )
            lines.append(f"{num}: repeated structure may glue what does not belong together")
        if self.near_duplicates:
            num = _counted(len(self.near_duplicates), "pair is", "pairs are")
            lines.append(f"{num} nearly the same photograph")
        return tuple(lines)


def _weak(num: int) -> str:
    if not num:
        return "no link is the only one between two sides"
    return f"{_counted(num, 'link is', 'links are')} the only one between two sides"


def _counted(num: int, one: str, many: str) -> str:
    return f"{num:,} {one if num == 1 else many}"
