"""What is given for two images, read for both at the same time."""

from __future__ import annotations

from typing import Any

from featmatch.images.files import is_pipe
from featmatch.images.image import Image, ImageSource
from featmatch.images.view import CameraSource, Reading, View
from featmatch.threads import parallel_map


def read_views(
    images: tuple[ImageSource | Image, ImageSource | Image],
    masks: tuple[ImageSource | None, ImageSource | None],
    cameras: tuple[CameraSource | None, CameraSource | None],
    reading: Reading,
) -> tuple[View, View]:
    """Read both images at the same time, with their masks and cameras."""

    def read(which: int) -> View:
        return View.read(
            images[which],
            mask=masks[which],
            camera=cameras[which],
            reading=reading,
            which=str(which),
        )

    # Only the calling thread can be interrupted while it waits for what a pipe will bring.
    piped = any(map(is_pipe, (*images, *masks)))
    view0, view1 = parallel_map(read, (0, 1), max_workers=1 if piped else None)
    return view0, view1


def pair_of(value: Any) -> tuple[Any, Any]:
    """Return what is given for both images, or for each in a pair, as a pair."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return value[0], value[1]
    return value, value
