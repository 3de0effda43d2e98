"""How much memory a file may take when it is decoded; asked before any of it is taken."""

from __future__ import annotations

from featmatch.errors import ImageReadError

MAX_PIXELS = 500_000_000
"""Images that declare more pixels than this are refused before they are decoded."""

SMALL = 800_000_000
"""Bytes, 800 MB, that the decoding of any file may take, however small the file is."""

MAX_EXPANSION = 200
"""Bytes that one byte of a file may stand for above that: photographs seldom come to 50."""


def check_budget(size: tuple[int, int], bytes_per_pixel: int, num_bytes: int, name: str) -> None:
    """Refuse a picture that is too large, or much larger than its file can be believed to hold.

    Parameters
    ----------
    size : tuple (width, height)
        In pixels, as the file declares it.
    bytes_per_pixel : int
        What its decoding takes at its peak.
    num_bytes : int
        Of the file.
    name : str
        What the error message calls it.

    Raises
    ------
    ImageReadError
        There are no pixels, more than `MAX_PIXELS`, or too many for a file of `num_bytes`.
    """
    width, height = size
    num_pixels = width * height
    if num_pixels > MAX_PIXELS:
        raise ImageReadError(
            f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, got {width} x {height} = "
            f"{num_pixels / 1e6:.0f} megapixels; make the image smaller first"
        )
    if width <= 0 or height <= 0:
        raise ImageReadError(f"{name}: the image has no pixels ({width} x {height}); save it again")
    if num_pixels * bytes_per_pixel > max(SMALL, MAX_EXPANSION * num_bytes):
        raise ImageReadError(
            f"{name}: {num_bytes:,} bytes that would become {width} x {height} pixels and take"
            f" {num_pixels * bytes_per_pixel / 1e9:.1f} GB of memory: too many to be believed; make"
            " the image smaller first"
        )
