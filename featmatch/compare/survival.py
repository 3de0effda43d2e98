"""Which features of an image survive one alteration of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.compare.alterations import Homography
from featmatch.compare.contenders import BORDER
from featmatch.evaluation.metrics.accuracy import transfer_errors
from featmatch.evaluation.metrics.homography_error import mean_distance
from featmatch.evaluation.metrics.overlap import Overlap, overlap
from featmatch.evaluation.metrics.repeatability import repeatability
from featmatch.evaluation.metrics.shifted_repeatability import shifted_repeatability
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.matching.matcher import Matcher
from featmatch.types import Array, Features

MAX_ERROR = 3.0
"""Pixels, of the coarser of both images, by which a point or a model may be off."""

_NUM_SHIFTS = 2  # for what chance gives, which is measured many times


@dataclass(frozen=True)
class Survival:
    """How one method does at one value; see `featmatch.compare.changes.ChangeCurve`."""

    repeatability: float
    chance_repeatability: float
    accuracy: float
    num_correct: int
    corner_error: float | None


def usable_part(
    homography: Homography, size0: tuple[int, int], size1: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Mark where keypoints of an altered image may lie: where those of the image may, and shown.

    Parameters
    ----------
    homography : (3, 3) float
        From the image to the altered one.
    size0, size1 : (width, height)
        Of the image and the altered one.

    Returns
    -------
    (H, W) uint8
        255 in the altered image, but for `BORDER` pixels along its edges and along those of the
        image in it; else 0.
    """
    usable0, usable1 = (_without_border(size) for size in (size0, size1))
    shown = cv2.warpPerspective(usable0, homography, size1, flags=cv2.INTER_NEAREST)
    return np.asarray(np.minimum(usable1, shown), np.uint8)


def measure_survival(
    features0: Features,
    features1: Features,
    matcher: Matcher,
    homography: Homography,
    *,
    seed: int,
) -> Survival:
    """Score the features of an altered image against those of the image.

    Parameters
    ----------
    features0, features1 : Features
        Of the image and the altered one, none in the `BORDER` of either.
    matcher : Matcher
    homography : (3, 3) float
        The affine map from the image to the altered one.
    seed : int
        Of the search for a homography.
    """
    sizes = features0.image_size, features1.image_size
    common = overlap(homography, *sizes, border=BORDER)
    # Pixels of the altered image that one of the coarser image covers, along a side.
    pixel_size = max(1.0, float(np.sqrt(np.linalg.det(common.homography[:2, :2]))))
    max_error = MAX_ERROR * pixel_size
    found = repeatability(
        features0.keypoints, features1.keypoints, homography, *sizes, max_error, border=BORDER
    )
    chance = shifted_repeatability(
        features0.keypoints,
        features1.keypoints,
        common,
        (max_error,),
        num_shifts=_NUM_SHIFTS,
        seed=seed,
    )
    matches = matcher.match(features0, features1)
    points0 = features0.keypoints[matches.indices[:, 0]].astype(np.float64)
    points1 = features1.keypoints[matches.indices[:, 1]].astype(np.float64)
    correct = transfer_errors(points0, points1, homography) <= max_error
    geometry = Estimator(MAX_ERROR).estimate(
        "homography",
        Correspondences(points0, points1, matches.ratios, pixel_sizes=(1.0, pixel_size)),
        seed=seed,
    )
    return Survival(
        repeatability=found.value or 0.0,
        chance_repeatability=chance[0] if chance else 0.0,
        accuracy=float(correct.mean()) if len(correct) else 0.0,
        num_correct=int(correct.sum()),
        corner_error=_corner_error(geometry.homography, common, pixel_size),
    )


def _corner_error(estimated: Array | None, common: Overlap, pixel_size: float) -> float | None:
    if not len(common.corners1):
        return None
    error = mean_distance(estimated, common.homography, common.corners0) / pixel_size
    return error if np.isfinite(error) else None


def _without_border(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    width, height = size
    usable = np.zeros((height, width), np.uint8)
    usable[BORDER : height - BORDER, BORDER : width - BORDER] = 255
    return usable
