"""How much sharper one image is than the other, from place to place.

Of two photographs that are focused on different depths each is the sharper one somewhere. Corners
move when they are blurred, so patches are compared at the sharpness of the blurrier one.
"""

from __future__ import annotations

from math import isqrt

import numpy as np

from featmatch.geometry.lucas_kanade import Floats, sample
from featmatch.geometry.pictures import Picture
from featmatch.types import Array

BLURS = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0)  # px of the coarser image
NUM_NEIGHBORS = 12  # patches: what one shows may be too little to tell how sharp it is
LEAST_RATIO = 1.5  # of the detail: less is noise, or the grain of the pixels


def local_blurs(
    pictures: tuple[Picture, Picture], places: tuple[Array, Array], scale: float
) -> Array:
    """Find the blur that makes one of two pictures as unsharp as the other around each patch.

    Parameters
    ----------
    pictures : pair of Picture
        The coarser one and the other, at the same detail where both are sharp.
    places : pair of (N, P, 2) float
        Where the pixels of each patch lie in them; P is the square of an odd number.
    scale : float
        Length in the other picture of a pixel of the coarser one.

    Returns
    -------
    (N,) float64
        In pixels of the coarser picture, one of `BLURS` or 0: above 0 the coarser one is to be
        blurred, below 0 the other one.
    """
    near = _neighbors(places[0][:, places[0].shape[1] // 2])
    details = [_detail(picture, each, near) for picture, each in zip(pictures, places, strict=True)]
    blurs = np.zeros(len(near))
    for sign, number in ((1, 0), (-1, 1)):
        own, other = details[number], details[1 - number]
        rows = np.flatnonzero(own > LEAST_RATIO * other)
        unit = scale if number else 1.0
        for blur in BLURS:
            if not len(rows):
                break
            blurred = _detail(pictures[number].blurred(unit * blur), places[number], near)
            rows = rows[blurred[rows] >= other[rows]]
            blurs[rows] = sign * blur
    return blurs


def _neighbors(centers: Array) -> Array:
    """(N, K) rows of the nearest patches, each with itself."""
    squares = np.square(centers).sum(axis=1)
    distances = squares[:, None] - 2 * centers @ centers.T + squares
    num = min(NUM_NEIGHBORS, len(centers))
    nearest: Array = np.argpartition(distances, num - 1, axis=1)[:, :num]
    return nearest


def _detail(picture: Picture, places: Array, near: Array) -> Array:
    """(N,) mean squared gradient over the variance, of each patch and its neighbors together."""
    side = isqrt(places.shape[1])
    patches: Floats = sample(picture.gray, places).reshape(-1, side, side)
    along_x = (patches[:, :, 2:] - patches[:, :, :-2]) / 2
    along_y = (patches[:, 2:] - patches[:, :-2]) / 2
    energy = np.square(along_x).mean(axis=(1, 2)) + np.square(along_y).mean(axis=(1, 2))
    detail: Array = energy[near].sum(axis=1) / np.maximum(
        patches.var(axis=(1, 2))[near].sum(axis=1), 1e-6
    )
    return detail
