"""What `featmatch.nn` promises as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from featmatch import nn

LONGEST_FILE = 300  # lines, to be read in one go


def test_it_needs_numpy_alone():
    others = ("cv2", "matplotlib", "PIL", "scipy", "onnx", "torch", "click")
    program = (
        "import sys; from featmatch.nn import *\n"
        f"print([module for module in {others} if module in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_files_can_be_read_in_one_go():
    folder = Path(nn.__file__).parent
    lines = {
        path.relative_to(folder).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in folder.rglob("*.py")
    }
    assert lines
    assert {path: num for path, num in lines.items() if num > LONGEST_FILE} == {}
