"""An image at its full size and depth, as it was given: what is resampled, not what is matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featmatch.images.files import read_samples
from featmatch.images.image import Image, ImageSource, source_name
from featmatch.images.samples import Samples, pixels_of_array, pixels_of_file

OPAQUE = 255


@dataclass(frozen=True, eq=False)
class Original:
    """Colors of any depth, and where they are known.

    Attributes
    ----------
    colors : (H, W) or (H, W, 3), uint8, uint16 or float32
        Gray or RGB.
    opacity : (H, W) uint8 or None
        0 where there is nothing, 255 where all is known; None: everywhere.
    """

    colors: NDArray[Any]
    opacity: NDArray[np.uint8] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.colors.shape[1], self.colors.shape[0]

    def as_bytes(self) -> NDArray[np.uint8]:
        """(H, W, 3) RGB of uint8, to be looked at; other depths are stretched as for matching."""
        seen = pixels_of_file(Samples(self.colors, self.opacity)).colors
        levels = seen if seen.dtype == np.uint8 else np.rint(255 * seen).astype(np.uint8)
        return np.dstack([levels] * 3) if levels.ndim == 2 else levels


def read_original(source: ImageSource | Image, image: Image, exif: str) -> Original:
    """Read once more what an image was read from, as it is.

    Parameters
    ----------
    source : path, ndarray, PIL.Image.Image or Image
        Of more than three bands the first three are taken, of two the mean; integers of 32 bits
        become floats. Of an `Image` there is no more than what it holds.
    image : Image
        What was read from it.
    exif : {"apply", "ignore"}
        Whether it was turned upright.

    Returns
    -------
    Original

    Raises
    ------
    ImageReadError
        It has become unreadable since.
    """
    whole = image.pixels.shape[1::-1] == image.size and image.pixels.dtype == np.uint8
    if isinstance(source, Image) or (whole and image.usable is None):
        return Original(image.pixels, image.usable)
    if isinstance(source, np.ndarray):
        read = pixels_of_array(source, "image")
        colors = source.view(np.ndarray) if source.dtype.kind in "uf" else read.colors
        return Original(_of_three(colors), read.opacity)
    samples = read_samples(source, source_name(source, "image"), exif)
    return Original(_of_three(samples.colors), pixels_of_file(samples).opacity)


def _of_three(colors: NDArray[Any]) -> NDArray[Any]:
    """Make gray or RGB of any bands, of a depth that can be resampled."""
    bands = colors if colors.ndim == 3 else colors[..., None]
    if bands.shape[2] == 2:
        bands = bands.mean(axis=2, keepdims=True).astype(bands.dtype)
    bands = bands[..., :3] if bands.shape[2] > 3 else bands
    if bands.dtype not in (np.uint8, np.uint16):
        bands = bands.astype(np.float32)
    return np.ascontiguousarray(bands[..., 0] if bands.shape[2] == 1 else bands)
