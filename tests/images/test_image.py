"""Arrays and Pillow images become an `Image`; points map between its two sizes."""

import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featmatch.images.image import Image, read_image, resize_points

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (7, 9), dtype=np.uint8)
RGB = RNG.integers(0, 256, (7, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("pixels", [GRAY, RGB, np.float32(GRAY) / 255, np.float32(RGB) / 255])
def test_gray_and_rgb_arrays_are_kept(pixels):
    image = read_image(pixels)
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == pixels.dtype
    assert (image.size, image.name, image.scale, image.pixel_size) == ((9, 7), "array", (1, 1), 1)


def test_image_owns_read_only_contiguous_pixels():
    for source in (GRAY.copy(), RGB.copy(), RGB[::-1, ::2], np.float32(GRAY) / 255):
        before = source.copy()
        image = read_image(source)
        assert image.pixels.flags.c_contiguous
        assert not image.pixels.flags.writeable
        np.testing.assert_array_equal(source, before)
        source[...] = 0
        np.testing.assert_array_equal(image.pixels, before)


def test_last_axis_of_one_is_dropped():
    np.testing.assert_array_equal(read_image(GRAY[..., None]).pixels, GRAY)


def test_an_image_is_returned_as_it_is():
    image = read_image(GRAY)
    assert read_image(image, max_size=3) is image


def test_repr_tells_name_and_sizes():
    samples = np.zeros((300, 400), np.uint8)
    assert repr(read_image(samples)) == "Image(array, 400 x 300 px)"
    resized = read_image(samples, max_size=100)
    assert repr(resized) == "Image(array, 400 x 300 px, worked on at 100 x 75)"


def test_detectors_take_the_pixels():
    texture = cv2.resize(RGB, (200, 200), interpolation=cv2.INTER_NEAREST)
    gray = read_image(cv2.cvtColor(texture, cv2.COLOR_RGB2GRAY)).gray()
    assert len(cv2.ORB_create().detect(gray, None)) > 0


# --- depth and alpha


@pytest.mark.parametrize("bits", range(8, 17))
def test_16_bit_samples_are_divided_by_the_smallest_full_scale_that_holds_them(bits):
    full = 2**bits - 1
    samples = np.array([[0, full // 3, full]], dtype=np.uint16)
    image = read_image(samples)
    assert image.pixels.dtype == np.float32
    np.testing.assert_allclose(image.pixels, samples / full, atol=1e-7)
    np.testing.assert_array_equal(read_image(samples.astype(">u2")).pixels, image.pixels)


def test_8_bits_stretched_to_16_are_the_same_picture():
    wide = read_image(RGB.astype(np.uint16) * 257)
    np.testing.assert_allclose(wide.pixels, RGB / 255, atol=1e-6)
    np.testing.assert_array_equal(wide.gray(), read_image(RGB).gray())


def test_darkness_in_16_bits_stays_dark():
    assert not read_image(np.zeros((2, 3), np.uint16)).pixels.any()
    np.testing.assert_allclose(read_image(np.full((2, 3), 3, np.uint16)).pixels, 3 / 255)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floats_become_float32_and_tiny_overshoot_is_clipped(dtype):
    image = read_image(np.array([[-5e-7, 0.25, 1 + 5e-7]], dtype=dtype))
    assert image.pixels.dtype == np.float32
    np.testing.assert_array_equal(image.pixels, [[0, 0.25, 1]])


def test_opaque_alpha_changes_nothing_whatever_the_depth_of_the_colors():
    twelve_bits = np.uint16(RGB) * 16
    twelve_bits[0, 0] = 4095
    rgba = np.dstack([twelve_bits, np.full(GRAY.shape, 65535, np.uint16)])
    np.testing.assert_array_equal(read_image(rgba).pixels, read_image(twelve_bits).pixels)


def test_gray_matches_opencv_and_floats_are_rounded():
    expected = cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(read_image(RGB).gray(), expected)
    np.testing.assert_array_equal(read_image(RGB / 255).gray(), expected)
    np.testing.assert_array_equal(read_image(GRAY).gray(), GRAY)
    half = read_image(np.full((2, 2), 0.5)).gray()
    assert half.dtype == np.uint8
    assert (half == np.rint(127.5)).all()


# --- what is refused


@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 2), (5, 5, 5), (1, 5, 5, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"image: expected shape .*, got \("):
        read_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0, 3)])
def test_empty_arrays_are_refused(shape):
    with pytest.raises(ValueError, match="image: expected at least one pixel, got shape"):
        read_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.int32, np.int8, np.uint32, np.complex64, object])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="image: expected uint8, uint16 or float, got"):
        read_image(np.zeros((2, 2), dtype))


def test_bool_is_refused_with_a_hint():
    with pytest.raises(TypeError, match=r"bool .*multiply"):
        read_image(np.zeros((2, 2), bool))


def test_floats_that_are_not_finite_are_counted():
    values = np.array([[0, np.nan, np.inf, -np.inf]])
    with pytest.raises(ValueError, match="image: expected finite values, got 3 that are NaN"):
        read_image(values)


@pytest.mark.parametrize("value", [255.0, -0.1, 1.001, 1e300])
def test_floats_outside_0_to_1_are_refused(value):
    with pytest.raises(ValueError, match=r"expected floats in \[0, 1\], got .*divide by 255"):
        read_image(np.array([[0.5, value]]))


def test_other_sources_are_refused():
    with pytest.raises(TypeError, match=r"got NoneType .*cv2\.imread returns None for a file"):
        read_image(None)
    for source in ([[1, 2]], 7, b"photo.jpg"):
        with pytest.raises(TypeError, match=f"expected a path.* got {type(source).__name__}"):
            read_image(source)


def test_errors_call_the_argument_what_the_caller_does():
    for source in (None, np.zeros(3, np.uint8), np.zeros((2, 2), bool), np.full((2, 2), np.nan)):
        with pytest.raises((TypeError, ValueError), match=r"^image1: expected"):
            read_image(source, argument="image1")


def test_options_are_checked():
    with pytest.raises(ValueError, match=r"exif: expected one of apply, ignore, got 'no'"):
        read_image(GRAY, exif="no")
    with pytest.raises(ValueError, match=r"max_size: expected an integer of at least 0, got -1"):
        read_image(GRAY, max_size=-1)
    for max_size in (100.0, "100", None, True):
        with pytest.raises(TypeError, match="max_size: expected an integer"):
            read_image(GRAY, max_size=max_size)


# --- Pillow images


def test_pillow_images():
    image = read_image(PIL.Image.fromarray(RGB))
    np.testing.assert_array_equal(image.pixels, RGB)
    assert image.name == "PIL image"
    assert not image.pixels.flags.writeable


def test_reading_an_array_does_not_import_pillow():
    code = (
        "import sys, numpy, featmatch.images.image as i; i.read_image(numpy.zeros((2, 2), 'u1'));"
        "sys.exit('PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- sizes


@pytest.mark.parametrize(
    ("size", "max_size", "working"),
    [
        ((400, 300), 100, (100, 75)),
        ((300, 400), 100, (75, 100)),
        ((401, 299), 100, (100, 75)),
        ((100, 100), 100, (100, 100)),
        ((99, 50), 100, (99, 50)),
        ((400, 300), 0, (400, 300)),
        ((1000, 1), 100, (100, 1)),
        ((1, 1), 1, (1, 1)),
        ((2, 3), np.int64(1), (1, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_working_size(size, max_size, working, dtype):
    image = read_image(np.ones((size[1], size[0], 3), dtype), max_size=max_size)
    assert image.pixels.shape == (working[1], working[0], 3)
    assert image.size == size
    assert image.scale == (working[0] / size[0], working[1] / size[1])
    assert image.pixel_size == pytest.approx(max(size[0] / working[0], size[1] / working[1]))


def test_resizing_averages_areas():
    samples = RNG.random((40, 60)).astype(np.float32)
    blocks = samples.reshape(10, 4, 15, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(read_image(samples, max_size=15).pixels, blocks, atol=1e-6)


sizes = st.integers(1, 9000)
coordinates = st.floats(-1e4, 1e4)


@given(st.tuples(sizes, sizes), st.tuples(sizes, sizes), st.tuples(coordinates, coordinates))
def test_points_map_by_half_pixels_and_back(size, working, point):
    pixels = np.broadcast_to(np.uint8(0), working[::-1])
    image = Image(pixels, size, "made up")
    mapped = image.from_original([point])
    expected = [(x + 0.5) * w / s - 0.5 for x, w, s in zip(point, working, size, strict=True)]
    np.testing.assert_allclose(mapped[0], expected, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(image.to_original(mapped)[0], point, rtol=1e-9, atol=1e-9)


def test_resize_points_edges():
    assert resize_points(np.zeros((0, 2)), 0.5).shape == (0, 2)
    np.testing.assert_array_equal(resize_points([[-0.5, -0.5], [99.5, 49.5]], 2)[1], [199.5, 99.5])
    np.testing.assert_array_equal(resize_points(np.float32([[0, 0]]), (2, 4)), [[0.5, 1.5]])
    for points in ([], [1, 2], [[1, 2, 3]]):
        with pytest.raises(ValueError, match=r"points: expected shape \(N, 2\), got"):
            resize_points(points, 1)


@pytest.mark.parametrize("size", [(1200, 900), (1237, 811), (640, 1601)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_blob_seen_in_the_resized_image_is_where_it_is_in_the_original(size, dtype):
    center = size[0] * 0.81 + 0.3, size[1] * 0.27 + 0.1
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    blob = np.exp(-((x - center[0]) ** 2 + (y - center[1]) ** 2) / (2 * 12.0**2))
    samples = np.rint(blob * 255).astype(np.uint8) if dtype == np.uint8 else blob
    image = read_image(samples, max_size=300)
    weights = image.pixels / image.pixels.sum(dtype=np.float64)
    rows, columns = np.indices(weights.shape)
    seen = [[(columns * weights).sum(), (rows * weights).sum()]]
    np.testing.assert_allclose(image.to_original(seen)[0], center, atol=0.05)
