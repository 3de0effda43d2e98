"""How a second camera stands to the first: rotation and direction of translation.

The world's frame is that of camera 0: a point X in it is seen at x0 ~ K0 X and x1 ~ K1 (R X + t).
Two images leave the length of t open. The way from an essential matrix to a pose follows Hartley &
Zisserman, "Multiple View Geometry", section 9.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.models import MODELS
from featmatch.geometry.pose_refinement import cross_matrix, rays, refine_pose
from featmatch.geometry.residuals import Matrix, epipolar_residuals, fundamental_of
from featmatch.types import Array, set_array

_TOLERANCE = 1e-6  # of the entries of a rotation and of the length of a direction
_MIN_SHARE_IN_FRONT = 0.5
_MIN_SHARE_NEAR = 0.1  # of the matches, that have to show that a camera moved: more than are wrong
_CLEARLY_MORE = 5  # standard deviations: of errors along two axes, 4 in a million come so far
_MEDIAN_OF_NORMAL = 0.6745  # of its absolute values, in standard deviations
_LEAST_ERROR = 0.1  # px, of a match: a few matches fit better than they lie


@dataclass(frozen=True, eq=False)
class RelativePose:
    """The pose of camera 1 in the frame of camera 0: x1 ~ K1 (R X + t), with X in camera 0's frame.

    Parameters
    ----------
    rotation : (3, 3) float64
        Takes directions of camera 0 to those of camera 1.
    translation : (3,) float64
        Of length 1, as images do not tell how far the camera moved; camera 1 stands at
        ``-rotation.T @ translation``.
    num_in_front : int
        Matches that agree with the pose and lie in front of both cameras. Points so far away that
        this cannot be seen are counted, too.
    parallax : float
        Median angle, in radians, between the two rays to the points that are counted.
    only_turned : bool
        Whether the camera has only turned as far as the matches tell, since the angles between the
        rays are no larger than the errors of the matches: the rotation is right, the translation
        means nothing.
    """

    rotation: Matrix
    translation: Array
    num_in_front: int
    parallax: float
    only_turned: bool = False

    def __post_init__(self) -> None:
        set_array(self, "rotation", np.float64, (3, 3))
        set_array(self, "translation", np.float64, (3,))
        off = np.abs(self.rotation @ self.rotation.T - np.eye(3)).max()
        if off > _TOLERANCE or np.linalg.det(self.rotation) < 0:
            raise ArgumentError(f"rotation: expected a rotation, got {self.rotation.tolist()}")
        length = np.linalg.norm(self.translation)
        if abs(length - 1) > _TOLERANCE:
            raise ArgumentError(f"translation: expected length 1, got {length:g}")
        if self.num_in_front < 0:
            raise ArgumentError(f"num_in_front: expected 0 or more, got {self.num_in_front}")
        if not 0 <= self.parallax <= np.pi:
            raise ArgumentError(f"parallax: expected an angle from 0 to pi, got {self.parallax}")

    def __repr__(self) -> str:
        x, y, z = self.translation
        moved = "not moved" if self.only_turned else f"moved along ({x:.2f}, {y:.2f}, {z:.2f})"
        return (
            f"RelativePose(turned by {np.degrees(self.angle):.1f} degrees, {moved}, "
            f"{self.num_in_front} points in front)"
        )

    @property
    def angle(self) -> float:
        """Angle of the rotation, in radians from 0 to pi."""
        return float(np.arccos(np.clip((np.trace(self.rotation) - 1) / 2, -1, 1)))

    @property
    def matrix(self) -> Matrix:
        """(3, 4) matrix [R | t]: takes points of camera 0's frame to camera 1's."""
        return np.column_stack([self.rotation, self.translation])

    @property
    def essential(self) -> Matrix:
        """(3, 3) essential matrix [t]x R of norm 1, which this pose is the exact pose of."""
        matrix: Matrix = cross_matrix(self.translation) @ self.rotation / np.sqrt(2)
        return matrix


def relative_pose(
    essential: Matrix, matched: Correspondences, *, max_error: float
) -> RelativePose | None:
    """Find the pose behind an essential matrix, and refine it on the matches.

    Of the four poses that an essential matrix allows, the one is taken that has the matches in
    front of both cameras. A match votes with the angle between its two rays, up to the error of a
    match: far points, which noise puts behind the cameras as easily as in front, decide between
    the rotations, but hardly between the two signs of the translation.

    If the camera has only turned, every translation explains the matches: the rotation is right,
    the translation is whatever noise prefers, and `RelativePose.only_turned` tells it.

    Parameters
    ----------
    essential : (3, 3) float
        ``x1.T @ essential @ x0 = 0`` for calibrated points; of any scale and sign.
    matched : Correspondences
        The matches that agree with it, with their cameras.
    max_error : float
        The largest distance of a point to its epipolar line that still agrees, in pixels.

    Returns
    -------
    RelativePose or None
        Refined; `RelativePose.essential` is the matrix that goes with it. None for fewer than
        five matches, and where no pose has more than half of them in front of both cameras.

    References
    ----------
    R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd edition, sections
    9.6.2 and 9.6.3; refinement: see `featmatch.geometry.pose_refinement`.
    """
    if len(matched) < MODELS["essential"].min_matches:
        return None
    cameras = matched.known_cameras
    rays0, rays1 = rays(matched.points0, cameras[0]), rays(matched.points1, cameras[1])
    focal_lengths = [camera[axis, axis] for camera in cameras for axis in (0, 1)]
    focal_length = float(np.mean(focal_lengths))
    noise = max_error / focal_length

    def vote(pose: tuple[Matrix, Array]) -> float:
        return float(np.clip(signed_parallax(*pose, rays0, rays1) / noise, -1, 1).sum())

    rotation, translation = refine_pose(*max(_poses_of(essential), key=vote), matched)
    fundamental = fundamental_of(cross_matrix(translation) @ rotation, *cameras)
    residuals = epipolar_residuals(fundamental, matched.points0, matched.points1)
    agrees = residuals <= max_error
    parallax = signed_parallax(rotation, translation, rays0, rays1)
    in_front = agrees & (parallax >= -noise)
    if np.count_nonzero(in_front) <= _MIN_SHARE_IN_FRONT * len(matched):
        return None
    angles = np.abs(parallax[in_front])
    error = max(np.median(residuals[in_front]) / _MEDIAN_OF_NORMAL, _LEAST_ERROR) / focal_length
    return RelativePose(
        rotation,
        translation,
        int(np.count_nonzero(in_front)),
        float(np.median(angles)),
        only_turned=bool(np.quantile(angles, 1 - _MIN_SHARE_NEAR) <= _CLEARLY_MORE * error),
    )


def signed_parallax(rotation: Matrix, translation: Array, rays0: Array, rays1: Array) -> Array:
    """Angle between the two rays to each point: 0 at infinity, negative behind a camera.

    Parameters
    ----------
    rotation : (3, 3) float
    translation : (3,) float
    rays0, rays1 : (N, 3) float
        Of length 1, each in its camera's frame.

    Returns
    -------
    (N,) float64
        In radians, from -pi to pi. Negative unless the rays meet, or pass each other, where both
        run forward.
    """
    turned = rays0 @ rotation.T
    normals = np.cross(turned, rays1)
    angles = np.arctan2(np.linalg.norm(normals, axis=1), (turned * rays1).sum(axis=1))
    # depth1 * ray1 = depth0 * turned + translation; the products have the signs of the depths.
    depths1 = (np.cross(turned, translation) * normals).sum(axis=1)
    depths0 = (np.cross(rays1, translation) * normals).sum(axis=1)
    signed: Array = np.where((depths0 > 0) & (depths1 > 0), angles, -angles)
    return signed


def _poses_of(essential: Matrix) -> list[tuple[Matrix, Array]]:
    """Return the four poses of an essential matrix (Hartley & Zisserman, result 9.19)."""
    left, _, right = np.linalg.svd(essential)
    quarter_turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    turns = (left @ quarter_turn @ right, left @ quarter_turn.T @ right)
    rotations = [turn * np.sign(np.linalg.det(turn)) for turn in turns]
    return [(turn, sign * left[:, 2]) for turn in rotations for sign in (1.0, -1.0)]
