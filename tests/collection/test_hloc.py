"""Without h5py there is one sentence."""

from __future__ import annotations

import sys

import pytest
from fake_collection import scene

from featmatch import ArgumentError, MissingExtraError
from featmatch.collection.hloc import export_hloc


def test_h5py_is_an_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"h5py: .*pip install 'featmatch\[hloc\]'"):
        export_hloc(scene(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_unknown_pixels(tmp_path):
    with pytest.raises(ArgumentError, match="pixels: expected one of stored, upright"):
        export_hloc(scene(), tmp_path, pixels="raw")
