"""An image as a camera sees it that looks at it from the side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

ANTI_ALIASING = 0.8
"""Squeezing by t follows a blur of ``0.8 sqrt(t^2 - 1)`` px (Morel & Yu 2009, section 2.1)."""

BORDER = 5
"""Pixels along the border of a view that are not used: there, detectors see the border."""


@dataclass(frozen=True, eq=False)
class TiltedView:
    """A view of an image.

    Attributes
    ----------
    pixels : (h, w) or (h, w, 3)
        Samples, of the image's dtype; around the image its border is continued.
    usable : (h, w) uint8
        255 where the view shows the inside of the image, and what its mask lets through.
    matrix : (2, 3) float64
        Maps pixels of the image to pixels of the view.
    """

    pixels: npt.NDArray[Any]
    usable: npt.NDArray[np.uint8]
    matrix: npt.NDArray[np.float64]


def tilted_view(
    pixels: Array, tilt: float, rotation: float, mask: npt.NDArray[np.uint8] | None = None
) -> TiltedView:
    """Turn an image, blur it along x against aliasing, and squeeze it along x.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8 or float32
    tilt : float
        How much narrower the view becomes, at least 1.
    rotation : float
        In radians, from the x axis toward the y axis.
    mask : (H, W) uint8, optional
        0 where the image may not be used. None uses all.

    Returns
    -------
    TiltedView
    """
    size = pixels.shape[1], pixels.shape[0]
    turn = view_matrix(1.0, rotation)
    turned_size = _bounding_size(turn, size)
    turned = _warp(pixels, _about_centers(turn, size, turned_size), turned_size)
    if tilt > 1:
        sigma = ANTI_ALIASING * np.sqrt(tilt**2 - 1)
        turned = cv2.GaussianBlur(turned, (_odd(8 * sigma), 1), sigma, sigmaY=1)
    squeeze = np.diag([1 / tilt, 1.0])
    view_size = max(1, round(turned_size[0] / tilt)), turned_size[1]
    view = _warp(turned, _about_centers(squeeze, turned_size, view_size), view_size)
    matrix = _about_centers(view_matrix(tilt, rotation), size, view_size)
    return TiltedView(view, _usable(mask, matrix, size, view_size), matrix)


def view_matrix(tilt: float, rotation: float) -> npt.NDArray[np.float64]:
    """Return the (2, 2) matrix that turns an image, then squeezes it; see `tilted_view`."""
    cosine, sine = np.cos(rotation), np.sin(rotation)
    return np.array([[cosine / tilt, -sine / tilt], [sine, cosine]])


def _about_centers(linear: Array, size: tuple[int, int], new_size: tuple[int, int]) -> Array:
    """Return the (2, 3) affine map that takes the center of one image to that of the other."""
    center, new_center = (np.array(size) - 1) / 2, (np.array(new_size) - 1) / 2
    return np.column_stack([linear, new_center - linear @ center])


def _bounding_size(linear: Array, size: tuple[int, int]) -> tuple[int, int]:
    """Width and height that hold an image of `size` mapped by `linear`."""
    width, height = np.ceil(np.abs(linear) @ size - 1e-6)
    return int(width), int(height)


def _odd(length: float) -> int:
    return int(np.ceil(length)) // 2 * 2 + 1


def _warp(pixels: Array, matrix: Array, size: tuple[int, int]) -> Array:
    return np.asarray(
        cv2.warpAffine(
            pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def _usable(
    mask: npt.NDArray[np.uint8] | None,
    matrix: Array,
    size: tuple[int, int],
    view_size: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    whole = np.full(size[::-1], 255, np.uint8)
    inside = cv2.erode(
        cv2.warpAffine(whole, matrix, view_size, flags=cv2.INTER_NEAREST),
        np.ones((2 * BORDER + 1, 2 * BORDER + 1), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    if mask is not None:
        shown = cv2.warpAffine(mask, matrix, view_size, flags=cv2.INTER_NEAREST)
        inside = cv2.bitwise_and(inside, shown)
    return np.asarray(inside, np.uint8)
