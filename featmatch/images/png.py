"""PNG: its picture without the animation around it, and whether all of its rows are there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OF_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
_OF_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = (  # x, y, step along x, step along y
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_AT_ONCE = 1 << 20  # bytes


def without_animation(content: bytes) -> bytes:
    """Return a PNG of the first picture alone."""
    if b"acTL" not in content:
        return content
    kept = [part for kind, part in _chunks(content) if kind not in _OF_ANIMATION]
    return b"".join([_SIGNATURE, *kept])


def picture_alone(content: bytes) -> bytes:
    """Return a PNG without all that is not needed to decode its samples."""
    return b"".join([_SIGNATURE, *(part for kind, part in _chunks(content) if kind in _OF_PICTURE)])


def is_wide_color(content: bytes) -> bool:
    """Tell whether a PNG holds 16 bits of color, or of gray with alpha."""
    return content[24:25] == b"\x10" and content[25:26] in (b"\x02", b"\x04", b"\x06")


def is_interlaced(content: bytes) -> bool:
    """Tell whether a PNG holds its rows in seven passes."""
    return content[28:29] == b"\x01"


def share_of_rows(content: bytes) -> float:
    """Return how much of what its rows need a PNG holds: 1 is all."""
    width, height, depth, color = struct.unpack_from(">IIBB", content, 16)
    passes: tuple[tuple[int, int, int, int], ...] = (
        _PASSES if is_interlaced(content) else ((0, 0, 1, 1),)
    )
    needed = 0
    for x, y, step_x, step_y in passes:
        columns, rows = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if columns > 0 and rows > 0:
            needed += rows * (1 + -(-columns * _CHANNELS[color] * depth // 8))
    there, inflater = 0, zlib.decompressobj()
    for kind, part in _chunks(content):
        data = part[8:-4] if kind == b"IDAT" else b""
        while data and there < needed:
            there += len(inflater.decompress(data, _AT_ONCE))
            data = inflater.unconsumed_tail
    return there / needed


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kinds of chunks, each with the whole chunk; the last may be cut short."""
    place = len(_SIGNATURE)
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        yield kind, content[place : place + 12 + length]
        place += 12 + length
