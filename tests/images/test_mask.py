"""Masks: what counts as zero, their size, and the working size."""

import numpy as np
import PIL.Image
import pytest
from image_encoding import cv2_encoded, encoded, exif_of, saved, tiff

from featmatch.errors import ImageReadError
from featmatch.images.image import read_image
from featmatch.images.mask import read_mask, resize_mask

USE = np.random.default_rng(0).random((6, 8)) > 0.5
SIZE = (8, 6)
OPAQUE = np.full(USE.shape, 255, np.uint8)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.uint16, np.int64, float])
@pytest.mark.parametrize("value", [1, 100])
def test_arrays(dtype, value):
    mask = (USE * value).astype(dtype)
    for samples in (mask, mask[..., None], np.dstack([mask * 0, mask, mask * 0])):
        before = samples.copy()
        read = read_mask(samples, SIZE)
        assert read.dtype == bool
        np.testing.assert_array_equal(read, USE)
        np.testing.assert_array_equal(samples, before)


def test_alpha_must_not_be_zero_and_alone_is_not_enough():
    color = USE * np.uint8(200)
    np.testing.assert_array_equal(read_mask(np.dstack([color] * 3 + [OPAQUE]), SIZE), USE)
    white = np.dstack([OPAQUE] * 3 + [color])
    np.testing.assert_array_equal(read_mask(white, SIZE), USE)


def palette_mask():
    picture = PIL.Image.fromarray(USE.astype(np.uint8))
    picture.putpalette([255, 255, 255, 0, 0, 0])
    return picture


FILES = {
    "8 bits, 0 and 255": encoded(USE * np.uint8(255), "PNG"),
    "8 bits, 0 and 1": encoded(USE * np.uint8(1), "PNG"),
    "1 bit": encoded(USE, "PNG"),
    "16 bits, 0 and 1": cv2_encoded(".png", USE * np.uint16(1)),
    "16 bits, color, 0 and 1": cv2_encoded(".png", np.dstack([USE * np.uint16(1)] * 3)),
    "32 bits": encoded(USE * np.int32(-100000), "TIFF"),
    "float above 1": tiff(USE * np.float32(7)),
    "palette index, not color": encoded(palette_mask(), "PNG"),
    "gray and alpha": encoded(np.dstack([USE * np.uint8(1), OPAQUE]), "PNG"),
    "RGBA": encoded(np.dstack([USE * np.uint8(1)] * 3 + [OPAQUE]), "PNG"),
    "GIF": encoded(USE * np.uint8(255), "GIF"),
    "turned by EXIF": encoded(np.rot90(USE * np.uint8(255)).copy(), "PNG", exif=exif_of(6)),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_count_as_they_are_stored(tmp_path, kind):
    path = saved(tmp_path, FILES[kind])
    np.testing.assert_array_equal(read_mask(path, SIZE), USE)
    if kind != "16 bits, color, 0 and 1":  # of these Pillow keeps the upper 8 bits only
        with PIL.Image.open(path) as picture:
            np.testing.assert_array_equal(read_mask(picture, SIZE), USE)


def test_exif_of_a_mask_can_be_ignored(tmp_path):
    path = saved(tmp_path, FILES["turned by EXIF"])
    np.testing.assert_array_equal(read_mask(path, (6, 8), exif="ignore"), np.rot90(USE))
    with pytest.raises(ValueError, match="exif: expected one of"):
        read_mask(path, SIZE, exif="off")


def test_size_must_be_that_of_the_upright_original(tmp_path):
    exif = exif_of(6)
    path = saved(tmp_path, encoded(np.zeros((48, 64, 3), np.uint8), "PNG", exif=exif))
    image = read_image(path, max_size=32)
    assert read_mask(np.ones((64, 48)), image).all()
    for name in ("mask1", "mask"):
        message = rf"{name}: expected 48 x 64 \(the size of its image\), got 64 x 48"
        with pytest.raises(ValueError, match=message):
            read_mask(np.ones((48, 64)), image, name=name)


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"mask0: expected shape .* got \(6, 8, 2\)"):
        read_mask(np.ones((6, 8, 2)), SIZE)
    with pytest.raises(ValueError, match="mask0: expected at least one pixel"):
        read_mask(np.ones((0, 8)), SIZE)
    with pytest.raises(TypeError, match="mask0: expected bool, integers or floats, got complex"):
        read_mask(np.ones((6, 8), complex), SIZE)
    with pytest.raises(TypeError, match=r"mask1: expected a path.* got NoneType"):
        read_mask(None, SIZE, name="mask1")
    with pytest.raises(ImageReadError, match="there is no such file"):
        read_mask(tmp_path / "missing.png", SIZE)


@pytest.mark.parametrize("max_size", [0, 40, 37, 13, 1])
def test_resized_mask_takes_the_original_pixel_under_each_working_pixel(max_size):
    use = np.random.default_rng(1).random((60, 80)) > 0.5
    image = read_image(np.zeros(use.shape, np.uint8), max_size=max_size)
    resized = resize_mask(use, image)
    assert resized.dtype == np.uint8
    assert resized.shape == image.pixels.shape
    rows, columns = np.indices(resized.shape)
    centers = image.to_original(np.column_stack([columns.ravel(), rows.ravel()]))
    x, y = np.floor(centers + 0.5).astype(int).T
    np.testing.assert_array_equal(resized.ravel(), np.where(use[y, x], 255, 0))
    with pytest.raises(ValueError, match=r"mask: expected shape \(60, 80\), got \(80, 60\)"):
        resize_mask(use.T, image)
