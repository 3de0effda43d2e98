"""The closed list of formats: what is in it is read, the rest is refused and given to nobody."""

import io
import os
import threading
import warnings

import numpy as np
import PIL.Image
import pytest
from image_encoding import SMOOTH, encoded, saved

from featmatch.errors import ImageReadError
from featmatch.images.camera import intrinsics_from_exif
from featmatch.images.image import read_image

READ = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "JPEG2000", "PPM")
REFUSED = ("EPS", "ICO", "ICNS", "PCX", "SGI", "TGA", "DDS", "SPIDER", "XBM", "MSP", "PDF")


@pytest.mark.parametrize("file_format", READ)
def test_the_list_is_read_whatever_the_name_says(tmp_path, file_format):
    image = read_image(saved(tmp_path, encoded(SMOOTH, file_format), "x.dat"))
    close = 2 if file_format in ("PNG", "TIFF", "BMP", "PPM") else 40
    assert np.abs(image.pixels.astype(int) - SMOOTH).mean() < close


@pytest.mark.parametrize("file_format", REFUSED)
def test_the_rest_is_refused_whatever_the_name_says(tmp_path, file_format):
    picture = PIL.Image.fromarray(SMOOTH)
    if file_format in ("XBM", "MSP"):
        picture = picture.convert("1")
    elif file_format == "SPIDER":
        picture = picture.convert("F")
    elif file_format == "ICO":
        picture = picture.resize((64, 64))
    path = saved(tmp_path, encoded(picture, file_format), "x.jpg")
    with pytest.raises(ImageReadError, match="not an image in a known format; save it as PNG"):
        read_image(path)


def test_no_program_is_run_on_a_postscript_file(tmp_path, monkeypatch):
    """A program called gs is first on the path; Pillow alone would run it."""
    ran = tmp_path / "ran"
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name in ("x.jpg", "x.eps", "x.png"):
        path = saved(tmp_path, encoded(SMOOTH, "EPS"), name)
        with pytest.raises(ImageReadError, match="not an image in a known format"):
            read_image(path)
        with pytest.raises(ImageReadError, match="not a photograph with EXIF"):
            intrinsics_from_exif(path)
    assert not ran.exists()


def test_nothing_of_the_process_is_changed_while_a_file_is_read(tmp_path, monkeypatch):
    """Whatever Pillow does meanwhile, another thread sees its limit and the filters of warnings."""
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10**8)
    before, seen = list(warnings.filters), set()
    for file_format in READ:
        path = saved(tmp_path, encoded(SMOOTH, file_format), file_format)
        loading = PIL.Image.Image.load

        def load(picture, loading=loading):
            seen.add((PIL.Image.MAX_IMAGE_PIXELS, warnings.filters == before))
            return loading(picture)

        with monkeypatch.context() as patched:
            patched.setattr(PIL.Image.Image, "load", load)
            read_image(path)
    assert seen == {(10**8, True)}


def test_a_slow_file_holds_up_no_other(tmp_path):
    """A pipe that nobody writes into is read in one thread, and a picture in another."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused = []

    def read():
        try:
            read_image(pipe)
        except ImageReadError:
            refused.append(pipe)

    slow = threading.Thread(target=read)
    slow.start()
    try:
        assert read_image(saved(tmp_path, encoded(SMOOTH, "PNG"))).size == (160, 120)
    finally:
        pipe.write_bytes(b"no image")
        slow.join()
    assert refused


def test_an_animation_that_is_none_warns_nobody(tmp_path):
    file = io.BytesIO()
    frames = [PIL.Image.new("RGB", (8, 6), color) for color in ("red", "blue")]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    content = file.getvalue()
    broken = content.replace(b"acTL\0\0\0\2", b"acTL\0\0\0\0")
    assert broken != content
    for each in (content, broken):
        assert (read_image(saved(tmp_path, each)).pixels == [255, 0, 0]).all()
