"""Reading masks: which pixels of an image may be used."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.images.files import check_exif, read_samples
from featmatch.images.image import Image, ImageSource, check_shape, source_name

__all__ = ["read_mask", "resize_mask"]


def read_mask(
    mask: ImageSource,
    image_or_size: Image | tuple[int, int],
    *,
    name: str = "mask0",
    exif: str = "apply",
) -> NDArray[np.bool_]:
    """Read which pixels of an image to use: those that are not zero in the mask.

    Values count as they are stored, so a mask saved as 0 and 1, or with a palette, works. With an
    alpha channel, a pixel is used if its color is not black and it is not fully transparent.
    Save masks without loss (PNG, not JPEG), or pixels that should be zero no longer are.

    Parameters
    ----------
    mask : path, ndarray or PIL.Image.Image
        An array is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), of bool, integers or floats.
    image_or_size : Image or tuple (width, height)
        The image, or the size in pixels of its upright original; the mask must be as large.
    name : str, optional
        What error messages call the mask.
    exif : {"apply", "ignore"}
        Whether to turn a mask file upright as its EXIF orientation says.

    Returns
    -------
    ndarray (H, W) bool
        True where the upright original may be used.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    ValueError, TypeError
        The mask is not as large as the image, or not as described above.
    """
    check_exif(exif)
    if isinstance(mask, np.ndarray):
        check_shape(mask, name)
        if mask.dtype.kind not in "buif":
            raise ArgumentTypeError(f"{name}: expected bool, integers or floats, got {mask.dtype}")
        values = np.asarray(np.ma.filled(mask, 0))
        if np.isnan(values).any():
            raise ArgumentError(f"{name}: expected 0 or other numbers, got NaN")
        use = values != 0
        alpha = use[..., 3] if use.ndim == 3 and use.shape[2] == 4 else None
        use = use[..., :3] if alpha is not None else use
    else:
        samples = read_samples(mask, source_name(mask, name), exif, as_stored=True)
        use = np.asarray(samples.colors != 0)
        alpha = None if samples.alpha is None else samples.alpha != 0
    if use.ndim == 3:
        use = np.asarray(use.any(axis=2))
    if alpha is not None:
        use &= alpha
    width, height = image_or_size.size if isinstance(image_or_size, Image) else image_or_size
    if use.shape != (height, width):
        raise ArgumentError(
            f"{name}: expected {width} x {height} (the size of its image), "
            f"got {use.shape[1]} x {use.shape[0]}"
        )
    return np.asarray(use, bool)


def resize_mask(mask: NDArray[np.bool_], image: Image) -> NDArray[np.uint8]:
    """Resize a mask of the upright original to the working size, for OpenCV's detectors.

    Parameters
    ----------
    mask : ndarray (H, W) bool
        A mask from `read_mask`.
    image : Image
        The image that it belongs to.

    Returns
    -------
    ndarray (h, w) uint8
        255 where the original pixel under the working pixel's center may be used, else 0.

    Raises
    ------
    ValueError
        The mask is not as large as the upright original.
    """
    width, height = image.size
    if mask.shape != (height, width):
        raise ArgumentError(f"mask: expected shape {(height, width)}, got {mask.shape}")
    working_height, working_width = image.pixels.shape[:2]
    samples = mask.astype(np.uint8) * np.uint8(255)
    size = working_width, working_height
    resized = cv2.resize(samples, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, dtype=np.uint8)
