"""Two images on one canvas, made visible: what differs, both beside each other, in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.images.original import Original

Pixels = npt.NDArray[np.uint8]
Compared: TypeAlias = Callable[[Original, Original], Pixels]

_SQUARES = 12  # of a checkerboard, along the longer side
_GAP = 8  # px between two pictures
_WHITE = 255
_BLINK_SECONDS = 0.6
_LONGEST = 1200  # px, side of an animation: its frames have 256 colors and little compression


def difference(moving: Original, fixed: Original) -> Pixels:
    """Show what differs where both images are: the lighter, the more."""
    unlike = cv2.absdiff(moving.as_bytes(), fixed.as_bytes())
    for each in (moving, fixed):
        if each.opacity is not None:
            unlike[each.opacity == 0] = 0
    return np.asarray(unlike, np.uint8)


def side_by_side(moving: Original, fixed: Original) -> Pixels:
    """Show the moving image beside the fixed one."""
    gap = np.full((moving.size[1], _GAP, 3), _WHITE, np.uint8)
    return np.hstack([moving.as_bytes(), gap, fixed.as_bytes()])


def checkerboard(moving: Original, fixed: Original) -> Pixels:
    """Show both images in squares that take turns; where one shows nothing, the other."""
    width, height = moving.size
    side = max(1, max(width, height) // _SQUARES)
    shows_moving = (np.arange(height)[:, None] // side + np.arange(width) // side) % 2 == 1
    if moving.opacity is not None:
        shows_moving &= moving.opacity > 0
    if fixed.opacity is not None:
        shows_moving |= fixed.opacity == 0
    return np.where(shows_moving[..., None], moving.as_bytes(), fixed.as_bytes())


def blink(moving: Original, fixed: Original) -> bytes:
    """Show both images in turn, as an animated GIF."""
    from PIL import Image as Pillow  # loads Pillow

    width, height = moving.size
    factor = min(1.0, _LONGEST / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    frames = [
        Pillow.fromarray(cv2.resize(each.as_bytes(), size, interpolation=cv2.INTER_AREA))
        for each in (fixed, moving)
    ]
    content = BytesIO()
    duration = round(1000 * _BLINK_SECONDS)  # milliseconds
    frames[0].save(
        content, "GIF", save_all=True, append_images=frames[1:], duration=duration, loop=0
    )
    return content.getvalue()


VIEWS: Mapping[str, Compared] = MappingProxyType(
    {".difference": difference, ".side-by-side": side_by_side, ".checkerboard": checkerboard}
)
"""What stands before the ending of a picture's name -> what makes it."""
