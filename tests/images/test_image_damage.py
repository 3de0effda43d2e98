"""Image files that cannot be read: each says why; size limits; many threads."""

import os
import struct
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, broken_exifs, chunk, cv2_encoded, encoded, saved, tiff

from featmatch.errors import ImageReadError
from featmatch.images.image import read_image


def assert_refused(path, message):
    with pytest.raises(ImageReadError, match=message) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_folder_empty_and_not_an_image(tmp_path):
    assert_refused(tmp_path / "missing.jpg", "there is no such file; check the path")
    assert_refused(tmp_path, "it is a folder; name an image file in it")
    assert_refused(
        saved(tmp_path, b"", "empty.jpg"), r"the file is empty \(0 bytes\); copy it again"
    )
    assert_refused(
        saved(tmp_path, b"Dear diary, " * 99, "text.png"), "not an image in a known format; save"
    )
    assert_refused(
        saved(tmp_path, b"II*\0" + bytes(99), "stub.tif"),
        "the image is damaged .its directory of tags is missing.; copy it again",
    )
    assert_refused(tmp_path / "nul\0.jpg", "cannot be opened .*; check the path")
    assert_refused(tmp_path / ("long" * 999), "cannot be opened .*; check the path")


def test_devices_are_refused_before_they_are_read(tmp_path, monkeypatch):
    link = tmp_path / "link.png"
    link.symlink_to("/dev/zero")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("read for ever"))
    for path in ("/dev/zero", link):
        assert_refused(path, "it is a device; name an image file")
    monkeypatch.setattr(Path, "is_block_device", lambda path: True)
    assert_refused(tmp_path / "disk", "it is a device; name an image file")


def test_pipes_are_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[encoded(SMOOTH, "PNG")], daemon=True)
    writer.start()
    np.testing.assert_array_equal(read_image(pipe).pixels, SMOOTH)
    writer.join()


def test_permission_denied(tmp_path, monkeypatch):
    def deny(path):
        raise PermissionError(13, "Permission denied")

    path = saved(tmp_path, encoded(SMOOTH, "PNG"))
    monkeypatch.setattr(Path, "read_bytes", deny)
    assert_refused(path, "permission denied; allow this user to read the file")


WHOLE = {
    "jpeg": encoded(SMOOTH, "JPEG"),
    "progressive jpeg": encoded(SMOOTH, "JPEG", progressive=True),
    "gray jpeg": encoded(SMOOTH[..., 0], "JPEG"),
    "png": encoded(SMOOTH, "PNG"),
    "16-bit png": cv2_encoded(".png", np.uint16(SMOOTH) * 257),
    "webp": encoded(SMOOTH, "WEBP"),
    "tiff": tiff(SMOOTH),
    "16-bit tiff": tiff(np.uint16(SMOOTH) * 257),
    "float tiff": tiff(np.float32(SMOOTH) / 255),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("part", [0.4, 0.9, 0.99])
def test_files_cut_short_are_refused(tmp_path, kind, part):
    content = WHOLE[kind]
    assert_refused(saved(tmp_path, content[: int(len(content) * part)]), ";")


def huge_headers():
    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    png = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    jpeg = encoded(SMOOTH, "JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    yield b"\x89PNG\r\n\x1a\n" + png
    yield jpeg[:frame] + struct.pack(">HH", 30000, 30000) + jpeg[frame + 4 :]
    yield struct.pack("<2sIIIIiiHHIIiiII", b"BM", 99, 0, 54, 40, 30000, 30000, 1, 24, *[0] * 6)
    yield tiff(SMOOTH, size=(30000, 30000))
    yield tiff(np.float32(SMOOTH), size=(30000, 30000))


@pytest.mark.parametrize(
    "content", list(huge_headers()), ids=["png", "jpeg", "bmp", "tiff", "float"]
)
def test_more_than_500_megapixels_are_refused_by_the_header(tmp_path, monkeypatch, content):
    def decode(*args):
        raise AssertionError("decoded before its size was checked")

    monkeypatch.setattr(PIL.Image.Image, "load", decode)
    monkeypatch.setattr(cv2, "imdecode", decode)
    assert_refused(
        saved(tmp_path, content),
        "expected at most 500 megapixels, got 30000 x 30000 = 900 megapixels; make the image small",
    )


def test_pillows_own_limit_is_out_of_the_way_and_stays_as_it_was(tmp_path):
    before = PIL.Image.MAX_IMAGE_PIXELS
    size = 15000, 12000  # 180 megapixels: Pillow alone raises DecompressionBombError
    content = encoded(PIL.Image.new("1", size, 1), "PNG", compress_level=1)
    image = read_image(saved(tmp_path, content), max_size=100)
    assert image.size == size
    assert (image.pixels == 255).all()
    with pytest.raises(ImageReadError):
        read_image(saved(tmp_path, b"not an image"))
    assert before == PIL.Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    "kind", sorted(WHOLE.keys() - {"webp"})
)  # where it is asked before any size
def test_every_codec_ignores_pillows_limit(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    assert read_image(saved(tmp_path, WHOLE[kind])).size == (160, 120)
    assert PIL.Image.MAX_IMAGE_PIXELS == 10


def test_threads_read_at_the_same_time(tmp_path, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    filters = list(warnings.filters)
    exif = list(broken_exifs())[-1]
    contents = [
        *WHOLE.values(),
        encoded(SMOOTH[..., 0], "PNG", mode="P", transparency=b"\0\1"),
        b"no image",
    ]
    contents += [encoded(SMOOTH, kind, exif=exif) for kind in ("JPEG", "PNG", "WEBP")]
    paths = [saved(tmp_path, content, f"{index}") for index, content in enumerate(contents)]

    def read(path):
        try:
            return read_image(path).pixels.tobytes()
        except ImageReadError as error:
            return str(error)

    alone = [read(path) for path in paths]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, paths * 10)) == alone * 10
    assert PIL.Image.MAX_IMAGE_PIXELS == 10
    assert warnings.filters == filters
