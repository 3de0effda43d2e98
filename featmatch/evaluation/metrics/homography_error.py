"""Homography error: how far an estimated homography is off, and the score of many of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number
from featmatch.errors import ArgumentError
from featmatch.evaluation.metrics.accuracy import transfer_errors
from featmatch.geometry.residuals import transfer


def corner_error(
    estimated: npt.ArrayLike | None, truth: npt.ArrayLike, size: tuple[int, int]
) -> float:
    """Return the mean distance between where two homographies take the corners of image 0.

    Parameters
    ----------
    estimated : (3, 3) float or None
        None if no model was found.
    truth : (3, 3) float
    size : (width, height)
        Of image 0, in pixels; its corners are the centers of the pixels in its corners.

    Returns
    -------
    float
        Pixels of image 1; infinite without a model.

    References
    ----------
    D. DeTone, T. Malisiewicz and A. Rabinovich, "SuperPoint: self-supervised interest point
    detection and description", CVPR Workshops 2018, section 7.3.
    """
    right, bottom = size[0] - 1, size[1] - 1
    return mean_distance(estimated, truth, [(0, 0), (right, 0), (right, bottom), (0, bottom)])


def mean_distance(
    estimated: npt.ArrayLike | None, truth: npt.ArrayLike, points0: npt.ArrayLike
) -> float:
    """Return the mean distance between where two homographies take points of image 0.

    Parameters
    ----------
    estimated : (3, 3) float or None
        None if no model was found.
    truth : (3, 3) float
    points0 : (N, 2) float
        At least one.

    Returns
    -------
    float
        Pixels of image 1; infinite without a model.
    """
    if estimated is None:
        return np.inf
    points1 = transfer(np.asarray(truth, np.float64), np.asarray(points0, np.float64))
    return float(transfer_errors(points0, points1, estimated).mean())


def area_under_curve(errors: npt.ArrayLike, max_error: float) -> float:
    """Return the area under the curve of recall over error, up to an error, divided by that error.

    Recall at an error is the share of the errors below it, joined by straight lines from (0, 0)
    through each error and level from the last error below `max_error` on. The integral is exact.

    Parameters
    ----------
    errors : (N,) float
        Of many pairs of images; infinite where there is no model.
    max_error : float
        In the same unit, more than 0.

    Returns
    -------
    float
        In [0, 1]: 1 if all errors are 0; 0 if none is below `max_error`, or there are none.

    Raises
    ------
    ValueError, TypeError
        `max_error` is not a number above 0, or an error is negative or NaN.

    References
    ----------
    P.-E. Sarlin, D. DeTone, T. Malisiewicz and A. Rabinovich, "SuperGlue: learning feature matching
    with graph neural networks", CVPR 2020, section 5.1.
    """
    check_number("max_error", max_error, np.finfo(float).tiny, np.finfo(float).max)
    errors = np.sort(np.asarray(errors, np.float64))
    if not (errors >= 0).all():
        raise ArgumentError("errors: expected numbers of 0 or more, got negative ones or NaN")
    below = errors[errors < max_error]
    recall = np.arange(len(below) + 1) / max(1, len(errors))
    x, y = np.r_[0.0, below, max_error], np.r_[recall, recall[-1]]
    return float(np.trapezoid(y, x) / max_error)
