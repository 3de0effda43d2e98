"""Photographs to train on, read from files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError, ArgumentTypeError, ImageReadError
from featmatch.images.folders import image_files
from featmatch.images.image import read_image

Photograph: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) RGB or (H, W) gray."""


def read_photographs(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], max_size: int = 640
) -> list[Photograph]:
    """Read photographs from files and from folders with all that is in them.

    Parameters
    ----------
    paths : path or iterable of paths
        Files are read whatever their ending; of folders, the images, in the order of their names.
    max_size : int
        Limit in pixels to the longer side; larger photographs are made smaller. 0 for none.

    Returns
    -------
    list of ndarray (H, W, 3) uint8
        RGB.

    Raises
    ------
    ImageReadError
        A file is missing or not an image that can be read, or there are no images at all.
    ValueError, TypeError
        `max_size` is not an integer of 0 or more.
    """
    if isinstance(paths, str | os.PathLike):
        paths = (paths,)
    places = [Path(path) for path in paths]
    files = image_files(places)
    photographs = [as_rgb(read_image(file, max_size=max_size).pixels) for file in files]
    if not photographs:
        where = ", ".join(map(str, places)) or "no paths"
        raise ImageReadError(f"{where}: no images there; give images or folders that hold some")
    return photographs


def as_rgb(pixels: npt.NDArray[Any]) -> Photograph:
    """Turn the pixels of an `Image`, gray or RGB, uint8 or float32, into (H, W, 3) uint8."""
    if pixels.dtype != np.uint8:
        pixels = np.rint(255 * pixels).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return pixels


def check_photograph(photograph: Photograph) -> None:
    """Check that a photograph is (H, W, 3) or (H, W) uint8, with a pixel at least.

    Raises
    ------
    ValueError, TypeError
        It is something else.
    """
    if not isinstance(photograph, np.ndarray):
        raise ArgumentTypeError(f"photograph: expected an ndarray, got {type(photograph).__name__}")
    shape = photograph.shape
    if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)) or not photograph.size:
        raise ArgumentError(f"photograph: expected shape (H, W, 3) or (H, W), got {shape}")
    if photograph.dtype != np.uint8:
        raise ArgumentTypeError(f"photograph: expected uint8, got {photograph.dtype}")
