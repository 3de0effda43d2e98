"""The frame of a keypoint: how its normalized neighborhood lies in the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Features


def frames_of(features: Features) -> npt.NDArray[np.float64]:
    """Return the frames of keypoints: their own, or those of their scales and angles.

    Returns
    -------
    (N, 2, 2) float64
        Each maps the unit circle to the border of what is described around the keypoint, in pixels
        of the original image.
    """
    if features.frames is not None:
        return features.frames.astype(np.float64)
    return similarity_frames(features.scales, features.angles)


def similarity_frames(scales: Array, angles: Array) -> npt.NDArray[np.float64]:
    """Return the frames of circles.

    Parameters
    ----------
    scales : (N,) float
        Diameters in pixels.
    angles : (N,) float
        In radians, from the x axis toward the y axis.

    Returns
    -------
    (N, 2, 2) float64
    """
    radii, directions = np.asarray(scales, np.float64) / 2, np.asarray(angles, np.float64)
    x, y = radii * np.cos(directions), radii * np.sin(directions)
    return np.stack([np.stack([x, -y], axis=-1), np.stack([y, x], axis=-1)], axis=-2)
