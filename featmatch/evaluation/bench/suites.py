"""Suites: pairs of images of which it is known how they relate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.images.camera import camera_matrix
from featmatch.types import Array

Truth = Literal["planar", "twoview", "pose", "related", "unrelated"]


@dataclass(frozen=True, eq=False)
class SuitePair:
    """Two images and what is known of them.

    Parameters
    ----------
    name : str
        Told from the others of its suite by it.
    image0, image1 : Path
        Files.
    kind : {"planar", "twoview", "pose", "related", "unrelated"}
        A homography relates the images; a scene with depth, of which some points are known; a scene
        with depth, and both cameras are known; the images show the same thing, and no more is
        known; or they have nothing in common.
    group : str
        What is told apart in reports, such as a level of difficulty; empty for none.
    homography : (3, 3) float64 or None
        Maps image 0 to image 1. Only for planar pairs.
    points : (N, 4) float64 or None
        Corresponding points, labeled by hand or known: x0, y0, x1, y1 in pixels. A planar pair has
        these, a homography, or both; a twoview pair has these.
    intrinsics0, intrinsics1 : (3, 3) float64 or None
        Camera matrices in pixels. A pose pair has these; a twoview pair may.
    pose : (4, 4) float64 or None
        Takes coordinates of camera 0 to those of camera 1; its translation counts up to scale.
        Goes with the camera matrices.

    Raises
    ------
    ValueError
        A truth that the kind needs is missing, or one is not as described.
    """

    name: str
    image0: Path
    image1: Path
    kind: Truth
    group: str = ""
    homography: Array | None = None
    points: Array | None = None
    intrinsics0: Array | None = None
    intrinsics1: Array | None = None
    pose: Array | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Truth):
            expected = ", ".join(get_args(Truth))
            raise ArgumentError(f"kind: expected one of {expected}, got {self.kind!r}")
        if self.kind == "planar" and self.homography is None and self.points is None:
            raise ArgumentError(
                "homography: expected this or points for a planar pair, got neither"
            )
        if self.kind == "twoview" and self.points is None:
            raise ArgumentError(
                "points: expected corresponding points for a twoview pair, got none"
            )
        if self.kind != "planar" and self.homography is not None:
            raise ArgumentError(f"homography: expected none for a {self.kind} pair, got one")
        if self.homography is not None:
            _set(self, "homography", _check_homography(self.homography))
        if self.points is not None:
            _set(self, "points", _check_points(self.points))
        cameras = (self.intrinsics0, self.intrinsics1, self.pose)
        if self.kind == "pose" or any(camera is not None for camera in cameras):
            for name in ("intrinsics0", "intrinsics1"):
                _set(self, name, _check_camera(name, getattr(self, name)))
            _set(self, "pose", _check_pose(self.pose))

    @property
    def points0(self) -> Array:
        """(N, 2) labeled points of image 0."""
        return np.zeros((0, 2)) if self.points is None else self.points[:, :2]

    @property
    def points1(self) -> Array:
        """(N, 2) labeled points of image 1."""
        return np.zeros((0, 2)) if self.points is None else self.points[:, 2:]


@dataclass(frozen=True)
class Suite:
    """Pairs of images with ground truth, under one name.

    Parameters
    ----------
    name : str
    pairs : tuple of SuitePair
        At least one; their names differ.

    Raises
    ------
    ValueError
        There are no pairs, or two of the same name.
    """

    name: str
    pairs: tuple[SuitePair, ...]

    def __post_init__(self) -> None:
        names = [pair.name for pair in self.pairs]
        if not names:
            raise ArgumentError("pairs: expected at least one, got none")
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise ArgumentError(f"pairs: expected names that differ, got {double!r} twice")

    def __len__(self) -> int:
        return len(self.pairs)


def _check_homography(values: npt.ArrayLike) -> Array:
    matrix = _numbers("homography", values, (3, 3))
    if np.linalg.matrix_rank(matrix) < 3:
        raise ArgumentError(
            f"homography: expected a matrix that has an inverse, got the singular {matrix.tolist()}"
        )
    return matrix


def _check_points(values: npt.ArrayLike) -> Array:
    points = _numbers("points", values, (None, 4))
    if not len(points):
        raise ArgumentError("points: expected at least one row x0, y0, x1, y1, got none")
    return points


def _check_camera(name: str, values: npt.ArrayLike | None) -> Array:
    return camera_matrix(name, None if values is None else _numbers(name, values, (3, 3)))


def _check_pose(values: npt.ArrayLike | None) -> Array:
    if values is None:
        raise ArgumentError("pose: expected a (4, 4) matrix, got none")
    pose = _numbers("pose", values, (4, 4))
    rotation = pose[:3, :3]
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are none of a rotation
        deviation = np.abs(rotation @ rotation.T - np.eye(3)).max()
    if not deviation <= 1e-3 or np.linalg.det(rotation) < 0:
        raise ArgumentError(f"pose: expected a rotation in its 3 x 3 part, got {rotation.tolist()}")
    if not pose[:3, 3].any():
        raise ArgumentError("pose: expected a translation, got none: its direction is measured")
    return pose


def _numbers(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...]) -> Array:
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{name}: expected rows of numbers, got others") from error
    fits = array.ndim == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join("N" if length is None else str(length) for length in shape)
        raise ArgumentError(f"{name}: expected shape ({expected}), got {array.shape}")
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name}: expected finite numbers, got NaN or infinity")
    return array


def _set(owner: SuitePair, name: str, array: Array) -> None:
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
