"""One run over a collection: find features, choose pairs, match and verify what is not done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from featmatch.collection.index import Index, with_failures
from featmatch.collection.keys import pair_key
from featmatch.collection.options import CollectOptions, Effort, Progress
from featmatch.collection.pairs import MOST_EXHAUSTIVE, choose_pairs, second_round
from featmatch.collection.records import Pair, PairSummary, originals_of
from featmatch.collection.results import current_pairs, summary_of
from featmatch.collection.soundness import is_there
from featmatch.collection.store import Located, Store
from featmatch.collection.tiles import shard, tiles
from featmatch.collection.work import (
    ImageJob,
    PairsJob,
    Plan,
    WorkImage,
    extract_image,
    match_pairs,
)

Job = TypeVar("Job")
Report = TypeVar("Report")


@dataclass
class Run:
    """A run, with what is known so far.

    Parameters
    ----------
    index : Index
    images : mapping of str to WorkImage
        That can be matched, by name, in natural order.
    store : Store
    options : CollectOptions
    effort : Effort
    """

    index: Index
    images: Mapping[str, WorkImage]
    store: Store
    options: CollectOptions
    effort: Effort
    failures: dict[str, str] = field(default_factory=dict)
    summaries: dict[Pair, PairSummary] = field(default_factory=dict)
    stopped: bool = False

    def __post_init__(self) -> None:
        self._begun = time.monotonic()
        self.described = self._is_described()
        self.engine = self.effort.engine(self.store.folder)
        self._located: dict[str, Located] = {}
        self._how = ""
        self._plan = Plan(
            folder=self.index.folder,
            store=self.store,
            method=self.options.keys.method,
            reading=self.options.keys.reading,
            options=self.options.keys.options,
            num_bytes=self.effort.num_bytes,
            described=self.described,
            prefilter=self.options.prefilter,
        )

    def finish(self) -> Index:
        """Do all that is not done; return the index, with the images that have no features."""
        self._check_store()
        if not self.described:
            pairs = self._share(self.choose())
            some = {name for pair in pairs for name in pair}
            self.extract(self.images if self.effort.shard is None else some)
        else:
            self.extract(self.images)
            pairs = () if self.stopped else self._share(self.choose())
        self.match(() if self.stopped else pairs)
        if self._how == "retrieval" and self.effort.shard is None:
            self._match_again()
        return with_failures(self.index, self.failures)

    def extract(self, names: Iterable[str]) -> None:
        """Find the features of images, and note which have none."""
        asked = set(names)
        wanted = [image for name, image in self.images.items() if name in asked]
        missing = [image for image in wanted if not self.has_features(image)]
        if not self.effort.retry_failed:
            for image in missing:
                reasons = [self.store.read_error(key) for key in image.keys.features]
                if any(reasons):
                    self.failures[image.name] = next(filter(None, reasons))
        if len(missing) < len(wanted):
            self.effort.note(
                f"features of {_counted(len(wanted) - len(missing), 'image')} used again"
            )
        waiting = [image for image in missing if image.name not in self.failures]
        jobs = [ImageJob(self._plan, image) for image in _rotated(waiting, self.effort.part)]
        for done, report in enumerate(self._run(extract_image, jobs), 1):
            if report.reason:
                self.failures[report.name] = report.reason
            self.effort.tell(Progress("images", done, len(jobs)))

    def choose(self) -> tuple[Pair, ...]:
        """Choose the pairs to match."""
        choice = choose_pairs(
            self._names,
            self.options.pairs,
            neighbors=self.options.neighbors,
            descriptor_of=self.descriptor_of,
            copies=originals_of(self.index.images),
        )
        self._how = choice.how
        self.effort.note(f"{len(choice.pairs):,} pairs: {choice.reason}")
        return choice.pairs

    def match(self, pairs: Sequence[Pair]) -> None:
        """Match pairs that have not been matched, and verify them."""
        done = current_pairs(self.index, self._located.values())
        known = {pair: summary_of(pair, done[pair]) for pair in pairs if pair in done}
        self.summaries |= known
        if known:
            self.effort.note(f"what was found of {_counted(len(known), 'pair')} used again")
        failed = self.failures.keys()
        waiting = [pair for pair in pairs if pair not in known and not failed & set(pair)]
        blocks = tiles(waiting, list(self.images), self.engine.num_processes)
        jobs = [PairsJob(self._plan, tuple(map(self._job_pair, block))) for block in blocks]
        num_done = num_accepted = 0
        for summaries in self._run(match_pairs, jobs):
            self.summaries |= {summary.names: summary for summary in summaries}
            num_done += len(summaries)
            num_accepted += sum(summary.accepted for summary in summaries)
            self.effort.tell(Progress("pairs", num_done, len(waiting), num_accepted))

    def descriptor_of(self, name: str) -> npt.NDArray[np.float32]:
        """Return the vector of a whole image."""
        return self.store.read_global(self.images[name].keys.vector)

    def has_features(self, image: WorkImage) -> bool:
        """Whether nothing has to be done for the features of an image."""
        paths = [self.store.features_path(key) for key in image.keys.features]
        if self.described:
            paths.append(self.store.global_path(image.keys.vector))
        return all(map(is_there, paths))

    def pairs_left(self) -> tuple[Pair, ...]:
        """Return the pairs that are not matched yet, where no image has to be looked at for it."""
        self._located, _ = self.store.pairs()
        done = current_pairs(self.index, self._located.values())
        return tuple(pair for pair in self._share(self.choose()) if pair not in done)

    @property
    def _names(self) -> list[str]:
        """Of the images that have features, as far as is known."""
        return [name for name in self.images if name not in self.failures]

    def _match_again(self) -> None:
        """Match pairs that the accepted ones of the first round imply."""
        more = second_round(
            self._names,
            list(self.summaries.values()),
            self.descriptor_of,
            neighbors=self.options.neighbors,
        )
        if more and not self.stopped:
            self.effort.note(f"{_counted(len(more), 'pair')} more, which those before imply")
            self.match(more)

    def _is_described(self) -> bool:
        """Whether it is asked which images look alike."""
        how = self.options.pairs
        few = how == "auto" and len(self.images) <= MOST_EXHAUSTIVE
        return not few and how in ("auto", "sequential", "retrieval")

    def _check_store(self) -> None:
        """Find what is done, and remove what is damaged, so that it is made again."""
        self.store.remove_leftovers()
        damaged = self.store.damaged_since_checked()
        self._located, blocks = self.store.pairs()
        for path in (*damaged, *blocks):
            self.effort.note(f"{path.relative_to(self.store.folder)}: is damaged; made again")
        self.store.remove((*damaged, *blocks))

    def _job_pair(self, pair: Pair) -> tuple[WorkImage, WorkImage, str]:
        image0, image1 = (self.images[name] for name in pair)
        return image0, image1, self._key(pair)

    def _key(self, pair: Pair) -> str:
        image0, image1 = (self.index.keys[name].image for name in pair)
        return pair_key(image0, image1, self.index.matching)

    def _share(self, pairs: Sequence[Pair]) -> Sequence[Pair]:
        """Return this machine's share of the pairs; all without others."""
        part = self.effort.part
        if part is None:
            return pairs
        return shard({pair: self._key(pair) for pair in pairs}, *part)

    def _run(self, work: Callable[[Job], Report], jobs: Sequence[Job]) -> Iterator[Report]:
        """Do jobs until there is no time left."""
        limit = self.effort.max_minutes
        with closing(self.engine.run(work, jobs)) as reports:
            while not self.stopped:
                if limit is not None and time.monotonic() - self._begun > limit * 60:
                    self.stopped = True
                    self.effort.note(
                        f"stopped after {limit:g} minutes; what is done is kept, and the same "
                        "command goes on"
                    )
                    return
                report = next(reports, None)
                if report is None:
                    return
                yield report


def _counted(num: int, what: str) -> str:
    return f"{num:,} {what}{'' if num == 1 else 's'}"


def _rotated(images: Sequence[WorkImage], part: tuple[int, int] | None) -> Sequence[WorkImage]:
    """Begin at another image on each machine, so that they find what others have done already."""
    if part is None:
        return images
    start = len(images) * (part[0] - 1) // part[1]
    return [*images[start:], *images[:start]]
