"""Where a collection keeps what was computed: immutable files, written whole, without locks.

Any number of processes and machines may write into one store at the same time, and merging two is
copying files. What is done is known by what the files hold, not by their names.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from featmatch.archives import Arrays, archive_bytes, read_archive, stored_array
from featmatch.collection.block import (
    KIND,
    SUMMARIES,
    Stored,
    pack_block,
    read_stored,
    unpack_record,
)
from featmatch.collection.records import PairRecord
from featmatch.collection.soundness import (
    entries,
    is_sound,
    is_there,
    told_if_closed,
    what_is_wrong,
)
from featmatch.errors import ArgumentError, FeaturesReadError, OutputError, ReadError
from featmatch.features.archive import KIND as FEATURES
from featmatch.features.archive import pack_features, unpack_features
from featmatch.features.root_sift import histograms_of, root_sift
from featmatch.files import UNFINISHED, read_whole, reason_of, remove_leftovers, write_whole
from featmatch.npy import read_npy, read_npz
from featmatch.types import Features

PARTS = ("features", "pairs", "global")
"""Folders of a store, in which files lie in folders of the first two digits of their names."""

_HISTOGRAMS = "histograms"
_KEYPOINTS = "keypoints0"  # of the only image of an archive of features
_CHECKED = ".checked"  # its time of modification is the time of the last check


@dataclass(frozen=True)
class Located:
    """A pair in the store: which file holds it, and as which of its pairs."""

    stored: Stored
    path: Path
    row: int


@dataclass(frozen=True)
class Store:
    """The files of a collection.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def features_path(self, key: str) -> Path:
        """Where the features of a key are kept."""
        return self.folder / "features" / key[:2] / f"{key}.npz"

    def error_path(self, key: str) -> Path:
        """Where it is kept why a key has no features."""
        return self.features_path(key).with_suffix(".error.json")

    def global_path(self, key: str) -> Path:
        """Where the vector of a whole image is kept."""
        return self.folder / "global" / key[:2] / f"{key}.npy"

    def write_features(self, key: str, features: Features) -> None:
        """Keep features; those of SIFT as the integers that they are."""
        histograms = histograms_of(features.descriptors) if features.norm == "l2" else None
        kept = features
        if histograms is not None:
            kept = replace(features, descriptors=np.zeros((len(features), 0), np.float32))
        arrays, document = pack_features([("", kept)])
        if histograms is not None:
            arrays[_HISTOGRAMS] = histograms
        self._write(self.features_path(key), archive_bytes(FEATURES, arrays, document))

    def read_features(self, key: str) -> Features:
        """Read features, to the last bit as they were.

        Raises
        ------
        FeaturesReadError
            The file is missing or damaged.
        """
        path = self.features_path(key)
        with _told_if_damaged(path):
            arrays, document = read_archive(path, FEATURES, FeaturesReadError)
            ((_, features),) = unpack_features(arrays, document)
            if _HISTOGRAMS not in arrays:
                return features
            histograms = stored_array(arrays, _HISTOGRAMS, np.uint8)
            return replace(features, descriptors=root_sift(histograms))

    def read_keypoints(self, key: str) -> npt.NDArray[np.float32]:
        """Read where the keypoints of features lie, which is quicker than reading all of them.

        Raises
        ------
        FeaturesReadError
            The file is missing or damaged.
        """
        path = self.features_path(key)
        with _told_if_damaged(path):
            arrays, _ = read_archive(path, FEATURES, FeaturesReadError)
            keypoints: npt.NDArray[np.float32] = stored_array(arrays, _KEYPOINTS, np.float32)
            return keypoints

    def write_error(self, key: str, reason: str) -> None:
        """Keep why an image has no features."""
        self._write(self.error_path(key), json.dumps({"reason": reason}).encode())

    def read_error(self, key: str) -> str | None:
        """Return why an image has no features; None if it is not known to have none."""
        try:
            return str(json.loads(self.error_path(key).read_bytes())["reason"])
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def write_global(self, key: str, vector: npt.NDArray[np.float32]) -> None:
        """Keep the vector of a whole image."""
        content = BytesIO()
        np.save(content, vector, allow_pickle=False)
        self._write(self.global_path(key), content.getvalue())

    def read_global(self, key: str) -> npt.NDArray[np.float32]:
        """Read the vector of a whole image; FeaturesReadError if it is missing or damaged."""
        path = self.global_path(key)
        with _told_if_damaged(path):
            return read_npy(read_whole(path, FeaturesReadError)).astype(np.float32)

    def write_block(self, records: Sequence[PairRecord], images: Sequence[tuple[str, str]]) -> None:
        """Keep what was found between pairs of images, whose keys are given, in one file."""
        name = secrets.token_hex(16)
        self._write(self.folder / "pairs" / name[:2] / f"{name}.npz", pack_block(records, images))

    def read_record(self, located: Located, names: tuple[str, str]) -> PairRecord:
        """Read what was found between two images, which have these names now.

        Raises
        ------
        FeaturesReadError
            The file is missing or damaged.
        """
        return record_in(self.read_block(located.path), located, names)

    def read_block(self, path: Path) -> Arrays:
        """Read what was found between some pairs; see `record_in`.

        Raises
        ------
        FeaturesReadError
            The file is missing or damaged.
        """
        with _told_if_damaged(path):
            return read_archive(path, KIND, FeaturesReadError)[0]

    def pairs(self) -> tuple[dict[str, Located], list[Path]]:
        """Find what was found between pairs, by their keys, and the blocks that are damaged."""
        done: dict[str, Located] = {}
        damaged = []
        for path in self.files("pairs"):
            content = read_whole(path)
            try:
                arrays = read_npz(content)
                stored = read_stored(stored_array(arrays, SUMMARIES, np.uint8))
            except (ArgumentError, ReadError):
                damaged.append(path)
                continue
            for row, one in enumerate(stored):
                done.setdefault(one.summary.key, Located(one, path, row))
        return done, damaged

    def damaged_since_checked(self) -> list[Path]:
        """Find damaged features and vectors among the files that have changed since the last time.

        Their checksums are compared. Files that are damaged later without a new time of
        modification are noticed when they are read, and found here the next time.
        """
        marker = self.folder / _CHECKED
        before = marker.stat().st_mtime_ns if marker.is_file() else 0
        marker.touch()  # first: what is written meanwhile is not checked yet
        damaged = []
        for path in (*self.files("features"), *self.files("global")):
            with told_if_closed(path):
                if path.stat().st_mtime_ns >= before and not is_sound(path):
                    damaged.append(path)
        return damaged

    def files(self, part: str, form: str = "*.np?") -> Iterator[Path]:
        """Give the files of one of `PARTS` whose names have a form, in their order."""
        for folder in entries(self.folder / part):
            for path in entries(folder):
                if path.match(form) and not path.name.startswith("."):
                    yield path

    def take_from(self, other: Store, on_damage: Callable[[Path], object]) -> None:
        """Copy what another store has and this one has not; damaged files are left out."""
        if other.folder.samefile(self.folder):
            return
        for part in PARTS:
            for path in (*other.files(part), *other.files(part, "*.json")):
                target = self.folder / path.relative_to(other.folder)
                if is_there(target):
                    continue
                if path.suffix != ".json" and not is_sound(path):
                    on_damage(path)
                    continue
                self._write(target, read_whole(path))

    def remove(self, paths: Iterable[Path]) -> None:
        """Remove damaged files, so that they are made again."""
        for path in paths:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(
                    f"{path}: is damaged and cannot be removed ({reason_of(error)}); remove it"
                ) from error

    def remove_leftovers(self) -> None:
        """Remove what killed processes have left of files, unless it may still be written."""
        for part in PARTS:
            remove_leftovers((self.folder / part).glob(f"*/{UNFINISHED}"))

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{path.parent}: cannot be made ({reason_of(error)}); choose another place"
            ) from error
        try:
            write_whole(path, content)
        except OutputError:
            if not path.is_file():  # else another process has just written the same, and reads it
                raise


def record_in(arrays: Arrays, located: Located, names: tuple[str, str]) -> PairRecord:
    """Take what was found between two images, which have these names now, out of its block.

    Raises
    ------
    FeaturesReadError
        The block is damaged.
    """
    summary = replace(located.stored.summary, name0=names[0], name1=names[1])
    with _told_if_damaged(located.path):
        return unpack_record(arrays, located.row, summary)


@contextmanager
def _told_if_damaged(path: Path) -> Iterator[None]:
    """Say what is wrong with a file, and have it looked at by the next check."""
    try:
        yield
    except (FeaturesReadError, ValueError) as error:
        with suppress(OSError):
            os.utime(path)
        raise FeaturesReadError(f"{path}: {what_is_wrong(path)}") from error
