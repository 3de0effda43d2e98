"""TIFF tags, of TIFF files and of EXIF: read without belief, and without a warning."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from typing import Any, TypeAlias

from featmatch.errors import ArgumentError

Tags: TypeAlias = "dict[int, Any]"
"""By their numbers: a tuple of numbers, or bytes."""

ORIENTATION = 0x0112
EXIF_DIRECTORY = 0x8769

_HEADS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_RATIONALS = {5: "I", 10: "i"}
_TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "I", 6: "b", 7: "s", 8: "h", 9: "i", 10: "i"}
_TYPES |= {11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_DAMAGE = (struct.error, ValueError, OverflowError, KeyError, IndexError)


def byte_order(content: bytes) -> str:
    """Return ``"<"`` or ``">"``; a ValueError says that no TIFF begins here."""
    if content[:4] not in _HEADS:
        raise ArgumentError("no TIFF")
    return _HEADS[content[:4]]


def read_directories(content: bytes, most: int = 64) -> list[Tags]:
    """Read the directories of tags, one for each page, and those of pages within pages.

    A directory or a tag that lies outside the content, or is of an unknown type, is left out.
    """
    order = byte_order(content)
    place, size = (8, "Q") if content[2:4] in (b"+\0", b"\0+") else (4, "I")
    todo = list(struct.unpack_from(order + size, content, place)) if len(content) > 16 else []
    found: dict[int, Tags] = {}
    while todo and len(found) < most:
        start = todo.pop(0)
        if start in found or not start:
            continue
        try:
            tags, following = _read_directory(content, start, order, large=size == "Q")
        except _DAMAGE:
            continue
        found[start] = tags
        within = [number for number in tags.get(_SUB_DIRECTORIES, ()) if isinstance(number, int)]
        todo = [*within, following, *todo]
    return list(found.values())


def read_exif(content: bytes) -> Tags:
    """Read the tags of EXIF data, with or without the word before them; none if it is garbage."""
    content = content.removeprefix(b"Exif\0\0")
    try:
        order = byte_order(content)
        start = struct.unpack_from(order + "I", content, 4)[0]
        tags, _ = _read_directory(content, start, order)
    except _DAMAGE:
        return {}
    try:
        return {**tags, **_read_directory(content, tags[EXIF_DIRECTORY][0], order)[0]}
    except _DAMAGE:
        return tags


def orientation_in(exif: Mapping[int, Any], xmp: bytes = b"") -> int | None:
    """Return what EXIF says of the orientation, else what XMP says; None if neither does."""
    told = exif.get(ORIENTATION)
    if isinstance(told, tuple) and len(told) == 1 and isinstance(told[0], int):
        return told[0]
    found = _XMP_ORIENTATION.search(xmp)
    return int(found[1]) if found and ORIENTATION not in exif else None


_SUB_DIRECTORIES = 330


def _read_directory(
    content: bytes, start: int, order: str, *, large: bool = False
) -> tuple[Tags, int]:
    """Read one directory; return it and the place of the next, 0 if it is the last."""
    count_type, entry, inline = ("Q", "HHQ8s", 8) if large else ("H", "HHI4s", 4)
    (count,) = struct.unpack_from(order + count_type, content, start)
    start += struct.calcsize(order + count_type)
    step = struct.calcsize(order + entry)
    if count * step > len(content) - start:
        raise ArgumentError("a directory that is cut off")
    tags: Tags = {}
    for place in range(start, start + count * step, step):
        tag, kind, number, value = struct.unpack_from(order + entry, content, place)
        code = _TYPES.get(kind)
        if code is None:
            continue
        number *= 2 if kind in _RATIONALS else 1
        form = f"{order}{number}{code}"
        length = number * struct.calcsize(order + code)
        if length > inline:
            (where,) = struct.unpack(order + ("Q" if large else "I"), value)
            value = content[where : where + length]
        if len(value) < length:
            continue
        values: Any = struct.unpack_from(form, value)
        if code == "s":
            values = values[0] if values else b""
        elif kind in _RATIONALS:
            pairs = zip(values[::2], values[1::2], strict=True)
            values = tuple(top / bottom if bottom else math.nan for top, bottom in pairs)
        tags[tag] = values
    try:
        place = start + count * step
        return tags, struct.unpack_from(order + ("Q" if large else "I"), content, place)[0]
    except struct.error:
        return tags, 0
