"""Cameras of a COLMAP database: which photographs share one, and with what focal length to begin.

The models and the order of their parameters are those of COLMAP's documentation, "Camera models".
COLMAP has (0.5, 0.5) in the center of the top-left pixel.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, get_args

import numpy as np

from featmatch.checks import check_choice
from featmatch.collection.records import ImageEntry
from featmatch.collection.stored_pixels import Pixels, size_of
from featmatch.errors import ArgumentError
from featmatch.images.camera import Camera, focal_length_flaw

CameraSharing = Literal["auto", "single", "folder", "image"]
CAMERA_SHARING: tuple[CameraSharing, ...] = get_args(CameraSharing)

HALF_PIXEL = 0.5
"""What COLMAP's coordinates of a point have more than ours."""

_PINHOLE = 1  # fx, fy, cx, cy
_SIMPLE_RADIAL = 2  # f, cx, cy, k
_GUESSED_FOCAL_LENGTH = 1.2  # of the longer side, as COLMAP guesses: it sees 45 degrees
_FOCAL_LENGTH_DIGITS = 2  # of pixels: the same lens on the same sensor gives the same number


@dataclass(frozen=True)
class ColmapCamera:
    """A camera as COLMAP stores it.

    Parameters
    ----------
    model : int
        COLMAP's number of the model.
    size : (width, height)
    params : tuple of float
        Of the model, in pixels.
    prior_focal_length : bool
        Whether the focal length is known, and not guessed.
    """

    model: int
    size: tuple[int, int]
    params: tuple[float, ...]
    prior_focal_length: bool


def cameras_of(
    images: Sequence[ImageEntry],
    *,
    sharing: CameraSharing = "auto",
    intrinsics: Camera | None = None,
    pixels: Pixels = "stored",
) -> tuple[list[ColmapCamera], list[int]]:
    """Decide which images share a camera.

    Parameters
    ----------
    images : sequence of ImageEntry
    sharing : {"auto", "single", "folder", "image"}
        ``"auto"``: one for each make, model, focal length and size; ``"single"``: one for all;
        ``"folder"``: one for each folder; ``"image"``: one for each image.
    intrinsics : (3, 3) float64, optional
        Of all cameras, in pixels of the images as they are written, the center of the top-left
        pixel being (0, 0). None takes the focal lengths of the images, or a guess.
    pixels : {"stored", "upright"}
        How the images are written.

    Returns
    -------
    cameras : list of ColmapCamera
    numbers : list of int
        The camera of each image, from 0.

    Raises
    ------
    ArgumentError
        Images that are to share a camera differ in size, or `intrinsics` are of another size.
    """
    check_choice("cameras", sharing, CAMERA_SHARING)
    if intrinsics is not None:
        _check_one_size(images, pixels, "intrinsics", "leave them out")
    groups: dict[Hashable, list[ImageEntry]] = {}
    for image in images:
        groups.setdefault(_group(image, sharing, pixels), []).append(image)
    numbers = {group: number for number, group in enumerate(groups)}
    cameras = [_camera(group, intrinsics, pixels) for group in groups.values()]
    return cameras, [numbers[_group(image, sharing, pixels)] for image in images]


def camera_matrix_of(camera: ColmapCamera) -> Camera:
    """Return the (3, 3) matrix of a camera, in COLMAP's pixels and without its distortion."""
    if camera.model == _PINHOLE:
        fx, fy, cx, cy = camera.params
    else:
        fx, cx, cy, _ = camera.params
        fy = fx
    return np.array([(fx, 0, cx), (0, fy, cy), (0, 0, 1)])


def _group(image: ImageEntry, sharing: CameraSharing, pixels: Pixels) -> Hashable:
    """Return what images of one camera have in common."""
    if sharing == "image":
        return image.name
    if sharing == "folder":
        return PurePosixPath(image.name).parent
    if sharing == "single":
        return sharing
    focal_length = image.focal_length
    known = None if focal_length is None else round(focal_length, _FOCAL_LENGTH_DIGITS)
    return size_of(image, pixels), image.camera, known


def _check_one_size(images: Sequence[ImageEntry], pixels: Pixels, name: str, instead: str) -> None:
    for image in images:
        first, (width, height) = size_of(images[0], pixels), size_of(image, pixels)
        if (width, height) != first:
            raise ArgumentError(
                f"{name}: expected photographs of one size for one camera, got {images[0].name}"
                f" with {first[0]} x {first[1]} and {image.name} with {width} x {height} pixels;"
                f" {instead}"
            )


def _camera(images: list[ImageEntry], intrinsics: Camera | None, pixels: Pixels) -> ColmapCamera:
    _check_one_size(images, pixels, "cameras", "auto tells them apart")
    size = size_of(images[0], pixels)
    if intrinsics is not None:
        return _pinhole(intrinsics, size)
    known = [image.focal_length for image in images if image.focal_length is not None]
    focal_length = float(np.median(known)) if known else _GUESSED_FOCAL_LENGTH * max(size)
    params = (focal_length, size[0] / 2, size[1] / 2, 0.0)
    return ColmapCamera(_SIMPLE_RADIAL, size, params, bool(known))


def _pinhole(intrinsics: Camera, size: tuple[int, int]) -> ColmapCamera:
    (fx, skew, cx), (_, fy, cy) = intrinsics[:2].tolist()
    flaw = focal_length_flaw(intrinsics, size)
    if skew:
        flaw = f"a skew of {skew:g}, which COLMAP does not know"
    elif flaw is None and not (0 < cx < size[0] and 0 < cy < size[1]):
        flaw = f"a principal point ({cx:g}, {cy:g}) outside of {size[0]} x {size[1]} pixels"
    if flaw is not None:
        raise ArgumentError(f"intrinsics: expected those of the photographs, got {flaw}")
    params = (fx, fy, cx + HALF_PIXEL, cy + HALF_PIXEL)
    return ColmapCamera(_PINHOLE, size, params, prior_focal_length=True)
