"""What matches look like, whatever draws them."""

from __future__ import annotations

import cv2
import numpy as np

from featmatch.types import Array

MAX_LINES = 120
"""The most inliers, and the most wrong matches, drawn as lines; more would hide the images."""

WRONG = "#D55E00"
"""Color of wrong matches, of Okabe & Ito, whose colors the color-blind can tell apart."""

# The shades of viridis, which the color-blind can tell apart too.
_SHADES = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)[:, 0]
_DARKEST, _BRIGHTEST = 0.2, 0.9  # of the shades that can be seen on dark and on bright images


def place_colors(places: Array) -> list[str]:
    """Return the colors, as "#rrggbb", of places from 0 to 1 along an image."""
    shades = _DARKEST + (_BRIGHTEST - _DARKEST) * np.asarray(places)
    rows = _SHADES[(len(_SHADES) * shades).astype(int)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for blue, green, red in rows.tolist()]
