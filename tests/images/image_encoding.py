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


def tiff_of(pieces, tags, order="<"):
    """Write a TIFF of strips or tiles as they are given, under tags of short numbers or texts."""
    places, data = [], b""
    head = 8
    for piece in pieces:
        places.append(head + len(data))
        data += piece + bytes(len(piece) % 2)
    at, sizes = (324, 325) if 322 in tags else (273, 279)
    tags = tags | {at: places, sizes: [len(piece) for piece in pieces]}
    start = head + len(data)
    entries, values = b"", b""
    for tag, value in sorted(tags.items()):
        kind, code = (4, "I") if tag in (at, sizes) else (3, "H")
        if isinstance(value, bytes):
            kind, count, packed = 2, len(value), value
        else:
            value = value if isinstance(value, list | tuple) else [value]
            count, packed = len(value), struct.pack(f"{order}{len(value)}{code}", *value)
        if len(packed) > 4:
            place = start + 6 + 12 * len(tags) + len(values)
            values += packed + bytes(len(packed) % 2)
            packed = struct.pack(order + "I", place)
        entries += struct.pack(order + "HHI", tag, kind, count) + packed.ljust(4, b"\0")
    mark = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4)
    return mark + struct.pack(order + "I", start) + data + directory + values


def tags_of(samples, kind=1, meaning=None, **more):
    """Return the tags that tell of samples (H, W) or (H, W, C)."""
    bands = samples.shape[2] if samples.ndim == 3 else 1
    meaning = (2 if bands == 3 else 1) if meaning is None else meaning
    tags = {256: samples.shape[1], 257: samples.shape[0], 258: [8 * samples.itemsize] * bands}
    tags |= {259: 1, 262: meaning, 277: bands, 278: samples.shape[0], 339: [kind] * bands}
    return tags | {int(tag[1:]): value for tag, value in more.items()}
