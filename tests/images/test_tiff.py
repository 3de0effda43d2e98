"""TIFF by its tags: planes, tiles, predictors, depths, meanings; the page that is the picture."""

import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, encoded, saved, tags_of, tiff_of

from featmatch.errors import ImageReadError
from featmatch.images.files import read_samples
from featmatch.images.image import read_image

RNG = np.random.default_rng(1)
WIDE = RNG.integers(0, 65536, (21, 34, 3), dtype=np.uint16)


def read(folder, content):
    return read_samples(saved(folder, content), "image", "apply")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflated", [False, True])
def test_planes(tmp_path, order, deflated):
    planes = [WIDE[..., band].astype(f"{order}u2").tobytes() for band in range(3)]
    planes = [zlib.compress(plane) for plane in planes] if deflated else planes
    tags = tags_of(WIDE, t284=2, t259=8 if deflated else 1)
    np.testing.assert_array_equal(read(tmp_path, tiff_of(planes, tags, order)).colors, WIDE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int16, np.float64])
@pytest.mark.parametrize("bands", [1, 3, 5])
def test_tiles_of_differences(tmp_path, dtype, bands):
    """Tiles of 16 x 16 that reach over the edge, each row of differences, deflated."""
    samples = RNG.integers(0, 200, (21, 34, bands)).astype(dtype)
    padded = np.zeros((32, 48, bands), dtype)
    padded[:21, :34] = samples
    tiles = [padded[y : y + 16, x : x + 16] for y in (0, 16) for x in (0, 16, 32)]
    kind = {"u": 1, "i": 2, "f": 3}[np.dtype(dtype).kind]
    predictor = 1 if kind == 3 else 2
    if predictor == 2:
        tiles = [np.diff(tile, axis=1, prepend=tile.dtype.type(0)) for tile in tiles]
    pieces = [zlib.compress(tile.tobytes()) for tile in tiles]
    tags = tags_of(samples, kind, t259=8, t317=predictor, t322=16, t323=16)
    del tags[278]
    np.testing.assert_array_equal(read(tmp_path, tiff_of(pieces, tags)).colors, samples)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_floats_whose_bytes_are_sorted(tmp_path, dtype):
    """The third predictor, as Adobe's Technical Note 3 describes it."""
    samples = RNG.random((9, 12, 3)).astype(dtype)
    big = samples.astype(samples.dtype.newbyteorder(">")).view(np.uint8)
    rows = big.reshape(9, 36, -1).swapaxes(1, 2).reshape(9, -1, 3)
    data = np.diff(rows, axis=1, prepend=np.uint8(0)).tobytes()
    content = tiff_of([zlib.compress(data)], tags_of(samples, 3, t259=8, t317=3))
    np.testing.assert_array_equal(read(tmp_path, content).colors, samples)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", None])
def test_compressions(tmp_path, compression):
    gray = WIDE[..., 0]
    content = encoded(PIL.Image.fromarray(gray), "TIFF", compression=compression)
    np.testing.assert_array_equal(read(tmp_path, content).colors.squeeze(), gray)


def test_strips_of_a_few_rows(tmp_path):
    pieces = [zlib.compress(WIDE[row : row + 4].tobytes()) for row in range(0, 21, 4)]
    content = tiff_of(pieces, tags_of(WIDE, t259=8, t278=4))
    np.testing.assert_array_equal(read(tmp_path, content).colors, WIDE)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_white_is_zero(tmp_path, dtype):
    gray = (SMOOTH[..., 0] * 257.0).astype(dtype) / (1 if dtype == np.uint16 else 65535)
    gray = gray.astype(dtype)
    negative = ~gray if dtype == np.uint16 else -gray
    kind = 3 if dtype == np.float32 else 1
    content = tiff_of([negative.tobytes()], tags_of(negative, kind, 0))
    pixels = read_image(saved(tmp_path, content)).pixels
    assert np.corrcoef(pixels.ravel(), gray.ravel())[0, 1] > 0.99


def test_signed_bytes(tmp_path):
    signed = (SMOOTH[..., 0].astype(int) - 128).astype(np.int8)
    image = read_image(saved(tmp_path, tiff_of([signed.tobytes()], tags_of(signed, 2))))
    np.testing.assert_array_equal(image.pixels, SMOOTH[..., 0])


def test_alpha_of_16_bits_and_bands_that_are_no_alpha(tmp_path):
    four = np.dstack([WIDE, WIDE[..., 0]])
    for extra, has_alpha in ((2, True), (1, True), (0, False)):
        content = tiff_of([four.tobytes()], tags_of(four, meaning=2, t338=extra))
        samples = read(tmp_path, content)
        np.testing.assert_array_equal(samples.colors, WIDE)
        assert (samples.alpha is not None) == has_alpha
        assert samples.premultiplied == (extra == 1)


def test_bands_each_of_its_scale(tmp_path):
    """Two bands are one gray; of more, the first three are shown."""
    gray = SMOOTH[..., 0]
    for scales in ((100, 3), (100, 3, 20, 7, 1)):
        bands = np.dstack([np.uint16(gray) * scale for scale in scales])
        content = tiff_of([bands.tobytes()], tags_of(bands, meaning=1))
        pixels = read_image(saved(tmp_path, content)).pixels
        assert pixels.ndim == (2 if len(scales) == 2 else 3)
        for band in np.atleast_3d(pixels).transpose(2, 0, 1):
            assert np.ptp(band) > 0.9
            assert np.corrcoef(band.ravel(), gray.ravel())[0, 1] > 0.99


def with_thumbnail(meaning):
    """A thumbnail, whose tag 330 leads to the picture."""
    gray = np.ascontiguousarray(SMOOTH[..., 0])
    thumbnail = np.ascontiguousarray(gray[::8, ::8])
    inner = tiff_of([gray.tobytes()], tags_of(gray, meaning=meaning))
    outer = tiff_of([thumbnail.tobytes()], tags_of(thumbnail, t254=1, t330=0))
    shift = len(outer)
    start = struct.unpack_from("<I", inner, 4)[0]
    moved = bytearray(inner)
    for place in range(start + 2, start + 2 + 12 * inner[start], 12):
        tag, _, _, value = struct.unpack_from("<HHII", moved, place)
        if tag == 273:
            struct.pack_into("<I", moved, place + 8, value + shift)
    link = struct.pack("<HHII", 330, 3, 1, 0)
    assert outer.count(link) == 1
    return outer.replace(link, struct.pack("<HHII", 330, 4, 1, start + shift)) + bytes(moved)


def test_the_picture_is_no_thumbnail(tmp_path):
    image = read_image(saved(tmp_path, with_thumbnail(1)))
    np.testing.assert_array_equal(image.pixels, SMOOTH[..., 0])


@pytest.mark.parametrize("meaning", [32803, 34892])
def test_raw_files_are_refused(tmp_path, meaning):
    with pytest.raises(ImageReadError, match=r"a camera's raw file, .* save it as TIFF or JPEG"):
        read_image(saved(tmp_path, with_thumbnail(meaning)))


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({258: [10] * 3}, "samples of 10 bits are of a kind that is not read"),
        ({258: [64] * 3, 339: [6] * 3}, "samples of 64 bits are of a kind that is not read"),
        ({262: 8}, "colors are of a kind that is not read with 16 bits"),
        ({259: 7}, "compression is not read at this depth"),
    ],
)
def test_what_is_not_read_is_said(tmp_path, tags, problem):
    with pytest.raises(ImageReadError, match=f"{problem}; save it as PNG, or as TIFF of 8 or 16"):
        read_image(saved(tmp_path, tiff_of([WIDE.tobytes()], tags_of(WIDE) | tags)))
