"""The two-view models: what defines each of them, and how far matches are from one.

A map (homography, affine map, similarity) takes a point of image 0 to a point of image 1; an
epipolar model (fundamental and essential matrix) takes it to a line. Notation and residuals follow
Hartley & Zisserman, "Multiple View Geometry", chapters 4 and 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.types import Array, Kind

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ModelSpec:
    """What the search and the verdict need to know of a kind of model.

    Attributes
    ----------
    min_matches : int
        Matches that define the model up to a few solutions.
    max_solutions : int
        The most models that so many matches define.
    is_map : bool
        Takes points to points, so that errors fill a disc; otherwise points to lines, and errors
        fill a band.
    """

    min_matches: int
    max_solutions: int
    is_map: bool


MODELS: dict[Kind, ModelSpec] = {
    "homography": ModelSpec(min_matches=4, max_solutions=1, is_map=True),
    "affine": ModelSpec(min_matches=3, max_solutions=1, is_map=True),
    "similarity": ModelSpec(min_matches=2, max_solutions=1, is_map=True),
    "fundamental": ModelSpec(min_matches=7, max_solutions=3, is_map=False),
    "essential": ModelSpec(min_matches=5, max_solutions=10, is_map=False),
}

LABELS: dict[Kind, str] = {
    "homography": "homography",
    "affine": "affine map",
    "similarity": "similarity",
    "fundamental": "fundamental matrix",
    "essential": "essential matrix",
    "none": "no model",
}
"""The kinds as they are called in sentences."""


def transfer(matrix: Array, points: Array) -> Array:
    """Map (N, 2) points by a (3, 3) matrix; points on the horizon become infinite."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        mapped: Array = homogeneous[:, :2] / homogeneous[:, 2:]
    return mapped


def map_residuals(matrix: Array, points0: Array, points1: Array) -> Array:
    """Larger of the two transfer errors of each match, in pixels.

    Parameters
    ----------
    matrix : (3, 3) float
        Maps image 0 to image 1.
    points0, points1 : (N, 2) float

    Returns
    -------
    (N,) float64
        Infinite everywhere if the matrix has no inverse.
    """
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return np.full(len(points0), np.inf)
    forward = np.linalg.norm(transfer(matrix, points0) - points1, axis=1)
    backward = np.linalg.norm(transfer(inverse, points1) - points0, axis=1)
    larger: Array = np.nan_to_num(np.maximum(forward, backward), nan=np.inf, posinf=np.inf)
    return larger


def epipolar_residuals(fundamental: Array, points0: Array, points1: Array) -> Array:
    """Larger of the two distances between point and epipolar line of each match, in pixels.

    Parameters
    ----------
    fundamental : (3, 3) float
        ``x1.T @ fundamental @ x0 = 0``.
    points0, points1 : (N, 2) float

    Returns
    -------
    (N,) float64
        Infinite where a point lies on its image's epipole, which gives it no line.
    """
    lines1 = points0 @ fundamental[:, :2].T + fundamental[:, 2]
    lines0 = points1 @ fundamental[:2] + fundamental[2]
    algebraic = np.abs((lines1[:, :2] * points1).sum(axis=1) + lines1[:, 2])
    slope = np.minimum(np.hypot(*lines0[:, :2].T), np.hypot(*lines1[:, :2].T))
    with np.errstate(divide="ignore", invalid="ignore"):
        distances: Array = np.nan_to_num(algebraic / slope, nan=np.inf, posinf=np.inf)
    return distances


def residuals(kind: Kind, matrix: Array, points0: Array, points1: Array) -> Array:
    """Residuals of matches in pixels; an essential matrix is to be given as fundamental matrix."""
    function = map_residuals if MODELS[kind].is_map else epipolar_residuals
    return function(matrix, points0, points1)
