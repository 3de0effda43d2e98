"""Where one thing lies that two images share."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.likeness import Likeness
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.geometry.superposition import Superposition
from featmatch.images.view import View
from featmatch.types import Array

_SIDE = 128.0  # px of the thumbnail that the matches fill: a window is a small part of it
_LONGEST = 640  # px: of a whole thumbnail
_LEAST_SHARE = 0.1  # of the matches: a piece with fewer is something else that looks alike


@dataclass(frozen=True, eq=False)
class SharedPart:
    """A thing that both images show.

    Attributes
    ----------
    outline0, outline1 : (K, 2) float64
        Corners of its convex outline in image 0 and image 1, in pixels of the originals.
    """

    outline0: Array
    outline1: Array


def shared_part(
    laid: Superposition | None, views: tuple[View, View] | None, homography: Matrix, agreeing: Array
) -> SharedPart | None:
    """Outline the thing that matches agree on: what looks alike around them.

    Parameters
    ----------
    laid : Superposition or None
        Both images. None: the outline is that of the matches.
    views : pair of View or None
    homography : (3, 3) float
        Maps image 0 to image 1, in pixels of the originals.
    agreeing : (K, 2) float
        Points of image 0 that agree with it, in pixels of the original.

    Returns
    -------
    SharedPart or None
        None where no point agrees.
    """
    if not len(agreeing):
        return None
    hull = _hull(agreeing)
    if laid is not None and views is not None:
        image0 = views[0].image
        points = image0.from_original(agreeing)
        least = (_SIDE / _LONGEST * max(laid.picture0.size)) ** 2
        found = laid.likeness(_SIDE, max(outline_area(points), least))
        places = _places_alike(found, points)
        if len(places):
            hull = image0.to_original(_hull(places))
    return SharedPart(hull, transfer(homography, hull))


def _places_alike(found: Likeness, points: Array) -> Array:
    """(N, 2) corners of the pixels of image 0 that look alike, around most of its points."""
    pieces = _pieces(found.alike | found.equal)
    height, width = pieces.shape
    factor = np.array(found.factor)
    x, y = np.rint((points + 0.5) * factor - 0.5).astype(int).clip(0, (width - 1, height - 1)).T
    counts = np.bincount(pieces[y, x], minlength=int(pieces.max()) + 1)
    kept = np.flatnonzero(counts >= _LEAST_SHARE * len(points))
    rows, columns = np.nonzero(np.isin(pieces, kept[kept > 0]))
    centers = np.column_stack([columns, rows])
    steps = np.array([[right, down] for right in (-0.5, 0.5) for down in (-0.5, 0.5)])
    corners = (centers[:, None] + steps).reshape(-1, 2)
    places: Array = (corners + 0.5) / factor - 0.5
    return places


def _pieces(alike: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Give connected places one number each, from 1, with thin bridges between them cut."""
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5)))
    inner = cv2.erode(opened, np.ones((3, 3)))  # windows reach over the border
    _, pieces = cv2.connectedComponents(np.asarray(inner, np.uint8))
    return np.asarray(pieces, np.int64)


def outline_area(points: Array) -> float:
    """Area of the convex outline of (N, 2) points, in square pixels."""
    hull = _hull(points).astype(np.float32)
    return float(cv2.contourArea(hull)) if len(hull) else 0.0


def _hull(points: Array) -> Array:
    if not len(points):
        return np.zeros((0, 2))
    corners = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2)
    return np.asarray(corners, np.float64)
