"""The scale of files that are not of 8 bits: by percentiles, without what holds no data."""

import numpy as np
import pytest
from image_encoding import SMOOTH, cv2_encoded, saved, tags_of, tiff, tiff_of

from featmatch.images.image import read_image

GRAY = np.ascontiguousarray(SMOOTH[..., 0])
COUNTS = (100 + GRAY * 2).astype(np.uint16)  # of a camera of 16 bits in dim light


def alike(pixels, gray):
    return np.corrcoef(np.ravel(pixels), np.ravel(gray))[0, 1]


def test_a_hot_pixel_does_not_rule(tmp_path):
    hot = COUNTS.copy()
    hot[50, 60] = 65535
    pixels = read_image(saved(tmp_path, cv2_encoded(".png", hot))).pixels
    cold = read_image(saved(tmp_path, cv2_encoded(".png", COUNTS))).pixels
    assert pixels[50, 60] == 1
    assert np.abs(np.delete(pixels - cold, 50 * 160 + 60)).max() < 0.1
    assert np.ptp(cold) > 0.9


def test_full_scales_stay_as_they_are(tmp_path):
    twelve_bits = np.uint16(GRAY) * 16
    twelve_bits[0, 0] = 4095
    pixels = read_image(saved(tmp_path, cv2_encoded(".png", twelve_bits))).pixels
    np.testing.assert_array_equal(pixels, np.float32(twelve_bits) / np.float32(4095))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16, np.int32])
def test_numbers_of_any_scale_show_the_same_picture(tmp_path, dtype):
    samples = (GRAY.astype(float) - 100).astype(dtype)
    kind = 3 if samples.dtype.kind == "f" else 2
    pixels = read_image(
        saved(tmp_path, tiff_of([samples.tobytes()], tags_of(samples, kind)))
    ).pixels
    assert pixels.dtype == np.float32
    assert 0 <= pixels.min() < 0.1
    assert 0.9 < pixels.max() <= 1
    assert alike(pixels, GRAY) > 0.999


def test_integers_of_more_than_16_bits(tmp_path):
    samples = GRAY.astype(np.int32) * 100_000
    content = tiff_of([samples.tobytes()], tags_of(samples, 2))
    assert alike(read_image(saved(tmp_path, content)).pixels, GRAY) > 0.999


@pytest.mark.parametrize("value", [np.nan, np.inf, -3.4e38, -9999, 123])
def test_pixels_without_data_are_masked_and_do_not_rule(tmp_path, value):
    samples = GRAY.astype(np.float32) * 3 + 400
    samples[:, :50] = value
    nodata = {42113: b"123\0"} if value == 123 else {}
    content = tiff_of([samples.tobytes()], tags_of(samples, 3) | nodata)
    image = read_image(saved(tmp_path, content))
    assert not image.usable[:, :50].any()
    assert image.usable[:, 60:].all()
    assert alike(image.pixels[:, 50:], GRAY[:, 50:]) > 0.999
    assert np.ptp(image.pixels[:, 50:]) > 0.9


def test_a_dead_pixel_is_masked_alone(tmp_path):
    samples = GRAY.astype(np.float32) / 255
    samples[40, 70] = np.nan
    usable = read_image(saved(tmp_path, tiff(samples))).usable
    assert np.argwhere(usable == 0).tolist() == [[40, 70]]


def test_no_data_of_8_bits(tmp_path):
    samples = np.maximum(GRAY, 1)
    samples[:, :50] = 0
    content = tiff_of([samples.tobytes()], tags_of(samples) | {42113: b"0\0"})
    image = read_image(saved(tmp_path, content))
    np.testing.assert_array_equal(image.pixels[:, 50:], samples[:, 50:])
    assert not image.usable[:, :50].any()


def test_nothing_but_no_data(tmp_path):
    samples = np.full((40, 50), np.nan, np.float32)
    assert not read_image(saved(tmp_path, tiff(samples))).usable.any()


def test_even_numbers_stay_even(tmp_path):
    for samples in (np.full((9, 9), 300, np.float32), np.zeros((9, 9), np.float32)):
        assert np.ptp(read_image(saved(tmp_path, tiff(samples))).pixels) == 0


def test_ppm_of_16_bits(tmp_path):
    samples = (np.uint16(SMOOTH) * 257).astype(">u2")
    content = b"P6\n# a remark\n160 120\n65535\n" + samples.tobytes()
    pixels = read_image(saved(tmp_path, content)).pixels
    np.testing.assert_allclose(pixels, np.float32(SMOOTH) / 255, atol=1e-6)
