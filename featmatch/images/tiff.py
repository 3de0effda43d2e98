"""TIFF by its tags: the page that holds the picture, and samples of every depth and layout.

What Pillow reads right (8 bits and fewer, palettes, CMYK, LAB, YCbCr) it reads from a file of the
needed tags alone. Deeper samples, planes and bands it would misread; for those it unpacks bytes
only, as if they were a gray picture, and the tags say here what the bytes mean.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ImageReadError
from featmatch.images.budget import check_budget
from featmatch.images.samples import Samples
from featmatch.images.tags import ORIENTATION, Tags, byte_order, read_directories
from featmatch.images.tiff_rewriting import (
    BITS,
    COMPRESSION,
    EXTRA,
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

NODATA = 42113  # as GDAL writes it, in digits

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK = 0, 1, 2, 5
_OF_A_SENSOR = {32803, 34892}  # color filter array, linear raw
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}
_PILLOWS_BANDS = {_WHITE_IS_ZERO: 2, _BLACK_IS_ZERO: 2, _RGB: 6}
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
    """

    size: tuple[int, int]
    bits: int
    kind: int
    bands: int
    planes: int
    meaning: int

    @property
    def is_for_pillow(self) -> bool:
        """Whether Pillow reads it right."""
        if self.kind != _UNSIGNED:
            return False
        if self.bits > 8:
            return (self.bits == 12 and self.bands == 1 and self.meaning == _BLACK_IS_ZERO) or (
                self.bits == 16 and self.meaning == _CMYK and self.planes == 1
            )
        return self.bands <= _PILLOWS_BANDS.get(self.meaning, 4)

    def flaw(self) -> str | None:
        """Say what of it is read by none; None if all is."""
        whole = self.bits in ((16, 32, 64) if self.kind == _FLOAT else (8, 16, 32, 64))
        if self.kind not in _KINDS or not whole:
            return f"its samples of {self.bits} bits are of a kind that is not read"
        if self.meaning not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
            return f"its colors are of a kind that is not read with {self.bits} bits"
        return None


@dataclass(frozen=True, eq=False)
class Page:
    """The picture in a TIFF.

    Parameters
    ----------
    size : tuple (width, height)
    orientation : int
        As the tag says it; nothing has been turned.
    nodata : float, optional
        The value of pixels that hold nothing.
    samples : Samples, optional
        None if Pillow reads them right.
    for_pillow : bytes
        Then it is a TIFF of this picture alone.
    """

    size: tuple[int, int]
    orientation: int
    nodata: float | None
    samples: Samples | None = None
    for_pillow: bytes = b""


def read_tiff(content: bytes, name: str, *, only_header: bool = False) -> Page:
    """Read the picture in a TIFF.

    Raises
    ------
    ImageReadError
        There is no picture in it, or one of a kind that is not read.
    """
    tags = _tags_of_picture(read_directories(content), name)
    layout = _layout(tags)
    page = Page(layout.size, tags.get(ORIENTATION, (1,))[0], _nodata(tags))
    check_budget(layout.size, 6 * layout.bands * max(1, layout.bits // 8), len(content), name)
    if only_header:
        return page
    if layout.is_for_pillow:
        return replace(page, for_pillow=rewritten(content, tags))
    flaw = layout.flaw()
    if flaw or tags.get(COMPRESSION, (1,))[0] in _JPEG:
        raise ImageReadError(
            f"{name}: {flaw or 'its compression is not read at this depth'}; save it as PNG, or"
            " as TIFF of 8 or 16 bits"
        )
    samples = _meant(_unpacked(content, tags, layout, name), tags, layout)
    return replace(page, samples=replace(samples, nodata=page.nodata))


def _tags_of_picture(directories: list[Tags], name: str) -> Tags:
    """Choose the picture: the first that is no thumbnail or mask, if there is such."""
    pages = [
        tags
        for tags in directories
        if WIDTH in tags and HEIGHT in tags and tags.keys() & {STRIPS, TILES, 513}
    ]
    whole = [tags for tags in pages if not tags.get(254, (0,))[0] & 5]
    if not pages:
        raise ImageReadError(f"{name}: not an image in a known format; save it as PNG or JPEG")
    page = (whole or pages)[0]
    if page.get(PHOTOMETRIC, (1,))[0] in _OF_A_SENSOR:
        raise ImageReadError(
            f"{name}: a camera's raw file, whose photograph has yet to be developed; save it as"
            " TIFF or JPEG with the camera's software"
        )
    return page


def _layout(tags: Tags) -> Layout:
    bands = tags.get(SAMPLES, (1,))[0]
    bits = tags.get(BITS, (1,))
    kinds = tags.get(FORMAT, (_UNSIGNED,))
    return Layout(
        (int(tags[WIDTH][0]), int(tags[HEIGHT][0])),
        bits[0] if len(set(bits)) == 1 else 0,
        (_UNSIGNED if kinds[0] == 4 else kinds[0]) if len(set(kinds)) == 1 else 0,
        bands,
        tags.get(PLANES, (1,))[0] if bands > 1 else 1,
        tags.get(PHOTOMETRIC, (_BLACK_IS_ZERO,))[0],
    )


def _unpacked(content: bytes, tags: Tags, layout: Layout, name: str) -> NDArray[Any]:
    """Unpack samples, (H, W, bands), of the type that the file has."""
    width, height = layout.size
    tiled = TILES in tags
    tile = tags[TILE_WIDTH][0] if tiled else width
    across = -(-width // tile)
    planes, together = (layout.bands, 1) if layout.planes == 2 else (1, layout.bands)
    step = together * layout.bits // 8
    places, sizes = (TILES, TILE_SIZES) if tiled else (STRIPS, STRIP_SIZES)
    each = len(tags[places]) // planes
    as_gray = {tag: tags[tag] for tag in (COMPRESSION, 266, ROWS, TILE_HEIGHT) if tag in tags}
    as_gray |= {WIDTH: (across * tile * step,), HEIGHT: (height,), BITS: (8,), SAMPLES: (1,)}
    as_gray |= {PHOTOMETRIC: (_BLACK_IS_ZERO,)} | ({TILE_WIDTH: (tile * step,)} if tiled else {})
    check_budget((across * tile, height), 6 * layout.bands * layout.bits // 8, len(content), name)
    found = []
    for plane in range(planes):
        part = slice(plane * each, (plane + 1) * each)
        lie = {place: tags[place][part] for place in (places, sizes) if place in tags}
        with open_tiff(rewritten(content, as_gray | lie)) as picture:
            unpacked = np.asarray(picture).reshape(height, across, tile * step)
        samples = _numbers(unpacked, tags, layout, together, byte_order(content))
        found.append(samples.reshape(height, across * tile, together)[:, :width])
    return found[0] if planes == 1 else np.concatenate(found, axis=2)


def _numbers(
    rows: NDArray[Any], tags: Tags, layout: Layout, together: int, order: str
) -> NDArray[Any]:
    """Read (H, tiles, bytes) as numbers, (H, tiles, tile width, together); undo the predictor."""
    size, predictor = layout.bits // 8, tags.get(PREDICTOR, (1,))[0]
    height, across, length = rows.shape
    dtype = np.dtype(f"{'>' if predictor == 3 else order}{_KINDS[layout.kind]}{size}")
    if predictor == 3:  # the bytes of like weight lie together, each as a difference
        summed = np.cumsum(rows.reshape(height, across, -1, together), axis=2, dtype=np.uint8)
        rows = summed.reshape(height, across, size, length // size).swapaxes(2, 3)
    values = np.ascontiguousarray(rows).reshape(height, across, length).view(dtype)
    numbers = values.reshape(height, across, -1, together).astype(dtype.newbyteorder("="))
    if predictor == 2:
        numbers = np.cumsum(numbers, axis=2, dtype=numbers.dtype)
    return numbers


def _meant(numbers: NDArray[Any], tags: Tags, layout: Layout) -> Samples:
    """Tell colors and alpha apart; types that few functions take become others."""
    num_colors = 3 if layout.meaning == _RGB else 1
    extra = tags.get(EXTRA, (2,) if (layout.meaning, layout.bands) == (_RGB, 4) else ())
    alpha = None
    if extra and extra[0] in (1, 2) and layout.bands > num_colors:
        alpha = numbers[..., num_colors]
    of_color = layout.meaning == _RGB or alpha is not None
    colors = numbers[..., :num_colors] if of_color else numbers
    if layout.meaning == _WHITE_IS_ZERO:
        colors = -colors if layout.kind == _FLOAT else ~colors
    if layout.kind == _SIGNED and layout.bits == 8:
        colors = (colors.astype(np.int16) + 128).astype(np.uint8)
    elif colors.dtype.kind != "f" and colors.dtype != np.uint8:
        fits = colors.size and colors.min() >= 0 and colors.max() <= 65535
        colors = colors.astype(np.uint16 if fits else np.float64)
    elif colors.dtype == np.float16:
        colors = colors.astype(np.float32)
    return Samples(
        colors, alpha, of_bands=not of_color, premultiplied=bool(extra and extra[0] == 1)
    )


def _nodata(tags: Tags) -> float | None:
    """Return the value of pixels that hold nothing; None if the file does not tell one."""
    with suppress(ValueError, TypeError):
        return float(bytes(tags[NODATA]).strip(b"\0 ").decode("ascii")) if NODATA in tags else None
    return None
