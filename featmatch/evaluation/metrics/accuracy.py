"""Matching accuracy: how many matches are right, where the geometry is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.geometry.residuals import homogeneous, transfer
from featmatch.types import Array


def transfer_errors(
    points0: npt.ArrayLike, points1: npt.ArrayLike, homography: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return how far each match is from where the homography takes its point of image 0.

    Parameters
    ----------
    points0, points1 : (M, 2) float
        Matched points in pixels.
    homography : (3, 3) float
        Maps image 0 to image 1.

    Returns
    -------
    (M,) float64
        Pixels of image 1; infinite for points on the horizon.
    """
    mapped = transfer(np.asarray(homography, np.float64), np.asarray(points0, np.float64))
    with np.errstate(invalid="ignore"):
        errors: Array = np.linalg.norm(mapped - np.asarray(points1, np.float64), axis=1)
    return np.asarray(np.nan_to_num(errors, nan=np.inf, posinf=np.inf))


def epipolar_errors(
    points0: npt.ArrayLike, points1: npt.ArrayLike, fundamental: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return how far each match is from its epipolar lines: the mean over both images.

    A match may lie anywhere along its line, so this is a weaker test than `transfer_errors`.

    Parameters
    ----------
    points0, points1 : (M, 2) float
        Matched points in pixels.
    fundamental : (3, 3) float
        ``x1.T @ fundamental @ x0 = 0``.

    Returns
    -------
    (M,) float64
        Pixels; infinite for points on an epipole, which have no line.

    References
    ----------
    R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd edition (2003),
    section 11.5.
    """
    matrix = np.asarray(fundamental, np.float64)
    homogeneous0, homogeneous1 = (
        homogeneous(np.asarray(points, np.float64)) for points in (points0, points1)
    )
    lines1, lines0 = homogeneous0 @ matrix.T, homogeneous1 @ matrix
    algebraic = np.abs((homogeneous1 * lines1).sum(axis=1))
    slopes = np.hypot(*lines0[:, :2].T), np.hypot(*lines1[:, :2].T)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors: Array = (algebraic / slopes[0] + algebraic / slopes[1]) / 2
    return np.asarray(np.nan_to_num(errors, nan=np.inf, posinf=np.inf))


def accuracy_curve(errors: npt.ArrayLike, tolerances: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of matches whose error is no larger than each tolerance.

    The mean of this over pairs of images is the mean matching accuracy (MMA).

    Parameters
    ----------
    errors : (M,) float
        Of the matches of one pair.
    tolerances : (T,) float
        In the same unit.

    Returns
    -------
    (T,) float64
        In [0, 1]; zeros if there are no matches.

    References
    ----------
    M. Dusmanu et al., "D2-Net: a trainable CNN for joint description and detection of local
    features", CVPR 2019, section 5.1.
    """
    errors, tolerances = np.asarray(errors, np.float64), np.asarray(tolerances, np.float64)
    num_within = np.searchsorted(np.sort(errors), tolerances, side="right")
    return num_within / max(1, len(errors))


def matching_score(
    visible0: npt.ArrayLike, matched0: npt.ArrayLike, correct: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Tell which keypoints of image 0 are matched correctly, of those that could be.

    The mean of the flags is the matching score: unlike the accuracy, it does not grow when a
    matcher keeps few matches. Flags let its interval be found (`bootstrap_mean`).

    Parameters
    ----------
    visible0 : (N,) bool
        The keypoints of image 0 that lie in the frame of image 1.
    matched0 : (M,) int
        The keypoint of image 0 of each match.
    correct : (M,) bool
        Whether the match is right.

    Returns
    -------
    (V,) bool
        One for each visible keypoint, in their order.

    References
    ----------
    K. Mikolajczyk and C. Schmid, "A performance evaluation of local descriptors", PAMI 27 (2005),
    where it is called recall.
    """
    visible0 = np.asarray(visible0, bool)
    right = np.zeros(len(visible0), bool)
    right[np.asarray(matched0, np.int64)[np.asarray(correct, bool)]] = True
    return np.asarray(right[visible0])
