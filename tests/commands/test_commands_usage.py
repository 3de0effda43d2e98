"""Wrong usage: one line and code 2, before any image is read."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
from command_line import POSTER, QUICK, ROOM, run, run_apart

import featmatch
from featmatch import METHODS, ArgumentError, MissingExtraError
from featmatch.commands.options import DEFAULTS

WRONG = {
    "match": ["Missing argument 'IMAGE0'", "match --help"],
    "match a.jpg": ["Missing argument 'IMAGE1'", "match --help"],
    "match a.jpg b.jpg c.jpg": ["unexpected extra argument", "c.jpg"],
    "match a.jpg b.jpg --bogus": ["No such option", "--bogus", "match --help"],
    "match a.jpg b.jpg --method surf": ["--method", "'surf'", "'auto'", "'orb'", "'sift'"],
    "match a.jpg b.jpg --model cube": ["--model", "'cube'", "'homography'"],
    "match a.jpg b.jpg --exif maybe": ["--exif", "'maybe'", "'apply'", "'ignore'"],
    "match a.jpg b.jpg --seed -1": ["--seed", "-1", "x>=0"],
    "match a.jpg b.jpg --seed one": ["--seed", "'one'", "integer"],
    "match a.jpg b.jpg --seed 4294967296": ["seed: expected", "got 4294967296"],
    "match a.jpg b.jpg --max-size -1": ["--max-size", "-1"],
    "match a.jpg b.jpg --max-keypoints x": ["--max-keypoints", "'x'"],
    "match a.jpg b.jpg --max-ratio x": ["--max-ratio", "'x'"],
    "match a.jpg b.jpg --max-ratio nan": ["max_ratio: expected", "got nan"],
    "match a.jpg b.jpg --max-ratio 1.5": ["max_ratio: expected", "got 1.5"],
    "match a.jpg b.jpg --max-error 0": ["max_error: expected", "got 0.0"],
    "match a.jpg b.jpg --max-error": ["--max-error", "requires an argument"],
    "match a.jpg b.jpg --intrinsics 1,2": ["--intrinsics", "(fx, fy, cx, cy)", "got [1.0, 2.0]"],
    "match a.jpg b.jpg --intrinsics 1,2,3,x": ["--intrinsics", "fx,fy,cx,cy", "'1,2,3,x'"],
    "match a.jpg b.jpg --intrinsics 0,9,1,1": ["--intrinsics", "expected positive focal lengths"],
    "match a.jpg b.jpg --intrinsics nan,1,1": ["--intrinsics", "expected positive focal lengths"],
    "match a.jpg b.jpg --intrinsics 9,1,1 --intrinsics 9,1,1 --intrinsics 9,1,1": [
        "--intrinsics",
        "one for both images or one for each, got 3",
    ],
    "verify a.jpg b.jpg": ["Missing option '--matches'", "verify --help"],
    "verify a.jpg b.jpg --matches m.csv --method orb": ["No such option", "--method"],
    "match a.jpg b.jpg -o": ["-o", "requires an argument"],
    "detect": ["Missing argument 'IMAGES...'", "detect --help"],
    "detect a.jpg --method auto": ["--method", "'auto'", "'orb'"],
    "detect a.jpg --model homography": ["No such option", "--model"],
    "detect a.jpg b.jpg -o both.png": ["A picture shows one image, 2 were given"],
    "methods orb": ["unexpected extra argument", "orb"],
    "math a.jpg b.jpg": ["No such command 'math'", "featmatch --help"],
    "--bogus": ["No such option", "--bogus", "featmatch --help"],
}


@pytest.fixture
def nothing_is_read(monkeypatch):
    def fail(path):
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", fail)


@pytest.mark.usefixtures("nothing_is_read")
@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_one_line_and_code_2(capsys, words):
    outcome = run(capsys, *words.split())
    assert outcome.code == 2
    for expected in WRONG[words]:
        assert expected in outcome.error


@pytest.mark.parametrize("words", ["match a.jpg b.jpg --bogus", "match a.jpg b.jpg -o a.txt"])
def test_wrong_usage_in_a_process_of_its_own(words):
    outcome = run_apart(*words.split())
    assert outcome.code == 2
    assert "Try 'featmatch match --help'." in outcome.error


def test_an_essential_matrix_needs_two_cameras(capsys):
    outcome = run(capsys, "match", *POSTER, *QUICK, "--model", "essential")
    assert outcome.code == 2
    assert outcome.error.startswith("camera: expected those of both images")


@pytest.mark.parametrize("second", [[], ["--intrinsics=700,700,449.5,337"]])
def test_cameras_reach_the_library(capsys, second):
    words = ["--model=essential", "--intrinsics=800,449.5,337", *second, "--json"]
    outcome = run(capsys, "match", *ROOM, *QUICK, *words)
    assert outcome.code == 0
    geometry, pose = (json.loads(outcome.out)[key] for key in ("geometry", "pose"))
    focal_length = 700.0 if second else 800.0
    assert geometry["intrinsics0"] == [[800.0, 0.0, 449.5], [0.0, 800.0, 337.0], [0.0, 0.0, 1.0]]
    assert geometry["intrinsics1"][0][0] == geometry["intrinsics1"][1][1] == focal_length
    assert np.linalg.norm(pose["translation"]) == pytest.approx(1)
    assert pose["num_in_front"] > 0


def test_a_focal_length_is_asked_of_photographs_that_tell_none(capsys):
    outcome = run(capsys, "match", *POSTER, *QUICK, "--intrinsics", "exif")
    assert outcome.code == 3
    assert "EXIF has neither FocalLengthIn35mmFilm" in outcome.error
    assert "give the camera's matrix instead" in outcome.error


def test_an_unknown_method_names_those_there_are():
    for call in (
        featmatch.match,
        lambda *images, method: featmatch.detect(*images[1:], method=method),
    ):
        with pytest.raises(ValueError, match=r"method: expected .*orb, sift.* got 'surf'"):
            call(*POSTER, method="surf")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_works_or_tells_what_to_install(capsys, method):
    outcome = run(capsys, "detect", POSTER[0], "--max-size=100", "--method", method)
    missing = METHODS[method].extractor.unavailable
    if missing:
        assert outcome.code == 2
        assert outcome.error == f"method {method}: {missing}"
        with pytest.raises(MissingExtraError, match=f"method {method}: "):
            featmatch.detect(POSTER[0], method=method)
    else:
        assert outcome.code == 0
        assert f" {method} keypoints" in outcome.out


def test_the_command_passes_the_defaults_of_the_library(capsys, monkeypatch):
    calls = []

    def match(image0, image1, **options):
        calls.append(options)
        raise ArgumentError("enough")

    monkeypatch.setattr("featmatch.commands.match.match_images", match)
    assert run(capsys, "match", "a.jpg", "b.jpg").error == "enough"
    (options,) = calls
    parameters = inspect.signature(featmatch.match).parameters
    assert options == {name: parameters[name].default for name in list(parameters)[2:]}
    assert options.items() <= DEFAULTS.items()


def test_detect_passes_the_defaults_of_the_library(capsys, monkeypatch):
    calls = []

    def record(image, **options):
        calls.append(options)
        if len(calls) == 2:
            raise ArgumentError("enough")

    monkeypatch.setattr("featmatch.commands.detect.read_image", record)
    monkeypatch.setattr("featmatch.commands.detect.detect_keypoints", record)
    assert run(capsys, "detect", "a.jpg").error == "enough"
    parameters = inspect.signature(featmatch.detect).parameters
    defaults = {name: parameters[name].default for name in list(parameters)[1:]}
    assert calls[0] | calls[1] == defaults


@pytest.mark.parametrize("command", [[], ["match"], ["detect"], ["methods"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_on_stdout_and_code_0(capsys, command, option):
    outcome = run(capsys, *command, option)
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.startswith(" ".join(["Usage: featmatch", *command]))


def test_help_tells_the_exit_codes_and_defaults(capsys):
    assert "Exit codes: 0 done" in run(capsys, "--help").out
    words = " ".join(run(capsys, "match", "--help").out.split())
    for default in ("auto", "1600", "0", "mutual", "apply"):
        assert f"[default: {default}" in words


def test_no_command_shows_the_help_as_wrong_usage(capsys):
    outcome = run(capsys)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: featmatch")


def test_the_version_is_that_of_the_package(capsys):
    outcome = run(capsys, "--version")
    assert outcome.code == 0
    assert featmatch.__version__ in outcome.out
