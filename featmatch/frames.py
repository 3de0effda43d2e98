"""The frame of a keypoint: how its normalized neighborhood lies in the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Features


def frames_of(features: Features, rows: Array | slice = slice(None)) -> npt.NDArray[np.float64]:
    """Return the frames of keypoints: their own, or those of their scales and angles.

    Parameters
    ----------
    features : Features
    rows : (N,) int or slice
        Of the keypoints that are asked for; all by default.

    Returns
    -------
    (N, 2, 2) float64
        Each maps the unit circle to the border of what is described around the keypoint, in pixels
        of the original image.
    """
    if features.frames is not None:
        return features.frames[rows].astype(np.float64)
    return similarity_frames(features.scales[rows], features.angles[rows])


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


def match_maps(frames0: Array, frames1: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return how matches say that their surroundings move, and which say anything.

    Parameters
    ----------
    frames0, frames1 : (M, 2, 2) float
        Of the keypoints of each match, see `frames_of`.

    Returns
    -------
    (M, 2, 2) float64
        Takes offsets around the keypoint of image 0 to offsets around that of image 1.
    (M,) bool
        False where a frame is flat, as that of a keypoint without a scale.
    """
    sizes = np.linalg.det(frames0), np.linalg.det(frames1)
    sound = (sizes[0] != 0) & (sizes[1] != 0)
    safe = np.where(sound[:, None, None], frames0, np.eye(2))
    return frames1 @ np.linalg.inv(safe), sound
