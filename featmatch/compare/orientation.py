"""An orientation for points that have none: where the bright side of the patch around them is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.features.orb import ORB
from featmatch.images.image import resize_points
from featmatch.types import Array

PATCH_SIDE = 31
"""Side in pixels of the patch that ORB describes, on each level of its pyramid."""

_RADIUS = PATCH_SIDE // 2


def orb_levels(sides: Array) -> npt.NDArray[np.int64]:
    """Choose the level of ORB's pyramid whose patch is nearest to a side in pixels.

    Parameters
    ----------
    sides : (N,) float
        Above 0, in pixels of the image.

    Returns
    -------
    (N,) int64
        From 0, the image itself, to the last level of ORB's usual pyramid.
    """
    levels = np.log(np.asarray(sides, np.float64) / PATCH_SIDE) / np.log(ORB.scale_factor)
    return np.asarray(np.clip(np.rint(levels), 0, ORB.num_levels - 1), np.int64)


def intensity_angles(
    gray: npt.NDArray[np.uint8], points: Array, levels: Array
) -> npt.NDArray[np.float32]:
    """Return the angle from each point to the intensity centroid of the disc around it.

    Parameters
    ----------
    gray : (H, W) uint8
    points : (N, 2) float
        In pixels of the image.
    levels : (N,) int
        Of ORB's pyramid, see `orb_levels`: the disc is 31 pixels wide there.

    Returns
    -------
    (N,) float32
        In radians from -pi to pi, from the x axis toward the y axis; 0 where all is even.

    References
    ----------
    P. L. Rosin, "Measuring corner properties", CVIU 1999; E. Rublee et al., "ORB: an efficient
    alternative to SIFT or SURF", ICCV 2011, section 3.2.
    """
    angles = np.zeros(len(points), np.float32)
    offsets = np.arange(-_RADIUS, _RADIUS + 1, dtype=np.float64)
    disc = offsets**2 + offsets[:, None] ** 2 <= (PATCH_SIDE / 2) ** 2
    for level in np.unique(levels).tolist():
        rows = np.flatnonzero(levels == level)
        shrunk, scale = _shrunk(gray, ORB.scale_factor**-level)
        # Moments are whole numbers; OpenCV finds them by a Fourier transform, nearly.
        moments = [
            np.rint(cv2.filter2D(shrunk, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT_101))
            for kernel in (disc * offsets, disc * offsets[:, None])
        ]
        height, width = shrunk.shape
        places = np.rint(resize_points(points[rows], scale)).astype(np.int64)
        x, y = np.clip(places, 0, (width - 1, height - 1)).T
        across, down = (moment[y, x] + 0.0 for moment in moments)  # 0 for -0, whose angle is pi
        angles[rows] = np.arctan2(down, across)
    return angles


def _shrunk(gray: Array, factor: float) -> tuple[Array, tuple[float, float]]:
    """Resize an image; return it with its exact scale along x and y."""
    height, width = gray.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if factor == 1:
        return gray, (1.0, 1.0)
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA), (size[0] / width, size[1] / height)
