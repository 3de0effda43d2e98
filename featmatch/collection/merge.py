"""Merging collections: what several machines have found of one folder, put together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from featmatch.checks import check_path, show
from featmatch.collection.collection import Collection
from featmatch.collection.images import COLLECTION_FILE, natural_order
from featmatch.collection.index import Index
from featmatch.collection.options import Progress, Tell, check_progress
from featmatch.collection.prepare import check_results_folder
from featmatch.collection.store import Store
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.files import check_folder
from featmatch.report.collection.report import FILES, write_report

_FEATURES = ("method", "max_size", "max_keypoints", "exif")
"""Options that features depend on, and `Index.matching` does not."""


def merge_collections(
    out: str | os.PathLike[str],
    parts: Sequence[str | os.PathLike[str]],
    *,
    progress: Tell | None = None,
) -> Collection:
    """Put collections of the same photographs, made with the same options, together.

    Parameters
    ----------
    out : str or path
        The folder of a collection that gets what the others have, or a new one.
    parts : sequence of str or path
        Folders that `collect` has written into, each with a `shard` of the pairs.
    progress : callable, optional
        Called with a `Progress` for each damaged file, which is left out.

    Returns
    -------
    Collection

    Raises
    ------
    ReadError
        A part is no collection.
    ArgumentError
        Parts are of other photographs, or were made with other options; `out` holds something else.
    OutputError
        `out` cannot be written into.
    """
    place, tell = Path(check_path("out", out)), check_progress(progress)
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        raise ArgumentTypeError(f"parts: expected a sequence of folders, got {show(parts)}")
    stores = [Store(Path(check_path("parts", part))) for part in parts]
    if not stores:
        raise ArgumentError("parts: expected at least one folder of a collection, got none")
    check_results_folder(place)
    if (place / COLLECTION_FILE).is_file():
        stores.insert(0, Store(place))
    indexes = [Index.read(store.folder) for store in stores]
    merged = indexes[0]
    for store, index in zip(stores[1:], indexes[1:], strict=True):
        merged = _together(merged, index, store.folder)
    check_folder(place, [COLLECTION_FILE, *FILES])
    merged.write(place)
    target = Store(place)
    for store in stores:
        target.take_from(store, lambda path: tell(Progress("pairs", note=_left_out(path))))
    collection = Collection(place)
    write_report(collection, place)
    return collection


def _left_out(path: Path) -> str:
    return f"{path}: is damaged and left out; featmatch collect makes it again"


def _together(first: Index, other: Index, folder: Path) -> Index:
    """Put the images of two collections together."""
    same = other.matching == first.matching and all(
        other.options.get(name) == first.options.get(name) for name in _FEATURES
    )
    if not same:
        raise ArgumentError(
            f"parts: expected collections made with the same options and versions, got {folder}, "
            "which was made with others"
        )
    entries = {entry.name: entry for entry in first.images}
    if not any(entry.name in entries for entry in other.images):
        raise ArgumentError(
            f"parts: expected collections of the same photographs, got {folder}, which has none of "
            "those before it"
        )
    for entry in other.images:
        known = entries.setdefault(entry.name, entry)
        shared = entry.name in first.keys and entry.name in other.keys
        if known.sha256 != entry.sha256 or (
            shared and first.keys[entry.name] != other.keys[entry.name]
        ):
            raise ArgumentError(
                f"parts: expected collections of the same photographs with the same options, got "
                f"{folder}, where {entry.name} differs"
            )
        if entry.status == "unreadable":
            entries[entry.name] = entry
    ordered = sorted(entries.values(), key=lambda entry: natural_order(entry.name))
    return replace(first, images=tuple(ordered), keys={**other.keys, **first.keys})
