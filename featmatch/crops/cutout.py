"""A part of an image, made larger or smaller, that is matched in place of the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from featmatch.geometry.residuals import Matrix
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.types import Features


@dataclass(frozen=True)
class Cutout:
    """A box of an image at its full size.

    Attributes
    ----------
    whole : View
        Its pixels are those of the original.
    left, top, right, bottom : int
        In pixels; right and bottom are not part of it.
    """

    whole: View
    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of_all(cls, view: View) -> Cutout:
        """Return the cutout that is all of an image."""
        return cls(view, 0, 0, *view.image.size)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def into_whole(self) -> Matrix:
        """(3, 3) map of the cutout to the whole image."""
        return np.array([[1, 0, self.left], [0, 1, self.top], [0, 0, 1.0]])

    def resized(self, factor: float) -> View:
        """Return the cutout as an image of its own, each side `factor` times as long."""
        image = self.whole.image
        rows, columns = slice(self.top, self.bottom), slice(self.left, self.right)
        width, height = (max(1, round(side * factor)) for side in self.size)
        smooth = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
        pixels = cv2.resize(image.pixels[rows, columns], (width, height), interpolation=smooth)
        if image.pixels.dtype != np.uint8:
            pixels = np.clip(pixels, 0, 1)
        usable = None
        if self.whole.usable is not None:
            inside = np.ascontiguousarray(self.whole.usable[rows, columns])
            nearest = cv2.INTER_NEAREST_EXACT
            usable = np.asarray(
                cv2.resize(inside, (width, height), interpolation=nearest), np.uint8
            )
        return View(Image(np.asarray(pixels), self.size, image.name), usable)

    def features_in_whole(self, features: Features) -> Features:
        """Return features of the cutout as features of the whole image."""
        corner = np.array([self.left, self.top], np.float32)
        keypoints = features.keypoints + corner
        return replace(features, keypoints=keypoints, image_size=self.whole.image.size)
