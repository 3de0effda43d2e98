"""An image with what else is known of it: where to look, and the camera that took it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer, check_type
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.camera import (
    Camera,
    camera_matrix,
    intrinsics_from_exif,
    read_intrinsics,
)
from featmatch.images.files import check_exif
from featmatch.images.image import Image, ImageSource, read_image
from featmatch.images.mask import read_mask, resize_mask

Mask = npt.NDArray[np.uint8]
CameraSource: TypeAlias = "npt.ArrayLike | str | os.PathLike[str]"
"""What a camera is read from: numbers, the word ``"exif"``, a file."""


@dataclass(frozen=True)
class Reading:
    """How images are read.

    Parameters
    ----------
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.

    Raises
    ------
    ArgumentError
        An option is not as described.
    """

    max_size: int = 1600
    exif: str = "apply"

    def __post_init__(self) -> None:
        check_integer("max_size", self.max_size, 0)
        check_exif(self.exif)


@dataclass(frozen=True, eq=False)
class View:
    """An image, where to look in it, and its camera; `View.read` makes it.

    Parameters
    ----------
    image : Image
    usable : (H, W) uint8, optional
        Of the size of ``image.pixels``; keypoints lie where it is not 0: what a mask leaves of what
        ``image.usable`` does. None uses all.
    camera : (3, 3) float64, optional
        Matrix of intrinsic parameters in pixels of the upright original. None: not known.
    """

    image: Image
    usable: Mask | None = None
    camera: Camera | None = None

    def __post_init__(self) -> None:
        check_type("image", self.image, Image)
        if self.usable is not None:
            check_type("usable", self.usable, np.ndarray)
            expected = self.image.pixels.shape[:2]
            if self.usable.shape != expected or self.usable.dtype != np.uint8:
                raise ArgumentError(
                    f"usable: expected uint8 of shape {expected}, as the pixels worked on, got "
                    f"{self.usable.dtype} of shape {self.usable.shape}"
                )
        if self.camera is not None:
            object.__setattr__(self, "camera", camera_matrix("camera", self.camera))

    @classmethod
    def read(
        cls,
        source: ImageSource | Image,
        *,
        mask: ImageSource | None = None,
        camera: CameraSource | None = None,
        reading: Reading | None = None,
        which: str = "",
    ) -> View:
        """Read an image, its mask and its camera.

        Parameters
        ----------
        source : path, ndarray, PIL.Image.Image or Image
            See `read_image`.
        mask : path, ndarray or PIL.Image.Image, optional
            See `read_mask`. None uses all of the image.
        camera : array_like, str or path, optional
            See `read_camera`. None: not known.
        reading : Reading, optional
            None takes the defaults.
        which : str
            What error messages put after ``image``, ``mask`` and ``camera``: ``"0"`` or ``"1"``.

        Raises
        ------
        ArgumentError, ImageReadError
            See `read_image`, `read_mask` and `read_camera`.
        """
        reading = Reading() if reading is None else check_type("reading", reading, Reading)
        image = read_image(
            source, max_size=reading.max_size, exif=reading.exif, argument=f"image{which}"
        )
        usable = image.usable
        if mask is not None:
            full = read_mask(mask, image, name=f"mask{which}", exif=reading.exif)
            wanted = resize_mask(full, image)
            usable = wanted if usable is None else wanted & usable
        matrix = None
        if camera is not None:
            matrix = read_camera(camera, source, exif=reading.exif, which=which)
        return cls(image, usable, matrix)

    def mirrored(self) -> View:
        """Return the view in a mirror: left and right change places. It has no camera."""
        pixels = np.ascontiguousarray(self.image.pixels[:, ::-1])
        usable, shown = (
            None if each is None else np.ascontiguousarray(each[:, ::-1])
            for each in (self.usable, self.image.usable)
        )
        return View(replace(self.image, pixels=pixels, usable=shown), usable)


def read_camera(
    camera: CameraSource, source: ImageSource | Image, *, exif: str = "apply", which: str = ""
) -> Camera:
    """Read the matrix of a camera's intrinsic parameters.

    Parameters
    ----------
    camera : array_like, str or path
        ``"exif"`` estimates it from the focal length that the camera wrote into the file
        (`intrinsics_from_exif`); everything else is read by `read_intrinsics`: a (3, 3) matrix,
        (fx, fy, cx, cy) or (f, cx, cy) in pixels of the upright original, or a file of 3 x 3
        numbers.
    source : path, ndarray, PIL.Image.Image or Image
        What the image was read from.
    exif : {"apply", "ignore"}
        Whether the image was turned upright.
    which : str
        What error messages put after ``camera`` and ``image``.

    Returns
    -------
    (3, 3) float64

    Raises
    ------
    ArgumentError
        It is no camera, or the EXIF of what is no file is asked for.
    ImageReadError
        The file has no EXIF that tells the focal length.
    """
    if not (isinstance(camera, str) and camera == "exif"):
        return read_intrinsics(camera, f"camera{which}")
    if isinstance(source, Image | np.ndarray):
        got = "an array" if isinstance(source, np.ndarray) else "an Image that was read before"
        raise ArgumentTypeError(
            f"image{which}: expected a file or a PIL image for the camera 'exif', got {got}"
        )
    return intrinsics_from_exif(source, exif=exif, argument=f"image{which}")
