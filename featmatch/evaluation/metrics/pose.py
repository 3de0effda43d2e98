"""Pose error: how far off the direction is in which a second camera looks, and stands."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

MAX_ERROR = 1.0  # pixels, of an inlier
CONFIDENCE = 0.99999
MAX_ITERATIONS = 10_000
_MIN_MATCHES = 5


def estimate_pose(
    points0: npt.ArrayLike,
    points1: npt.ArrayLike,
    intrinsics0: npt.ArrayLike,
    intrinsics1: npt.ArrayLike,
) -> tuple[Array, Array] | None:
    """Estimate how two known cameras stand to each other, from matches of which many are wrong.

    This is a part of the measurement: the same robust search for all methods, by MAGSAC++ with
    inliers within 1 pixel (of the mean focal length ``fx``).

    Parameters
    ----------
    points0, points1 : (M, 2) float
        Matched points in pixels.
    intrinsics0, intrinsics1 : (3, 3) float
        Camera matrices in pixels.

    Returns
    -------
    rotation : (3, 3) float64
    direction : (3,) float64
        Of unit length: camera 1's coordinates are ``rotation @ x0 + length * direction``.
    None
        In place of both for fewer than five matches, or if no essential matrix is found.

    References
    ----------
    P.-E. Sarlin, D. DeTone, T. Malisiewicz and A. Rabinovich, "SuperGlue: learning feature matching
    with graph neural networks", CVPR 2020, section 5.2; D. Barath et al., "MAGSAC++", CVPR 2020.
    """
    cameras = [np.asarray(camera, np.float64) for camera in (intrinsics0, intrinsics1)]
    points = [np.asarray(side, np.float64).reshape(-1, 1, 2) for side in (points0, points1)]
    if len(points[0]) < _MIN_MATCHES:
        return None
    rays0, rays1 = (
        cv2.undistortPoints(side, camera, None)[:, 0]
        for side, camera in zip(points, cameras, strict=True)
    )
    focal_length = np.mean([camera[0, 0] for camera in cameras])
    essential, inliers = cv2.findEssentialMat(
        rays0,
        rays1,
        np.eye(3),
        method=cv2.USAC_MAGSAC,
        prob=CONFIDENCE,
        threshold=MAX_ERROR / focal_length,
        maxIters=MAX_ITERATIONS,
    )
    if essential is None or essential.shape != (3, 3):
        return None
    _, rotation, direction, _ = cv2.recoverPose(essential, rays0, rays1, np.eye(3), mask=inliers)
    return rotation, direction[:, 0]


def pose_error(estimated: tuple[Array, Array] | None, pose: npt.ArrayLike) -> float:
    """Return the larger of the angles by which rotation and direction of translation are off.

    The sign of the direction, which two images tell least surely, does not count.

    Parameters
    ----------
    estimated : (rotation, direction) or None
        As `estimate_pose` returns it.
    pose : (4, 4) float
        The true one, with a translation.

    Returns
    -------
    float
        Radians; infinite without an estimate.
    """
    if estimated is None:
        return np.inf
    rotation, direction = estimated
    pose = np.asarray(pose, np.float64)
    cosine_of_turn = (np.trace(rotation.T @ pose[:3, :3]) - 1) / 2
    translation = pose[:3, 3] / np.linalg.norm(pose[:3, 3])
    cosine_of_shift = abs(direction @ translation) / np.linalg.norm(direction)
    return float(np.arccos(np.clip([cosine_of_turn, cosine_of_shift], -1, 1)).max())
