"""Could a camera have seen that? Maps that fold or mirror the image are artefacts of a bad fit."""

from __future__ import annotations

import numpy as np

from featmatch.geometry.models import Matrix
from featmatch.types import Array

LARGEST_SCALE = 30.0
LARGEST_ASPECT = 30.0


def implausibility(homography: Matrix, points0: Array) -> str:
    """Say why no view of a plane gives this map near the points that support it.

    Parameters
    ----------
    homography : (3, 3) float
        Maps image 0 to image 1; affine maps and similarities included.
    points0 : (K, 2) float
        The inliers in image 0.

    Returns
    -------
    str
        Empty if the map is plausible: all points on one side of the horizon, no mirroring, and a
        local change of scale and of aspect below 30.
    """
    depths = points0 @ homography[2, :2] + homography[2, 2]
    if depths.min() <= 0 <= depths.max():
        return "folds the image along a line"
    jacobians = _jacobians(homography, points0, depths)
    if (np.linalg.det(jacobians) <= 0).any():
        return "mirrors the image"
    stretch = np.linalg.svd(jacobians, compute_uv=False)
    scales = np.sqrt(stretch[:, 0] * stretch[:, 1])
    if scales.max() > LARGEST_SCALE or scales.min() < 1 / LARGEST_SCALE:
        return f"changes the scale more than {LARGEST_SCALE:.0f} times"
    if (stretch[:, 0] > LARGEST_ASPECT * stretch[:, 1]).any():
        return f"squeezes the image more than {LARGEST_ASPECT:.0f} times"
    return ""


def _jacobians(homography: Matrix, points: Array, depths: Array) -> Array:
    """(K, 2, 2) derivatives of the mapped point by the point."""
    mapped = (points @ homography[:2, :2].T + homography[:2, 2]) / depths[:, None]
    numerator = homography[:2, :2] - mapped[:, :, None] * homography[2, :2]
    jacobians: Array = numerator / depths[:, None, None]
    return jacobians
