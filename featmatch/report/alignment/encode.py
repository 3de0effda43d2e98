"""Pixels of any depth as files of pictures."""

from __future__ import annotations

from struct import Struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ArgumentError
from featmatch.images.original import OPAQUE, Original

PICTURE_ENDINGS = (".png", ".tif", ".tiff", ".webp", ".jpg", ".jpeg")

_DEPTHS = {".png": ("u1", "u2"), ".tif": ("u1", "u2", "f4"), ".tiff": ("u1", "u2", "f4")}
_EIGHT_BITS = ("u1",)
_WITHOUT_ALPHA = (".jpg", ".jpeg")
_QUALITY = 95  # of JPEG
_WIDE = 257  # 65535 / 255
_EXTRA_SAMPLE_IS_OPACITY = (338, 3, 1, 2, 0)  # tag, type (short), count, value, padding of a TIFF


def encode_picture(picture: Original, ending: str) -> bytes:
    """Write a picture in the form of an ending.

    What is not known is transparent; NaN in a TIFF of floats, black in a JPEG.

    Raises
    ------
    ArgumentError
        The form does not hold samples of such a depth.
    """
    colors, opacity = picture.colors, picture.opacity
    depth, floats = colors.dtype.str[1:], colors.dtype.kind == "f"
    if depth not in _DEPTHS.get(ending, _EIGHT_BITS):
        bits = 8 * colors.dtype.itemsize
        better = ".tif" if floats else ".png or .tif"
        raise ArgumentError(
            f"output: expected samples of 8 bits for {ending}, got {'floats' if floats else bits} "
            f"{'' if floats else 'bits '}; choose {better}".replace(" ;", ";")
        )
    if opacity is not None and (opacity == OPAQUE).all():
        opacity = None
    if colors.ndim == 3:
        colors = cv2.cvtColor(colors, cv2.COLOR_RGB2BGR)
    if opacity is not None:
        colors = _hidden(colors, opacity, ending)
    options = (cv2.IMWRITE_JPEG_QUALITY, _QUALITY) if ending in _WITHOUT_ALPHA else ()
    if ending == ".webp":
        options = (cv2.IMWRITE_WEBP_QUALITY, 101)  # without loss
    content = cv2.imencode(ending, colors, options)[1].tobytes()
    has_alpha = ending in (".tif", ".tiff") and colors.ndim == 3 and colors.shape[2] == 4
    return _with_alpha_named(content) if has_alpha else content


def _hidden(colors: NDArray[Any], opacity: NDArray[np.uint8], ending: str) -> NDArray[Any]:
    if colors.dtype.kind == "f":
        unknown = opacity == 0
        return np.where(unknown[..., None] if colors.ndim == 3 else unknown, np.nan, colors).astype(
            np.float32
        )
    if ending in _WITHOUT_ALPHA:
        return colors
    if colors.ndim == 2:
        colors = np.dstack([colors] * 3)
    alpha = opacity.astype(colors.dtype) * (_WIDE if colors.dtype == np.uint16 else 1)
    return np.dstack([colors, alpha.astype(colors.dtype)])


def _with_alpha_named(tiff: bytes) -> bytes:
    """Add to a TIFF by OpenCV the tag that calls its fourth sample opacity, which it leaves out."""
    order = "<" if tiff[:2] == b"II" else ">"
    place, number, entry = (Struct(order + form) for form in ("I", "H", "HHIHH"))
    (start,) = place.unpack_from(tiff, 4)
    (num,) = number.unpack_from(tiff, start)
    entries = [tiff[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(num)]
    entries.append(entry.pack(*_EXTRA_SAMPLE_IS_OPACITY))
    entries.sort(key=lambda each: number.unpack_from(each)[0])
    content = tiff + b"\0" * (len(tiff) % 2)  # directories begin at even bytes
    directory = number.pack(num + 1) + b"".join(entries) + place.pack(0)
    return content[:4] + place.pack(len(content)) + content[8:] + directory
