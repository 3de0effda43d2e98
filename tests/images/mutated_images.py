"""Files of every format that is read, and the same changed at random."""

from __future__ import annotations

import numpy as np
import PIL.Image
from image_encoding import SMOOTH, cv2_encoded, encoded, exif_of, tiff

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
    "tiff, fax": encoded(SMOOTH, "TIFF", mode="1", compression="group4"),
    "tiff, packbits": encoded(SMOOTH, "TIFF", mode="P", compression="packbits"),
    "tiff, lzma": encoded(SMOOTH, "TIFF", compression="lzma"),
    "tiff, cmyk, deflated": encoded(SMOOTH, "TIFF", mode="CMYK", compression="tiff_adobe_deflate"),
    "tiff, 16 bits": tiff(WIDE),
    "tiff, 16 bits, zstd": encoded(np.uint16(GRAY) * 257, "TIFF", compression="zstd"),
    "tiff, floats": tiff(np.float32(SMOOTH) * 3),
    "tiff, floats, deflated": encoded(np.float32(GRAY), "TIFF", compression="tiff_adobe_deflate"),
}


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


def generator(kind: str) -> np.random.Generator:
    """Return what chooses the changes of a kind: the same at every run."""
    return np.random.default_rng([len(kind), *kind.encode()])
