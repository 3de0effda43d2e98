"""A collection as others see it: images, pairs, features and matches, read when asked for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.archives import Arrays
from featmatch.checks import check_path
from featmatch.collection.colmap import export_colmap
from featmatch.collection.colmap_cameras import CameraSharing
from featmatch.collection.exported import Exported, exported_images
from featmatch.collection.graph import MatchGraph
from featmatch.collection.groups import Group, groups
from featmatch.collection.hloc import export_hloc
from featmatch.collection.index import ImageKeys, Index
from featmatch.collection.loops import Loop, contradicting_loops
from featmatch.collection.overview import Overview
from featmatch.collection.records import ImageEntry, Pair, PairRecord, PairSummary
from featmatch.collection.results import current_pairs, summary_of
from featmatch.collection.store import Located, Store, record_in
from featmatch.collection.stored_pixels import Pixels
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.types import Features

_NUM_BLOCKS = 32  # of pairs that are kept in memory, some 1 MB each: pairs are read in their order


class Collection:
    """The images of a folder, their features and the verified matches between them.

    What is asked for is read then; an object shows what there was when it was made.

    Parameters
    ----------
    out : str or path
        The folder that `collect` wrote into.

    Raises
    ------
    ReadError
        There is no collection, or it is of another version.

    Examples
    --------
    >>> import featmatch
    >>> collection = featmatch.collect("photographs", "matched")
    >>> record = collection.matches("a.jpg", "b.jpg")
    >>> points = collection.keypoints("a.jpg")[record.indices[record.inliers, 0]]
    """

    def __init__(self, out: str | os.PathLike[str]) -> None:
        self._store = Store(Path(check_path("out", out)))
        self._index = Index.read(self._store.folder)

    @property
    def out(self) -> Path:
        """Where the results are."""
        return self._store.folder

    @property
    def folder(self) -> Path:
        """Where the photographs are."""
        return self._index.folder

    @property
    def options(self) -> dict[str, Any]:
        """The options that it was made with, as text and numbers."""
        return dict(self._index.options)

    @property
    def images(self) -> tuple[ImageEntry, ...]:
        """All files of the folder, in natural order of their names."""
        return self._index.images

    @property
    def failures(self) -> tuple[ImageEntry, ...]:
        """The images that could not be read, with the reason."""
        return tuple(image for image in self.images if image.status == "unreadable")

    @cached_property
    def pairs(self) -> tuple[PairSummary, ...]:
        """All pairs that were matched, in the order of their names.

        Raises
        ------
        FeaturesReadError
            What was found of some is damaged.
        """
        return tuple(summary_of(pair, one) for pair, one in self._pairs.items())

    @cached_property
    def graph(self) -> MatchGraph:
        """How the images hang together by the pairs that show one scene."""
        return MatchGraph.of(self.images, self.pairs)

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """Three pairs each that contradict each other: repeated structure, perhaps."""
        return contradicting_loops(self)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Which images belong together, copies with what they are copies of."""
        return groups(self.images, self.graph)

    @cached_property
    def overview(self) -> Overview:
        """What it amounts to."""
        return Overview.of(self)

    def features(self, name: str) -> tuple[Features, ...]:
        """Return the features of an image, one for each kind that the method finds.

        Parameters
        ----------
        name : str
            Of an image that was read; a copy of another has the features of that.

        Raises
        ------
        ArgumentError
            There is no such image.
        FeaturesReadError
            They are damaged, or not there yet.
        """
        return tuple(self._store.read_features(key) for key in self._keys(name).features)

    def keypoints(self, name: str) -> npt.NDArray[np.float32]:
        """Return (N, 2) keypoints of an image in pixels of the upright original, all kinds.

        See `features`.
        """
        return np.concatenate([self._store.read_keypoints(k) for k in self._keys(name).features])

    def num_keypoints(self, name: str) -> tuple[int, ...]:
        """Return how many of the `keypoints` of an image are of each kind, in their order."""
        return tuple(len(self._store.read_keypoints(key)) for key in self._keys(name).features)

    def matches(self, name0: str, name1: str) -> PairRecord:
        """Return what was found between two images.

        Parameters
        ----------
        name0, name1 : str
            In natural order, as in `pairs`.

        Raises
        ------
        ArgumentError
            They were not matched.
        FeaturesReadError
            What was found is damaged.
        """
        located = self._pairs.get((name0, name1))
        if located is None:
            turned = (name1, name0) in self._pairs
            instead = "they are in the other order" if turned else "they were not matched"
            raise ArgumentError(
                f"name0, name1: expected a pair of the collection, got {name0!r} and {name1!r}: "
                f"{instead}"
            )
        return record_in(self._read_block(located.path), located, (name0, name1))

    def export_colmap(
        self,
        path: str | os.PathLike[str],
        *,
        cameras: CameraSharing = "auto",
        intrinsics: npt.ArrayLike | str | os.PathLike[str] | None = None,
        parts: bool = False,
        pixels: Pixels = "stored",
    ) -> Exported:
        """Write a COLMAP database; see `featmatch.collection.colmap.export_colmap`.

        Without `intrinsics`, those that it was collected with are taken, where all photographs have
        one size and are stored upright, or are to be upright (`pixels`).
        """
        if intrinsics is None:
            intrinsics = self._intrinsics(pixels)
        return export_colmap(
            *(self, path), cameras=cameras, intrinsics=intrinsics, parts=parts, pixels=pixels
        )

    def export_hloc(
        self, folder: str | os.PathLike[str], *, parts: bool = False, pixels: Pixels = "stored"
    ) -> Exported:
        """Write the files of hloc; see `featmatch.collection.hloc.export_hloc`."""
        return export_hloc(self, folder, parts=parts, pixels=pixels)

    def _intrinsics(self, pixels: Pixels) -> npt.ArrayLike | None:
        """Return the camera matrix that holds for all images as exported; None without one."""
        matrix = self._index.options.get("intrinsics")
        images = exported_images(self)
        one_size = len({image.size for image in images}) == 1
        upright = pixels == "upright" or all(image.orientation == 1 for image in images)
        return matrix if isinstance(matrix, list) and one_size and upright else None

    def __repr__(self) -> str:
        return f"<Collection: {'; '.join(self._sentences)}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(sentence)}</li>" for sentence in self._sentences)
        return f"<div><b>{escape(str(self.folder))}</b><ul>{rows}</ul></div>"

    @cached_property
    def _pairs(self) -> dict[Pair, Located]:
        located, damaged = self._store.pairs()
        if damaged:
            others = f" and {len(damaged) - 1:,} more" if damaged[1:] else ""
            raise FeaturesReadError(
                f"{damaged[0]}{others}: damaged; featmatch collect, with the same options, makes "
                "what is damaged again"
            )
        return current_pairs(self._index, located.values())

    @cached_property
    def _read_block(self) -> Callable[[Path], Arrays]:
        return lru_cache(_NUM_BLOCKS)(self._store.read_block)

    @cached_property
    def _matched_as(self) -> dict[str, str]:
        """Names of the images that were read; of copies, to those of what they are copies of."""
        usable = (image for image in self.images if image.status in ("read", "copy"))
        return {image.name: image.copy_of or image.name for image in usable}

    def _keys(self, name: str) -> ImageKeys:
        keys = self._index.keys.get(self._matched_as.get(name, ""))
        if keys is None:
            raise ArgumentError(f"name: expected an image that was read, got {name!r}")
        return keys

    @property
    def _sentences(self) -> tuple[str, ...]:
        """What can be told without reading any matches."""
        images = Counter(image.status for image in self.images)
        pairs = Counter(summary.kind for summary in self.pairs)
        return (
            f"{images['read']:,} images read, {images['unreadable']:,} unreadable, "
            f"{images['copy']:,} copies",
            f"{len(self.pairs):,} pairs: {pairs['scene']:,} of one scene, {pairs['part']:,} that "
            "share a part",
            f"{len(self.graph.components):,} components, {len(self.graph.bridges):,} bridges",
        )
