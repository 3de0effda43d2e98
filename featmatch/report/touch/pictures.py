"""Pictures inside a page, as good as the room for them allows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import Any

from featmatch.images.image import shrink
from featmatch.report.page.encode import encode_picture
from featmatch.types import Array

QUALITIES = (90, 82, 74, 66, 58, 50)
"""Of JPEG, tried in turn; below the last, fewer pixels look better than worse ones."""

MIN_ROOM = 30_000
"""Characters of each picture: so many it gets, however long the rest of the page is."""

_MOST_PIXELS = 1600 * 1600  # no screen shows more of two pictures beside each other
_STEP = sqrt(0.5)  # of the sides: half of the pixels


def encode_pictures(pictures: Sequence[Array], room: int) -> list[dict[str, Any]]:
    """Encode pictures as data URIs, all of one quality, the best that the room allows.

    Parameters
    ----------
    pictures : sequence of (H, W) or (H, W, 3) uint8 or float32 in [0, 1]
    room : int
        The most characters that all data URIs have together; `MIN_ROOM` for each if that
        is more.

    Returns
    -------
    list of dict
        Each with ``src``, ``width`` and ``height``; these are those of the picture in the page,
        which may have fewer pixels.
    """
    room = max(room, MIN_ROOM * len(pictures))
    pictures = [_at_most(picture, _MOST_PIXELS) for picture in pictures]
    while True:
        for quality in QUALITIES:
            encoded = [encode_picture(picture, quality) for picture in pictures]
            if sum(len(picture["src"]) for picture in encoded) <= room:
                return encoded
        pictures = [shrink(picture, int(max(picture.shape[:2]) * _STEP)) for picture in pictures]


def _at_most(picture: Array, num_pixels: int) -> Array:
    factor = min(1.0, sqrt(num_pixels / prod(picture.shape[:2])))
    return shrink(picture, max(1, int(max(picture.shape[:2]) * factor)))
