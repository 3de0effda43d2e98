"""Small pictures of the images of a collection, for its page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from featmatch.collection.records import ImageEntry
from featmatch.errors import FeatmatchError
from featmatch.images.image import read_image
from featmatch.threads import parallel_map

MOST_THUMBNAILS = 400
"""Together with the largest size below about 5 MB of a page."""

_SIDE, _LARGE_SIDE = 200, 400  # px, of the longer side
_MOST_LARGE = 100  # images
_QUALITY = 70  # of JPEG


@dataclass(frozen=True)
class Thumbnail:
    """A picture as a page takes it.

    Attributes
    ----------
    src : str
        A data URI.
    width, height : int
        In pixels.
    """

    src: str
    width: int
    height: int


def make_thumbnails(folder: Path, images: Iterable[ImageEntry]) -> dict[str, Thumbnail]:
    """Make thumbnails of the first `MOST_THUMBNAILS` images; none of files that are gone."""
    chosen = list(images)[:MOST_THUMBNAILS]
    side = _LARGE_SIDE if len(chosen) <= _MOST_LARGE else _SIDE
    made = parallel_map(lambda image: _thumbnail(folder, image, side), chosen)
    return {image.name: one for image, one in zip(chosen, made, strict=True) if one is not None}


def _thumbnail(folder: Path, image: ImageEntry, side: int) -> Thumbnail | None:
    try:
        pixels = read_image(folder / image.name, max_size=side, exif=image.exif).pixels
    except FeatmatchError:
        return None
    if pixels.dtype != np.uint8:
        pixels = np.rint(255 * pixels).astype(np.uint8)
    samples = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    content = cv2.imencode(".jpg", samples, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes()
    height, width = pixels.shape[:2]
    return Thumbnail(f"data:image/jpeg;base64,{b64encode(content).decode('ascii')}", width, height)
