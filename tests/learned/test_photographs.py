"""Photographs: which files are read, and what becomes of their pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from known_warps import noise

from featmatch import ImageReadError
from featmatch.learned.training.photographs import read_photographs


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def test_folders_are_read_in_order_with_all_that_is_in_them(tmp_path):
    for value, name in enumerate(["b.png", "a.PNG", "sub/c.png"]):
        write(tmp_path / name.lower(), np.full((20, 30), 10 * value, np.uint8))
    (tmp_path / "a.png").rename(tmp_path / "a.PNG")
    (tmp_path / "notes.txt").write_text("not an image")
    photographs = read_photographs([str(tmp_path)])
    assert [int(pixels[0, 0, 0]) for pixels in photographs] == [10, 0, 20]
    assert {(pixels.shape, pixels.dtype.name) for pixels in photographs} == {((20, 30, 3), "uint8")}


def test_files_are_read_as_given_whatever_their_ending(tmp_path):
    second = write(tmp_path / "x.png", np.full((4, 5, 3), 9, np.uint8)).rename(tmp_path / "x")
    first = write(tmp_path / "y.png", np.full((4, 5, 3), 7, np.uint8))
    assert [int(pixels[0, 0, 0]) for pixels in read_photographs([first, second])] == [7, 9]
    (alone,) = read_photographs(first)
    assert alone[0, 0, 0] == 7


def test_color_is_rgb_and_16_bits_become_8(tmp_path):
    blue_green_red = np.zeros((4, 5, 3), np.uint16)
    blue_green_red[:] = (0, 32768, 65535)
    (pixels,) = read_photographs(write(tmp_path / "deep.png", blue_green_red))
    assert pixels.dtype == np.uint8
    assert pixels[0, 0].tolist() == [255, 128, 0]


def test_large_photographs_are_made_smaller(tmp_path):
    path = write(tmp_path / "large.png", noise(100, 200))
    assert read_photographs(path, max_size=50)[0].shape == (25, 50, 3)
    assert read_photographs(path, max_size=0)[0].shape == (100, 200, 3)


def test_what_cannot_be_read_is_named(tmp_path):
    missing = tmp_path / "missing.jpg"
    with pytest.raises(ImageReadError, match=str(missing)):
        read_photographs([missing])
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no image")
    with pytest.raises(ImageReadError, match=str(damaged)):
        read_photographs([tmp_path])


def test_a_name_that_is_too_long_is_told(tmp_path):
    path = tmp_path / ("a" * 300)
    with pytest.raises(ImageReadError, match=f"^{path}: .*name too long"):
        read_photographs([path])


def test_a_folder_in_a_folder_is_no_image_whatever_its_name(tmp_path):
    write(tmp_path / "album.jpg" / "x.png", noise(4, 5))
    assert len(read_photographs(tmp_path)) == 1


def test_no_images_are_an_error(tmp_path):
    with pytest.raises(ImageReadError, match=f"^{tmp_path}: no images there; give"):
        read_photographs([tmp_path])
    with pytest.raises(ImageReadError, match=r"^no paths: no images there; give"):
        read_photographs([])


def test_a_wrong_limit_is_refused(tmp_path):
    path = write(tmp_path / "x.png", noise(4, 5))
    with pytest.raises(ValueError, match="max_size: expected an integer of at least 0"):
        read_photographs(path, max_size=-1)
