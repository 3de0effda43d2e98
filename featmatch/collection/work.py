"""The work on a collection, one job at a time, in this process or in another.

A job is a value that can be pickled; what it makes goes into the store, and the report on it is
small. Neither depends on what other jobs there are, nor on where or when it is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from featmatch.collection.index import ImageKeys
from featmatch.collection.kept import KeptValues
from featmatch.collection.keys import file_digest
from featmatch.collection.method import CollectionMethod
from featmatch.collection.prefilter import worth_matching
from featmatch.collection.records import PairRecord, PairSummary
from featmatch.collection.soundness import is_there
from featmatch.collection.store import Store
from featmatch.collection.verified import not_matched, record_of
from featmatch.collection.vlad import DESCRIBER, global_descriptor
from featmatch.errors import FeatmatchError, ImageReadError, OutputError, ReadError
from featmatch.images.image import unseen_image
from featmatch.images.view import Reading, View
from featmatch.types import Features
from featmatch.verification import MatchOptions

KEPT_EVERY = 15.0
"""Seconds of matching after which a block is written: all that a killed process loses."""

_memory = KeptValues()
"""Features and images that this process has read, to be used again."""


@dataclass(frozen=True)
class Plan:
    """What all jobs of a run share.

    Attributes
    ----------
    folder : Path
        Where the photographs are.
    store : Store
    method : CollectionMethod
    reading : Reading
    options : MatchOptions
    num_bytes : int
        Of features and images that a process keeps in memory, to use them again.
    described : bool
        Whether to make a vector of each whole image, as retrieval needs.
    prefilter : bool
        Look at pairs quickly before they are matched; see `worth_matching`.
    """

    folder: Path
    store: Store
    method: CollectionMethod
    reading: Reading
    options: MatchOptions
    num_bytes: int
    described: bool = False
    prefilter: bool = False


@dataclass(frozen=True, eq=False)
class WorkImage:
    """An image, for those who work on it.

    Attributes
    ----------
    name : str
    size : (width, height)
    keys : ImageKeys
    sha256, mask_sha256 : str
        Of the bytes of its file and of its mask's, which `keys` stand for.
    mask : Path or None
    camera : (3, 3) float64 or None
    """

    name: str
    size: tuple[int, int]
    keys: ImageKeys
    sha256: str
    mask_sha256: str = ""
    mask: Path | None = None
    camera: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True)
class ImageJob:
    """Find the features of an image that are not in the store."""

    plan: Plan
    image: WorkImage


@dataclass(frozen=True)
class ImageReport:
    """Why an image has no features, or an empty reason."""

    name: str
    reason: str = ""


@dataclass(frozen=True)
class PairsJob:
    """Match pairs of images, whose keys are given, and verify them."""

    plan: Plan
    pairs: tuple[tuple[WorkImage, WorkImage, str], ...]


def extract_image(job: ImageJob) -> ImageReport:
    """Find the features of an image, or why there are none, and keep them in the store."""
    plan, image = job.plan, job.image
    try:
        _extract_missing(plan, image)
    except OutputError:
        raise
    except MemoryError:
        return ImageReport(image.name, "there is not enough memory for it; see --max-size")
    except FeatmatchError as error:
        return _failed(plan, image, str(error).removeprefix(f"{image.name}: "))
    except Exception as error:  # of whatever a codec or a detector stumbles over: the rest goes on
        return _failed(plan, image, f"internal error ({type(error).__name__}: {error})")
    return ImageReport(image.name)


def _extract_missing(plan: Plan, image: WorkImage) -> None:
    keys, store = image.keys.features, plan.store
    missing = [number for number, key in enumerate(keys) if not is_there(store.features_path(key))]
    view = cache(partial(_read_view, plan, image))
    for number in missing:
        store.write_features(keys[number], plan.method.pipelines[number].extract(view()))
    kind = plan.method.kind_described
    if plan.described and (kind in missing or not is_there(store.global_path(image.keys.vector))):
        if kind is None:
            features = DESCRIBER.extract(view().image, view().usable)
        else:
            features = store.read_features(keys[kind])
        store.write_global(image.keys.vector, global_descriptor(features))


def _failed(plan: Plan, image: WorkImage, reason: str) -> ImageReport:
    """Report why an image has no features; what its bytes are the cause of is kept in the store."""
    if _is_as_scanned(plan, image):
        for key in image.keys.features:
            plan.store.write_error(key, reason)
    return ImageReport(image.name, reason)


def _is_as_scanned(plan: Plan, image: WorkImage) -> bool:
    """Whether a photograph and its mask are there, with the bytes that their keys stand for."""
    try:
        return file_digest(plan.folder / image.name) == image.sha256 and (
            image.mask is None or file_digest(image.mask) == image.mask_sha256
        )
    except ReadError:
        return False


def match_pairs(job: PairsJob) -> tuple[PairSummary, ...]:
    """Match pairs of images, verify them, and keep what was found in the store."""
    store = job.plan.store
    summaries: list[PairSummary] = []
    records: list[PairRecord] = []
    images: list[tuple[str, str]] = []
    begun = time.monotonic()
    for image0, image1, key in job.pairs:
        records.append(_match_pair(job.plan, image0, image1, key))
        images.append((image0.keys.image, image1.keys.image))
        if time.monotonic() - begun > KEPT_EVERY or len(summaries) + len(records) == len(job.pairs):
            store.write_block(records, images)
            summaries += [record.summary for record in records]
            records, images, begun = [], [], time.monotonic()
    return tuple(summaries)


def _match_pair(plan: Plan, image0: WorkImage, image1: WorkImage, key: str) -> PairRecord:
    both = image0, image1
    found0, found1 = (_features(plan, image) for image in both)
    if plan.prefilter and not worth_matching(found0, found1):
        return not_matched((image0.name, image1.name), key)
    cameras = [image.camera for image in both]
    known = all(camera is not None for camera in cameras)
    view0, view1 = (
        View(unseen_image(image.size, image.name), camera=image.camera if known else None)
        for image in both
    )

    def look() -> tuple[View, View]:
        seen0, seen1 = (_view(plan, image) for image in both)
        return replace(seen0, camera=view0.camera), replace(seen1, camera=view1.camera)

    pair = plan.method.match((view0, view1), found0, found1)

    def keep(key: str, make: Callable[[], Features]) -> Features:
        return _memory.get(key, make, plan.num_bytes)

    found = plan.method.verify(pair, plan.options, look, keep)
    return record_of((image0.name, image1.name), key, pair, found)


def _features(plan: Plan, image: WorkImage) -> tuple[Features, ...]:
    return tuple(
        _memory.get(key, partial(plan.store.read_features, key), plan.num_bytes)
        for key in image.keys.features
    )


def _view(plan: Plan, image: WorkImage) -> View:
    return _memory.get(image.keys.image, partial(_read_view, plan, image), plan.num_bytes)


def _read_view(plan: Plan, image: WorkImage) -> View:
    path = plan.folder / image.name
    try:
        view = View.read(path, mask=image.mask, reading=plan.reading)
    except ImageReadError as error:
        raise ImageReadError(str(error).replace(f"{path}:", f"{image.name}:", 1)) from error
    if not _is_as_scanned(plan, image):
        raise ImageReadError(f"{image.name}: was changed meanwhile; run featmatch collect again")
    return view
