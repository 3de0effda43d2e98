"""Plain data as JSON: dataclasses become objects, arrays numbers, and pictures data URIs."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.images.image import Image
from featmatch.plain import is_picture, plain

NUM_DIGITS = 6  # of floats; more than any measure here is good for
MAX_LOSSLESS = 48_000  # bytes of a PNG; larger pictures are photographs, which become JPEG
JPEG_QUALITY = 80


def encode(value: Any) -> Any:
    """Make of plain data what `json.dumps` takes.

    Parameters
    ----------
    value : object
        What `featmatch.plain.plain` takes, and `Image`. An array (H, W) or (H, W, 3) of uint8 is a
        picture and becomes a data URI, ``{"src": ..., "width": ..., "height": ...}``; one of
        float16 is weights and becomes ``{"shape": [...], "half": base64}``.

    Returns
    -------
    dict, list, str, int, float, bool or None
        Floats are rounded to `NUM_DIGITS` significant digits.

    Raises
    ------
    ArgumentError
        A number is not finite, or a value is none of these.
    """
    return plain(value, num_digits=NUM_DIGITS, replace=_as_plain)


def script_json(value: Any) -> str:
    """Write plain data as JSON that may stand in a script element: no text in it ends the element.

    `<`, `>`, `&` and all letters beyond ASCII are escaped, so names of files stay what they are.
    """
    text = json.dumps(encode(value), allow_nan=False, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def encode_picture(
    pixels: NDArray[Any], quality: int = JPEG_QUALITY, *, lossless: bool = False
) -> dict[str, Any]:
    """Write a picture as a data URI.

    Parameters
    ----------
    pixels : (H, W) or RGB (H, W, 3), uint8 or float32 in [0, 1]
    quality : int
        Of JPEG, up to 100, where a PNG would be larger than `MAX_LOSSLESS`.
    lossless : bool
        A PNG, however large.

    Returns
    -------
    dict
        With the keys ``src``, ``width`` and ``height``.
    """
    samples = _bytes_of(pixels)
    height, width = samples.shape[:2]
    if samples.ndim == 3:
        samples = np.asarray(cv2.cvtColor(samples, cv2.COLOR_RGB2BGR), np.uint8)
    kind, content = "png", cv2.imencode(".png", samples)[1].tobytes()
    if len(content) > MAX_LOSSLESS and not lossless:
        options = (cv2.IMWRITE_JPEG_QUALITY, quality)
        kind, content = "jpeg", cv2.imencode(".jpg", samples, options)[1].tobytes()
    source = f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
    return {"src": source, "width": width, "height": height}


def _as_plain(value: Any) -> Any:
    """Make text of names, and data URIs of pictures."""
    if isinstance(value, str):  # the bytes of a file name need not be text
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Image):
        return {"pixels": _bytes_of(value.pixels), "size": value.size, "name": value.name}
    if isinstance(value, np.ndarray) and value.dtype == np.float16:
        half = np.ascontiguousarray(value, "<f2").tobytes()
        return {"shape": value.shape, "half": b64encode(half).decode("ascii")}
    return encode_picture(value) if is_picture(value) else value


def _bytes_of(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    samples: NDArray[np.uint8] = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
    return samples
