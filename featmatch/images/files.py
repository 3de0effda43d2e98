"""Files and Pillow images -> samples, upright.

Pillow decodes all but colors of 16 bits, of which it keeps 8. A file that is cut short, and one of
which rows are missing, is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featmatch.checks import check_choice
from featmatch.errors import ArgumentError, ImageReadError
from featmatch.images.budget import check_budget
from featmatch.images.formats import Opened, format_of, open_picture
from featmatch.images.png import is_interlaced, is_wide_color, share_of_rows, written_anew
from featmatch.images.rows import only_some_rows
from featmatch.images.samples import Samples
from featmatch.images.tags import EXIF_DIRECTORY, ORIENTATION, Tags, read_exif
from featmatch.images.tiff import read_tiff
from featmatch.images.tiff_rewriting import open_tiff

if TYPE_CHECKING:
    import PIL.Image

_PPM_HEAD = re.compile(rb"P6\s(?:\s*#[^\n]*\n)*\s*(\d{1,9})\s+(\d{1,9})\s+(\d{1,5})\s")
_EXIF_CHOICES = ("apply", "ignore")
_BACK: dict[object, int] = {6: 8, 8: 6}  # what undoes a turn; the others undo themselves
TURNED = (5, 6, 7, 8)  # orientations where upright swaps the sides
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
) -> Samples:
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
    Samples

    Raises
    ------
    ImageReadError
        Nothing readable there; the message has the name and the next step.
    """
    try:
        if isinstance(source, str | os.PathLike):
            content = read_bytes(Path(os.fsdecode(source)), name)
            samples, orientation = _read_file(content, name, as_stored)
        else:
            check_budget(source.size, 0, 0, name)
            orientation = orientation_of(source)
            samples = _samples_of(source, as_stored)
            if source.format == "TIFF":  # Pillow has turned it upright
                upright = exif == "apply" or orientation not in _UPRIGHT
                orientation = 1 if upright else _BACK.get(orientation, orientation)
                exif = "apply"
    except (ImageReadError, MemoryError):
        raise
    except ArgumentError as error:
        raise ImageReadError(f"{name}: the image is damaged ({error}); copy it again") from error
    except Exception as error:  # the many codecs raise anything, from OSError to KeyError
        reason = str(error) or type(error).__name__
        raise ImageReadError(
            f"{name}: the image cannot be decoded ({reason}); copy it again, or save it as PNG"
        ) from error
    return _upright(samples, orientation) if exif == "apply" else samples


def read_header(
    source: bytes | PIL.Image.Image, name: str
) -> tuple[Tags, object, tuple[int, int]] | None:
    """Read the EXIF of a file's content or of a Pillow image, and decode nothing.

    Returns
    -------
    tags : dict
    orientation : int
        Whatever it says; None if it says nothing.
    size : tuple (width, height)
        As the samples lie there, not turned. None in place of all: it is no image.
    """
    if isinstance(source, bytes):
        if format_of(source) == "TIFF":
            page = read_tiff(source, name, only_header=True)
            return read_exif(source), page.orientation, page.size
        opened = open_picture(source, name)
        if opened is None:
            return None
        return opened.exif, opened.orientation, opened.picture.size
    orientation, size = orientation_of(source), source.size
    tags = source.getexif()
    if source.format == "TIFF":
        source.load()  # which turns it upright, and its size with it
        size = source.size[::-1] if orientation in TURNED else source.size
    return {**tags, **tags.get_ifd(EXIF_DIRECTORY)}, orientation, size


def orientation_of(picture: PIL.Image.Image) -> object:
    """Return what the EXIF says of the picture's orientation, which may be anything, or None."""
    try:
        return picture.getexif().get(ORIENTATION)
    except Exception:  # garbage in place of EXIF; the picture itself may be sound
        return None


def check_exif(exif: str) -> None:
    """Raise ValueError unless `exif` is one of the choices."""
    check_choice("exif", exif, _EXIF_CHOICES)


def is_pipe(source: object) -> bool:
    """Tell whether an image is the name of a pipe, which may be silent for as long as it likes."""
    try:
        return isinstance(source, str | os.PathLike) and Path(source).is_fifo()
    except (OSError, ValueError):
        return False


def read_bytes(path: Path, name: str) -> bytes:
    """Read a file whole; ImageReadError, with `name` and the next step, where that fails."""
    # Python opens the file, not OpenCV, which cannot open every non-ASCII path on Windows.
    if not name:
        raise ImageReadError("an image's name is empty; name an image file")
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


def _read_file(content: bytes, name: str, as_stored: bool) -> tuple[Samples, object]:
    """Read the samples of a file, and its orientation."""
    if format_of(content) != "TIFF":
        opened = open_picture(content, name)
        if opened is None:
            raise ImageReadError(f"{name}: not an image in a known format; save it as PNG or JPEG")
        return _decode(opened, content, name, as_stored), opened.orientation
    page = read_tiff(content, name)
    samples = page.samples
    if samples is None:
        with open_tiff(page.for_pillow) as picture:
            samples = replace(_samples_of(picture, as_stored), nodata=page.nodata)
    return samples, page.orientation


def _decode(opened: Opened, content: bytes, name: str, as_stored: bool) -> Samples:
    picture = opened.picture
    if opened.jpeg is not None:
        opened.jpeg.load(name)
    elif picture.format == "PNG" and is_wide_color(content):
        return _wide_png(content)
    else:
        picture.load()
    if picture.format == "PNG":
        box = picture.getbbox(alpha_only=False)  # rows that are missing are 0
        if box is None or box[3] < picture.height or is_interlaced(content):
            share = share_of_rows(content)
            if share < 1:
                raise ArgumentError(only_some_rows(share))
    if picture.format == "PPM":
        wide = _wide_ppm(content)
        if wide is not None:
            return wide
    return _samples_of(picture, as_stored)


def _wide_png(content: bytes) -> Samples:
    """Decode by OpenCV a PNG of more than 8 bits, of which Pillow keeps 8 if it has colors."""
    stored = np.frombuffer(written_anew(content), np.uint8)
    samples = np.asarray(cv2.imdecode(stored, cv2.IMREAD_UNCHANGED))
    if samples.ndim == 2:
        return Samples(samples)
    if samples.shape[2] == 4:
        return Samples(samples[..., 2::-1], samples[..., 3])
    return Samples(samples[..., ::-1])


def _wide_ppm(content: bytes) -> Samples | None:
    """Read a binary PPM of more than 8 bits, of which Pillow keeps 8; None if it is another."""
    head = _PPM_HEAD.match(content)
    if head is None or int(head[3]) < 256:
        return None
    width, height, full = (int(number) for number in head.groups())
    samples = np.frombuffer(content, ">u2", width * height * 3, head.end())
    scaled = samples.reshape(height, width, 3).astype(np.float32) / np.float32(full)
    return Samples(np.rint(scaled * 65535).astype(np.uint16))


def _samples_of(picture: PIL.Image.Image, as_stored: bool) -> Samples:
    """Take the samples of a Pillow image; palette indices in place of colors, `as_stored`."""
    unconverted = ("I", "F", "P", "PA") if as_stored else ("I", "F")
    if picture.mode in unconverted or picture.mode.startswith("I;16"):
        samples = np.asarray(picture)
        if samples.dtype.kind == "i" and samples.min() >= 0 and samples.max() <= 65535:
            samples = samples.astype(np.uint16)
    else:
        color = "L" if picture.mode in ("1", "L", "LA", "La") else "RGB"
        mode = color + "A" if picture.has_transparency_data else color
        samples = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        return Samples(samples[..., :-1], samples[..., -1])
    return Samples(samples)


def _upright(samples: Samples, orientation: object) -> Samples:
    """Turn samples as an orientation says, which may be anything."""
    turn = _UPRIGHT.get(orientation if isinstance(orientation, int) else 1, _UPRIGHT[1])
    alpha = None if samples.alpha is None else turn(np.ascontiguousarray(samples.alpha))
    return replace(samples, colors=turn(np.ascontiguousarray(samples.colors)), alpha=alpha)
