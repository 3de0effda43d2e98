"""How two images of a collection stand to each other, as far as a loop of three can be checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.collection.records import ImageEntry, PairRecord, PairSummary
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.pose import relative_pose
from featmatch.geometry.residuals import Matrix
from featmatch.types import Array, Points

MAPS = ("homography", "affine", "similarity")
"""Kinds of models that map points to points."""

_NUM_POINTS = 200  # of a pair: enough for a rotation to a degree, few for the memory
_USUAL_FOCAL_LENGTH = 1.2  # of the longer side, where the file does not tell
_WORKING_SIZE = 1600  # px: images are matched at this size
_MAX_ERROR = 3.0  # px of that size, of a match that agrees


@dataclass(frozen=True, eq=False)
class Motion:
    """A pair of images of the same scene, and what its geometry tells.

    Attributes
    ----------
    summary : PairSummary
    points0, points1 : (M, 2) float64
        Some of the inliers, in pixels.
    homography : (3, 3) float64 or None
        Image 0 to image 1, where this is the model of the pair.
    fundamental : (3, 3) float64 or None
        Where that is the model.
    cameras : pair of (3, 3) float64
        Known from the files, or guessed.
    max_error : float
        In pixels, of a match that agrees.
    """

    summary: PairSummary
    points0: Array
    points1: Array
    homography: Matrix | None
    fundamental: Matrix | None
    cameras: tuple[Matrix, Matrix]
    max_error: float

    @classmethod
    def of(
        cls,
        record: PairRecord,
        images: tuple[ImageEntry, ImageEntry],
        keypoints: Callable[[str], Points],
    ) -> Motion:
        """Take what is needed of the record of a pair; `keypoints` are those of an image."""
        points0, points1 = inlier_points(keypoints, record, _NUM_POINTS)
        summary = record.summary
        is_map = summary.model in MAPS
        image0, image1 = images
        longest = max(*image0.size, *image1.size)
        return cls(
            summary,
            points0,
            points1,
            record.homography if is_map else None,
            None if is_map else record.fundamental,
            (camera_of(image0), camera_of(image1)),
            _MAX_ERROR * max(1.0, longest / _WORKING_SIZE),
        )

    @cached_property
    def rotations(self) -> tuple[Matrix, ...]:
        """Rotations that the second camera may have to the first; none if that is not known.

        One where there is depth; of a plane, each that its homography allows.
        """
        camera0, camera1 = self.cameras
        if self.fundamental is not None:
            pose = relative_pose(
                camera1.T @ self.fundamental @ camera0,
                Correspondences(self.points0, self.points1, cameras=self.cameras),
                max_error=self.max_error,
            )
            return () if pose is None else (pose.rotation,)
        if self.homography is not None:
            calibrated = np.linalg.inv(camera1) @ self.homography @ camera0
            _, rotations, _, _ = cv2.decomposeHomographyMat(calibrated, np.eye(3))
            return tuple(np.asarray(rotation, np.float64) for rotation in rotations)
        return ()


def inlier_points(
    keypoints: Callable[[str], Points], record: PairRecord, num: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """At most `num` points (M, 2) of both images that agree with the model, evenly taken.

    Parameters
    ----------
    keypoints : callable
        Name of an image -> its keypoints, (N, 2).
    record : PairRecord
    num : int
    """
    indices = record.indices[record.inliers]
    rows = np.unique(np.linspace(0, len(indices) - 1, min(num, len(indices))).astype(int))
    points0, points1 = (
        keypoints(name)[indices[rows, side]].astype(np.float64)
        for side, name in enumerate(record.summary.names)
    )
    return points0, points1


def camera_of(image: ImageEntry) -> Matrix:
    """(3, 3) camera matrix of an image: its focal length, or a usual one; centered."""
    width, height = image.size
    focal_length = image.focal_length or _USUAL_FOCAL_LENGTH * max(width, height)
    return np.array(
        [
            [focal_length, 0.0, (width - 1) / 2],
            [0.0, focal_length, (height - 1) / 2],
            [0.0, 0.0, 1.0],
        ]
    )
