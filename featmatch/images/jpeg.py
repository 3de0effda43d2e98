"""JPEG: what is needed of a file, and whether all of its rows are there.

libjpeg fills with gray what it finds no data for, and does not tell Pillow. So the mark that ends
the data is left out: what does not come to its last row before the data is over, or is there long
before, is damaged.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from featmatch.errors import ImageReadError
from featmatch.images.rows import only_some_rows

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ALONE = {0x01, *range(0xD0, 0xD9)}  # marks without a length
_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_NOT_NEEDED = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # all but JFIF's and Adobe's, which tell the colors
_MOST_SCANS = 64  # of photographs there are 10; each takes as long as the picture is large
_PADDING = bytes(32)  # more than libjpeg reads ahead
_MOST_LEFT = 4  # bytes that may follow the last row; the last of them all is part of it


@dataclass(frozen=True, eq=False)
class OpenedJpeg:
    """A JPEG that Pillow has opened, and not yet decoded.

    Parameters
    ----------
    picture : JpegImageFile
    file : file
        What it is read from.
    exif, xmp : bytes
        Empty if there is none.
    flaw : str
        What is wrong with it as its marks tell; empty if nothing is.
    """

    picture: JpegImageFile
    file: BytesIO
    exif: bytes
    xmp: bytes
    flaw: str

    def load(self, name: str) -> None:
        """Decode it; ImageReadError if rows are missing, or there are too many scans."""
        flaw, missing = self.flaw, False
        if not flaw:
            if isinstance(self.file, _Watched):
                self.file.is_watched = True
            try:
                self.picture.load()
            except OSError:
                missing = True
            watched = isinstance(self.file, _Watched)
            if missing:
                box = self.picture.im.getbbox() if self.picture._im else None
                share = box[3] / self.picture.height if watched and box else 0.0
                flaw = only_some_rows(share)
            elif isinstance(self.file, _Watched) and not self.file.is_used_up:
                flaw = "its rows could be read wrongly only"
        if flaw:
            raise ImageReadError(f"{name}: the image is damaged ({flaw}); copy it again")


def open_jpeg(content: bytes) -> OpenedJpeg:
    """Open a JPEG by Pillow, by its needed parts alone.

    Raises
    ------
    Exception
        Of any type: it is none.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    kept, exif, xmp, frame = [content[:2]], b"", b"", b""
    scans: list[bytes] = []
    mark = 0
    for mark, part in _parts(content):
        body = part[4:]
        if mark == _EXIF and body.startswith(b"Exif\0"):
            exif = exif or body
        elif mark == _EXIF and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            xmp = xmp or body
        elif mark not in _NOT_NEEDED:
            kept.append(part)
        if mark in _FRAMES:
            frame = frame or part
        if mark == _SCAN:
            scans.append(body)
    by_rows = frame[1:2] in (b"\xc0", b"\xc1") and len(scans) == 1
    whole = b"".join(kept)
    if by_rows:
        whole = whole.rstrip(b"\0")  # with which some cameras fill up; the padding restores others
    file = _Watched(whole + _PADDING) if by_rows else BytesIO(whole + b"\xff\xd9")
    flaw = ""
    if len(scans) > _MOST_SCANS:
        flaw = f"{len(scans)} scans, where {_MOST_SCANS} are enough for any picture"
    elif mark != _END and not by_rows:
        flaw = "its end is missing"
    elif frame[1:2] == b"\xc2" and not _is_complete(scans, frame):
        flaw = "its finer scans are missing"
    return OpenedJpeg(JpegImageFile(file, ""), file, exif, xmp, flaw)


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the marks of a JPEG up to its end, each with its part of the content."""
    place = 2
    while place + 2 <= len(content):
        if content[place] != 0xFF:  # junk between parts, which decoders skip
            place = content.find(b"\xff", place)
            if place < 0:
                return
            continue
        mark = content[place + 1]
        if mark == _END:
            yield mark, b""
            return
        if mark in (0x00, 0xFF):
            place += 1
            continue
        stop = place + 2
        if mark not in _ALONE:
            if stop + 2 > len(content):
                return
            stop += struct.unpack_from(">H", content, stop)[0]
        if mark == _SCAN:
            found = _AFTER_SCAN.search(content, stop)
            stop = found.start() if found else len(content)
        yield mark, content[place:stop]
        place = stop


def _is_complete(scans: list[bytes], frame: bytes) -> bool:
    """Tell whether the scans of a progressive JPEG bring every coefficient to its last bit."""
    missing = {(component, index) for component in frame[10::3] for index in range(64)}
    for scan in scans:
        count = scan[0]
        first, last, bits = scan[1 + 2 * count : 4 + 2 * count]
        if not bits & 15:
            components = scan[1 : 1 + 2 * count : 2]
            missing -= {(one, index) for one in components for index in range(first, last + 1)}
    return not missing


class _Watched(BytesIO):
    """A file that knows whether its last bytes have been asked for."""

    is_watched = False
    is_used_up = False

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.is_watched:
            return super().read(size)
        left = len(self.getbuffer()) - len(_PADDING) - _MOST_LEFT - self.tell()
        if left <= 0:
            self.is_used_up = True
        elif size is None or size < 0 or size > left:
            size = left
        return super().read(size)
