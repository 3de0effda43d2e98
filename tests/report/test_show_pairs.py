"""Pairs drawn into a file."""

from __future__ import annotations

import PIL.Image
import pytest
from tiny_training import photographs

from featmatch import OutputError
from featmatch.learned.training.pairs import PairOptions
from featmatch.report.training.show_pairs import save_pairs

OPTIONS = PairOptions(size=32)


def test_pairs_are_drawn_into_a_picture(tmp_path):
    photos = photographs()
    first, again, other = (tmp_path / name for name in ("first.png", "again.png", "other.png"))
    for path, seed in ((first, 0), (again, 0), (other, 1)):
        save_pairs(photos, path, OPTIONS, seed)
    with PIL.Image.open(first) as picture:
        assert picture.width == 1600
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_a_picture_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"^path: expected a name ending in \.png \.svg \.pdf"):
        save_pairs(photographs(1), tmp_path / "pairs.jpg", OPTIONS, 0)
    with pytest.raises(OutputError, match="there is no folder"):
        save_pairs(photographs(1), tmp_path / "nowhere" / "pairs.png", OPTIONS, 0)
    assert list(tmp_path.iterdir()) == []
