"""Contents of image files for the tests: sound ones, and ones with broken EXIF."""

import io
import struct
import zlib

import cv2
import numpy as np
import PIL.Image

SMOOTH = cv2.resize(
    np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8),
    (160, 120),
    interpolation=cv2.INTER_CUBIC,
)


def saved(folder, content, name="image"):
    path = folder / name
    path.write_bytes(content)
    return path


def encoded(picture, file_format, mode=None, **options):
    file = io.BytesIO()
    if isinstance(picture, np.ndarray):
        picture = PIL.Image.fromarray(picture)
    (picture.convert(mode) if mode else picture).save(file, file_format, **options)
    return file.getvalue()


def tiff(samples, orientation=1, size=None):
    """Write the plainest TIFF: one strip, little-endian, any depth, gray or RGB."""
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    width, height = size or (width, height)
    depth, kind = 8 * samples.itemsize, 3 if samples.dtype.kind == "f" else 1
    bits, kinds = (struct.pack("<3H", value, value, value) for value in (depth, kind))
    data = samples.tobytes()
    values = {256: width, 257: height, 258: depth, 259: 1, 262: 1 if channels == 1 else 2}
    values |= {273: 300, 274: orientation, 277: channels, 278: height, 279: len(data), 339: kind}
    if channels == 3:
        values |= {258: 200, 339: 210}
    entries = b"".join(
        struct.pack("<HHII", tag, 4 if tag in (256, 257, 273, 278, 279) else 3,
                    channels if tag in (258, 339) else 1, value)
        for tag, value in values.items()
    )  # fmt: skip
    head = struct.pack("<2sHIH", b"II", 42, 8, len(values)) + entries + bytes(4)
    return head.ljust(200, b"\0") + bits.ljust(10, b"\0") + kinds.ljust(90, b"\0") + data


def cv2_encoded(ending, samples):
    return cv2.imencode(ending, samples)[1].tobytes()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def exif_of(orientation):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return exif


def broken_exifs():
    yield exif_of(0)
    yield exif_of(9)
    yield b"Exif\0\0" + struct.pack("<2sHIHHHI4s", b"II", 42, 8, 1, 0x0112, 2, 2, b"6") + bytes(4)
    yield b"Exif\0\0" + b"garbage" * 3
    yield b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(5)
    yield b"Exif\0\0II*\0\xff\xff\xff\xff"
    yield b"Exif\0\0" + struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 0x0112, 2, 99999, 9999) + b"\0"
