"""An object that is looked for: its features, found once, and its pictures at several sizes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log2

import cv2
import numpy as np

from featmatch.features.selection import selected
from featmatch.features.sift import SIFT
from featmatch.geometry.residuals import Matrix
from featmatch.images.image import Image, resize_points
from featmatch.images.view import View
from featmatch.types import Features

EXTRACTOR = SIFT(max_keypoints=100_000, num_candidates=0, spread=False)
"""Of objects and scenes: all keypoints, as a small thing in a large picture has few."""

LARGEST = 1000.0
"""px, longer side of an object as worked on: things in scenes seldom show more."""

ENOUGH = 128.0
"""px, shorter side: below, an image has few keypoints, and is enlarged."""

MOST_ENLARGED = 4.0
"""Times: beyond, there is nothing but what the interpolation made."""

_LEAST_SCALE = 1.8  # px, of keypoints: SIFT finds none smaller
_STEPS = 2  # sizes of an octave


@dataclass(frozen=True, eq=False)
class Level:
    """An object at one size: an image of its own, with its features.

    Attributes
    ----------
    view : View
        Whose pixels are those of the original.
    features : Features
        In its pixels.
    from_object : (3, 3) float64
        Map of the pixels of the original object.
    """

    view: View
    features: Features
    from_object: Matrix


@dataclass(frozen=True, eq=False)
class Sought:
    """An object that is looked for in scenes.

    Parameters
    ----------
    view : View
        At its full size.
    """

    view: View
    _levels: dict[float, Level] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the original."""
        return self.view.image.size

    @cached_property
    def features(self) -> Features:
        """In pixels of the original; extracted when first asked for."""
        shorter, longer = sorted(self.size)
        factor = min(max(1.0, ENOUGH / shorter), MOST_ENLARGED, LARGEST / longer)
        view = resized(self.view, factor)
        return EXTRACTOR.extract(replace(view.image, size=self.size), view.usable)

    def level(self, shorter: float) -> Level:
        """Return the object at a size about as large: its shorter side in pixels."""
        factor = shorter / min(self.size)
        factor = 2.0 ** (round(_STEPS * log2(factor)) / _STEPS)
        if factor not in self._levels:
            self._levels[factor] = self._resized(factor)
        return self._levels[factor]

    def _resized(self, factor: float) -> Level:
        view = resized(self.view, factor)
        scale = np.divide(view.image.size, self.size)
        features = self.features
        scales = features.scales * np.float32(scale.max())
        seen = np.flatnonzero(scales >= _LEAST_SCALE)
        features = replace(
            features,
            keypoints=resize_points(features.keypoints, scale).astype(np.float32),
            scales=scales,
            image_size=view.image.size,
            pixel_size=1.0,
        )
        return Level(view, selected(features, seen), resizing(scale[0], scale[1]))


def resized(view: View, factor: float) -> View:
    """Return an image of its own, each side of it `factor` times as long as that of a view."""
    height, width = view.image.pixels.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    smooth = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    pixels = np.asarray(cv2.resize(view.image.pixels, size, interpolation=smooth))
    if pixels.dtype != np.uint8:
        pixels = np.clip(pixels, 0, 1)
    usable = None
    if view.usable is not None:
        nearest = cv2.INTER_NEAREST_EXACT
        usable = np.asarray(cv2.resize(view.usable, size, interpolation=nearest), np.uint8)
    return View(Image(pixels, size, view.image.name), usable)


def resizing(factor_x: float, factor_y: float) -> Matrix:
    """Return how points move when their image is resized; see `resize_points`."""
    shift_x, shift_y = (factor_x - 1) / 2, (factor_y - 1) / 2
    return np.array([[factor_x, 0, shift_x], [0, factor_y, shift_y], [0, 0, 1.0]])
