"""The part of a scene where an object may lie, turned and resized as the object is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from featmatch.alignment.sought import ENOUGH, MOST_ENLARGED, Level, Sought, resized, resizing
from featmatch.geometry.outlines import image_border
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.types import Array

LARGEST = 400.0
"""px, shorter side of what is compared: more moves an outline by a fraction of a pixel."""

_MARGIN = 0.2  # of the object's longer side, around it: a guess is as far off
_LEAST_SIDE = 16  # px


@dataclass(frozen=True, eq=False)
class Upright:
    """An object, and the part of a scene where it may lie, as images of one size.

    Attributes
    ----------
    level : Level
        The object.
    part : View
        An image of its own, in which the object would be upright and as large as in `level`.
    into_scene : (3, 3) float64
        Map of the part's pixels to those of the scene.
    enlarged : float
        How many pixels of both are one of the coarser original, along each side; at least 1.
    """

    level: Level
    part: View
    into_scene: Matrix
    enlarged: float

    @property
    def views(self) -> tuple[View, View]:
        """Of the object and of the part."""
        return self.level.view, self.part

    def to_object(self, points: Array) -> Array:
        """Map (N, 2) points of the level to the original object."""
        return transfer(np.linalg.inv(self.level.from_object), points)

    def to_scene(self, points: Array) -> Array:
        """Map (N, 2) points of the part to the scene."""
        return transfer(self.into_scene, points)

    def in_scene(self, homography: Matrix) -> Matrix:
        """Return a map of the level to the part as one of the original object to the scene."""
        whole: Matrix = self.into_scene @ homography @ self.level.from_object
        whole /= whole[2, 2]
        return whole

    def of_level(self, homography: Matrix) -> Matrix:
        """Do the reverse."""
        part = np.linalg.inv(self.into_scene) @ homography @ np.linalg.inv(self.level.from_object)
        part /= part[2, 2]
        return np.asarray(part)


def upright(
    sought: Sought, scene: View, similarity: Matrix, largest: float = LARGEST
) -> Upright | None:
    """Cut out of a scene where an object may lie.

    Parameters
    ----------
    sought : Sought
    scene : View
        What is not usable there is not in the part.
    similarity : (3, 3) float
        Of the object to the scene, in pixels of the originals.
    largest : float
        Limit to the shorter side of the object in the result, in pixels.

    Returns
    -------
    Upright or None
        None where less than a few pixels of the scene lie there.
    """
    to_working = resizing(*scene.image.scale)
    similarity = to_working @ similarity
    scale = float(np.sqrt(abs(np.linalg.det(similarity[:2, :2]))))
    shorter = scale * min(sought.size)
    shorter = min(max(shorter, min(ENOUGH, MOST_ENLARGED * shorter)), largest)
    level = sought.level(shorter)
    width, height = level.view.image.size
    margin = round(_MARGIN * max(width, height)) + 1
    size = width + 2 * margin, height + 2 * margin
    moved = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1.0]])
    into_working = similarity @ np.linalg.inv(level.from_object) @ moved
    corners = transfer(into_working, image_border(size))
    whole = scene.image.pixels.shape[1::-1]
    first = np.floor(np.maximum(corners.min(axis=0), 0)).astype(int)
    last = np.ceil(np.minimum(corners.max(axis=0) + 1, whole)).astype(int)
    if (last - first < _LEAST_SIDE).any():
        return None
    box = _cut(scene, first[0], first[1], last[0], last[1])
    small = resized(box, min(1.0, width / (scale * sought.size[0])))
    factors = np.divide(small.image.size, box.image.size)
    of_box = np.array([[1, 0, first[0]], [0, 1, first[1]], [0, 0, 1.0]])
    of_small = of_box @ np.linalg.inv(resizing(factors[0], factors[1]))
    part = _turned(small, np.linalg.inv(of_small) @ into_working, size)
    enlarged = max(1.0, width / sought.size[0] * max(1.0, 1 / scale))
    return Upright(level, part, np.linalg.inv(to_working) @ into_working, enlarged)


def _cut(scene: View, left: int, top: int, right: int, bottom: int) -> View:
    rows, columns = slice(top, bottom), slice(left, right)
    pixels = np.ascontiguousarray(scene.image.pixels[rows, columns])
    usable = None if scene.usable is None else np.ascontiguousarray(scene.usable[rows, columns])
    return View(Image(pixels, (right - left, bottom - top), scene.image.name), usable)


def _turned(view: View, mapping: Matrix, size: tuple[int, int]) -> View:
    """Resample a view where a similarity takes each pixel of an image of `size`."""
    pixels = np.asarray(
        cv2.warpAffine(
            view.image.pixels,
            mapping[:2],
            size,
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )
    if pixels.dtype != np.uint8:
        pixels = np.clip(pixels, 0, 1)
    usable = view.usable
    if usable is None:
        usable = np.full(view.image.pixels.shape[:2], 255, np.uint8)
    shown = cv2.warpAffine(
        usable, mapping[:2], size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    return View(Image(pixels, size, view.image.name), np.asarray(shown, np.uint8))
