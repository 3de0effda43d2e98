"""Files of every format that is read, changed at random: reading them raises its own errors only.

``python tests/images/test_image_mutations.py [NUMBER]`` reads NUMBER (500) files of each kind, and
ends with 1 where anything else was raised, or came to stderr. libtiff, which alone unpacks LZW and
JPEG in TIFF, cannot be kept from writing there; its lines are counted apart.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, cv2_encoded, encoded, exif_of, tiff

from featmatch.errors import FeatmatchError
from featmatch.images.image import read_image

GRAY = SMOOTH[..., 0]
RGBA = np.dstack([SMOOTH, GRAY])
WIDE = np.uint16(SMOOTH) * 257

KINDS = {
    "jpeg": encoded(SMOOTH, "JPEG", exif=exif_of(6)),
    "jpeg, progressive": encoded(SMOOTH, "JPEG", progressive=True),
    "jpeg, cmyk": encoded(SMOOTH, "JPEG", mode="CMYK"),
    "png": encoded(SMOOTH, "PNG", exif=exif_of(3)),
    "png, palette": encoded(SMOOTH, "PNG", mode="P"),
    "png, 16 bits": cv2_encoded(".png", WIDE),
    "webp": encoded(RGBA, "WEBP", exif=exif_of(6)),
    "webp, lossless": encoded(SMOOTH, "WEBP", lossless=True),
    "bmp": encoded(SMOOTH, "BMP"),
    "gif": encoded(SMOOTH, "GIF", save_all=True, append_images=[PIL.Image.fromarray(SMOOTH)]),
    "avif": encoded(SMOOTH, "AVIF", exif=exif_of(6)),
    "jpeg 2000": encoded(SMOOTH, "JPEG2000"),
    "ppm": encoded(SMOOTH, "PPM"),
    "ppm, 16 bits": b"P6 160 120 65535\n" + WIDE.astype(">u2").tobytes(),
    "ppm, text": b"P3 160 120 255\n" + b" ".join(b"%d" % number for number in SMOOTH.ravel()),
    "tiff": encoded(SMOOTH, "TIFF", exif=exif_of(6)),
    "tiff, lzw": encoded(SMOOTH, "TIFF", compression="tiff_lzw"),
    "tiff, jpeg": encoded(SMOOTH, "TIFF", compression="jpeg"),
    "tiff, 16 bits": tiff(WIDE),
    "tiff, floats": tiff(np.float32(SMOOTH) * 3),
    "tiff, floats, deflated": encoded(np.float32(GRAY), "TIFF", compression="tiff_adobe_deflate"),
}
BY_LIBTIFF = {"tiff, lzw", "tiff, jpeg"}


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a file in one of six ways; its head, where most is told, more often than the rest."""
    data = bytearray(content)
    reach = len(data) if rng.random() < 0.5 else min(len(data), 300)
    at = int(rng.integers(0, reach))
    length = int(rng.integers(1, 64))
    way = rng.integers(0, 6)
    if way == 0:
        for place in rng.integers(0, reach, int(rng.integers(1, 40))):
            data[place] ^= 1 << int(rng.integers(0, 8))
    elif way == 1:
        del data[at:]
    elif way == 2:
        data[at : at + length] = bytes(length)
    elif way == 3:
        data[at : at + length] = b"\xff" * length
    elif way == 4:
        data[at:at] = data[: int(rng.integers(0, len(data)))]
    else:
        data[at : at + length] = rng.bytes(length)
    return bytes(data)


def faults(kind: str, number: int, folder: Path) -> Iterator[str]:
    """Read mutated files of a kind; say what was raised that is no error of featmatch's own."""
    rng = np.random.default_rng([len(kind), *kind.encode()])
    for index in range(number):
        path = folder / "mutated"
        path.write_bytes(mutated(KINDS[kind], rng))
        start = time.perf_counter()
        try:
            read_image(path)
        except FeatmatchError:
            pass
        except BaseException as error:  # what must not be
            yield f"{kind}, file {index}: {type(error).__name__}: {error}"
        seconds = time.perf_counter() - start
        if seconds > 10:
            yield f"{kind}, file {index}: took {seconds:.0f} s"


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_are_read_or_refused(kind, tmp_path, capfd):
    assert list(faults(kind, 12, tmp_path)) == []
    if kind not in BY_LIBTIFF:
        assert capfd.readouterr().err == ""


@contextlib.contextmanager
def stderr_in(path: Path) -> Iterator[None]:
    """Write what this process and its libraries say on stderr into a file."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def main() -> int:
    """Read them all; return the exit code."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            said = Path(folder) / "stderr"
            with stderr_in(said):
                found = list(faults(kind, number, Path(folder)))
            lines = said.read_text(errors="replace").splitlines()
            found += [] if kind in BY_LIBTIFF else lines
            total += len(found)
            print(f"{kind}: {number} files, {len(found)} faults, {len(lines)} lines", *found[:5])
    return 1 if total else 0


if __name__ == "__main__":
    cv2.setNumThreads(1)
    sys.exit(main())
