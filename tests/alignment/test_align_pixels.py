"""Resampling, canvases and originals: the right pixels, at their full depth, on the right place."""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image
import pytest
from known_warps import picture

from featmatch.alignment.canvas import Canvas, _largest_rectangle
from featmatch.alignment.resample import resample
from featmatch.alignment.warp import Warp
from featmatch.errors import ArgumentError
from featmatch.images.image import read_image
from featmatch.images.original import Original, read_original

PHOTOGRAPH = picture("poster_0", 240)
SIZE = PHOTOGRAPH.shape[1::-1]
DEPTHS = {
    "uint8": PHOTOGRAPH,
    "uint16": np.where(PHOTOGRAPH > 100, 257 * PHOTOGRAPH.astype(int) - 3, 99).astype(np.uint16),
    "float32": PHOTOGRAPH.astype(np.float32) * 3 - 70,
    "gray": np.ascontiguousarray(PHOTOGRAPH[..., 1]),
}


def matrix_warp(*rows):
    return Warp("homography", np.array([*rows, (0, 0, 1)], float))


def resampled(colors, warp, canvas=None, opacity=None):
    canvas = Canvas.of_fixed(SIZE) if canvas is None else canvas
    return resample(Original(colors, opacity), colors.shape[1::-1], warp, canvas)


@pytest.mark.parametrize("colors", DEPTHS.values(), ids=DEPTHS)
def test_whole_pixels_are_kept_as_they_are(colors):
    right, down = 7, -4
    laid = resampled(colors, matrix_warp((1, 0, right), (0, 1, down)))
    assert laid.colors.dtype == colors.dtype
    assert np.array_equal(laid.colors[:down, right:], colors[-down:, :-right])
    assert (laid.opacity[:down, right:] == 255).all()
    assert not laid.opacity[:, :right].any()
    assert not laid.opacity[down:].any()
    assert not laid.colors[:, :right].any()


def test_parts_of_pixels_are_between_their_neighbors():
    """A smooth wave is shifted by a part of a pixel."""
    x = np.arange(200.0)
    wave = np.tile(1000 * np.sin(x / 9) + 2000, (40, 1)).astype(np.uint16)
    laid = resampled(wave, matrix_warp((1, 0, 0.5), (0, 1, 0)), Canvas.of_fixed((200, 40)))
    expected = 1000 * np.sin((x - 0.5) / 9) + 2000
    assert np.abs(laid.colors[20, 10:-10] - expected[10:-10]).max() < 5


@pytest.mark.parametrize("factor", [2, 8])
def test_what_shrinks_is_averaged(factor):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (240, 320), np.uint8)
    scale = 1 / factor
    size = (320 // factor, 240 // factor)
    warp = matrix_warp((scale, 0, scale / 2 - 0.5), (0, scale, scale / 2 - 0.5))
    laid = resampled(noise, warp, Canvas.of_fixed(size))
    assert (
        np.abs(
            laid.colors.astype(int) - cv2.resize(noise, size, interpolation=cv2.INTER_AREA)
        ).max()
        <= 1
    )


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_what_was_transparent_stays_so_and_shows_nothing(scale):
    colors = np.full((120, 160, 3), 200, np.uint8)
    opacity = np.full((120, 160), 255, np.uint8)
    colors[40:80, 60:100], opacity[40:80, 60:100] = 0, 0
    canvas = Canvas.of_fixed((int(160 * scale), int(120 * scale)))
    offset = scale / 2 - 0.5
    laid = resampled(colors, matrix_warp((scale, 0, offset), (0, scale, offset)), canvas, opacity)
    x, y = int(80 * scale), int(60 * scale)
    assert laid.opacity[y, x] == 0
    assert laid.opacity[2, 2] == 255
    assert (np.abs(laid.colors[laid.opacity > 128].astype(int) - 200) <= 2).all()


def test_a_canvas_of_both_shows_all_of_both():
    warp = matrix_warp((1, 0, -30), (0, 1, 25))
    canvas = Canvas.of_both(warp, (100, 80), (100, 80))
    assert canvas == Canvas(-30, 0, (130, 105))
    laid = resampled(PHOTOGRAPH[:80, :100], warp, canvas)
    assert np.array_equal(laid.colors[25:, :100], PHOTOGRAPH[:80, :100])
    fixed = canvas.with_fixed(Original(PHOTOGRAPH[100:180, :100]))
    assert np.array_equal(fixed.colors[:80, 30:], PHOTOGRAPH[100:180, :100])
    assert np.count_nonzero(fixed.opacity) == 8000


@pytest.mark.parametrize("tilt", [0.0099, 0.02])
def test_a_union_without_end_is_refused(tilt):
    warp = Warp("homography", np.array([[1, 0, 0], [0, 1, 0], [-tilt, 0, 1.0]]))
    with pytest.raises(ArgumentError, match="pixels; use 'fixed'"):
        Canvas.of_both(warp, (100, 80), (100, 80))


def test_cropping_leaves_what_both_fill():
    covered = np.zeros((90, 120), bool)
    covered[10:70, 30:110] = True
    covered[:20, 30:50] = False
    canvas = Canvas(5, -3, (120, 90)).within(covered)
    assert canvas == Canvas(35, 17, (80, 50))
    with pytest.raises(ArgumentError, match="crop"):
        Canvas(0, 0, (120, 90)).within(np.zeros((90, 120), bool))


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_rectangle_is_the_largest(seed):
    full = np.random.default_rng(seed).random((9, 11)) < 0.8
    left, top, right, bottom = _largest_rectangle(full)
    assert full[top:bottom, left:right].all()
    largest = max(
        (y1 - y0) * (x1 - x0)
        for y0 in range(9)
        for y1 in range(y0 + 1, 10)
        for x0 in range(11)
        for x1 in range(x0 + 1, 12)
        if full[y0:y1, x0:x1].all()
    )
    assert (right - left) * (bottom - top) == largest


def test_too_long_images_are_refused_with_a_sentence():
    long = np.zeros((2, 40_000), np.uint8)
    with pytest.raises(ArgumentError, match="at most 32,758 px a side to be resampled, got 40,000"):
        resampled(long, matrix_warp((1, 0, 0), (0, 1, 0)), Canvas.of_fixed((40, 2)))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_files_of_16_bits_are_read_as_they_are(tmp_path, name):
    wide = DEPTHS["uint16"]
    assert cv2.imwrite(str(tmp_path / name), wide[..., ::-1])
    path = tmp_path / name
    original = read_original(path, read_image(path), "apply")
    assert original.opacity is None
    assert np.array_equal(original.colors, wide)
    assert original.as_bytes().dtype == np.uint8


def test_alpha_and_orientation_are_kept(tmp_path):
    colors = np.dstack([PHOTOGRAPH, np.full(PHOTOGRAPH.shape[:2], 255, np.uint8)])
    colors[:50, :60, 3] = 0
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    PIL.Image.fromarray(colors).save(tmp_path / "a.png", exif=exif)
    path = tmp_path / "a.png"
    original = read_original(path, read_image(path), "apply")
    assert np.array_equal(original.colors, np.rot90(PHOTOGRAPH, -1))
    assert not original.opacity[:60, -50:].any()
    assert np.count_nonzero(original.opacity == 0) == 3000


@pytest.mark.parametrize("source", [DEPTHS["uint16"], DEPTHS["gray"], PHOTOGRAPH / np.float32(255)])
def test_arrays_are_taken_as_they_are(source):
    original = read_original(source, read_image(source), "apply")
    assert np.array_equal(original.colors, source)
    assert original.colors.dtype == source.dtype
