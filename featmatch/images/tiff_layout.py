"""How the samples of a TIFF lie in the file, and their unpacking."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ArgumentError
from featmatch.images.budget import check_budget
from featmatch.images.rows import only_some_rows
from featmatch.images.tags import Tags, byte_order
from featmatch.images.tiff_rewriting import (
    BITS,
    COMPRESSION,
    FILL_ORDER,
    FORMAT,
    HEIGHT,
    PHOTOMETRIC,
    PLANES,
    PREDICTOR,
    ROWS,
    SAMPLES,
    STRIP_SIZES,
    STRIPS,
    TILE_HEIGHT,
    TILE_SIZES,
    TILE_WIDTH,
    TILES,
    WIDTH,
    open_tiff,
    rewritten,
)

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, _CMYK = 0, 1, 2, 5
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
KINDS = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}
PLAIN, DEFLATE = 1, {8, 32946}

_OWN = (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)
_PILLOWS_BANDS = {WHITE_IS_ZERO: 2, BLACK_IS_ZERO: 2, RGB: 6}
_JPEG = {6, 7}


@dataclass(frozen=True)
class Layout:
    """How the samples of a page lie in the file.

    Parameters
    ----------
    size : tuple (width, height)
    bits : int
        Of each sample.
    kind : int
        1 unsigned, 2 signed, 3 float.
    bands, planes : int
        Samples of a pixel, and 2 where each has a plane of its own.
    meaning : int
        The photometric interpretation.
    compression : int
    """

    size: tuple[int, int]
    bits: int
    kind: int
    bands: int
    planes: int
    meaning: int
    compression: int

    @property
    def together(self) -> int:
        """Samples of a pixel that lie beside each other."""
        return 1 if self.planes == 2 else self.bands

    @property
    def is_for_pillow(self) -> bool:
        """Whether Pillow reads it right."""
        if self.kind != UNSIGNED:
            return False
        if self.bits > 8:
            return (self.bits == 12 and self.bands == 1 and self.meaning == BLACK_IS_ZERO) or (
                self.bits == 16 and self.meaning == _CMYK and self.planes == 1
            )
        if self.compression in DEFLATE and self.meaning in _OWN and self.bands in (1, 3):
            return self.bits < 8  # zlib is silent where libtiff writes lines on stderr
        return self.bands <= _PILLOWS_BANDS.get(self.meaning, 4)

    def flaw(self) -> str | None:
        """Say what of it is read by none; None if all is."""
        whole = self.bits in ((16, 32, 64) if self.kind == FLOAT else (8, 16, 32, 64))
        if self.kind not in KINDS or not whole:
            return f"its samples of {self.bits} bits are of a kind that is not read"
        if self.meaning not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
            return f"its colors are of a kind that is not read with {self.bits} bits"
        if self.compression in _JPEG:
            return "its compression is not read at this depth"
        return None


def layout_of(tags: Tags) -> Layout:
    """Tell from the tags of a page how its samples lie."""
    bands = tags.get(SAMPLES, (1,))[0]
    bits = tags.get(BITS, (1,))
    kinds = tags.get(FORMAT, (UNSIGNED,))
    return Layout(
        (int(tags[WIDTH][0]), int(tags[HEIGHT][0])),
        bits[0] if len(set(bits)) == 1 else 0,
        (UNSIGNED if kinds[0] == 4 else kinds[0]) if len(set(kinds)) == 1 else 0,
        bands,
        tags.get(PLANES, (1,))[0] if bands > 1 else 1,
        tags.get(PHOTOMETRIC, (BLACK_IS_ZERO,))[0],
        tags.get(COMPRESSION, (PLAIN,))[0],
    )


@dataclass(frozen=True)
class Grid:
    """The strips or tiles of a page, or of each of its planes.

    Parameters
    ----------
    width, rows : int
        Pixels and rows of each.
    across, down : int
        How many there are beside and below each other.
    length : int
        Bytes of a row of one.
    places, sizes : int
        The tags that tell where in the file they lie, and how many bytes they take there.
    """

    width: int
    rows: int
    across: int
    down: int
    length: int
    places: int
    sizes: int

    @classmethod
    def of(cls, tags: Tags, layout: Layout) -> Grid:
        """Tell from the tags of a page how it is cut."""
        width, height = layout.size
        tiled = TILES in tags
        tile = tags[TILE_WIDTH][0] if tiled else width
        rows = tags[TILE_HEIGHT][0] if tiled else min(height, tags.get(ROWS, (height,))[0])
        length = tile * layout.together * layout.bits // 8
        places, sizes = (TILES, TILE_SIZES) if tiled else (STRIPS, STRIP_SIZES)
        return cls(tile, rows, -(-width // tile), -(-height // rows), length, places, sizes)


def unpacked(content: bytes, tags: Tags, layout: Layout, name: str) -> NDArray[Any]:
    """Unpack samples, (H, W, bands), of the type that the file has."""
    (width, height), together = layout.size, layout.together
    planes = layout.bands // together
    grid = Grid.of(tags, layout)
    padded = grid.across * grid.width, grid.down * grid.rows
    check_budget(padded, 6 * layout.bands * layout.bits // 8, len(content), name)
    places, sizes = grid.places, grid.sizes
    each = len(tags[places]) // planes
    found = []
    for plane in range(planes):
        part = slice(plane * each, (plane + 1) * each)
        lie = {tag: tags[tag][part] for tag in (places, sizes) if tag in tags}
        if (layout.compression == PLAIN or layout.compression in DEFLATE) and (
            tags.get(FILL_ORDER, (1,))[0] == 1 and len(lie) == 2
        ):
            lines = _bytes_of_pieces(content, lie[places], lie[sizes], layout, grid)
        elif len(lie) < 2:
            raise ArgumentError("its tags are incomplete")
        else:
            lines = _bytes_by_pillow(content, {**tags, **lie}, layout, grid)
        samples = _numbers(lines, tags, layout, together, byte_order(content))
        found.append(samples.reshape(height, -1, together)[:, :width])
    return found[0] if planes == 1 else np.concatenate(found, axis=2)


def _bytes_of_pieces(
    content: bytes, places: tuple[int, ...], sizes: tuple[int, ...], layout: Layout, grid: Grid
) -> NDArray[np.uint8]:
    """Take (H, tiles, bytes) of strips or tiles that are plain or deflated."""
    height = layout.size[1]
    lines = np.zeros((grid.down * grid.rows, grid.across, grid.length), np.uint8)
    there = 0
    for index, (place, size) in enumerate(zip(places, sizes, strict=False)):
        down, across = divmod(index, grid.across)
        if down >= grid.down:
            break
        packed, most = content[place : place + size], grid.rows * grid.length
        if layout.compression != PLAIN:
            try:
                packed = zlib.decompressobj().decompress(packed, most)
            except zlib.error:
                packed = b""
        start = down * grid.rows
        whole = min(len(packed) // grid.length, grid.rows, height - start)
        data = np.frombuffer(packed, np.uint8, whole * grid.length)
        lines[start : start + whole, across] = data.reshape(whole, grid.length)
        there += whole
    if there < height * grid.across:
        raise ArgumentError(only_some_rows(there / (height * grid.across)))
    return lines[:height]


def _bytes_by_pillow(content: bytes, tags: Tags, layout: Layout, grid: Grid) -> NDArray[np.uint8]:
    """Unpack (H, tiles, bytes) by Pillow, as if they were a gray picture."""
    kept = (COMPRESSION, FILL_ORDER, ROWS, TILE_HEIGHT, STRIPS, STRIP_SIZES, TILES, TILE_SIZES)
    height = layout.size[1]
    as_gray = {tag: tags[tag] for tag in kept if tag in tags}
    as_gray |= {WIDTH: (grid.across * grid.length,), HEIGHT: (height,)}
    as_gray |= {BITS: (8,), SAMPLES: (1,), PHOTOMETRIC: (BLACK_IS_ZERO,)}
    if TILES in tags:
        as_gray[TILE_WIDTH] = (grid.length,)
    with open_tiff(rewritten(content, as_gray)) as picture:
        return np.asarray(picture).reshape(height, grid.across, grid.length)


def _numbers(
    lines: NDArray[Any], tags: Tags, layout: Layout, together: int, order: str
) -> NDArray[Any]:
    """Read (H, tiles, bytes) as numbers, (H, tiles, tile width, together); undo the predictor."""
    size = layout.bits // 8
    predictor = 1 if layout.compression == PLAIN else tags.get(PREDICTOR, (1,))[0]
    height, across, length = lines.shape
    dtype = np.dtype(f"{'>' if predictor == 3 else order}{KINDS[layout.kind]}{size}")
    if predictor == 3:  # the bytes of like weight lie together, each as a difference
        summed = np.cumsum(lines.reshape(height, across, -1, together), axis=2, dtype=np.uint8)
        lines = summed.reshape(height, across, size, length // size).swapaxes(2, 3)
    values = np.ascontiguousarray(lines).reshape(height, across, length).view(dtype)
    numbers = values.reshape(height, across, -1, together).astype(dtype.newbyteorder("="))
    if predictor == 2:
        numbers = np.cumsum(numbers, axis=2, dtype=numbers.dtype)
    return numbers
