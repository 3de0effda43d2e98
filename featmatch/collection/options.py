"""The options of a collection: what its results depend on, and how the work is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy.typing as npt

from featmatch.checks import (
    check_callable,
    check_flag,
    check_integer,
    check_number,
    check_path,
    check_type,
)
from featmatch.collection.dask_engine import DaskEngine
from featmatch.collection.engines import Engine, LocalProcesses, Serial
from featmatch.collection.keys import Keys
from featmatch.collection.method import CollectionMethod
from featmatch.collection.pairs import WAYS
from featmatch.collection.prefilter import PREFILTERED
from featmatch.collection.tiles import read_shard
from featmatch.errors import ArgumentError
from featmatch.images.camera import read_intrinsics
from featmatch.images.view import Reading
from featmatch.pipeline import Pipeline
from featmatch.verification import MatchOptions, Model

BYTES_A_MEGABYTE = 1_000_000
EXIF = "exif"
MOST_NEIGHBORS = 100_000  # of an image; that many are all of them


@dataclass(frozen=True)
class Progress:
    """How far the work has come.

    Attributes
    ----------
    part : {"images", "pairs"}
        What is counted: images whose features are found, or pairs that are matched.
    num_done, num_total : int
        Of those that were not done already when the work began.
    num_accepted : int
        Pairs of them that show or share the same.
    note : str
        A sentence to be told, such as what is used again; empty where only numbers have changed.
    """

    part: str
    num_done: int = 0
    num_total: int = 0
    num_accepted: int = 0
    note: str = ""


Tell = Callable[[Progress], object]


def check_progress(progress: Tell | None) -> Tell:
    """Return what to tell a `Progress`, which is nobody for None."""
    check_callable("progress", progress)
    return progress or (lambda progress: None)


@dataclass(frozen=True)
class CollectOptions:
    """What the results of a collection depend on; see `collect`."""

    method: str | Pipeline | CollectionMethod = "sift+cnn"
    pairs: str | os.PathLike[str] = "auto"
    neighbors: int = 20
    max_size: int = 1600
    max_keypoints: int | None = None
    model: Model = "auto"
    seed: int = 0
    exif: str = "apply"
    masks: str | os.PathLike[str] | None = None
    intrinsics: npt.ArrayLike | str | None = None
    prefilter: bool = False

    def __post_init__(self) -> None:
        check_integer("neighbors", self.neighbors, 1, MOST_NEIGHBORS)
        check_flag("prefilter", self.prefilter)
        if self.keys.options.model == "essential" and self.intrinsics is None:
            raise ArgumentError(
                "model: an essential matrix needs the cameras, which are not known; give intrinsics"
            )
        if self.masks is not None:
            check_path("masks", self.masks)
        pairs = check_path("pairs", self.pairs)
        if pairs not in WAYS and not Path(pairs).is_file():
            raise ArgumentError(
                f"pairs: expected {', '.join(WAYS)} or a file of pairs, got {pairs!r}"
            )
        names = [pipeline.extractor.name for pipeline in self.keys.method.pipelines]
        if self.prefilter and PREFILTERED not in names:
            raise ArgumentError(
                f"prefilter: expected a method with {PREFILTERED}, got {'+'.join(names)}"
            )

    @cached_property
    def keys(self) -> Keys:
        """The keys of results with these options."""
        method = CollectionMethod.named(self.method, {"max_keypoints": self.max_keypoints})
        reading = Reading(self.max_size, self.exif)
        options = MatchOptions(self.model, self.seed)
        return Keys(method, reading, options, prefilter=self.prefilter)

    @property
    def _camera(self) -> str | list[list[float]] | None:
        """``"exif"``, or the (3, 3) camera matrix of all images; None if it is not known."""
        if self.intrinsics is None or (
            isinstance(self.intrinsics, str) and self.intrinsics == EXIF
        ):
            return self.intrinsics
        matrix: list[list[float]] = read_intrinsics(self.intrinsics).tolist()
        return matrix

    @property
    def described(self) -> dict[str, Any]:
        """The options as text and numbers."""
        return {
            "method": self.keys.method.name,
            "pairs": os.fspath(self.pairs),
            "neighbors": self.neighbors,
            "max_size": self.max_size,
            "max_keypoints": self.max_keypoints,
            "model": self.model,
            "seed": self.seed,
            "exif": self.exif,
            "masks": None if self.masks is None else os.fspath(self.masks),
            "intrinsics": self._camera,
            "prefilter": self.prefilter,
        }


@dataclass(frozen=True)
class Effort:
    """How the work is done, which the results do not depend on; see `collect`."""

    num_processes: int = 1
    memory: float = 256
    max_minutes: float | None = None
    shard: str | None = None
    scheduler: str | None = None
    retry_failed: bool = False
    rehash: bool = False
    progress: Tell | None = None

    def __post_init__(self) -> None:
        check_integer("num_processes", self.num_processes, 1, 1024)
        check_number("memory", self.memory, above=0)
        if self.max_minutes is not None:
            check_number("max_minutes", self.max_minutes, 0)
        for name in ("retry_failed", "rehash"):
            check_flag(name, getattr(self, name))
        check_progress(self.progress)
        if self.scheduler is not None:
            check_type("scheduler", self.scheduler, str, "the address of a scheduler")
        _ = self.part  # which checks the shard

    @property
    def num_bytes(self) -> int:
        """`memory` in bytes."""
        return int(self.memory * BYTES_A_MEGABYTE)

    @property
    def part(self) -> tuple[int, int] | None:
        """Which of how many shares of the pairs to match; None for all."""
        return None if self.shard is None else read_shard(self.shard)

    def engine(self, out: Path) -> Engine:
        """Make what does the work on results in a folder.

        Raises
        ------
        MissingExtraError, FeatmatchError
            See `DaskEngine`.
        """
        if self.scheduler is not None:
            return DaskEngine(self.scheduler, out)
        return Serial() if self.num_processes == 1 else LocalProcesses(self.num_processes)

    def tell(self, progress: Progress) -> None:
        """Tell how far the work has come."""
        check_progress(self.progress)(progress)

    def note(self, sentence: str) -> None:
        """Tell a sentence."""
        self.tell(Progress("images", note=sentence))
