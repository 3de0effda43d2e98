"""Refine a pose on matches: Levenberg-Marquardt on the Sampson error, with Cauchy weights.

Five parameters: three turn the camera, by the exponential map, and two move the direction of the
translation over the sphere (Hartley & Zisserman, "Multiple View Geometry", sections 11.4.3 and
A6.2; Triggs et al., "Bundle adjustment - a modern synthesis", 2000, on robust weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.residuals import Matrix, homogeneous
from featmatch.types import Array

_CAUCHY = 1.5  # standard deviations: costs 6 % of accuracy if errors are Gaussian; tails weigh less
_MAD = 1.4826  # standard deviation of Gaussian errors / their median magnitude
_LEAST_SCALE = 1e-6  # px: exact matches have no spread
_MAX_ROUNDS = 50
_LEAST_GAIN = 1e-10  # of the cost, relative: smaller changes end the refinement
_FIRST_DAMPING = 1e-4  # relative to the mean curvature
_LEAST_DAMPING = 1e-12  # keeps the equations solvable where matches do not fix the pose


def refine_pose(
    rotation: Matrix, translation: Array, matched: Correspondences
) -> tuple[Matrix, Array]:
    """Turn and move a camera until the matches agree best.

    Parameters
    ----------
    rotation : (3, 3) float
    translation : (3,) float
        Of length 1; x1 ~ K1 (R X + t).
    matched : Correspondences
        With their cameras; few of them are wrong.

    Returns
    -------
    rotation : (3, 3) float64
    translation : (3,) float64
        Of length 1. As they were given where nothing is better.
    """
    matches = SampsonErrors.of(matched)
    errors = matches.errors(rotation, translation)
    scale = cauchy_scale(errors)
    cost, damping = _cost(errors, scale), _FIRST_DAMPING
    for _ in range(_MAX_ROUNDS):
        derivatives = matches.derivatives(rotation, translation)
        moved = moved_pose(rotation, translation, _step(derivatives, errors, scale, damping))
        errors_there = matches.errors(*moved)
        gain = cost - _cost(errors_there, scale)
        if gain > 0:
            (rotation, translation), errors = moved, errors_there
            cost, damping = cost - gain, max(_LEAST_DAMPING, damping / 10)
        else:
            damping *= 10
        if abs(gain) <= _LEAST_GAIN * cost:
            break
    return rotation, translation


def cauchy_scale(errors: Array) -> float:
    """Error in pixels at which a match's weight has dropped to half, by the spread of all."""
    return max(_LEAST_SCALE, _CAUCHY * _MAD * float(np.median(np.abs(errors))))


def moved_pose(rotation: Matrix, translation: Array, step: Array) -> tuple[Matrix, Array]:
    """Turn a camera by step[:3] radians, and its direction of translation by step[3:]."""
    turn, _ = cv2.Rodrigues(step[:3])
    moved = translation + step[3:] @ _tangents(translation)
    return turn @ rotation, moved / np.linalg.norm(moved)


def cross_matrix(vector: Array) -> Matrix:
    """(3, 3) matrix [v]x, with [v]x u = v x u."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def rays(points: Array, intrinsics: Matrix) -> Array:
    """(N, 3) directions of length 1, in the camera's frame, to points (N, 2) in pixels."""
    directions = homogeneous(points) @ np.linalg.inv(intrinsics).T
    unit: Array = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return unit


@dataclass(frozen=True, eq=False)
class SampsonErrors:
    """How far matches are from a pose, to first order (Hartley & Zisserman, equation 11.9).

    Attributes
    ----------
    pixels0, pixels1 : (M, 3) float64
        Homogeneous points in pixels.
    inverse0, inverse1 : (3, 3) float64
        Of the camera matrices.
    """

    pixels0: Array
    pixels1: Array
    inverse0: Matrix
    inverse1: Matrix

    @classmethod
    def of(cls, matched: Correspondences) -> SampsonErrors:
        """Of matches with their cameras."""
        pixels0, pixels1 = homogeneous(matched.points0), homogeneous(matched.points1)
        camera0, camera1 = matched.known_cameras
        inverse0 = np.asarray(np.linalg.inv(camera0), np.float64)
        inverse1 = np.asarray(np.linalg.inv(camera1), np.float64)
        return cls(pixels0, pixels1, inverse0, inverse1)

    def errors(self, rotation: Matrix, translation: Array) -> Array:
        """(M,) Sampson errors, signed, in pixels."""
        _, _, algebraic, steepness = self._epipolar(rotation, translation)
        errors: Array = algebraic / steepness
        return errors

    def derivatives(self, rotation: Matrix, translation: Array) -> Array:
        """(M, 5) derivatives of the errors by the five parameters of `moved_pose`."""
        lines0, lines1, algebraic, steepness = self._epipolar(rotation, translation)
        cross = cross_matrix(translation)
        turns = [cross @ cross_matrix(axis) @ rotation for axis in np.eye(3)]
        moves = [cross_matrix(axis) @ rotation for axis in _tangents(translation)]
        changes = self.inverse1.T @ np.array(turns + moves) @ self.inverse0
        changes0 = np.einsum("kij,ni->nkj", changes, self.pixels1)
        changes1 = np.einsum("kij,nj->nki", changes, self.pixels0)
        of_algebraic = np.einsum("nki,ni->nk", changes1, self.pixels1)
        of_steepness = np.einsum("nki,ni->nk", changes0[..., :2], lines0[:, :2])
        of_steepness += np.einsum("nki,ni->nk", changes1[..., :2], lines1[:, :2])
        of_steepness /= steepness[:, None]
        errors = algebraic / steepness
        derivatives: Array = (of_algebraic - errors[:, None] * of_steepness) / steepness[:, None]
        return derivatives

    def _epipolar(self, rotation: Matrix, translation: Array) -> tuple[Array, Array, Array, Array]:
        """Epipolar lines (M, 3) in both images, the algebraic errors, and how steep those are."""
        essential = cross_matrix(translation) @ rotation
        fundamental = self.inverse1.T @ essential @ self.inverse0
        lines0, lines1 = self.pixels1 @ fundamental, self.pixels0 @ fundamental.T
        algebraic = (self.pixels1 * lines1).sum(axis=1)
        squares = np.square(lines0[:, :2]).sum(axis=1) + np.square(lines1[:, :2]).sum(axis=1)
        # Steepness is zero where both points lie on their epipoles, which fits every pose.
        steepness = np.sqrt(np.maximum(squares, np.finfo(np.float64).tiny))
        return lines0, lines1, algebraic, steepness


def _step(derivatives: Array, errors: Array, scale: float, damping: float) -> Array:
    """Step of Levenberg and Marquardt to the least weighted squares, (5,)."""
    weights = 1 / (1 + (errors / scale) ** 2)
    # einsum sums in a fixed order, whatever the number of threads.
    curvature = np.einsum("n,ni,nj->ij", weights, derivatives, derivatives)
    slope = np.einsum("n,ni,n->i", weights, derivatives, errors)
    typical = float(np.trace(curvature)) / len(slope) or 1.0
    step: Array = np.linalg.solve(curvature + damping * typical * np.eye(len(slope)), -slope)
    return step


def _cost(errors: Array, scale: float) -> float:
    return float(np.log1p((errors / scale) ** 2).sum())


def _tangents(direction: Array) -> Array:
    """(2, 3) vectors of length 1, at right angles to a direction and to each other."""
    _, _, axes = np.linalg.svd(direction[None])
    tangents: Array = axes[1:]
    return tangents
