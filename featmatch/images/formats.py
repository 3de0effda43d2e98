"""The closed list of formats: what opens a file, and nothing else does.

No file is given to another program, nor to a decoder that is not in the list, whatever its name
says. Pillow's own limit and its warnings are settings of the whole process; they are kept out of
the way by opening with a format's own class, and reading tags here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from featmatch.images import png
from featmatch.images.budget import check_budget
from featmatch.images.jpeg import OpenedJpeg, open_jpeg
from featmatch.images.tags import Tags, orientation_in, read_exif

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_CLASSES = {
    "PNG": "PngImagePlugin.PngImageFile",
    "WEBP": "WebPImagePlugin.WebPImageFile",
    "BMP": "BmpImagePlugin.BmpImageFile",
    "GIF": "GifImagePlugin.GifImageFile",
    "AVIF": "AvifImagePlugin.AvifImageFile",
    "JPEG2000": "Jpeg2KImagePlugin.Jpeg2KImageFile",
    "PPM": "PpmImagePlugin.PpmImageFile",
}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WORKING = {"WEBP": 12, "AVIF": 16, "GIF": 4, "JPEG2000": 4}  # bytes a pixel of decoders' own
_BANDS_OF_32_BITS = {"JPEG2000": 8}  # bytes a sample, while it decodes
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}  # bytes a pixel in Pillow; else 4


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture that is opened and not yet decoded, and the EXIF that came with it."""

    picture: ImageFile
    exif: Tags
    orientation: int | None
    jpeg: OpenedJpeg | None = None


def format_of(content: bytes) -> str | None:
    """Name the format of a file by its first bytes; None if it is not in the list."""
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(_TIFF):
        return "TIFF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1", b"msf1"):
        return "AVIF"
    if head.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")):
        return "JPEG2000"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PPM"
    return "BMP" if head.startswith(b"BM") else None


def open_picture(content: bytes, name: str) -> Opened | None:
    """Open the content of a file, which is no TIFF; None if it is of no format in the list.

    Raises
    ------
    ImageReadError
        It is too large, by its header.
    Exception
        Of any type: it is damaged.
    """
    kind = format_of(content)
    if kind == "JPEG":
        jpeg = open_jpeg(content)
        exif = read_exif(jpeg.exif)
        _check_budget(jpeg.picture, kind, len(content), name)
        return Opened(jpeg.picture, exif, orientation_in(exif, jpeg.xmp), jpeg)
    if kind not in _CLASSES:
        return None
    module, _, class_name = _CLASSES[kind].partition(".")
    opens = getattr(import_module(f"PIL.{module}"), class_name)
    if kind == "PNG":
        content = png.without_animation(content)
    if kind == "WEBP":  # which takes memory as soon as it is opened
        check_budget(_webp_size(content), 22, len(content), name)
    exif = read_exif(b"")
    if kind == "AVIF":  # whose orientation is told by more than EXIF, which may be damaged
        exif, content = _avif_exif(content), content.replace(b"Exif", b"none")
    try:
        picture = opens(BytesIO(content), "")
    except SyntaxError:
        if kind == "AVIF" and content[8:11] != b"avi":  # of a family that has other formats too
            return None
        raise
    deep = kind == "PNG" and png.is_wide_color(content)
    _check_budget(picture, kind, len(content), name, deep=deep)
    found = read_exif(_exif_bytes(picture))
    xmp = picture.info.get("xmp") or str(picture.info.get("XML:com.adobe.xmp", "")).encode()
    return Opened(picture, exif or found, orientation_in(found, xmp))


def _check_budget(
    picture: ImageFile, kind: str, num_bytes: int, name: str, *, deep: bool = False
) -> None:
    bands = len(picture.getbands())
    stored = _STORED.get(picture.mode, 4)
    out = 2 * bands * (1 if stored == 1 or bands > 1 else stored)
    own = _WORKING.get(kind, 0) + bands * _BANDS_OF_32_BITS.get(kind, 0)
    if kind == "JPEG" and "progressive" in picture.info:
        own = 2 * bands  # coefficients
    if deep:
        out *= 4
    check_budget(picture.size, stored + out + own, num_bytes, name)


def _exif_bytes(picture: ImageFile) -> bytes:
    """Return the EXIF of what Pillow has opened; empty if there is none."""
    exif = picture.info.get("exif", b"")
    raw = picture.info.get("Raw profile type exif")  # as ImageMagick writes it, in digits
    if not exif and isinstance(raw, str):
        try:
            exif = bytes.fromhex("".join(raw.split("\n")[3:]))
        except ValueError:
            return b""
    return bytes(exif)


def _avif_exif(content: bytes) -> Tags:
    """Look for EXIF, which lies anywhere in an AVIF."""
    for head in (b"II*\0", b"MM\0*"):
        place = content.find(head)
        if place >= 0:
            return read_exif(content[place:])
    return {}


def _webp_size(content: bytes) -> tuple[int, int]:
    """Read the size of a WebP's canvas."""
    kind = content[12:16]
    if kind == b"VP8X":
        numbers = [int.from_bytes(content[at : at + 3], "little") for at in (24, 27)]
        return numbers[0] + 1, numbers[1] + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF
