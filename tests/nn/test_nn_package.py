"""What `featmatch.nn` promises as a whole."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from featmatch import nn

FILES = sorted(Path(nn.__file__).parent.rglob("*.py"))


def test_public_names_are_there_once():
    assert len(set(nn.__all__)) == len(nn.__all__)


@pytest.mark.parametrize("name", nn.__all__)
def test_public_names_are_documented(name):
    value = getattr(nn, name)
    assert inspect.getdoc(value)
    if inspect.isclass(value):
        methods = [
            member
            for key, member in vars(value).items()
            if inspect.isfunction(member) and not key.startswith("_")
        ]
        assert all(inspect.getdoc(method) for method in methods)


def test_it_needs_numpy_alone():
    others = ("cv2", "matplotlib", "PIL", "scipy", "onnx", "torch", "click")
    program = f"import sys, featmatch.nn; print([m for m in {others} if m in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_can_be_read_in_one_go(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
