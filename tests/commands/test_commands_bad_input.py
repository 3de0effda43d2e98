"""Files and arrays that are no images: one line that helps, and the exception for the library."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from command_line import POSTER, QUICK, run, run_apart

import featmatch
from featmatch import ImageReadError

UNREADABLE = {
    "missing": ("there is no such file", "check the path"),
    "folder": ("it is a folder", "name an image file in it"),
    "inside a file": ("cannot be opened", "check the path"),
    "empty": ("the file is empty (0 bytes)", "copy it again"),
    "cut short": ("the image is damaged", "of its rows could be read", "copy it again"),
    "text": ("not an image in a known format", "save it as PNG or JPEG"),
    "huge": ("100000 x 100000", "make the image smaller first"),
    "raw": ("a camera's raw file", "save it as TIFF or JPEG"),
}


def huge_png():
    """Return 57 bytes that declare ten thousand megapixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = (header, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


def unreadable(problem, folder):
    """Make what cannot be read, and return its path."""
    path = folder / f"{problem}.png"
    if problem == "folder":
        path.mkdir()
    elif problem == "inside a file":
        return POSTER[0] / path.name
    elif problem == "raw":
        picture = PIL.Image.fromarray(np.zeros((30, 40), np.uint16))
        picture.save(path.with_suffix(".tif"))
        content = path.with_suffix(".tif").read_bytes()
        black_is_zero = struct.pack("<HHII", 262, 3, 1, 1)
        path.write_bytes(content.replace(black_is_zero, struct.pack("<HHII", 262, 3, 1, 32803)))
    elif problem != "missing":
        jpeg = POSTER[0].read_bytes()
        content = {"empty": b"", "cut short": jpeg[: len(jpeg) // 2], "huge": huge_png()}
        path.write_bytes(content.get(problem, b"This is a shopping list: bread, milk.\n"))
    return path


@pytest.mark.parametrize("problem", UNREADABLE)
@pytest.mark.parametrize("place", ["image0", "image1", "detect"])
def test_an_unreadable_image_is_one_line_and_code_3(capsys, tmp_path, place, problem):
    path, output = unreadable(problem, tmp_path), tmp_path / "result.json"
    words = {
        "image0": ("match", path, POSTER[1]),
        "image1": ("match", POSTER[0], path),
        "detect": ("detect", "--quiet", POSTER[0], path),
    }[place]
    outcome = run(capsys, *words, *QUICK, "-o", output)
    assert outcome.code == 3
    assert outcome.error.startswith(f"{path}: ")
    for expected in UNREADABLE[problem]:
        assert expected in outcome.error
    assert not output.exists()


@pytest.mark.parametrize("problem", UNREADABLE)
def test_an_unreadable_image_raises_in_the_library(tmp_path, problem):
    path = unreadable(problem, tmp_path)
    calls = (
        lambda: featmatch.read_image(path),
        lambda: featmatch.detect(path),
        lambda: featmatch.match(POSTER[0], path, max_size=300),
    )
    for call in calls:
        with pytest.raises(ImageReadError) as error:
            call()
        assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("problem", ["missing", "folder", "empty", "text", "huge"])
@pytest.mark.parametrize("command", ["match", "detect"])
def test_an_unreadable_mask_is_one_line_and_code_3(capsys, tmp_path, command, problem):
    path = unreadable(problem, tmp_path)
    words = (*POSTER, "--mask1") if command == "match" else (POSTER[0], "--mask")
    outcome = run(capsys, command, *words, path, *QUICK)
    assert outcome.code == 3
    assert outcome.error.startswith(f"{path}: ")


@pytest.mark.parametrize("problem", ["missing", "cut short"])
def test_no_traceback_reaches_the_terminal(tmp_path, problem):
    path = unreadable(problem, tmp_path)
    outcome = run_apart("match", path, path)
    assert outcome.code == 3
    assert outcome.error.startswith(f"{path}: ")


@pytest.mark.parametrize("command", ["match", "detect"])
def test_a_mask_of_another_size_tells_both_sizes(capsys, tmp_path, command):
    mask = tmp_path / "mask.png"
    PIL.Image.new("L", (90, 60), 255).save(mask)
    words = (*POSTER, "--mask0") if command == "match" else (POSTER[0], "--mask")
    outcome = run(capsys, command, *words, mask, *QUICK)
    assert outcome.code == 2
    assert "mask" in outcome.error
    assert "expected 900 x 675" in outcome.error
    assert "got 90 x 60" in outcome.error


def test_a_mask_of_another_size_raises_in_the_library():
    mask = np.ones((60, 90), bool)
    with pytest.raises(ValueError, match=r"mask1: expected 900 x 675 .* got 90 x 60"):
        featmatch.match(*POSTER, mask1=mask, max_size=300)
    with pytest.raises(ValueError, match=r"mask: expected 900 x 675 .* got 90 x 60"):
        featmatch.detect(POSTER[0], mask=mask)


@pytest.mark.parametrize(
    ("array", "exception", "words"),
    [
        (np.full((20, 30), np.nan), ValueError, "finite values, got 600"),
        (np.full((20, 30), np.inf, np.float32), ValueError, "finite values, got 600"),
        (np.full((20, 30), 255.0), ValueError, r"floats in \[0, 1\]"),
        (np.zeros((20, 30), np.int64), TypeError, "got int64"),
        (np.zeros((20, 30), bool), TypeError, "got bool"),
        (np.zeros((20, 30), complex), TypeError, "got complex128"),
        (np.full((20, 30), "a", object), TypeError, "got object"),
        (np.zeros(30, np.uint8), ValueError, r"got \(30,\)"),
        (np.zeros((1, 20, 30, 3), np.uint8), ValueError, r"got \(1, 20, 30, 3\)"),
        (np.zeros((20, 30, 5), np.uint8), ValueError, r"got \(20, 30, 5\)"),
        (np.zeros((0, 30), np.uint8), ValueError, r"got shape \(0, 30\)"),
        (np.uint8(7), TypeError, "got uint8"),
        ([[0, 1], [2, 3]], TypeError, "got list"),
        (None, TypeError, "cv2.imread returns None"),
        (b"photo.jpg", TypeError, "got bytes"),
    ],
)
def test_a_wrong_array_is_told_as_expected_and_got(array, exception, words):
    good = np.zeros((20, 30), np.uint8)
    for call in (featmatch.read_image, featmatch.detect, lambda bad: featmatch.match(good, bad)):
        with pytest.raises(exception, match=f"^image1?: expected .*{words}"):
            call(array)
