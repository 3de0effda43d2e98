"""TIFF written anew: the same data, under a directory that has the needed tags alone."""

from __future__ import annotations

import struct
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

from featmatch.images.tags import Tags, byte_order

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIPS, SAMPLES, ROWS, STRIP_SIZES, PLANES, PREDICTOR = 273, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_SIZES, EXTRA, FORMAT = 322, 323, 324, 325, 338, 339

_SHORTS = {BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANES, PREDICTOR, EXTRA, FORMAT}
_SHORTS |= {320, 332, 512, 530, 531}  # color map, inks, YCbCr, JPEG
_LONGS = {WIDTH, HEIGHT, STRIPS, ROWS, STRIP_SIZES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_SIZES}
_LONGS |= {292, 293, 513, 514, 519, 520, 521}  # fax, JPEG
_MANY = {BITS, STRIPS, STRIP_SIZES, TILES, TILE_SIZES, EXTRA, FORMAT, 320, 519, 520, 521, 530}
_BYTES, _RATIONALS = {347}, {529, 532}


def open_tiff(content: bytes) -> TiffImageFile:
    """Open a TIFF by Pillow, whose own limit is not asked again where there is memory already."""
    import PIL.Image
    from PIL.TiffImagePlugin import TiffImageFile

    picture = TiffImageFile(BytesIO(content), "")
    picture.im = PIL.Image.new(picture.mode, picture.size).im
    return picture


def rewritten(content: bytes, tags: Tags) -> bytes:
    """Return a TIFF of the same data, whose only directory has the needed tags."""
    order = byte_order(content)
    entries, values = [], BytesIO()
    start = len(content) + len(content) % 2
    kept = {tag: tags[tag] for tag in sorted(tags) if tag in _SHORTS | _LONGS | _BYTES | _RATIONALS}
    beyond = start + 6 + 12 * len(kept)
    for tag, value in kept.items():
        packed, kind, count = _packed(tag, value, order)
        if len(packed) > 4:
            place = struct.pack(order + "I", beyond + values.tell())
            values.write(packed + bytes(len(packed) % 2))
            packed = place
        entries.append(struct.pack(order + "HHI", tag, kind, count) + packed.ljust(4, b"\0"))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    directory = struct.pack(order + "H", len(kept)) + b"".join(entries) + bytes(4)
    return b"".join([head, content[8:].ljust(start - 8, b"\0"), directory, values.getvalue()])


def _packed(tag: int, value: Any, order: str) -> tuple[bytes, int, int]:
    """Return a tag's value as it lies in a file, its type and its count."""
    if tag in _BYTES:
        return bytes(value), 7, len(value)
    if tag in _RATIONALS:
        ratios = [Fraction(number).limit_denominator(10**6) for number in value]
        numbers = [part for ratio in ratios for part in ratio.as_integer_ratio()]
        return struct.pack(f"{order}{len(numbers)}I", *numbers), 5, len(value)
    if tag not in _MANY:
        value = value[:1]
    code, kind = ("H", 3) if tag in _SHORTS else ("I", 4)
    return struct.pack(f"{order}{len(value)}{code}", *value), kind, len(value)
