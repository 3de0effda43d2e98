"""An image with what else is known of it: where to look, and the camera that took it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice, check_integer
from featmatch.images.camera import camera_matrix
from featmatch.images.image import Image, ImageSource, read_image
from featmatch.images.mask import read_mask, resize_mask

Mask = npt.NDArray[np.uint8]


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
        check_choice("exif", self.exif, ("apply", "ignore"))


@dataclass(frozen=True, eq=False)
class View:
    """An image, where to look in it, and its camera; `View.read` makes it.

    Parameters
    ----------
    image : Image
    usable : (H, W) uint8, optional
        Of the size of ``image.pixels``; keypoints lie where it is not 0. None uses all.
    camera : (3, 3) float64, optional
        Matrix of intrinsic parameters in pixels of the upright original. None: not known.
    """

    image: Image
    usable: Mask | None = None
    camera: npt.NDArray[np.float64] | None = None

    @classmethod
    def read(
        cls,
        source: ImageSource | Image,
        *,
        mask: ImageSource | None = None,
        camera: npt.ArrayLike | None = None,
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
        camera : (3, 3) float, optional
            None: not known.
        reading : Reading, optional
            None takes the defaults.
        which : str
            What error messages put after ``image``, ``mask`` and ``camera``: ``"0"`` or ``"1"``.

        Raises
        ------
        ArgumentError, ImageReadError
            See `read_image`, `read_mask` and `read_camera`.
        """
        reading = reading or Reading()
        image = read_image(
            source, max_size=reading.max_size, exif=reading.exif, argument=f"image{which}"
        )
        usable = None
        if mask is not None:
            full = read_mask(mask, image, name=f"mask{which}", exif=reading.exif)
            usable = resize_mask(full, image)
        matrix = None
        if camera is not None:
            matrix = camera_matrix(f"camera{which}", camera)
        return cls(image, usable, matrix)

    def mirrored(self) -> View:
        """Return the view in a mirror: left and right change places. It has no camera."""
        pixels = np.ascontiguousarray(self.image.pixels[:, ::-1])
        usable = None if self.usable is None else np.ascontiguousarray(self.usable[:, ::-1])
        return View(replace(self.image, pixels=pixels), usable)
