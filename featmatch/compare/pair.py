"""The pair of images that a comparison looks at, and what is known of how they relate."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from math import cos, radians, sin
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import check_seed
from featmatch.compare.alterations import warp
from featmatch.errors import ArgumentError
from featmatch.images.image import Image, read_image
from featmatch.matrices import matrix_flaw, read_matrix

Matrix = npt.NDArray[np.float64]
Origin = Literal["sample", "warp", "given", "estimated", "matched", "none"]

SAMPLE = Path(__file__).with_name("sample")
"""The folder of the pair that comes with the package."""

_ROTATION = radians(25)
_SCALE = 1.25
_TILT = 0.08
_NOISE = 3.0


@dataclass(frozen=True, eq=False)
class Pair:
    """Two images and the truth about them, all in pixels of the images as they are worked on.

    Parameters
    ----------
    image0, image1 : Image
        At their working size, which is their only size (see `at_working_size`).
    homography : (3, 3) float64 or None
        Maps points of image 0 to image 1, where a map does.
    fundamental : (3, 3) float64 or None
        ``x1.T @ fundamental @ x0 = 0``; for a scene with depth, in place of a homography.
    origin : {"sample", "warp", "given", "estimated", "matched", "none"}
        Where the truth comes from; ``"matched"`` of images that share a part, but no map.
    reason : str
        The same in a sentence.
    """

    image0: Image
    image1: Image
    homography: Matrix | None
    fundamental: Matrix | None
    origin: Origin
    reason: str


def sample_pair() -> Pair:
    """Return the pair that comes with the package: posters on a wall, seen from two sides."""
    image0, image1 = (
        replace(read_image(SAMPLE / name, max_size=0), name=name)
        for name in ("poster_0.jpg", "poster_1.jpg")
    )
    return Pair(
        image0,
        image1,
        read_homography(SAMPLE / "homography.txt"),
        None,
        "sample",
        "the sample pair that comes with the package, computed so that its geometry is exact",
    )


def given_pair(image0: Image, image1: Image, homography: npt.ArrayLike) -> Pair:
    """Return two images whose homography is known.

    Parameters
    ----------
    image0, image1 : Image
    homography : (3, 3) float
        Maps points of image 0 to image 1, in pixels of the originals.

    Raises
    ------
    ValueError
        The homography is not 3 x 3, not finite or cannot be inverted.
    """
    flaw = matrix_flaw(homography)
    if flaw:
        raise ArgumentError(f"homography: expected an invertible 3 x 3 matrix, got {flaw}")
    matrix = to_working(image1) @ np.asarray(homography, np.float64)
    return Pair(
        at_working_size(image0),
        at_working_size(image1),
        np.asarray(matrix @ np.linalg.inv(to_working(image0))),
        None,
        "given",
        "the homography that was given",
    )


def warped_pair(image: Image, seed: int = 0) -> Pair:
    """Return an image and a second view of it, made by a warp that is known exactly.

    The second view lies within the first, turned by 25 degrees to one side or the other, seen a
    little from the side and enlarged by about a quarter; its light is a little different and it has
    some noise.

    Parameters
    ----------
    image : Image
        Of any size.
    seed : int
        Draws the side of the turn, the perspective and the noise.

    Raises
    ------
    ValueError, TypeError
        The seed is not an integer from 0 to 2^31 - 1.
    """
    check_seed(seed)
    rng = np.random.default_rng(seed)
    image = at_working_size(image)
    quad = _view(image.size, rng)
    side = np.sqrt(cv2.contourArea(quad) / (image.size[0] * image.size[1]))
    width, height = (max(2, round(_SCALE * side * length)) for length in image.size)
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    homography = np.asarray(cv2.getPerspectiveTransform(quad, frame), np.float64)
    pixels = _photographed_again(warp(image.pixels, homography, (width, height)), rng)
    pixels.setflags(write=False)
    return Pair(
        image,
        Image(pixels, (width, height), f"{image.name}, warped"),
        homography,
        None,
        "warp",
        "the second view was made from the first by a warp that is known exactly",
    )


def read_homography(path: str | os.PathLike[str]) -> Matrix:
    """Read a homography from a file.

    Parameters
    ----------
    path : path
        As `featmatch.matrices.read_matrix` reads it.

    Returns
    -------
    (3, 3) float64

    Raises
    ------
    FeatmatchError
        The file cannot be read, or holds no homography.
    """
    return read_matrix(path, "the homography from image 0 to image 1")


def at_working_size(image: Image) -> Image:
    """Return an image whose points are in pixels of its working size: it forgets its original."""
    height, width = image.pixels.shape[:2]
    return replace(image, size=(width, height))


def to_working(image: Image) -> Matrix:
    """Return the map (3, 3) from pixels of the original to those of the working size."""
    x, y = image.scale
    return np.array([(x, 0, (x - 1) / 2), (0, y, (y - 1) / 2), (0, 0, 1)])


def _view(size: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw the corners (4, 2) of a turned, tilted view, as large as fits into an image."""
    extent = np.array(size, np.float64)
    angle = rng.choice([-1, 1]) * _ROTATION
    turn = np.array([(cos(angle), sin(angle)), (-sin(angle), cos(angle))])
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    corners = ((square + rng.uniform(-_TILT, _TILT, (4, 2))) * extent) @ turn
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    room = np.min(extent / (corners.max(axis=0) - corners.min(axis=0)))
    return np.asarray(room * (corners - middle) + (extent - 1) / 2, np.float32)


def _photographed_again(pixels: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Change the light a little, brighter to the right, and add noise."""
    most = 255.0 if pixels.dtype == np.uint8 else 1.0
    light = np.linspace(0.8, 1.05, pixels.shape[1]).reshape((1, -1) + (1,) * (pixels.ndim - 2))
    bright = np.clip(pixels / most, 0, 1) ** 1.15 * light
    noisy = np.clip(bright + rng.normal(0, _NOISE / 255, pixels.shape), 0, 1) * most
    return (np.rint(noisy) if pixels.dtype == np.uint8 else noisy).astype(pixels.dtype)
