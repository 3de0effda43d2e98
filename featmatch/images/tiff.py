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

from featmatch.errors import ArgumentError, ImageReadError
from featmatch.images.budget import check_budget
from featmatch.images.samples import Samples
from featmatch.images.tags import ORIENTATION, Tags, read_directories
from featmatch.images.tiff_layout import (
    FLOAT,
    RGB,
    SIGNED,
    WHITE_IS_ZERO,
    Layout,
    layout_of,
    unpacked,
)
from featmatch.images.tiff_pieces import check_pieces
from featmatch.images.tiff_rewriting import (
    EXTRA,
    HEIGHT,
    PHOTOMETRIC,
    STRIPS,
    TILES,
    WIDTH,
    rewritten,
)

NODATA = 42113  # as GDAL writes it, in digits

_OF_A_SENSOR = {32803, 34892}  # color filter array, linear raw


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
    layout = layout_of(tags)
    page = Page(layout.size, tags.get(ORIENTATION, (1,))[0], _nodata(tags))
    size = 6 * layout.bands * layout.bits // 8 if layout.bits > 8 else 4 + 2 * layout.bands
    check_budget(layout.size, size, len(content), name)
    if only_header:
        return page
    if layout.is_for_pillow:
        check_pieces(content, tags, layout, name)
        return replace(page, for_pillow=rewritten(content, tags))
    flaw = layout.flaw()
    if flaw:
        raise ImageReadError(f"{name}: {flaw}; save it as PNG, or as TIFF of 8 or 16 bits")
    samples = _meant(unpacked(content, tags, layout, name), tags, layout)
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
        raise ArgumentError("its directory of tags is missing")
    page = (whole or pages)[0]
    if page.get(PHOTOMETRIC, (1,))[0] in _OF_A_SENSOR:
        raise ImageReadError(
            f"{name}: a camera's raw file, whose photograph has yet to be developed; save it as"
            " TIFF or JPEG with the camera's software"
        )
    return page


def _meant(numbers: NDArray[Any], tags: Tags, layout: Layout) -> Samples:
    """Tell colors and alpha apart; types that few functions take become others."""
    num_colors = 3 if layout.meaning == RGB else 1
    extra = tags.get(EXTRA, (2,) if (layout.meaning, layout.bands) == (RGB, 4) else ())
    alpha = None
    if extra and extra[0] in (1, 2) and layout.bands > num_colors:
        alpha = numbers[..., num_colors]
    of_color = layout.meaning == RGB or alpha is not None
    colors = numbers[..., :num_colors] if of_color else numbers
    if layout.meaning == WHITE_IS_ZERO:
        colors = -colors if layout.kind == FLOAT else ~colors
    if layout.kind == SIGNED and layout.bits == 8:
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
