"""Files of which rows are missing are refused, with the share that is there; sound ones are not."""

import struct
import zlib

import cv2
import numpy as np
import PIL.Image
import pytest
from image_encoding import chunk, encoded, saved, tags_of, tiff_of

from featmatch.errors import ImageReadError
from featmatch.images.image import read_image
from featmatch.images.tags import read_directories

RNG = np.random.default_rng(0)
PICTURE = cv2.resize(RNG.integers(0, 256, (90, 120, 3), dtype=np.uint8), (480, 360))
END = b"\xff\xd9"


def refusal(folder, content):
    with pytest.raises(ImageReadError, match=r"the image is damaged \(.*\); copy it again") as told:
        read_image(saved(folder, content))
    return str(told.value)


def cut(content, share):
    """Leave a share of a JPEG's data, and end it as if it were whole."""
    start = content.index(b"\xff\xda")
    return content[: start + int(share * (len(content) - start))] + END


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("share", [0.25, 0.6, 0.97])
def test_jpeg_with_a_share_of_its_data(tmp_path, share, gray, subsampling):
    picture = PICTURE[..., 0] if gray else PICTURE
    content = encoded(picture, "JPEG", quality=90, subsampling=subsampling)
    for broken in (cut(content, share), cut(content, share)[:-2]):
        told = refusal(tmp_path, broken)
        rows = int(told.split("only ")[1].split(" %")[0])
        assert abs(rows - 100 * share) < 6


def test_progressive_jpeg_with_a_quarter_of_its_data(tmp_path):
    content = encoded(PICTURE, "JPEG", progressive=True)
    assert "its finer scans are missing" in refusal(tmp_path, cut(content, 0.25))
    assert "its end is missing" in refusal(tmp_path, content[:-2])


def test_jpeg_with_400_bits_flipped(tmp_path):
    """A file may come out even by chance: one of these does."""
    whole = encoded(PICTURE, "JPEG", quality=90)
    refused = 0
    for seed in range(20):
        content = bytearray(whole)
        rng = np.random.default_rng(seed)
        for place in rng.integers(content.index(b"\xff\xda") + 20, len(content) - 2, 400):
            content[place] ^= 1 << int(rng.integers(0, 8))
        try:
            read_image(saved(tmp_path, bytes(content)))
        except ImageReadError:
            refused += 1
    assert refused >= 19


def test_jpeg_with_data_of_more_rows(tmp_path):
    content = encoded(PICTURE, "JPEG")
    frame = content.index(b"\xff\xc0") + 5
    shorter = content[:frame] + struct.pack(">H", 200) + content[frame + 2 :]
    assert "its rows could be read wrongly only" in refusal(tmp_path, shorter)


def test_sound_jpegs_of_all_kinds_are_read(tmp_path):
    plain = encoded(PICTURE, "JPEG", quality=90)
    with_marks = cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_RST_INTERVAL, 7])[1].tobytes()
    lean = encoded(PICTURE, "JPEG", optimize=True, quality=5)
    fill = plain[:-2] + b"\xff" * 9 + END
    zeros = plain[:-2] + bytes(99) + END
    more = plain + b"what phones put after the picture" * 99
    thumbnail = encoded(PICTURE[::8, ::8].copy(), "JPEG")
    marked = plain[:2] + b"\xff\xe2" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + plain[2:]
    for content in (plain, with_marks, lean, fill, zeros, more, marked, plain[:-2]):
        assert read_image(saved(tmp_path, content)).size == (480, 360)
    np.testing.assert_array_equal(
        read_image(saved(tmp_path, marked)).pixels, read_image(saved(tmp_path, plain)).pixels
    )


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (8, 8), (17, 16), (33, 100), (640, 3)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_sound_jpegs_of_all_sizes_are_read(tmp_path, size, options):
    picture = RNG.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    for each in (picture, picture[..., 0], np.zeros_like(picture)):
        content = encoded(each, "JPEG", **options)
        assert read_image(saved(tmp_path, content)).size == size


def png(rows, height, depth=8, level=6):
    """Write the first rows of a PNG that declares `height` of them."""
    header = struct.pack(">IIBBBBB", rows.shape[1], height, depth, 2, 0, 0, 0)
    data = b"".join(b"\0" + row.tobytes() for row in rows)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, level))
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IEND", b"")


@pytest.mark.parametrize("depth", [8, 16])
def test_png_with_a_quarter_of_its_rows(tmp_path, depth):
    samples = PICTURE if depth == 8 else (np.uint16(PICTURE) * 257).astype(">u2")
    content = png(samples[:90], 360, depth)
    assert "only 25 % of its rows could be read" in refusal(tmp_path, content)
    assert read_image(saved(tmp_path, png(samples, 360, depth))).size == (480, 360)


def test_png_that_ends_in_black_is_whole(tmp_path):
    black = PICTURE.copy()
    black[200:] = 0
    np.testing.assert_array_equal(read_image(saved(tmp_path, png(black, 360))).pixels, black)


@pytest.mark.parametrize("compression", [1, 8])
def test_tiff_with_a_quarter_of_its_rows(tmp_path, compression):
    wide = np.uint16(PICTURE) * 257
    pieces = [wide[row : row + 90].tobytes() for row in range(0, 360, 90)]
    pieces = [zlib.compress(piece) if compression == 8 else piece for piece in pieces]
    content = tiff_of([pieces[0], b"", b"", b""], tags_of(wide, t259=compression, t278=90))
    assert "only 25 % of its rows could be read" in refusal(tmp_path, content)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "AVIF", "JPEG2000", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("share", [0.25, 0.9])
def test_other_formats_with_a_share_of_their_data(tmp_path, file_format, share):
    content = encoded(PIL.Image.fromarray(PICTURE), file_format)
    with pytest.raises(ImageReadError, match="copy it again"):
        read_image(saved(tmp_path, content[: int(share * len(content))]))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_tiff_with_a_damaged_strip_of_jpeg(tmp_path, mode):
    whole = encoded(PICTURE, "TIFF", mode, compression="jpeg")
    read_image(saved(tmp_path, whole))
    tags = read_directories(whole)[0]
    start, size = tags[273][1], tags[279][1]
    broken = whole[: start + size // 2] + bytes(size - size // 2) + whole[start + size :]
    share = int(100 * (1 - tags[278][0] / 360))
    assert f"only {share} % of its rows" in refusal(tmp_path, broken)


def test_tiff_with_a_damaged_tile_of_jpeg(tmp_path):
    picture = PICTURE[:256, :, 0]
    tiles = [
        encoded(np.ascontiguousarray(picture[y : y + 128, x : x + 160]), "JPEG")
        for y in (0, 128)
        for x in (0, 160, 320)
    ]
    tags = {256: 480, 257: 256, 258: 8, 259: 7, 262: 1, 277: 1, 322: 160, 323: 128}
    read = read_image(saved(tmp_path, tiff_of(tiles, tags))).pixels
    assert np.abs(read.astype(int) - picture).mean() < 3
    tiles[4] = tiles[4][: len(tiles[4]) // 2]
    assert "only 83 % of its rows" in refusal(tmp_path, tiff_of(tiles, tags))
