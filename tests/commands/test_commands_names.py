"""Names that would act on a terminal or in a spreadsheet."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from command_line import POSTER, QUICK, run, run_apart

EVIL = "=a\x1b[31m\nMatch: no\x07\u202e.jpg"
SHOWN = r"=a\x1b[31m\nMatch: no\x07\u202e.jpg"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@ON_LINUX
@pytest.mark.parametrize("command", ["match", "detect"])
def test_a_report_shows_no_control_characters(capsys, here, command):
    shutil.copy(POSTER[0], EVIL)
    outcome = run(capsys, command, EVIL, POSTER[1], *QUICK, "-v")
    assert outcome.code == 0
    assert f"{SHOWN} (900 x 675)" in outcome.out
    usual = run(capsys, command, *POSTER, *QUICK, "-v")
    for text, other in ((outcome.out, usual.out), (outcome.err, usual.err)):
        assert text.count("\n") == other.count("\n")
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ["match", EVIL, POSTER[1]],
        ["match", *POSTER, "--mask0", EVIL],
        ["match", *POSTER, "--method", "cnn", "--weights", EVIL],
        ["match", *POSTER, "--intrinsics", EVIL],
        ["match", *POSTER, "-o", EVIL],
        ["verify", *POSTER, "--matches", EVIL],
        ["align", EVIL, POSTER[1]],
        ["align", *POSTER, "--points", EVIL, "a.csv"],
        ["detect", EVIL],
        ["explain", "edges", EVIL],
        ["explain", EVIL, POSTER[0]],
        ["train", EVIL, "-o", "x.npz"],
        ["bench", EVIL],
        ["compare-cnn", *POSTER, "--homography", EVIL],
        [EVIL],
    ],
)
def test_an_error_is_one_line_without_control_characters(capsys, here, words):
    outcome = run(capsys, *words)
    assert outcome.code in (2, 3)
    assert outcome.error.isprintable()
    assert r"\x1b[31m" in outcome.error.replace("\\\\", "\\")


@ON_LINUX
def test_a_page_that_was_written_is_told_without_control_characters(capsys, here):
    outcome = run(capsys, "explain", "edges", POSTER[0], "--max-size=64", "-o", f"{EVIL}.html")
    assert outcome.code == 0
    assert outcome.out.endswith(f": {SHOWN}.html\n")


@ON_LINUX
def test_names_in_tables_are_texts_for_a_spreadsheet(capsys, here):
    for name in ("=1+1.jpg", "@x.jpg", "plain.jpg"):
        shutil.copy(POSTER[0], name)
    names = ("=1+1.jpg", "@x.jpg", "plain.jpg")
    assert run(capsys, "detect", *names, *QUICK, "-o", "k.csv", "-o", "k.json").code == 0
    with Path("k.csv").open(newline="", encoding="utf-8") as file:
        column = dict.fromkeys(row["image"] for row in csv.DictReader(file))
    assert list(column) == ["'=1+1.jpg", "'@x.jpg", "plain.jpg"]
    told = json.loads(Path("k.json").read_text())["images"]
    assert [image["name"] for image in told] == list(names)


@ON_LINUX
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_that_are_not_utf_8_make_files_that_are(here, locale):
    name = os.fsdecode(b"n\xffo.jpg")
    shutil.copy(POSTER[0], name)
    outcome = run_apart("detect", os.fsencode(name), *QUICK, "-o", "k.csv", LC_ALL=locale)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == r"n\udcffo.jpg (900 x 675): 500 orb keypoints" + "\n"
    assert Path("k.csv").read_text(encoding="utf-8").splitlines()[1].startswith(r"n\udcffo.jpg,")
