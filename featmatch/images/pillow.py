"""Pillow without its warnings and its own size limit, and the orientation in a picture's EXIF."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import PIL.Image

ORIENTATION_TAG = 0x0112

_PILLOW_LOCK = threading.Lock()


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Work with Pillow, one thread at a time, without its warnings and its own size limit.

    Both are settings of the whole process, so they are changed only while the lock is held.
    """
    import PIL.Image

    with _PILLOW_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = limit


def open_picture(content: bytes) -> PIL.Image.Image | None:
    """Open the content of a file without decoding it; None if Pillow does not know the format."""
    import PIL.Image

    with quiet_pillow():
        try:
            return PIL.Image.open(io.BytesIO(content))
        except PIL.UnidentifiedImageError:
            return None


def orientation_of(picture: PIL.Image.Image) -> object:
    """Return what the EXIF says of the picture's orientation, which may be anything, or None."""
    try:
        return picture.getexif().get(ORIENTATION_TAG)
    except Exception:  # garbage in place of EXIF; the picture itself may be sound
        return None
