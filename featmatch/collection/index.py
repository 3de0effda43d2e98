"""What a collection is made of: its folder, its options, its images and their keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from featmatch.collection.images import COLLECTION_FILE
from featmatch.collection.keys import FORMAT
from featmatch.collection.records import ImageEntry
from featmatch.errors import ReadError
from featmatch.files import read_whole, write_folder
from featmatch.plain import plain, to_json
from featmatch.version import __version__

IMAGES_FILE = "images.json"

_FIELDS = tuple(field.name for field in fields(ImageEntry))


@dataclass(frozen=True)
class ImageKeys:
    """The keys of an image: of its features of each kind, of the image, and of its vector."""

    features: tuple[str, ...]
    image: str
    vector: str


@dataclass(frozen=True)
class Index:
    """What a collection is made of.

    Attributes
    ----------
    folder : Path
        Where the photographs are.
    options : mapping of str to object
        As text and numbers, to be shown and compared.
    matching : str
        `Keys.matching`.
    images : tuple of ImageEntry
        In natural order of their names.
    keys : mapping of str to ImageKeys
        Of the images that are read, by name.
    """

    folder: Path
    options: Mapping[str, Any]
    matching: str
    images: tuple[ImageEntry, ...]
    keys: Mapping[str, ImageKeys]

    def write(self, out: Path) -> None:
        """Write it into the folder of a collection.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        described = {
            "format": FORMAT,
            "folder": str(self.folder),
            "options": self.options,
            "matching": self.matching,
            "featmatch": __version__,
        }
        images = {
            entry.name: plain(entry)
            | ({"keys": plain(self.keys[entry.name])} if entry.name in self.keys else {})
            for entry in self.images
        }
        contents = {IMAGES_FILE: images, COLLECTION_FILE: described}
        write_folder(out, {name: to_json(one).encode() for name, one in contents.items()})

    @classmethod
    def read(cls, out: Path) -> Index:
        """Read it.

        Raises
        ------
        ReadError
            The folder holds no collection, or one of another version.
        """
        described = _read_object(out / COLLECTION_FILE, out)
        if described.get("format") != FORMAT:
            raise ReadError(
                f"{out}: holds a collection of another form, by featmatch "
                f"{described.get('featmatch')}; collect the photographs into another folder"
            )
        images = _read_object(out / IMAGES_FILE, out)
        try:
            entries = tuple(_entry(values) for values in images.values())
            keys = {
                name: ImageKeys(**values["keys"] | {"features": tuple(values["keys"]["features"])})
                for name, values in images.items()
                if "keys" in values
            }
            folder = Path(described["folder"])
            options = dict(described["options"])
            return cls(folder, options, described["matching"], entries, keys)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(out) from error


def with_failures(index: Index, failures: Mapping[str, str]) -> Index:
    """Return an index that says of images, by name, why they have no features."""
    images = tuple(
        replace(entry, status="unreadable", reason=failures[entry.name])
        if entry.name in failures
        else entry
        for entry in index.images
    )
    return replace(index, images=images)


def _entry(values: Mapping[str, Any]) -> ImageEntry:
    named = {name: values[name] for name in _FIELDS}
    width, height = named["size"]
    return ImageEntry(**named | {"size": (int(width), int(height))})


def _read_object(path: Path, out: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ReadError(
            f"{out}: holds no collection; make one with featmatch collect FOLDER -o {out}"
        )
    try:
        found = json.loads(read_whole(path))
    except (ValueError, RecursionError) as error:
        raise _damaged(out) from error
    if not isinstance(found, dict):
        raise _damaged(out)
    return found


def _damaged(out: Path) -> ReadError:
    return ReadError(
        f"{out}: {COLLECTION_FILE} or {IMAGES_FILE} is damaged; remove both, and featmatch collect "
        "makes them again"
    )
