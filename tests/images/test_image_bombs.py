"""Small files that declare or become large pictures are refused by their headers."""

import json
import struct
import subprocess
import sys
import zlib

import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, chunk, encoded, saved

from featmatch.errors import ImageReadError
from featmatch.images.image import read_image


def png(width, height, depth, color):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999)))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


def jpeg(width, height, **options):
    content = encoded(SMOOTH, "JPEG", **options)
    mark = b"\xff\xc2" if options.get("progressive") else b"\xff\xc0"
    frame = content.index(mark) + 5
    return content[:frame] + struct.pack(">HH", height, width) + content[frame + 4 :]


def jpeg_2000(width, height):
    content = bytearray(encoded(SMOOTH, "JPEG2000", no_jp2=True))
    size = content.index(b"\xff\x51") + 6
    for place in (size, size + 16):
        struct.pack_into(">II", content, place, width, height)
    return bytes(content)


def webp(width, height):
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(width, height):
    content = encoded(SMOOTH, "GIF")
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


BOMBS = {
    "jpeg": jpeg(20000, 20000),
    "progressive jpeg": jpeg(9000, 9000, progressive=True),
    "png of 16 bits": png(20000, 12000, 16, 6),
    "png of one row": png(400_000_000, 1, 8, 0),
    "jpeg 2000": jpeg_2000(15000, 15000),
    "webp": webp(16000, 16000),
    "gif": gif(21000, 21000),
    "bmp": struct.pack("<2sIIIIiiHHIIiiII", b"BM", 99, 0, 54, 40, 20000, 20000, 1, 24, *[0] * 6),
    "ppm": b"P6 20000 20000 255\n" + bytes(99),
    "ppm of 16 bits": b"P6 20000 20000 65535\n" + bytes(99),
    "tiff": encoded(PIL.Image.new("1", (20000, 20000)), "TIFF", compression="group4").replace(
        struct.pack("<HHII", 258, 3, 1, 1), struct.pack("<HHII", 258, 3, 1, 8)
    ),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_no_file_of_its_size_holds_is_refused(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(PIL.Image.Image, "load", lambda picture: pytest.fail("decoded"))
    with pytest.raises(ImageReadError, match="too many to be believed; make the image smaller"):
        read_image(saved(tmp_path, BOMBS[kind]))


def test_thousands_of_scans_are_refused(tmp_path):
    content = encoded(SMOOTH, "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    content = content[:last] + content[last:-2] * 2000 + content[-2:]
    with pytest.raises(ImageReadError, match="2009 scans, where 64 are enough"):
        read_image(saved(tmp_path, content))


def test_a_large_file_may_hold_a_large_picture(tmp_path):
    """The budget grows with the file: noise of 90 megapixels is no bomb."""
    rng = np.random.default_rng(0)
    row = rng.integers(0, 256, (1, 9500), dtype=np.uint8)
    picture = PIL.Image.fromarray(np.broadcast_to(row, (9500, 9500)))
    content = encoded(picture, "BMP")
    assert read_image(saved(tmp_path, content), max_size=100).size == (9500, 9500)


@pytest.mark.skipif(sys.platform != "linux", reason="asks for the peak in kB, as Linux tells it")
def test_bombs_take_little_memory_and_time(tmp_path):
    for index, content in enumerate(BOMBS.values()):
        saved(tmp_path, content, str(index))
    code = (
        "import json, re, sys, time\n"
        "import featmatch\n"
        "start = time.perf_counter()\n"
        "for path in sys.argv[1:]:\n"
        "    try: featmatch.read_image(path)\n"
        "    except featmatch.ImageReadError: pass\n"
        "seconds = time.perf_counter() - start\n"
        "peak = re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(json.dumps([seconds, int(peak)]))\n"
    )
    paths = [str(tmp_path / str(index)) for index in range(len(BOMBS))]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, check=True)
    seconds, peak = json.loads(done.stdout)
    assert seconds < 2 * len(BOMBS)
    assert peak < 300_000  # kB; a process that reads nothing takes 60,000
