"""Faults, interruptions and closed streams: one line, the right code, a traceback on request."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from command_line import POSTER, QUICK, REPOSITORY, run, run_apart
from programs import Program

from featmatch import ArgumentError, ArgumentTypeError, FeatmatchError, Pipeline

STAGE = re.compile(r" *\d+\.\d\d s  \S.*")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def break_with(monkeypatch):
    """Make matching raise an exception."""

    def prepare(error):
        def fail(*images, **options):
            raise error

        monkeypatch.setattr(Pipeline, "match", fail)

    return prepare


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RuntimeError("a wheel came off"), 4, "RuntimeError: a wheel came off"),
        (ZeroDivisionError("division by zero"), 4, "ZeroDivisionError: division by zero"),
        (cv2.error("OpenCV:\n> one thing\n> another\n"), 4, "OpenCV: > one thing > another"),
        (MemoryError(), 4, "not enough memory; make the images smaller with --max-size"),
        (ValueError("shapes do not match"), 4, "ValueError: shapes do not match"),
        (TypeError("no number"), 4, "TypeError: no number"),
        (np.linalg.LinAlgError("singular"), 4, "LinAlgError: singular"),
        (ArgumentError("seed: expected 1, got 2"), 2, "seed: expected 1, got 2"),
        (ArgumentTypeError("seed: expected 1, got x"), 2, "seed: expected 1, got x"),
        (FeatmatchError("a weight is missing"), 2, "a weight is missing"),
    ],
)
def test_an_error_is_one_line_and_its_code(capsys, break_with, error, code, words):
    break_with(error)
    outcome = run(capsys, "match", *POSTER)
    assert outcome.code == code
    assert words in outcome.error
    assert ("internal error" in outcome.error) == (code == 4 and "memory" not in words)


@pytest.mark.parametrize("error", [RuntimeError("a wheel came off"), ValueError("a: b, c")])
def test_debug_adds_the_traceback_and_keeps_the_code(capsys, break_with, error):
    break_with(error)
    plain = run(capsys, "match", *POSTER)
    debugged = run(capsys, "match", *POSTER, "--debug")
    assert debugged.code == plain.code
    assert debugged.err.startswith("Traceback (most recent call last):")
    assert "in fail\n    raise error\n" in debugged.err
    assert debugged.err.endswith(plain.err)


@pytest.mark.parametrize("options", [[], ["--debug"], ["-v"]])
def test_ctrl_c_is_code_130(capsys, break_with, options):
    break_with(KeyboardInterrupt())
    outcome = run(capsys, "match", *POSTER, *options)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "\nfeatmatch: interrupted\n"  # the first line ends that of the ^C


def test_a_name_is_told_as_it_is(capsys):
    name = "two  spaces\u202fand\u3000wide ones.jpg"
    assert run(capsys, "match", name, name).error.startswith(f"{name}: there is no such file")


def test_verbose_shows_the_stages_on_stderr_only(capsys):
    plain = run(capsys, "match", *POSTER, *QUICK)
    verbose = run(capsys, "match", *POSTER, *QUICK, "-v")
    assert plain.err == ""
    assert verbose.out.splitlines()[:-1] == plain.out.splitlines()[:-1]  # the last is the time
    stages = verbose.err.splitlines()
    assert len(stages) >= 3
    assert all(STAGE.fullmatch(line) for line in stages)


def test_verbose_detect_shows_every_image_as_it_is_done(capsys):
    outcome = run(capsys, "detect", *POSTER, *QUICK, "-v")
    stages, found = outcome.err.splitlines(), outcome.out.splitlines()
    assert len(stages) == 2
    for stage, line in zip(stages, found, strict=True):
        assert STAGE.fullmatch(stage)
        assert stage.endswith(line)


@pytest.mark.parametrize("command", [["match", *POSTER], ["detect", POSTER[0]]])
def test_a_terminal_shows_progress_and_is_left_clean(capsys, monkeypatch, command):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert run(capsys, *command, *QUICK).code == 0
    progress = sys.stderr.getvalue()
    assert progress.count("\r\x1b[K") >= 2
    assert "500" in progress
    assert "\n" not in progress
    assert progress.endswith("\r\x1b[K")


def test_a_terminal_is_left_clean_by_an_error(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert run(capsys, "detect", POSTER[0], "missing.jpg", *QUICK).code == 3
    last = sys.stderr.getvalue().split("\r\x1b[K")[-1]
    assert last == "featmatch: missing.jpg: there is no such file; check the path\n"


@pytest.mark.parametrize("options", [["--quiet"], ["--quiet", "-v"]])
def test_quiet_prints_nothing_even_on_a_terminal(capsys, monkeypatch, options):
    monkeypatch.setattr(sys, "stderr", Terminal())
    for command in (["match", *POSTER], ["detect", POSTER[0]]):
        outcome = run(capsys, *command, *QUICK, *options)
        assert (outcome.code, outcome.out, sys.stderr.getvalue()) == (0, "", "")


@pytest.mark.parametrize("option", ["--quiet", "-v"])
def test_there_may_be_no_stderr(capsys, monkeypatch, option):
    monkeypatch.setattr(sys, "stderr", None)
    assert run(capsys, "match", *POSTER, *QUICK, option).code == 0
    assert run(capsys, "match", "missing.jpg", "missing.jpg", option).code == 3


def test_there_may_be_no_stdout(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert run(capsys, "match", *POSTER, *QUICK).code == 0
    assert run(capsys, "match", *POSTER, *QUICK, "--json").code == 2  # what was asked for is lost


@pytest.mark.parametrize("size", [0, 1])
def test_a_reader_that_stops_early_is_no_fault(size):
    command = [sys.executable, "-m", "featmatch", "detect", POSTER[0], "--json"]
    with Program(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
    ) as process:
        assert process.stdout.read(size) == b"{"[:size]
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_names_beyond_the_encoding_of_the_terminal_are_printed(tmp_path, encoding):
    path = tmp_path / "写真.jpg"
    path.write_bytes(POSTER[0].read_bytes())
    outcome = run_apart("detect", path, *QUICK, PYTHONIOENCODING=encoding)
    assert outcome.code == 0
    name = path.name if encoding == "utf-8" else r"\u5199\u771f.jpg"
    assert outcome.out == f"{path.with_name(name)} (900 x 675): 500 orb keypoints\n"
