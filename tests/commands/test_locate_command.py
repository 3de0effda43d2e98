"""``featmatch locate``: outputs, exit codes, folders, standard input and output."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import pytest
from command_line import REPOSITORY, run
from known_warps import picture
from placed_objects import place_all

THING = picture("gallery_0", 240)
SCENE, (PLACED,) = place_all(THING, picture("unrelated_0", 480), [110], 1)
CORNERS = PLACED.outline(THING.shape[1::-1])


@pytest.fixture
def place(tmp_path):
    """A folder with a thing, and below it one with scenes."""
    (tmp_path / "scenes").mkdir()
    PIL.Image.fromarray(THING).save(tmp_path / "thing.png")
    PIL.Image.fromarray(SCENE).save(tmp_path / "scenes/b.png")
    PIL.Image.fromarray(np.full((90, 120), 99, np.uint8)).save(tmp_path / "scenes/a.png")
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_outputs_of_one_call(capsys, place):
    out = place / "out"
    out.mkdir()
    wanted = ["a.csv", "a.html", "a.json", "a.png", "a.svg", "α b.pdf"]
    options = [word for name in wanted for word in ("-o", out / name)]
    outcome = run(capsys, "locate", place / "thing.png", place / "scenes", *options)
    assert outcome.code == 0
    first, scene, line = outcome.out.splitlines()
    assert first == f"{place / 'thing.png'}: found once in 1 of 2 scenes."
    assert scene == f"  {place / 'scenes/b.png'} (480 x 360)"
    assert "% sure" in line
    assert names(out) == sorted(wanted)
    document = json.loads((out / "a.json").read_text())
    assert [len(one["placements"]) for one in document["scenes"]] == [0, 1]
    told = document["scenes"][1]["placements"][0]
    assert np.abs(np.array(told["outline"]) - CORNERS).max() < 1
    (row,) = csv.DictReader((out / "a.csv").read_text().splitlines())
    assert float(row["left"]) == pytest.approx(told["box"][0], abs=1e-3)
    assert float(row["y3"]) == pytest.approx(told["outline"][3][1], abs=1e-3)


def test_json_alone_on_stdout_for_the_same_result_as_the_library(capsys, place):
    given = place / "thing.png", place / "scenes/b.png"
    outcome = run(capsys, "locate", *given, "--json", "--quiet")
    import featmatch

    assert json.loads(outcome.out) == featmatch.locate(*given).to_dict()
    assert run(capsys, "locate", *given, "--quiet").out == ""


def test_what_is_nowhere_is_exit_1_with_all_outputs(capsys, place):
    outputs = ("-o", place / "n.json", "-o", place / "n.html", "-o", place / "n.png")
    outcome = run(capsys, "locate", place / "thing.png", place / "scenes/a.png", *outputs)
    assert outcome.code == 1
    assert outcome.out == f"{place / 'thing.png'}: not found in 1 scene.\n"
    assert json.loads((place / "n.json").read_text())["num_placements"] == 0
    assert b"Not found" in (place / "n.html").read_bytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "a.bmp"), "expected a name ending in .png"),
        (("-o", "thing.png"), "thing.png is an input"),
        (("-o", "scenes/b.png"), "scenes/b.png is an input"),
        (("-o", "missing/a.png"), "there is no folder"),
        (("-o", "-", "--json"), "takes the picture, or --json, not both"),
        (("--max-size", "-1"), "--max-size"),
    ],
)
def test_wrong_usage_is_refused_before_any_work(capsys, place, monkeypatch, options, words):
    monkeypatch.chdir(place)
    before = names(place)
    outcome = run(capsys, "locate", "thing.png", "scenes/b.png", *options)
    assert outcome.code == 2
    assert words in outcome.error
    assert names(place) == before


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("thing.png",), 2, "Missing argument 'SCENE...'"),
        (("-", "-"), 2, "is one image, two were asked for"),
        (("thing.png", "empty"), 3, "no images there"),
        (("thing.png", "missing.png"), 3, "missing.png"),
        (("thing.png", "notes.txt"), 3, "notes.txt"),
    ],
)
def test_inputs_that_are_none(capsys, place, monkeypatch, given, code, words):
    monkeypatch.chdir(place)
    (place / "empty").mkdir()
    (place / "notes.txt").write_text("no image")
    outcome = run(capsys, "locate", *given)
    assert (outcome.code, words in outcome.error) == (code, True)


def test_none_of_several_outputs_is_written_if_one_cannot_be(capsys, place):
    outcome = run(
        *(capsys, "locate", place / "thing.png", place / "scenes/b.png"),
        *("-o", place / "a.json", "-o", place / "missing" / "a.png"),
    )
    assert outcome.code == 2
    assert not (place / "a.json").exists()


def piped(content, *arguments):
    program = (sys.executable, "-m", "featmatch", "locate", *arguments)
    return subprocess.run(program, input=content, capture_output=True, cwd=REPOSITORY)


@pytest.mark.parametrize("which", ["thing", "scene"])
def test_from_standard_input_to_standard_output(place, which):
    given = {"thing": place / "thing.png", "scene": place / "scenes/b.png"}
    content = given[which].read_bytes()
    done = piped(content, *(given | {which: "-"}).values(), "-o", "-", "-o", place / "a.json")
    assert done.returncode == 0, done.stderr
    assert cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR).shape[1] == 1600
    assert b": found once in 1 scene." in done.stderr
    document = json.loads((place / "a.json").read_text())
    assert "-" in (document["object"]["name"], document["scenes"][0]["name"])


def test_the_result_may_be_written_again_into_the_folder_of_the_scenes(capsys, place):
    output = place / "scenes" / "found.png"
    given = ("locate", place / "thing.png", place / "scenes", "-o", output, "--json")
    first = json.loads(run(capsys, *given).out)
    again = json.loads(run(capsys, *given).out)
    assert again == first
