"""Reading an image: a file, an array or a Pillow image becomes an `Image`.

Points are (x, y) in pixels of the upright original image, and the center of its top-left pixel is
(0, 0). Detectors work on `Image.pixels`, which may be smaller; `Image.to_original` maps their
points back.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from featmatch.checks import check_integer
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.budget import MAX_PIXELS
from featmatch.images.files import check_exif, read_samples
from featmatch.images.samples import pixels_of_array, pixels_of_file
from featmatch.images.sizes import shrink
from featmatch.images.transparency import flatten

if TYPE_CHECKING:
    import PIL.Image

__all__ = [
    "MAX_PIXELS",
    "Image",
    "ImageSource",
    "read_image",
    "resize_points",
    "shrink",
    "unseen_image",
]

_LARGEST_SIZE = 2**31 - 1  # px, of a side of an array of OpenCV
_UNSEEN_SIZE = 1600  # px, longer side: as of images that are read
_UNSEEN_GRAY = 235  # lighter than what is drawn, darker than paper: its border can be seen

ImageSource: TypeAlias = "str | os.PathLike[str] | NDArray[Any] | PIL.Image.Image"
"""What an image or a mask is read from: a path, an array, a Pillow image."""


@dataclass(frozen=True, eq=False)
class Image:
    """An image ready to be worked on; `read_image` makes it.

    Parameters
    ----------
    pixels : ndarray (H, W) or (H, W, 3), uint8 or float32 in [0, 1]
        Gray or RGB samples at the working size; contiguous and read-only.
    size : tuple (width, height)
        Size in pixels of the upright original, before it was resized to the working size.
    name : str
        The path as given; ``"array"``; for a Pillow image its file name or ``"PIL image"``.
    seen : bool
        False where only the size is known, see `unseen_image`: its pixels mean nothing.
    usable : (h, w) uint8, optional
        Of the size of ``pixels``: 0 where nothing is shown, as it is transparent, masked or
        without data, and near there; else 255. None: all is shown.
    """

    pixels: NDArray[Any]
    size: tuple[int, int]
    name: str
    seen: bool = True
    usable: NDArray[np.uint8] | None = None

    def __repr__(self) -> str:
        width, height = self.size
        working_height, working_width = self.pixels.shape[:2]
        resized = (working_width, working_height) != (width, height)
        working = f", worked on at {working_width} x {working_height}" if resized else ""
        return f"Image({self.name}, {width} x {height} px{working})"

    @property
    def scale(self) -> tuple[float, float]:
        """Working size / original size, along x and along y."""
        height, width = self.pixels.shape[:2]
        return width / self.size[0], height / self.size[1]

    @property
    def pixel_size(self) -> float:
        """Side of a working pixel in original pixels, the longer one; 1.0 if not resized."""
        return 1 / min(self.scale)

    def gray(self) -> NDArray[np.uint8]:
        """Return the working pixels as (H, W) uint8, which is what OpenCV's detectors take."""
        pixels = self.pixels
        if pixels.dtype != np.uint8:
            pixels = np.rint(pixels * 255).astype(np.uint8)
        if pixels.ndim == 3:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return np.asarray(pixels, dtype=np.uint8)

    def to_original(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map (N, 2) points (x, y) from the working pixels to the original image."""
        scale_x, scale_y = self.scale
        return resize_points(points, (1 / scale_x, 1 / scale_y))

    def from_original(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map (N, 2) points (x, y) from the original image to the working pixels."""
        return resize_points(points, self.scale)


def unseen_image(size: tuple[int, int], name: str) -> Image:
    """Return what stands for an image of which only the size (width, height) is known."""
    width, height = size
    longest = max(width, height)
    factor = min(1.0, _UNSEEN_SIZE / longest)
    shape = max(1, round(height * factor)), max(1, round(width * factor))
    blank = np.full(shape, _UNSEEN_GRAY, np.uint8)
    blank.setflags(write=False)
    return Image(blank, (width, height), name, seen=False)


def resize_points(points: ArrayLike, scale: ArrayLike) -> NDArray[np.float64]:
    """Map points as they move when their image is resized: x becomes (x + 0.5) * scale - 0.5.

    Pixels are squares around their centers, so the image's left edge is at x = -0.5 at every size.

    Parameters
    ----------
    points : array_like (N, 2) float
        Points (x, y) in pixels.
    scale : float, (scale_x, scale_y) or array_like (N, 2) float
        New size / old size; of all points or of each.

    Returns
    -------
    ndarray (N, 2) float64
        The points in pixels of the resized image.

    Raises
    ------
    ValueError
        `points` is not (N, 2).
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ArgumentError(f"points: expected shape (N, 2), got {points.shape}")
    return (points + 0.5) * np.asarray(scale, np.float64) - 0.5


def read_image(
    source: ImageSource | Image,
    *,
    max_size: int = 1600,
    exif: str = "apply",
    argument: str = "image",
) -> Image:
    """Read an image from a file, an array or a Pillow image.

    Samples of 8 bits stay as they are. Samples of 16 bits become float32, divided by the smallest
    of 2^8 - 1, 2^9 - 1, ... 2^16 - 1 that holds the largest of them, so that 10, 12 or 14 bits in a
    container of 16 are not nearly black. Floats of an array must lie in [0, 1]. Files of 16 bits,
    of floats or of signed numbers are stretched if nearly all of their samples span less than half
    of that scale, from their 0.1 to their 99.9 percentile.

    What is transparent, masked in a masked array, NaN or marked as no data in a file is not
    looked at, see `Image.usable`, and shows what continues its surroundings. Where the outline is
    what a picture shows, as of a logo, it shows black or white instead, and all is looked at.

    Of an animation or a file of many pages the first picture is read, or the first that is no
    thumbnail.

    Parameters
    ----------
    source : path, ndarray or PIL.Image.Image
        An array is (H, W) or (H, W, 1) gray, (H, W, 3) RGB or (H, W, 4) RGBA, of uint8, uint16 or
        float in [0, 1]; it is copied, never changed. An `Image` is returned as it is. Of RGB files
        of 16 bits, Pillow images hold 8 bits only: give the path instead.
    max_size : int, optional
        Limit in pixels to the longer side of the working image; larger images are resized by area
        averaging, smaller ones are never enlarged. 0 turns resizing off.
    exif : {"apply", "ignore"}
        Whether to turn the image upright as the EXIF orientation in the file says.
    argument : str, optional
        What error messages call an array, or an object of another kind, that cannot be taken.

    Returns
    -------
    Image
        The working pixels, with the size of the upright original.

    Raises
    ------
    ImageReadError
        A file is missing, empty, damaged, not an image, or larger than `MAX_PIXELS`.
    ValueError, TypeError
        An array or an option is not as described above.
    """
    check_exif(exif)
    max_size = min(check_integer("max_size", max_size, 0), _LARGEST_SIZE)
    if isinstance(source, Image):
        return source
    name = source_name(source, argument)
    if isinstance(source, np.ndarray):
        check_shape(source, argument)
        found = pixels_of_array(source, argument)
    else:
        found = pixels_of_file(read_samples(source, name, exif))
    height, width = found.colors.shape[:2]
    flat, usable = flatten(found, int(max_size))
    # A view of the caller's array does not own its data, so np.require copies what is still one.
    pixels = np.require(flat, requirements=["C", "O"])
    for array in (pixels, usable):
        if array is not None:
            array.setflags(write=False)
    return Image(pixels, (width, height), name, usable=usable)


def source_name(source: object, argument: str) -> str:
    if isinstance(source, np.ndarray):
        return "array"
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source)
    # Only a program that has imported Pillow can hold one of its images.
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(source, pillow.Image):
        return os.fsdecode(getattr(source, "filename", "") or "PIL image")
    hint = " (cv2.imread returns None for a file it cannot read)" if source is None else ""
    raise ArgumentTypeError(
        f"{argument}: expected a path, an array or a PIL image, got {type(source).__name__}{hint}"
    )


def check_shape(array: NDArray[Any], name: str) -> None:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ArgumentError(
            f"{name}: expected shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), got {array.shape}"
        )
    if array.size == 0:
        raise ArgumentError(f"{name}: expected at least one pixel, got shape {array.shape}")
