"""PNG: its picture without the animation around it, and whether all of its rows are there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from featmatch.errors import ArgumentError
from featmatch.images.rows import only_some_rows

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OF_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
_END = b"\0\0\0\0IEND\xaeB`\x82"
_LAST_FILTER = 4
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PLAIN = ((0, 0, 1, 1),)
_INTERLACED = (  # x, y, step along x, step along y
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def without_animation(content: bytes) -> bytes:
    """Return a PNG of the first picture alone."""
    if b"acTL" not in content:
        return content
    kept = [part for kind, part in _chunks(content) if kind not in _OF_ANIMATION]
    return b"".join([_SIGNATURE, *kept])


def written_anew(content: bytes) -> bytes:
    """Return a PNG of the same samples, in which no decoder finds anything to complain of.

    Raises
    ------
    ValueError
        It is damaged; the message says so in the middle of a sentence.
    """
    parts = list(_chunks(content))
    for kind, part in parts:
        if kind == b"IDAT" and zlib.crc32(part[4:-4]) != int.from_bytes(part[-4:], "big"):
            raise ArgumentError("a checksum is wrong")
    rows, needed = _rows(content)
    if len(rows) < needed:
        raise ArgumentError(only_some_rows(len(rows) / needed))
    start = 0
    for count, length in _passes(content):
        if max(rows[start : start + count * length : length]) > _LAST_FILTER:
            raise ArgumentError("a row is filtered in an unknown way")
        start += count * length
    kept = [part for kind, part in parts if kind == b"IHDR"][:1]
    color = content[25]
    kept += [part for kind, part in parts if (kind, color, len(part)) == (b"tRNS", 2, 18)][:1]
    data = b"IDAT" + zlib.compress(rows, 0)
    written = [struct.pack(">I", len(data) - 4), data, struct.pack(">I", zlib.crc32(data)), _END]
    return b"".join([_SIGNATURE, *kept, *written])


def is_wide_color(content: bytes) -> bool:
    """Tell whether a PNG holds 16 bits of color, or of gray with alpha."""
    return content[24:25] == b"\x10" and content[25:26] in (b"\x02", b"\x04", b"\x06")


def is_interlaced(content: bytes) -> bool:
    """Tell whether a PNG holds its rows in seven passes."""
    return content[28:29] == b"\x01"


def share_of_rows(content: bytes) -> float:
    """Return how much of what its rows need a PNG holds: 1 is all."""
    rows, needed = _rows(content)
    return len(rows) / needed


def _rows(content: bytes) -> tuple[bytes, int]:
    """Unpack the filtered rows of all passes, and tell how many bytes they should be."""
    needed = sum(count * length for count, length in _passes(content))
    inflater, found, there = zlib.decompressobj(), [], 0
    for kind, part in _chunks(content):
        if kind == b"IDAT" and there < needed:
            found.append(inflater.decompress(part[8:-4], needed - there))
            there += len(found[-1])
    return b"".join(found), needed


def _passes(content: bytes) -> list[tuple[int, int]]:
    """Return the number of rows of every pass, and the bytes of such a row with its filter."""
    width, height, depth, color = struct.unpack_from(">IIBB", content, 16)
    passes = []
    for x, y, step_x, step_y in _INTERLACED if is_interlaced(content) else _PLAIN:
        columns, rows = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if columns > 0 and rows > 0:
            passes.append((rows, 1 + -(-columns * _CHANNELS[color] * depth // 8)))
    return passes


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kinds of chunks, each with the whole chunk; the last may be cut short."""
    place = len(_SIGNATURE)
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        yield kind, content[place : place + 12 + length]
        place += 12 + length
