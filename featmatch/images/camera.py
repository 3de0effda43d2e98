"""The camera of an image: its intrinsics, as a user gives them or as a file's EXIF tells them.

A camera takes the ray (X, Y, Z) of its frame to the pixel (x, y) of the upright original image, the
center of the top-left pixel being (0, 0): x ~ K (X, Y, Z), with K = (fx, s, cx), (0, fy, cy),
(0, 0, 1) in pixels (Hartley & Zisserman, "Multiple View Geometry", section 6.1).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array, show
from featmatch.errors import ArgumentError, ArgumentTypeError, ImageReadError
from featmatch.images.files import TURNED, check_exif, read_bytes, read_header
from featmatch.images.image import source_name
from featmatch.matrices import read_matrix

if TYPE_CHECKING:
    import PIL.Image

Camera: TypeAlias = npt.NDArray[np.float64]
"""A (3, 3) matrix of intrinsics that `camera_matrix` has checked."""

MATRIX_FILES = (".txt", ".json", ".npy")
"""Endings of the files that `read_intrinsics` takes to be files even where there are none."""

_FORMS = "(3, 3) numbers, (fx, fy, cx, cy) or (f, cx, cy) in pixels"
_SHORTEST = 0.2  # of the longer side: it would see 136 degrees, where lenses draw no straight lines
_FILM_DIAGONAL = math.hypot(36, 24)  # mm
_INSTEAD = "give the camera's matrix instead"

_FOCAL_LENGTH = 0x920A  # mm
_FOCAL_LENGTH_IN_35MM_FILM = 0xA405  # mm
_PIXEL_DIMENSIONS = 0xA002, 0xA003  # px, of the image as the camera stored it
_FOCAL_PLANE_X_RESOLUTION = 0xA20E  # px a unit
_FOCAL_PLANE_RESOLUTION_UNIT = 0xA210
_UNITS: dict[object, float] = {
    2: 25.4,
    3: 10.0,
    4: 1.0,
    5: 1e-3,
}  # mm; 4 and 5 are in use only


def camera_matrix(name: str, values: npt.ArrayLike | None) -> Camera:
    """Check a camera's matrix of intrinsic parameters, (3, 3) in pixels."""
    if values is None:
        raise ArgumentError(f"{name}: expected a camera matrix for an essential matrix, got None")
    try:
        matrix = np.asarray(as_array(name, values), np.float64)
    except ArgumentError:
        raise ArgumentError(
            f"{name}: expected a (3, 3) camera matrix, got {show(values)}"
        ) from None
    if matrix.shape != (3, 3):
        raise ArgumentError(f"{name}: expected a (3, 3) camera matrix, got shape {matrix.shape}")
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise ArgumentError(f"{name}: expected positive focal lengths, got {matrix.tolist()}")
    if matrix[1, 0] != 0 or not np.array_equal(matrix[2], (0, 0, 1)):
        raise ArgumentError(
            f"{name}: expected rows (fx, s, cx), (0, fy, cy), (0, 0, 1), got {matrix.tolist()}"
        )
    return matrix


def focal_length_flaw(camera: Camera, size: tuple[int, int]) -> str | None:
    """Say what is wrong with a focal length that no lens for an image of that size has; or None."""
    focal_length, longer = float(min(camera[0, 0], camera[1, 1])), max(size)
    if focal_length >= _SHORTEST * longer:
        return None
    return (
        f"a focal length of {focal_length:g} pixels is too short for {size[0]} x {size[1]} pixels; "
        "give it in pixels, not in millimeters"
    )


def read_intrinsics(
    given: str | os.PathLike[str] | npt.ArrayLike, argument: str = "intrinsics"
) -> Camera:
    """Read a camera's intrinsics in any of the forms that a user gives them in.

    Parameters
    ----------
    given : array_like or str or path
        (3, 3) numbers; (fx, fy, cx, cy) or (f, cx, cy); the same numbers as a text with commas
        between them; or the name of a file of 3 x 3 numbers, see
        `featmatch.matrices.read_matrix`. All in pixels of the upright original image.
    argument : str, optional
        What error messages call it.

    Returns
    -------
    (3, 3) float64

    Raises
    ------
    ArgumentError
        It is none of these, or no matrix that a camera can have.
    FeatmatchError
        A file cannot be read or holds no matrix of 3 x 3 numbers.
    """
    if isinstance(given, str | os.PathLike):
        text = os.fspath(given)
        numbers = _numbers(text)
        if numbers is None:
            if Path(text).suffix.lower() not in MATRIX_FILES and not Path(text).is_file():
                raise ArgumentError(
                    f"{argument}: expected fx,fy,cx,cy or f,cx,cy in pixels, or a file of 3 x 3 "
                    f"numbers, got {text!r}"
                )
            return camera_matrix(text, read_matrix(text, "the camera's matrix"))
        given = numbers
    try:
        values = np.asarray(as_array(argument, given), np.float64)
    except ArgumentError:
        raise ArgumentError(f"{argument}: expected {_FORMS}, got {show(given)}") from None
    if values.shape == (3,):
        values = values[[0, 0, 1, 2]]
    if values.shape == (4,):
        fx, fy, cx, cy = values
        values = np.array([(fx, 0, cx), (0, fy, cy), (0, 0, 1)])
    if values.shape != (3, 3):
        raise ArgumentError(f"{argument}: expected {_FORMS}, got {show(given)}")
    return camera_matrix(argument, values)


def intrinsics_from_exif(
    source: str | os.PathLike[str] | PIL.Image.Image,
    *,
    exif: str = "apply",
    argument: str = "image",
) -> Camera:
    """Estimate a camera's intrinsics from the focal length in the EXIF of a photograph.

    The focal length for a 35 mm frame is the one that gives the same angle of view across the
    diagonal, so it is multiplied by the image's diagonal over that of 36 x 24 mm. Without it, the
    focal length is multiplied by the resolution on the sensor, if the file tells both. Pixels are
    taken to be square, and the principal point to be the middle of the image.

    It is as good as what the camera wrote: whole millimeters, for a lens focused at infinity. A
    picture that was cropped, or zoomed digitally by a camera that does not count it in, has a
    longer focal length than this; lens distortion is no part of it.

    Parameters
    ----------
    source : path or PIL.Image.Image
        A photograph as the camera or the phone wrote it.
    exif : {"apply", "ignore"}, optional
        Whether the matrix is for the upright image, as points are by default, or for the pixels as
        they are stored, which is what `read_image` reads with the same choice.
    argument : str, optional
        What error messages call a source that is neither.

    Returns
    -------
    (3, 3) float64
        In pixels of the original image.

    Raises
    ------
    ImageReadError
        There is no readable image, or no focal length in it; the message says what is missing.
    ArgumentError
        `source` is neither a path nor a Pillow image, or `exif` none of the choices.

    References
    ----------
    CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif", tags
    FocalLengthIn35mmFilm, FocalLength and FocalPlaneXResolution; CIPA DCG-001, on the diagonal
    angle of view as the meaning of focal lengths for the 35 mm frame.
    """
    check_exif(exif)
    if isinstance(source, np.ndarray):
        raise ArgumentTypeError(
            f"{argument}: expected a file or a PIL image with EXIF, got an array; {_INSTEAD}"
        )
    name = source_name(source, argument)
    content: bytes | PIL.Image.Image
    if isinstance(source, str | os.PathLike):
        content = read_bytes(Path(os.fsdecode(source)), name)
    else:
        content = source
    try:
        header = read_header(content, name)
    except ImageReadError:
        raise
    except Exception as error:  # garbage in place of EXIF, or of the picture
        raise ImageReadError(f"{name}: its EXIF cannot be read; {_INSTEAD}") from error
    if header is None:
        raise ImageReadError(f"{name}: not a photograph with EXIF; {_INSTEAD}")
    tags, orientation, (width, height) = header
    if exif == "apply" and orientation in TURNED:
        width, height = height, width
    focal_length = focal_length_in(tags, (width, height))
    if focal_length is None:
        raise ImageReadError(
            f"{name}: its EXIF has neither FocalLengthIn35mmFilm nor FocalLength with "
            f"FocalPlaneXResolution, so the focal length is not known; {_INSTEAD}"
        )
    return read_intrinsics((focal_length, (width - 1) / 2, (height - 1) / 2))


def focal_length_in(tags: Mapping[int, Any], size: tuple[int, int]) -> float | None:
    """Focal length in EXIF, in pixels of an upright image (width, height); None if not told."""
    equivalent = _positive(tags.get(_FOCAL_LENGTH_IN_35MM_FILM))  # 0 means unknown
    if equivalent is not None:
        return equivalent / _FILM_DIAGONAL * math.hypot(*size)
    length = _positive(tags.get(_FOCAL_LENGTH))
    resolution = _positive(tags.get(_FOCAL_PLANE_X_RESOLUTION))
    unit = _UNITS.get(_positive(tags.get(_FOCAL_PLANE_RESOLUTION_UNIT)) or 2)
    if length is None or resolution is None or unit is None:
        return None
    # The resolution is that of the image as it was taken: a smaller copy has fewer pixels.
    sides = [_positive(tags.get(tag)) for tag in _PIXEL_DIMENSIONS]
    taken = max(size) if None in sides else max(side for side in sides if side)
    return length * resolution / unit * max(size) / taken


def _numbers(text: str) -> list[float] | None:
    """Numbers with commas between them; None if it is anything else."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return None


def _positive(value: object) -> float | None:
    """Return a tag's value as a number; None unless it is finite and above 0."""
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0 else None
