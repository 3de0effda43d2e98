"""Image files: formats, sample depths, EXIF, what Pillow has opened."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, broken_exifs, chunk, cv2_encoded, encoded, exif_of, saved, tiff

from featmatch.errors import ImageReadError
from featmatch.images.files import read_samples
from featmatch.images.image import read_image

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (6, 8), dtype=np.uint8)
RGB = RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)
ALPHA = RNG.integers(0, 256, (6, 8), dtype=np.uint8)


# --- formats, modes, depths


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP", "PPM", "WEBP"])
def test_lossless_formats(tmp_path, file_format):
    options = {"lossless": True} if file_format == "WEBP" else {}
    path = saved(tmp_path, encoded(RGB, file_format, **options))
    image = read_image(path)
    np.testing.assert_array_equal(image.pixels, RGB)
    assert (image.name, image.size) == (str(path), (8, 6))
    np.testing.assert_array_equal(read_image(str(path)).pixels, RGB)


@pytest.mark.parametrize("name", ["bücher.png", "写真.png", "📷 фото.jpg", "with space.png"])
def test_any_path(tmp_path, name):
    assert read_image(saved(tmp_path, encoded(RGB, "PNG"), name)).name.endswith(name)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("samples", [SMOOTH, SMOOTH[..., 0]])
def test_jpeg_has_the_values_that_pillow_decodes(tmp_path, samples, options):
    content = encoded(samples, "JPEG", quality=90, **options)
    expected = np.asarray(PIL.Image.open(io.BytesIO(content)))
    np.testing.assert_array_equal(read_image(saved(tmp_path, content)).pixels, expected)


def palette_picture():
    picture = PIL.Image.fromarray(GRAY % 3)
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    return picture


def palette_picture_with_alpha():
    picture = palette_picture().convert("PA")
    picture.putalpha(PIL.Image.fromarray(ALPHA))
    return picture


PALETTE = np.eye(3, dtype=np.uint8)[GRAY % 3] * 255
CYAN_MAGENTA_YELLOW_BLACK = np.eye(4, dtype=np.uint8)[None] * 255
MODES = {
    "1": (encoded(GRAY > 99, "PNG"), np.where(GRAY > 99, 255, 0), None),
    "L": (encoded(GRAY, "PNG"), GRAY, None),
    "LA": (encoded(np.dstack([GRAY, ALPHA]), "PNG"), GRAY, ALPHA),
    "RGBA": (encoded(np.dstack([RGB, ALPHA]), "PNG"), RGB, ALPHA),
    "RGBA WebP": (
        encoded(np.dstack([RGB, ALPHA]), "WEBP", lossless=True, exact=True),
        RGB,
        ALPHA,
    ),
    "L, one value transparent": (
        encoded(GRAY, "PNG", transparency=int(GRAY[0, 0])),
        GRAY,
        np.where(np.equal(GRAY, GRAY[0, 0]), 0, 255),
    ),
    "P": (encoded(palette_picture(), "PNG"), PALETTE, None),
    "P, one entry transparent": (
        encoded(palette_picture(), "PNG", transparency=1),
        PALETTE,
        np.where(GRAY % 3 == 1, 0, 255),
    ),
    "P, alpha for each entry": (
        encoded(palette_picture(), "PNG", transparency=bytes([255, 128, 0])),
        PALETTE,
        np.uint8([255, 128, 0])[GRAY % 3],
    ),
    "PA": (encoded(palette_picture_with_alpha(), "TIFF"), PALETTE, ALPHA),
    "CMYK": (
        encoded(PIL.Image.fromarray(CYAN_MAGENTA_YELLOW_BLACK, "CMYK"), "TIFF"),
        [[[0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0]]],
        None,
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_modes_of_8_bits(tmp_path, mode):
    content, colors, alpha = MODES[mode]
    samples = read_samples(saved(tmp_path, content), "image", "apply")
    assert samples.colors.dtype == np.uint8
    np.testing.assert_array_equal(np.squeeze(samples.colors), np.squeeze(colors))
    assert (samples.alpha is None) == (alpha is None)
    if alpha is not None:
        np.testing.assert_array_equal(samples.alpha, alpha)


@pytest.mark.parametrize(("file_format", "mode"), [("TIFF", "YCbCr"), ("JPEG", "CMYK")])
def test_other_color_spaces_become_rgb(tmp_path, file_format, mode):
    content = encoded(SMOOTH, file_format, mode=mode)
    pixels = read_image(saved(tmp_path, content)).pixels.astype(int)
    assert np.abs(pixels - SMOOTH).mean() < 8


@pytest.mark.parametrize("ending", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_keep_their_depth(tmp_path, ending, channels):
    samples = RNG.integers(0, 4096, (6, 8, channels), dtype=np.uint16)
    samples[0, 0] = samples[..., 3:] = 4095
    stored = samples if channels == 1 else samples[..., [2, 1, 0, 3][:channels]]
    image = read_image(saved(tmp_path, cv2_encoded(ending, stored)))
    assert image.pixels.dtype == np.float32
    expected = samples[..., 0] if channels == 1 else samples[..., :3]
    np.testing.assert_allclose(image.pixels, expected / 4095, atol=1e-6)


def test_gray_with_alpha_of_16_bits(tmp_path):
    rows = np.array([[[0, 65535], [4095, 65535]], [[1365, 32768], [9, 0]]], dtype=">u2")
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 4, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    samples = read_samples(saved(tmp_path, content), "image", "apply")
    np.testing.assert_array_equal(samples.colors[..., 0], rows[..., 0])
    np.testing.assert_array_equal(samples.alpha, rows[..., 1])


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_16_bit_gray_modes_of_pillow(tmp_path, mode):
    samples = np.arange(48, dtype=np.uint16).reshape(6, 8) * 21
    if mode == "I":
        picture = PIL.Image.fromarray(samples.astype(np.int32))
    else:
        stored = samples.astype(">u2" if mode == "I;16B" else "<u2")
        picture = PIL.Image.frombytes(mode, (8, 6), stored.tobytes())
    image = read_image(saved(tmp_path, encoded(picture, "TIFF")))
    np.testing.assert_allclose(image.pixels, samples / 1023, atol=1e-6)


def test_8_bits_stretched_to_16_are_the_same_picture(tmp_path):
    wide = read_image(saved(tmp_path, cv2_encoded(".png", RGB[..., ::-1].astype(np.uint16) * 257)))
    np.testing.assert_array_equal(wide.gray(), read_image(RGB).gray())


@pytest.mark.parametrize("channels", [1, 3])
def test_float_files(tmp_path, channels):
    samples = np.squeeze(RNG.random((6, 8, channels), dtype=np.float32))
    np.testing.assert_array_equal(read_image(saved(tmp_path, tiff(samples))).pixels, samples)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_picture_of_many_is_read(tmp_path, file_format):
    first, second = (PIL.Image.new("RGB", (8, 6), color) for color in ("red", "blue"))
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    content = encoded(first, file_format, save_all=True, append_images=[second], **lossless)
    pixels = read_image(saved(tmp_path, content)).pixels
    np.testing.assert_array_equal(pixels, np.broadcast_to(np.uint8([255, 0, 0]), (6, 8, 3)))


# --- EXIF orientation: what the eight values mean, after the EXIF standard (CIPA DC-008, 4.6.4)

UPRIGHT = {
    1: lambda s: s,
    2: lambda s: s[:, ::-1],
    3: lambda s: s[::-1, ::-1],
    4: lambda s: s[::-1],
    5: lambda s: s.swapaxes(0, 1),
    6: lambda s: np.rot90(s, -1),
    7: lambda s: s[::-1, ::-1].swapaxes(0, 1),
    8: lambda s: np.rot90(s),
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF 16", "TIFF float"])
def test_exif_orientation(tmp_path, file_format, orientation):
    stored, tolerance = SMOOTH, 0
    if file_format == "TIFF 16":
        stored = np.uint16(SMOOTH) * 257
        content = tiff(stored, orientation)
    elif file_format == "TIFF float":
        stored = np.float32(SMOOTH) / 255
        content = tiff(stored, orientation)
    else:
        options = {"lossless": True} if file_format == "WEBP" else {}
        tolerance = 25 if file_format == "JPEG" else 0
        if file_format == "JPEG":
            options = {"quality": 98, "subsampling": 0}
        content = encoded(SMOOTH, file_format, exif=exif_of(orientation), **options)
    path = saved(tmp_path, content)
    if stored.dtype == np.uint16:
        stored = np.float32(stored) / 65535
    for exif, expected in (("apply", UPRIGHT[orientation](stored)), ("ignore", stored)):
        image = read_image(path, exif=exif)
        assert image.size == expected.shape[1::-1]
        assert image.pixels.flags.c_contiguous
        np.testing.assert_allclose(image.pixels, expected, rtol=0, atol=tolerance or 1e-6)
        small = read_image(path, exif=exif, max_size=40)
        assert small.pixels.shape[:2] == (expected.shape[0] // 4, expected.shape[1] // 4)


@pytest.mark.parametrize("exif", list(broken_exifs()))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_reads_as_upright(tmp_path, file_format, exif):
    path = saved(tmp_path, encoded(SMOOTH, file_format, exif=exif))
    assert read_image(path).pixels.shape == SMOOTH.shape


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_broken_tiff_orientation_reads_as_upright(tmp_path, orientation):
    np.testing.assert_array_equal(read_image(saved(tmp_path, tiff(RGB, orientation))).pixels, RGB)


# --- files opened by Pillow


def test_pillow_image_is_named_after_its_file_and_turned_upright(tmp_path):
    path = saved(tmp_path, encoded(RGB, "PNG", exif=exif_of(6)))
    with PIL.Image.open(path) as picture:
        image = read_image(picture)
        assert image.name == str(path)
        np.testing.assert_array_equal(image.pixels, np.rot90(RGB, -1))
        np.testing.assert_array_equal(read_image(picture, exif="ignore").pixels, RGB)


def test_pillow_images_that_cannot_be_read(tmp_path):
    with pytest.raises(ImageReadError, match=r"PIL image: the image has no pixels \(0 x 5\)"):
        read_image(PIL.Image.new("RGB", (0, 5)))
    path = saved(tmp_path, encoded(RGB, "PNG"), "closed.png")
    with PIL.Image.open(path) as picture:
        pass
    with pytest.raises(ImageReadError, match=r"closed\.png: the image cannot be decoded"):
        read_image(picture)
