"""Views: the images that a camera takes of parts of a photograph.

A view is told by its quad: the corners (4, 2) of the part that it shows, in pixels of the
photograph, in the order of `SQUARE`.
"""

from __future__ import annotations

from math import sqrt
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.learned.training.photographs import Photograph, check_photograph

Gray: TypeAlias = npt.NDArray[np.float32]
Floats: TypeAlias = npt.NDArray[np.float64]

SQUARE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
"""Corners of a square of side 1 around the origin, from the top left one along the x axis."""

_MARGIN = 8  # pixels around a quad that blur and interpolation look at


def continued(photograph: Photograph, min_side: int) -> Photograph:
    """Continue a photograph by reflection, to the right and below, if it is small.

    Parameters
    ----------
    photograph : ndarray (H, W, 3) or (H, W) uint8
        RGB or gray.
    min_side : int
        Least height and width of the result.

    Returns
    -------
    ndarray of uint8
        The photograph itself if it is large enough.

    Raises
    ------
    ValueError, TypeError
        The photograph is not as described above.
    """
    check_photograph(photograph)
    height, width = photograph.shape[:2]
    below, right = max(min_side - height, 0), max(min_side - width, 0)
    if below == right == 0:
        return photograph
    larger = cv2.copyMakeBorder(photograph, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    return np.asarray(larger, np.uint8)


def view_map(quad: Floats, size: int) -> Floats:
    """Homography from a view to its photograph.

    Parameters
    ----------
    quad : ndarray (4, 2) float64
        Where the outer corners of the view's corner pixels lie in the photograph.
    size : int
        Side of the view in pixels.

    Returns
    -------
    ndarray (3, 3) float64
    """
    corners = size * SQUARE + (size - 1) / 2
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), quad.astype(np.float32))
    return np.asarray(matrix, np.float64)


def take_view(photograph: Photograph, quad: Floats, size: int, weights: Floats) -> Gray:
    """Warp what lies in a quad into a square gray image.

    A view of more pixels than it has room for is blurred first, by a Gaussian that takes the blur
    of a pixel of the photograph to that of a pixel of the view: sigma is 0.5 √(s² - 1) for s pixels
    of the photograph along one of the view. Interpolation is bicubic.

    Parameters
    ----------
    photograph : ndarray (H, W, 3) or (H, W) uint8
        RGB or gray. What a view shows beyond its edges is a reflection.
    quad : ndarray (4, 2) float64
    size : int
        Side of the view in pixels.
    weights : ndarray (3,) float64
        Of red, green and blue in the gray.

    Returns
    -------
    ndarray (size, size) float32
        In [0, 1].
    """
    x0, y0 = np.maximum(np.floor(quad.min(0)).astype(int) - _MARGIN, 0)
    x1, y1 = np.ceil(quad.max(0)).astype(int) + _MARGIN
    part: npt.NDArray[np.uint8] = photograph[y0:y1, x0:x1]
    if part.ndim == 3:  # before the warp, which it commutes with, as that then has less to do
        part = np.asarray(cv2.transform(part, weights[None]), np.uint8)
    gray = np.multiply(part, np.float32(1 / 255), dtype=np.float32)
    scale = sqrt(cv2.contourArea(quad.astype(np.float32))) / size
    if scale > 1:
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), 0.5 * sqrt(scale**2 - 1)), np.float32)
    to_part = np.array([(1, 0, -x0), (0, 1, -y0), (0, 0, 1)]) @ view_map(quad, size)
    view = cv2.warpPerspective(
        gray,
        to_part,
        (size, size),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(np.clip(view, 0, 1), np.float32)
