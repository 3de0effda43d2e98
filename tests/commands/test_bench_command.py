"""``featmatch bench``: its tables, files, lines and exit codes."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from command_line import REPOSITORY, run
from programs import Program
from tiny_suites import NUM_KEYPOINTS, planar, write_pairs, write_sequence

from featmatch.commands import bench as command
from featmatch.evaluation.bench import tasks
from featmatch.evaluation.bench.bench import bench

QUICK = ("--max-keypoints", str(NUM_KEYPOINTS))
NUM_LONG = 600  # pairs: too many to be done before a busy machine comes to interrupt them
FILES = ["accuracy.png", "bench.json", "scores.csv", "scores.jsonl", "summary.csv", "time.png"]


@pytest.fixture
def tiny(tmp_path):
    """Return a suite of two planar pairs."""
    return write_pairs(tmp_path / "tiny", [planar(2), planar(3)])


def files(folder):
    return sorted(file.name for file in folder.iterdir())


def test_everything_is_written_and_told(capsys, tiny, tmp_path):
    out = tmp_path / "out"
    outcome = run(capsys, "bench", tiny, "--method", "orb,sift", "-o", out, *QUICK)
    assert (outcome.code, outcome.err) == (0, "")
    assert files(out) == FILES
    lines = outcome.out.splitlines()
    assert lines[0] == "tiny: 2 pairs (2 planar)"
    assert lines[1].split() == ["orb", "sift"]
    assert any(line.startswith("homography AUC 3 5 10 px, %") for line in lines)
    assert "Images of at most 1600 px, seed 0; times with 1 process at work." in lines
    assert any(
        re.fullmatch(r"orb: at most 500 keypoints, Matcher.*, Estimator.*", x) for x in lines
    )
    document = json.loads((out / "bench.json").read_text())
    expected = bench([tiny], ["orb", "sift"], max_keypoints=NUM_KEYPOINTS)
    assert [summary["homography_auc"] for summary in document["summaries"]] == [
        pytest.approx(summary.homography_auc, rel=1e-6) for summary in expected.summaries
    ]
    with (out / "summary.csv").open(newline="") as file:
        assert [row["method"] for row in csv.DictReader(file)] == ["orb", "sift"]
    with (out / "scores.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
    assert (out / "time.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("layout", ["v_turn", "graf"])
def test_sequences_are_suites(capsys, tmp_path, layout):
    names = {"image": "img{}.ppm", "homography": "H1to{}p"} if layout == "graf" else {}
    folder = write_sequence(tmp_path / layout, **names)
    outcome = run(capsys, "bench", folder, "--method", "orb", *QUICK)
    assert outcome.code == 0
    assert outcome.out.startswith(f"{layout}: 2 pairs (2 planar)\n")
    assert files(tmp_path) == [layout]


def test_json_is_the_file(capsys, tiny, tmp_path):
    words = ("bench", tiny, "--method", "orb", "--max-pairs", "1", "-o", tmp_path / "out", *QUICK)
    outcome = run(capsys, *words, "--json", "--quiet", "--seed", "4")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (tmp_path / "out" / "bench.json").read_text()
    document = json.loads(outcome.out)
    assert document["settings"]["seed"] == 4
    assert len(document["scores"]) == 1


def test_quiet_is_quiet(capsys, tiny):
    outcome = run(capsys, "bench", tiny, "--method", "orb", "--quiet", *QUICK)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_the_default_is_auto(capsys, tiny):
    outcome = run(capsys, "bench", tiny, "--max-pairs", "1", *QUICK)
    assert outcome.out.splitlines()[1].split() == ["auto"]


def test_methods_can_be_repeated(capsys, tiny):
    words = ("bench", tiny, "--max-pairs", "1", "--method", "sift", "--method", "orb, sift")
    assert run(capsys, *words, *QUICK).out.splitlines()[1].split() == ["sift", "orb"]


@pytest.mark.parametrize(
    ("words", "code", "parts"),
    [
        ((), 2, ["Missing argument 'SUITE...'", "bench --help"]),
        (("x", "--method", "surf"), 2, ["--method", "names of auto, orb, sift", "got 'surf'"]),
        (("x", "--method", "orb,"), 2, ["--method", "got ''"]),
        (("x", "--processes", "0"), 2, ["--processes", "0"]),
        (("x", "--max-pairs", "0"), 2, ["--max-pairs", "0"]),
        (("x", "--seed", "-1"), 2, ["--seed", "-1"]),
        (("x", "--seed", "4294967296"), 2, ["seed: expected", "got 4294967296"]),
        (("x",), 3, ["x: there is no such folder; check the path"]),
        (("empty",), 3, ["empty: holds no ground truth; add pairs.json"]),
        (("tiny", "tiny"), 2, ["suites: expected names that differ, got 'tiny' twice"]),
        (("tiny", "-o", "file"), 2, ["file: is a file; give the name of a folder"]),
        (("tiny", "-o", "no/out"), 2, ["there is no folder", "make it first"]),
        (("damaged",), 3, ["damaged/pairs.json: is not valid JSON"]),
        (("lost",), 3, ["pair 'turn2': there is no image", "copy it there"]),
        (("singular",), 3, ["H_1_2: expected a homography", "an inverse", "copy the file again"]),
    ],
)
def test_mistakes_are_one_line(capsys, tiny, tmp_path, monkeypatch, words, code, parts):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    write_pairs(tmp_path / "damaged", [])
    (tmp_path / "damaged" / "pairs.json").write_text("{")
    write_pairs(tmp_path / "lost", [planar(2, image1="9.png")])
    (write_sequence(tmp_path / "singular") / "H_1_2").write_text("1 0 0\n1 0 0\n0 0 1\n")
    outcome = run(capsys, "bench", *words, *QUICK)
    assert outcome.code == code
    for part in parts:
        assert part in outcome.error


def test_settings_are_not_mixed(capsys, tiny, tmp_path):
    words = ("bench", tiny, "--method", "orb", "--max-pairs", "1", "-o", tmp_path / "out", *QUICK)
    assert run(capsys, *words).code == 0
    before = (tmp_path / "out" / "bench.json").read_bytes()
    outcome = run(capsys, *words, "--seed", "1")
    assert outcome.code == 2
    assert "holds scores made with other settings (seed 0, not 1)" in outcome.error
    assert (tmp_path / "out" / "bench.json").read_bytes() == before


def test_a_damaged_image_is_told_and_the_rest_is_kept(capsys, tiny, tmp_path):
    (tiny / "3.png").write_bytes(b"This is a shopping list.")
    outcome = run(capsys, "bench", tiny, "--method", "orb", "-o", tmp_path / "out", *QUICK)
    assert outcome.code == 3
    assert "3.png: not an image in a known format; save it as PNG or JPEG" in outcome.error
    assert files(tmp_path / "out") == ["scores.jsonl"]
    assert len((tmp_path / "out" / "scores.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_ctrl_c_says_what_is_left(capsys, tiny, tmp_path, monkeypatch, kept):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "score_pair", interrupt)
    out = tmp_path / "out"
    outcome = run(capsys, "bench", tiny, "--method", "orb", *QUICK, *(("-o", out) if kept else ()))
    assert outcome.code == 130
    assert outcome.error == (
        f"interrupted; {out / 'scores.jsonl'} keeps the scores so far, and the same command goes on"
        if kept
        else "interrupted; with -o, the scores so far would have been kept"
    )


def begin(words):
    """Start ``featmatch WORDS`` in a process group of its own, all of which gets the Ctrl-C."""
    return Program(
        [sys.executable, "-m", "featmatch", *map(os.fspath, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        start_new_session=True,
    )


def test_ctrl_c_while_processes_begin_is_silent(tmp_path):
    folder = write_pairs(tmp_path / "tiny", [planar(2), planar(3)])
    words = ("bench", folder, "--method", "orb", "--processes", "2", "-o", tmp_path / "out", *QUICK)
    with begin(words) as process:
        while not (tmp_path / "out" / "scores.jsonl").exists():  # written right before they begin
            assert process.poll() is None
            time.sleep(0.001)
        time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        told, error = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "")
    assert error.strip().startswith("featmatch: interrupted; ")
    assert error.count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_at_once(capsys, tmp_path):
    entries = [planar(2 + number % 2, name=f"pair{number}") for number in range(NUM_LONG)]
    folder, out = write_pairs(tmp_path / "tiny", entries), tmp_path / "out"
    words = ("bench", folder, "--method", "orb", "--processes", "2", "-o", out, *QUICK)
    scores = out / "scores.jsonl"
    with begin(words) as process:
        while not scores.exists() or scores.read_bytes().count(b"\n") < 3:  # settings, two scores
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)  # to the first process alone
        told, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == ""
    assert error.strip() == (
        f"featmatch: interrupted; {scores} keeps the scores so far, and the same command goes on"
    )
    assert 2 <= scores.read_bytes().count(b"\n") - 1 < NUM_LONG
    again = ("bench", folder, "--method", "orb", "--max-pairs", "2", "-o", out, *QUICK)
    assert run(capsys, *again).code == 0


def test_defaults_are_those_of_the_library():
    parameters = {parameter.name: parameter for parameter in command.bench.params}
    for name in ("num_processes", "seed", "max_size"):
        assert parameters[name].default == command.DEFAULTS[name], name
