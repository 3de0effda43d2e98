"""The command line, run inside this process (fast) or in one of its own (as users do)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from featmatch.commands import main

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "samples"
POSTER = (SAMPLES / "poster_0.jpg", SAMPLES / "poster_1.jpg")
ROOM = (SAMPLES / "room_0.jpg", SAMPLES / "room_1.jpg")
UNRELATED = (SAMPLES / "unrelated_0.jpg", SAMPLES / "unrelated_1.jpg")
QUICK = ("--max-size", "300", "--max-keypoints", "500")
QUICK_OPTIONS = {"max_size": 300, "max_keypoints": 500}
ENDINGS = (".png", ".svg", ".pdf", ".json", ".csv", ".npz")


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr of a command that failed, and printed nothing else."""
        assert self.out == ""
        assert self.err.endswith("\n")
        (line,) = self.err.removesuffix("\n").split("\n")
        assert line.startswith("featmatch: ")
        return line.removeprefix("featmatch: ")


def run(capsys, *arguments):
    """Run ``featmatch ARGUMENTS`` in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main([os.fspath(argument) for argument in arguments])
    return Outcome(end.value.code, *capsys.readouterr())


def run_apart(*arguments, start=("-m", "featmatch"), **environment):
    """Run ``python -m featmatch ARGUMENTS``, or another `start`, in a process of its own."""
    process = subprocess.run(
        [sys.executable, *start, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)} | environment,
    )
    return Outcome(process.returncode, process.stdout, process.stderr)
