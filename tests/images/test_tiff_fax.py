"""Fax in a TIFF: what libtiff writes is whole to the row, and damage is told."""

from __future__ import annotations

from operator import itemgetter

import cv2
import numpy as np
import pytest
from image_encoding import encoded, saved

from featmatch.errors import ImageReadError
from featmatch.images.fax import num_whole_rows
from featmatch.images.files import read_samples
from featmatch.images.image import read_image
from featmatch.images.tags import read_directories

RNG = np.random.default_rng(0)
COMPRESSIONS = {"tiff_ccitt": {}, "group3": {}, "group3, by rows above": {292: 1}, "group4": {}}
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def letter():
    page = np.full((260, 400), 255, np.uint8)
    for line in range(8):
        cv2.putText(page, f"Dear reader, {line}", (20, 30 + 30 * line), 0, 0.9, 0, 2)
    return np.where(page > 127, 255, 0).astype(np.uint8)


PICTURES = {
    "a letter": letter(),
    "noise": RNG.integers(0, 2, (60, 333), np.uint8) * 255,
    "blank": np.full((30, 9000), 255, np.uint8),
    "black": np.zeros((30, 5300), np.uint8),
    "long runs of both": np.repeat(RNG.integers(0, 2, (40, 5), np.uint8) * 255, 2600, 1),
    "runs of all lengths": np.concatenate(
        [np.repeat(np.uint8([[0, 255]] * 3).ravel(), RNG.integers(1, 700, 6))[:1500] for _ in "ab"]
    )[None, :],
    "one pixel": np.zeros((1, 1), np.uint8),
}


def fax(pixels, kind, **options):
    """A TIFF of fax as libtiff writes it."""
    name, tags = kind.split(",")[0], COMPRESSIONS[kind]
    return encoded(pixels, "TIFF", "1", compression=name, tiffinfo=tags, **options)


def counted(content, change=bytes):
    """The rows that are whole, and those that should be; the pieces may be changed."""
    tags = read_directories(content)[0]
    width, height, options = tags[256][0], tags[257][0], tags.get(292, (0,))[0]
    rows = min(height, tags.get(278, (height,))[0])
    whole = 0
    for number, (place, size) in enumerate(zip(tags[273], tags[279], strict=True)):
        own = min(rows, height - number * rows)
        piece = change(content[place : place + size])
        whole += num_whole_rows(piece, width, own, tags[259][0], options, tags.get(266, (1,))[0])
    return whole, height


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("name", PICTURES)
def test_every_row_that_libtiff_writes_is_whole(tmp_path, name, kind):
    content = fax(PICTURES[name], kind)
    assert counted(content) == (len(PICTURES[name]),) * 2
    np.testing.assert_array_equal(
        read_samples(saved(tmp_path, content), "fax", "apply").colors, PICTURES[name]
    )


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_the_rows_above_the_damage_are_counted(kind):
    page = letter()
    for share in (0.3, 0.8):
        height = int(share * len(page))
        (size,) = read_directories(fax(page[:height], kind, strip_size=1 << 20))[0][279]
        whole, _ = counted(fax(page, kind, strip_size=1 << 20), itemgetter(slice(size)))
        assert height <= whole <= height + 2  # group 4 ends with 24 bits: enough for empty rows


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("byte", [0, 255])
def test_a_damaged_letter_is_refused(tmp_path, capfd, kind, byte):
    content = fax(letter(), kind)
    tags = read_directories(content)[0]
    start = tags[273][0] + tags[279][0] // 2
    broken = content[:start] + bytes([byte]) * 40 + content[start + 40 :]
    with pytest.raises(ImageReadError, match=r"damaged \(only \d+ % of its rows could be read\)"):
        read_image(saved(tmp_path, broken))
    assert capfd.readouterr().err == ""  # where libtiff would complain


def test_bits_may_lie_the_other_way_round():
    content = fax(letter(), "group4")
    tags = read_directories(content)[0]
    piece = content[tags[273][0] :][: tags[279][0]]
    rows = min(260, tags[278][0])
    assert num_whole_rows(piece.translate(REVERSED), 400, rows, 4, 0, 2) == rows
    assert num_whole_rows(piece, 400, rows, 4, 0, 2) < rows
