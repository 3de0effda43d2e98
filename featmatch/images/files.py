"""Files and Pillow images -> arrays of samples, upright; knows the codecs and EXIF.

Pillow opens every file: it names the format and tells the size before a pixel is decoded. OpenCV
decodes what it decodes better: JPEG (faster, same values) and colors of 16 bits (Pillow keeps 8).
Both refuse a file that is cut short.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.checks import check_choice
from featmatch.errors import ArgumentError, ImageReadError
from featmatch.images.pillow import ORIENTATION_TAG, open_picture, orientation_of, quiet_pillow

if TYPE_CHECKING:
    import PIL.Image

MAX_PIXELS = 500_000_000
"""Images that declare more pixels than this are refused before they are decoded."""

_EXIF_CHOICES = ("apply", "ignore")
_UPRIGHT: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    1: lambda samples: samples,
    2: lambda samples: cv2.flip(samples, 1),
    3: lambda samples: cv2.rotate(samples, cv2.ROTATE_180),
    4: lambda samples: cv2.flip(samples, 0),
    5: lambda samples: cv2.transpose(samples),
    6: lambda samples: cv2.rotate(samples, cv2.ROTATE_90_CLOCKWISE),
    7: lambda samples: cv2.rotate(cv2.transpose(samples), cv2.ROTATE_180),
    8: lambda samples: cv2.rotate(samples, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def read_samples(
    source: str | os.PathLike[str] | PIL.Image.Image,
    name: str,
    exif: str,
    *,
    as_stored: bool = False,
) -> NDArray[Any]:
    """Read the samples of the first picture in a file, or of a Pillow image.

    Parameters
    ----------
    source : path or PIL.Image.Image
        What to read.
    name : str
        What error messages call it.
    exif : {"apply", "ignore"}
        Whether to turn the picture upright as its EXIF orientation says.
    as_stored : bool
        Give palette indices in place of their colors, and integers of any depth.

    Returns
    -------
    ndarray (H, W) or (H, W, C), uint8, uint16, int32 or float
        Gray, RGB, or either with alpha as the last channel: C = 2, 3 or 4.

    Raises
    ------
    ImageReadError
        Nothing readable there; the message has the name and the next step.
    """
    try:
        if isinstance(source, str | os.PathLike):
            content = read_bytes(Path(os.fsdecode(source)), name)
            picture = open_picture(content)
            if picture is None:
                samples, turn = _decode_rare_tiff(content, name, exif)
            else:
                samples, turn = _decode(picture, content, name, exif, as_stored)
        else:
            samples, turn = _decode(source, b"", name, exif, as_stored)
    except (ImageReadError, MemoryError):
        raise
    except Exception as error:  # the many codecs raise anything, from OSError to KeyError
        reason = str(error) or type(error).__name__
        raise ImageReadError(
            f"{name}: the image cannot be decoded ({reason}); copy it again, or save it as PNG"
        ) from error
    return _UPRIGHT[turn](samples)


def check_exif(exif: str) -> None:
    """Raise ValueError unless `exif` is one of the choices."""
    check_choice("exif", exif, _EXIF_CHOICES)


def read_bytes(path: Path, name: str) -> bytes:
    """Read a file whole; ImageReadError, with `name` and the next step, where that fails."""
    # Python opens the file, not OpenCV, which cannot open every non-ASCII path on Windows.
    try:
        if path.is_char_device() or path.is_block_device():  # some can be read for ever
            raise ImageReadError(f"{name}: it is a device; name an image file")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageReadError(f"{name}: there is no such file; check the path") from error
    except (IsADirectoryError, PermissionError) as error:  # Windows denies permission to folders
        problem = "permission denied; allow this user to read the file"
        if path.is_dir():
            problem = "it is a folder; name an image file in it"
        raise ImageReadError(f"{name}: {problem}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise ImageReadError(
            f"{name}: the file cannot be opened ({reason}); check the path"
        ) from error
    if not content:
        raise ImageReadError(f"{name}: the file is empty (0 bytes); copy it again")
    return content


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageReadError(
            f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, got {width} x {height} = "
            f"{width * height / 1e6:.0f} megapixels; make the image smaller first"
        )
    if width * height == 0:
        raise ImageReadError(f"{name}: the image has no pixels ({width} x {height}); save it again")


def _decode(
    picture: PIL.Image.Image, content: bytes, name: str, exif: str, as_stored: bool
) -> tuple[NDArray[Any], int]:
    _check_size(picture.size, name)
    flags = _opencv_flags(picture)
    with quiet_pillow():
        if picture.format == "PNG":
            picture.load()  # getexif would, and damage would pass for broken EXIF
        turn = _turn(orientation_of(picture), picture.format, exif)
    samples = _decode_by_opencv(content, flags) if content and flags is not None else None
    if samples is None:
        with quiet_pillow():
            samples = _decode_by_pillow(picture, as_stored)
    return samples, turn


def _turn(orientation: object, file_format: str | None, exif: str) -> int:
    """Return the key in `_UPRIGHT` of what is left to do with the decoded samples."""
    if orientation not in _UPRIGHT:
        return 1
    turn = int(orientation)
    if file_format == "TIFF":  # the decoders have turned it upright already
        return 1 if exif == "apply" else {6: 8, 8: 6}.get(turn, turn)
    return turn if exif == "apply" else 1


def _opencv_flags(picture: PIL.Image.Image) -> int | None:
    """Return how OpenCV should decode a picture; None if Pillow does it as well or better."""
    if picture.format in ("JPEG", "MPO") and picture.mode in ("L", "RGB"):
        color = cv2.IMREAD_GRAYSCALE if picture.mode == "L" else cv2.IMREAD_COLOR_RGB
        return color | cv2.IMREAD_IGNORE_ORIENTATION
    tiles = str(getattr(picture, "tile", ""))  # it tells how the samples are stored
    wide = any(kind in tiles for kind in ("RGB;16", "RGBA;16", "LA;16"))
    return cv2.IMREAD_UNCHANGED if wide else None


def _decode_by_opencv(content: bytes, flags: int) -> NDArray[Any] | None:
    try:
        samples = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        return None
    if flags == cv2.IMREAD_UNCHANGED and samples is not None and samples.ndim == 3:
        to_rgb = cv2.COLOR_BGR2RGB if samples.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        return cv2.cvtColor(samples, to_rgb)
    return samples


def _decode_by_pillow(picture: PIL.Image.Image, as_stored: bool) -> NDArray[Any]:
    unconverted = ("I", "F", "P", "PA") if as_stored else ("I", "F")
    if picture.mode in unconverted or picture.mode.startswith("I;16"):
        samples = np.asarray(picture)
        if picture.mode == "I" and not as_stored:
            if samples.min() < 0 or samples.max() > 65535:
                raise ArgumentError("its integers need more than 16 bits")
            samples = samples.astype(np.uint16)
    else:
        color = "L" if picture.mode in ("1", "L", "LA", "La") else "RGB"
        mode = color + "A" if picture.has_transparency_data else color
        samples = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def _decode_rare_tiff(content: bytes, name: str, exif: str) -> tuple[NDArray[Any], int]:
    """Decode by OpenCV a TIFF that Pillow does not know, such as one of three floats a pixel."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    try:
        with quiet_pillow():
            tags = ImageFileDirectory_v2(content[:8])
            file = io.BytesIO(content)
            file.seek(tags.next)
            tags.load(file)
        _check_size((int(tags[256]), int(tags[257])), name)
        samples = _decode_by_opencv(content, cv2.IMREAD_UNCHANGED)
    except (ImageReadError, MemoryError):
        raise
    except Exception:  # not a TIFF either
        samples = None
    if samples is None:
        raise ImageReadError(f"{name}: not an image in a known format; save it as PNG or JPEG")
    return samples, _turn(tags.get(ORIENTATION_TAG), "TIFF", exif)
