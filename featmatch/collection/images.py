"""A folder of photographs -> its images, in natural order: sizes, cameras, copies, and what fails.

Files are told by their content, not by their names; pixels are decoded later. A file whose size
and time of modification have not changed is not read again.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from featmatch.collection.records import ImageEntry
from featmatch.errors import ImageReadError, ReadError
from featmatch.files import reason_of
from featmatch.images.camera import focal_length_in
from featmatch.images.files import TURNED, read_bytes, read_header
from featmatch.images.formats import format_of
from featmatch.images.tags import Tags

COLLECTION_FILE = "collection.json"
"""A folder with a file of this name is the output of a collection: it is not looked into."""

_DIGITS = re.compile(r"(\d+)")
_HEAD_BYTES = 16  # tell the format
_MAKE, _MODEL = 0x010F, 0x0110
_PHOTOGRAPHS = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jp2",
        ".j2k",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
        ".avif",
        ".heic",
        ".heif",
        ".bmp",
        ".gif",
        ".ppm",
        ".pgm",
        ".pbm",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".orf",
        ".rw2",
        ".raf",
    ]
)
"""Endings of what a user takes for an image: one that cannot be read is told, not passed over."""

_Found = tuple[str, Path | None, str]
"""Name, path of a file that may be an image, or None and why it is not looked at."""


def natural_order(name: str) -> tuple[list[str | int], str]:
    """Return what to sort names by, so that ``2.jpg`` comes before ``10.jpg``."""
    parts = _DIGITS.split(name.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def find_images(
    folder: Path,
    *,
    exif: str = "apply",
    known: Mapping[str, ImageEntry] | None = None,
    besides: Collection[Path] = (),
) -> tuple[ImageEntry, ...]:
    """Find the images of a folder and of the folders in it.

    Parameters
    ----------
    folder : Path
    exif : {"apply", "ignore"}
        Whether images are turned upright as their EXIF orientation says.
    known : mapping of str to ImageEntry, optional
        What an earlier call with the same `exif` has returned, by name. None reads all files.
    besides : collection of Path
        Folders in it that are not looked into.

    Returns
    -------
    tuple of ImageEntry
        One for each file, in natural order of their names.

    Raises
    ------
    ReadError
        The folder is none, or cannot be read.
    """
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise ReadError(
            f"{folder}: cannot be read ({reason_of(error)}); give the name of a folder"
        ) from error
    found = sorted(_walk(folder, besides), key=lambda one: natural_order(one[0]))
    entries = [_entry(*one, exif, (known or {}).get(one[0])) for one in found]
    return tuple(_copies_told(entries))


def _walk(folder: Path, besides: Collection[Path]) -> Iterator[_Found]:
    """Give the files below a folder, each folder once, also where links lead in a circle."""
    left_out = {os.path.realpath(other) for other in besides}
    seen = left_out.copy()
    waiting = [(folder, "")]
    while waiting:
        place, prefix = waiting.pop()
        real = os.path.realpath(place)
        if real in seen:
            continue
        seen.add(real)
        try:
            children = sorted(place.iterdir())
        except OSError as error:
            yield prefix.rstrip("/"), None, f"the folder cannot be read ({reason_of(error)})"
            continue
        for child in children:
            name = prefix + child.name
            if child.name.startswith("."):
                yield name, None, "hidden"
            elif not child.is_dir():
                yield name, child, ""
            elif _holds_results(child) and os.path.realpath(child) not in left_out:
                yield name, None, "a folder that holds a collection's results"
            else:
                waiting.append((child, f"{name}/"))


def _holds_results(folder: Path) -> bool:
    try:
        return (folder / COLLECTION_FILE).is_file()
    except OSError:  # it may not be entered, which is told when it is
        return False


def _entry(
    name: str, path: Path | None, reason: str, exif: str, known: ImageEntry | None
) -> ImageEntry:
    if path is None:
        return ImageEntry(name, "skipped", 0, 0, "", reason=reason)
    try:
        status = path.stat()
    except OSError as error:
        return _failed(ImageEntry(name, "unreadable", 0, 0, ""), reason_of(error))
    size, modified = status.st_size, status.st_mtime_ns
    if known is not None and (known.num_bytes, known.modified_ns) == (size, modified):
        # What fails later, when its pixels are decoded, is told of the results.
        if known.sha256 != "" and known.size != (0, 0):
            return replace(known, status="read", copy_of="", reason="")
        if known.status == "skipped":
            return known
    bare = ImageEntry(name, "unreadable", size, modified, "")
    if not stat.S_ISREG(status.st_mode):
        return replace(bare, status="skipped", reason="a device or a pipe")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head and format_of(head) is None:
            return _failed(bare, "not an image in a known format; save it as PNG or JPEG")
        return _described(bare, read_bytes(path, name), exif)
    except OSError as error:
        return _failed(bare, f"the file cannot be opened ({reason_of(error)})")
    except ImageReadError as error:
        return _failed(bare, str(error).removeprefix(f"{name}: "))
    except Exception as error:  # garbage where a codec or EXIF is expected
        return _failed(bare, f"the image is damaged ({reason_of(error)}); copy it again")


def _failed(entry: ImageEntry, reason: str) -> ImageEntry:
    """Say why a file is no image; one that was not meant to be one is passed over."""
    if Path(entry.name).suffix.lower() in _PHOTOGRAPHS:
        return replace(entry, status="unreadable", reason=reason)
    return replace(entry, status="skipped", reason="not an image")


def _described(entry: ImageEntry, content: bytes, exif: str) -> ImageEntry:
    header = read_header(content, entry.name)
    if header is None:
        return _failed(entry, "not an image in a known format; save it as PNG or JPEG")
    tags, told, (width, height) = header
    orientation = told if exif == "apply" and isinstance(told, int) and 1 <= told <= 8 else 1
    size = (height, width) if orientation in TURNED else (width, height)
    return replace(
        entry,
        status="read",
        sha256=hashlib.sha256(content).hexdigest(),
        size=size,
        orientation=orientation,
        camera=_camera_name(tags),
        focal_length=focal_length_in(tags, size),
    )


def _camera_name(tags: Tags) -> str:
    """Make and model, which often repeats the make."""
    make, model = (_text(tags.get(tag)) for tag in (_MAKE, _MODEL))
    return model if model.startswith(make) else f"{make} {model}".strip()


def _text(value: object) -> str:
    if not isinstance(value, bytes | str):
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _copies_told(entries: list[ImageEntry]) -> Iterator[ImageEntry]:
    first: dict[str, str] = {}
    for entry in entries:
        if entry.status == "read" and first.setdefault(entry.sha256, entry.name) != entry.name:
            entry = replace(entry, status="copy", copy_of=first[entry.sha256])
        yield entry
