"""``featmatch align``: outputs, exit codes, several images, standard input and output."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import pytest
from command_line import REPOSITORY, run
from known_warps import picture, turn, warped

PHOTOGRAPH = picture("poster_0", 400)
MOVING = warped(PHOTOGRAPH, turn(0.1, PHOTOGRAPH.shape[1::-1]))
ORB = ("--method", "orb")


@pytest.fixture
def place(tmp_path):
    """A folder with images."""
    PIL.Image.fromarray(PHOTOGRAPH).save(tmp_path / "fixed.png")
    PIL.Image.fromarray(MOVING).save(tmp_path / "moving.png")
    PIL.Image.fromarray(np.full((90, 120), 99, np.uint8)).save(tmp_path / "blank.png")
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def pair(place):
    return place / "moving.png", place / "fixed.png"


def test_all_outputs_of_one_call(capsys, place):
    out = place / "out"
    out.mkdir()
    wanted = ["a.png", "a.difference.jpg", "a.gif", "a.html", "a.json", "a.csv", "a.wld", "α b.tif"]
    options = [word for name in wanted for word in ("-o", out / name)]
    outcome = run(capsys, "align", *pair(place), *ORB, *options)
    assert outcome.code == 0
    assert outcome.out.startswith("Aligned by a ")
    assert names(out) == sorted(wanted)
    document = json.loads((out / "a.json").read_text())
    assert document["moving"]["name"] == str(place / "moving.png")
    assert np.allclose(np.loadtxt(out / "a.csv", delimiter=","), document["matrix"])


def test_what_does_not_match_is_exit_1_with_the_reason_and_no_picture(capsys, place):
    before = names(place)
    options = [word for ending in ("png", "json", "html") for word in ("-o", place / f"a.{ending}")]
    outcome = run(capsys, "align", place / "blank.png", place / "fixed.png", *ORB, *options)
    assert outcome.code == 1
    assert outcome.out.startswith("Not aligned: the images do not match: ")
    assert names(place) == sorted([*before, "a.html", "a.json"])
    assert json.loads((place / "a.json").read_text())["accepted"] is False


def test_what_does_not_overlap_is_exit_1_with_the_reason(capsys, place):
    """Beside each other in one photograph."""
    wide = picture("gallery_0", 900)
    for name, part in (("left", wide[:, :430]), ("right", wide[:, 470:])):
        PIL.Image.fromarray(part).save(place / f"{name}.png")
    sides = place / "left.png", place / "right.png"
    outcome = run(capsys, "align", *sides, "--method", "sift", "-o", place / "a.png")
    assert outcome.code == 1
    assert outcome.out.startswith("Not aligned: ")
    assert not (place / "a.png").exists()


@pytest.mark.parametrize("gray", ["moving", "fixed"])
def test_one_channel_against_three(capsys, place, gray):
    """The result has the channels of what is moved."""
    with PIL.Image.open(place / f"{gray}.png") as image:
        image.convert("L").save(place / f"{gray}.png")
    outcome = run(capsys, "align", *pair(place), *ORB, "--crop", "-o", place / "a.png")
    assert outcome.code == 0
    with PIL.Image.open(place / "a.png") as image:
        assert image.mode == ("L" if gray == "moving" else "RGB")


@pytest.mark.parametrize(
    ("depth", "outputs", "words"),
    [
        (np.uint16, ["a.json", "a.png", "a.jpg"], "choose .png or .tif"),
        (np.float32, ["a.tif", "a.png"], "choose .tif"),
    ],
)
def test_all_outputs_or_none(capsys, place, depth, outputs, words):
    """What a form cannot hold is known only when the image has been read."""
    deep = MOVING[..., ::-1].astype(depth) * (257 if depth == np.uint16 else 1)
    assert cv2.imwrite(str(place / "deep.tif"), deep)
    before = names(place)
    options = [word for name in outputs for word in ("-o", place / name)]
    outcome = run(capsys, "align", place / "deep.tif", place / "fixed.png", *ORB, *options)
    assert outcome.code == 2
    assert words in outcome.error
    assert names(place) == before


def test_json_alone_on_stdout(capsys, place):
    outcome = run(capsys, "align", *pair(place), *ORB, "--json", "--quiet")
    assert json.loads(outcome.out)["accepted"] is True
    assert run(capsys, "align", *pair(place), *ORB, "--quiet").out == ""


@pytest.mark.parametrize("given", ["folder", "names"])
def test_several_images_on_one(capsys, place, given):
    out, folder = place / "out", place / "folder"
    out.mkdir()
    folder.mkdir()
    for name in ("moving", "blank", "fixed"):
        (place / f"{name}.png").rename(folder / f"{name}.png")
    (folder / "notes.txt").write_text("no image")
    moving = [folder] if given == "folder" else [folder / "blank.png", folder / "moving.png"]
    outcome = run(
        capsys,
        "align",
        *moving,
        folder / "fixed.png",
        *ORB,
        "--json",
        *("-o", out, "-o", out / "{name}.checkerboard.jpg"),
    )
    assert outcome.code == 1  # one of them is blank
    documents = json.loads(outcome.out)["alignments"]
    assert [one["accepted"] for one in documents] == [False, True]
    assert names(out) == ["moving.checkerboard.jpg", "moving.png"]


def test_progress_tells_which_image_it_is(capsys, place):
    outcome = run(capsys, "align", *pair(place), place / "fixed.png", *ORB, "-v", "--crop")
    assert outcome.code == 0
    assert f"2 of 2: {place / 'fixed.png'}" in outcome.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "a.bmp"), "expected a name ending in .png"),
        (("-o", "moving.png"), "moving.png is an input"),
        (("-o", "fixed.png"), "fixed.png is an input"),
        (("-o", "missing/a.png"), "there is no folder"),
        (("--model", "fundamental"), "'fundamental' is not one of"),
        (("-o", "-", "--json"), "Standard output (-) takes the picture of one image"),
        (("--points", "points.csv", "a.txt"), "expected a name ending in .csv"),
        (("--points", "points.csv", "points.csv"), "points.csv is an input"),
        (("--points", "points.csv", "a.csv", "-o", "a.csv"), "a.csv is another output already"),
        (("-o", ""), "expected a name ending in .png"),
    ],
)
def test_wrong_usage_is_refused_before_any_work(capsys, place, monkeypatch, options, words):
    monkeypatch.chdir(place)
    (place / "points.csv").write_text("x0,y0\n1,2\n")
    before = names(place)
    outcome = run(capsys, "align", "moving.png", "fixed.png", *options)
    assert outcome.code == 2
    assert words in outcome.error
    assert names(place) == before


@pytest.mark.parametrize(
    ("moving", "outputs", "words"),
    [
        (["moving.png", "blank.png"], ["-o", "a.png"], "expected {name} in the name"),
        (["moving.png", "moving.png"], ["-o", "{name}.png"], "Two images are called moving"),
        (["-", "moving.png"], ["-o", "-"], "takes the picture of one image"),
        (["-", "-"], [], "is one image, two were asked for"),
    ],
)
def test_outputs_of_several_images_have_names_of_their_own(
    capsys, place, monkeypatch, moving, outputs, words
):
    monkeypatch.chdir(place)
    outcome = run(capsys, "align", *moving, "fixed.png", *outputs)
    assert (outcome.code, words in outcome.error) == (2, True)


def test_inputs_that_cannot_be_read_are_exit_3(capsys, place):
    (place / "empty").mkdir()
    (place / "points.csv").write_text("a,b\n1,2\n")
    for arguments in (
        (place / "missing.png", place / "fixed.png"),
        (place / "empty", place / "fixed.png"),
        (*pair(place), "--points", place / "points.csv", place / "q.csv"),
    ):
        assert run(capsys, "align", *arguments, *ORB).code == 3


def test_points_are_taken_along(capsys, place):
    (place / "points.csv").write_text("id,x0,y0\n7,200,150\n")
    options = ("--points", place / "points.csv", place / "there.csv")
    assert run(capsys, "align", *pair(place), *ORB, *options).code == 0
    head, line = (place / "there.csv").read_text().splitlines()
    assert head == "id,x0,y0,x1,y1"
    there = np.array(line.split(",")[3:], float)
    expected = np.linalg.inv(turn(0.1, PHOTOGRAPH.shape[1::-1])) @ (200, 150, 1)
    assert np.abs(there - expected[:2]).max() < 0.05


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_from_standard_input_to_standard_output_at_full_depth(place, depth):
    wide = MOVING.astype(np.uint16) * 257 if depth == "uint16" else MOVING
    content = cv2.imencode(".png", wide[..., ::-1])[1].tobytes()
    program = (sys.executable, "-m", "featmatch", "align", "-", place / "fixed.png", *ORB)
    done = subprocess.run(
        [*program, "-o", "-", "-o", place / "a.json"],
        input=content,
        capture_output=True,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    written = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_UNCHANGED)
    assert written.dtype == depth
    assert written.shape == (*PHOTOGRAPH.shape[:2], 4)
    assert done.stderr.startswith(b"Aligned by ")
    assert json.loads((place / "a.json").read_text())["moving"]["name"] == "-"


def test_what_is_no_image_on_standard_input_is_told_so(place):
    program = (sys.executable, "-m", "featmatch", "align", "-", place / "fixed.png")
    done = subprocess.run(program, input=b"text", capture_output=True, cwd=REPOSITORY)
    assert done.returncode == 3
    assert done.stderr.startswith(b"featmatch: standard input: not an image")


def test_the_library_shows_the_same(capsys, place):
    document = json.loads(run(capsys, "align", *pair(place), *ORB, "--json").out)
    import featmatch

    again = featmatch.align(*pair(place), method="orb").to_dict()
    for one in (document, again):
        one.pop("seconds")
    assert again == document
    assert PIL.Image.open(io.BytesIO((place / "fixed.png").read_bytes())).size == (400, 300)
