"""Pixels as a file stores them, which is how programs that leave EXIF alone read an image.

featmatch counts in pixels of the upright image. What is found there is turned back before it is
handed to COLMAP or hloc: keypoints, the sides of the image and the models between two images.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from featmatch.collection.records import ImageEntry
from featmatch.geometry.residuals import transfer
from featmatch.images.files import TURNED

Matrix = npt.NDArray[np.float64]
Pixels = Literal["stored", "upright"]
PIXELS: tuple[Pixels, ...] = ("stored", "upright")

_BACK: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {
    1: ((1, 0), (0, 1)),
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, 1), (-1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, -1), (1, 0)),
}
"""Orientation -> how directions of the upright image lie in the stored one (Exif 2.32, 4.6.4)."""


def size_of(image: ImageEntry, pixels: Pixels) -> tuple[int, int]:
    """Return the (width, height) of an image, upright or as it is stored."""
    width, height = image.size
    turned = pixels == "stored" and image.orientation in TURNED
    return (height, width) if turned else (width, height)


def from_upright(image: ImageEntry, pixels: Pixels) -> Matrix:
    """Return the (3, 3) map of the upright image to it as it is stored, or to itself.

    The center of the top-left pixel is (0, 0) in both.
    """
    matrix = np.eye(3)
    if pixels == "stored":
        matrix[:2, :2] = _BACK[image.orientation]
        last = np.array(image.size) - 1
        matrix[:2, 2] = (matrix[:2, :2] < 0) @ last
    return matrix


def to_upright(image: ImageEntry, pixels: Pixels) -> Matrix:
    """Return the (3, 3) map that undoes `from_upright`."""
    inverse: Matrix = np.linalg.inv(from_upright(image, pixels)).astype(np.float64)
    return inverse


def moved_points(points: npt.ArrayLike, matrix: Matrix) -> npt.NDArray[np.float32]:
    """Map (N, 2) points by the affine map `matrix`, exactly but for rounding to float32."""
    return transfer(matrix, np.asarray(points, np.float64)).astype(np.float32)


def moved_homography(homography: Matrix, matrix0: Matrix, matrix1: Matrix) -> Matrix:
    """Return the homography between points that were mapped by `matrix0` and `matrix1`."""
    return matrix1 @ homography @ np.linalg.inv(matrix0)


def moved_fundamental(fundamental: Matrix, matrix0: Matrix, matrix1: Matrix) -> Matrix:
    """Return the fundamental matrix of points that were mapped by `matrix0` and `matrix1`."""
    return np.linalg.inv(matrix1).T @ fundamental @ np.linalg.inv(matrix0)
