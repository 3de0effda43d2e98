"""``featmatch compare-cnn``: page, numbers and charts, or one line that helps."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from command_line import POSTER, run
from hand_made_comparison import make_comparison
from programs import Program

import featmatch
from featmatch.commands.compare_cnn import FILES
from featmatch.report.comparison.figures import draw_figure

COMPARE = "featmatch.commands.compare_cnn.compare"
TOPICS = "featmatch.commands.compare_cnn.TOPICS"
SMALL = ("--quick", "--max-size", "160", "--max-keypoints", "100")


@pytest.fixture
def compared(monkeypatch):
    """Calls of the library, which returns hand-made numbers at once."""
    calls = []

    def compare(image0, image1, *, progress, **options):
        calls.append((image0, image1, options))
        progress("contrast", 0.5)
        return make_comparison()

    monkeypatch.setattr(COMPARE, compare)
    monkeypatch.setattr(TOPICS, {})
    return calls


def written(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_real_comparison_is_written_whole(capsys, tmp_path):
    folder = tmp_path / "result"
    outcome = run(capsys, "compare-cnn", POSTER[0], *SMALL, "-o", folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith(f"The page: {folder / 'index.html'}\n")
    assert written(folder) == set(FILES)
    document = json.loads((folder / "comparison.json").read_text())
    assert document["pair"]["origin"] == "warp"
    assert document["contrast"]["max_keypoints"] == 100
    page = (folder / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["comparison"]["pair"]["image0"]["name"] == str(POSTER[0])
    assert len(data["topics"]) == 12
    assert len(page) < 6e6
    for name in ("swap", "rotation"):
        sheet = draw_figure(name, document)
        assert (folder / "figures" / f"{name}.svg").read_bytes() == sheet.svg()
        assert (folder / "figures" / f"{name}.pdf").read_bytes() == sheet.pdf()


def test_the_summary_is_printed_unless_quiet(capsys, tmp_path, compared):
    folder = tmp_path / "result"
    outcome = run(capsys, "compare-cnn", "-o", folder)
    assert "matching accuracy" in outcome.out
    assert outcome.out.startswith("The network did best here.")
    quiet = run(capsys, "compare-cnn", "--quiet", "-o", folder)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_json_is_printed_and_nothing_is_written(capsys, tmp_path, monkeypatch, compared):
    monkeypatch.chdir(tmp_path)
    for words in (("--json",), ("--json", "--quiet")):
        outcome = run(capsys, "compare-cnn", *words)
        assert (outcome.code, outcome.err) == (0, "")
        assert json.loads(outcome.out)["verdict"]["outcome"] == "best"
    assert written(tmp_path) == set()
    outcome = run(capsys, "compare-cnn", "--json", "-o", "numbers.json")
    assert written(tmp_path) == {"numbers.json"}
    assert Path("numbers.json").read_text(encoding="utf-8") == outcome.out


def test_the_command_passes_the_defaults_of_the_library(capsys, tmp_path, monkeypatch, compared):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "compare-cnn", "--quiet").code == 0
    ((image0, image1, options),) = compared
    parameters = inspect.signature(featmatch.compare_cnn).parameters
    defaults = {name: parameters[name].default for name in parameters}
    here = {"progress": None, "apart": None}  # those are of this run
    assert {"image0": image0, "image1": image1} | options | here == defaults
    assert written(tmp_path / "comparison") == set(FILES)


def test_the_ending_picks_the_form_and_each_is_that_of_the_folder(capsys, tmp_path, compared):
    outputs = [tmp_path / name for name in ("folder", "a.html", "b.JSON", "c.html")]
    words = [word for output in outputs for word in ("-o", output)]
    outcome = run(capsys, "compare-cnn", *words)
    assert (outcome.code, outcome.err) == (0, "")
    assert len(compared) == 1
    assert written(tmp_path) == {"a.html", "b.JSON", "c.html", *(f"folder/{n}" for n in FILES)}
    page = (tmp_path / "folder/index.html").read_bytes()
    assert outputs[1].read_bytes() == outputs[3].read_bytes() == page
    assert outputs[2].read_bytes() == (tmp_path / "folder/comparison.json").read_bytes()
    assert outcome.out.splitlines()[-4:] == [
        f"The page: {tmp_path / 'folder/index.html'}",
        f"The page: {outputs[1]}",
        f"The numbers: {outputs[2]}",
        f"The page: {outputs[3]}",
    ]


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [("page.html", ["draw_figure"]), ("numbers.json", ["draw_figure", "comparison_page"])],
)
def test_what_is_not_asked_for_is_not_made(capsys, tmp_path, monkeypatch, compared, name, unwanted):
    def fail(*arguments):
        raise AssertionError("asked for nowhere")

    for made in unwanted:
        monkeypatch.setattr(f"featmatch.commands.compare_cnn.{made}", fail)
    assert run(capsys, "compare-cnn", "--quiet", "-o", tmp_path / name).code == 0
    assert written(tmp_path) == {name}


def test_a_page_alone_needs_no_other_file(capsys, tmp_path, compared):
    path = tmp_path / "page.html"
    assert run(capsys, "compare-cnn", "--quiet", "-o", path).code == 0
    page = path.read_text(encoding="utf-8")
    assert re.findall(r"""(?:src|href)=["'](?!data:|#)""", page.split('id="data">')[0]) == []
    assert "@import" not in page


def test_a_folder_that_is_there_may_have_an_ending(capsys, tmp_path, compared):
    folder = tmp_path / "result.v2"
    folder.mkdir()
    assert run(capsys, "compare-cnn", "--quiet", "-o", folder).code == 0
    assert written(folder) == set(FILES)


def test_a_folder_keeps_what_else_is_in_it(capsys, tmp_path, compared):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "index.html").write_text("old")
    assert run(capsys, "compare-cnn", "--quiet", "-o", tmp_path).code == 0
    assert written(tmp_path) == {*FILES, "notes.txt"}
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "index.html").read_text() != "old"


def test_nothing_is_written_if_a_part_fails(capsys, tmp_path, monkeypatch, compared):
    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr("featmatch.commands.compare_cnn.comparison_page", fail)
    outcome = run(capsys, "compare-cnn", "-o", tmp_path / "result")
    assert outcome.code == 4
    assert "not enough memory" in outcome.error
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_each_part_has_a_bar(capsys, tmp_path, monkeypatch, compared):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    outcome = run(capsys, "compare-cnn", "-o", tmp_path / "result")
    lines = outcome.err.removesuffix("\n").split("\n")
    assert [line.split("\x1b[K")[-1].split("[")[0].strip() for line in lines] == [
        "contrast",
        "CNN basics",
    ]
    assert "[############............]  50%" in lines[0]
    assert "[########################] 100%" in lines[1]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("a.jpg", "b.jpg", "c.jpg"), 2, ["unexpected extra argument", "c.jpg"]),
        (("--max-keypoints", "0"), 2, ["--max-keypoints", "x>=1"]),
        (("--max-keypoints", "20001"), 2, ["max_keypoints: expected", "20001"]),
        (("--seed", "-1"), 2, ["--seed", "-1"]),
        (("--exif", "maybe"), 2, ["--exif", "'maybe'"]),
        (("--homography", "h.txt"), 2, ["homography: expected", "two images"]),
        (("no.jpg",), 3, ["no.jpg: ", "there is no such file"]),
        (("-o", "no/such"), 2, ["no/such", "there is no folder"]),
        (("-o", "file"), 2, ["file: is a file; give the name of a folder"]),
        (("-o", "page.txt"), 2, ["'-o'", "ending in .html or .json, or a folder", "'page.txt'"]),
        (("-o", "no/page.html"), 2, ["no/page.html", "there is no folder"]),
        (("-o", "folder.json"), 2, ["folder.json: is a folder; give the name of a file in it"]),
        (("-o", "new", "-o", "no/such"), 2, ["no/such", "there is no folder"]),
        (("index.html", "-o", "."), 2, ["index.html is an input"]),
        (("a.html", "-o", "a.html"), 2, ["a.html is an input"]),
        (("a.jpg", "--homography", "h.json", "-o", "x", "-o", "h.json"), 2, ["h.json is an input"]),
        (("--weights", "figures/swap.svg", "-o", "."), 2, ["figures/swap.svg is an input"]),
        (("--weights", "no.npz"), 3, ["no.npz"]),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    capsys, tmp_path, monkeypatch, words, code, expected
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.json").mkdir()
    outcome = run(capsys, "compare-cnn", *words)
    assert outcome.code == code
    for part in expected:
        assert part in outcome.error
    assert written(tmp_path) == {"file"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [("1 0 0\n0 1 0", "3"), ("a b c", "h.txt"), ("1 0 0\n0 nan 0\n0 0 1", "NaN")],
)
def test_a_file_that_holds_no_homography_is_one_line(capsys, tmp_path, content, expected):
    path = tmp_path / "h.txt"
    path.write_text(content)
    words = (*POSTER, *SMALL, "--homography", path, "-o", tmp_path / "result")
    outcome = run(capsys, "compare-cnn", *words)
    assert outcome.code in (2, 3)
    assert str(path) in outcome.error
    assert expected in outcome.error
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("names", [["tiny.png"], ["blank.png"], ["blank.png", "tiny.png"]])
def test_blank_and_tiny_images_are_told_in_words(capsys, tmp_path, monkeypatch, names):
    for name, size in (("blank.png", (120, 90)), ("tiny.png", (7, 5))):
        PIL.Image.fromarray(np.full(size[::-1], 99, np.uint8)).save(tmp_path / name)
    if names != ["tiny.png"]:
        monkeypatch.setattr(TOPICS, {})
    folder = tmp_path / "result"
    paths = [tmp_path / name for name in names]
    outcome = run(capsys, "compare-cnn", *paths, *SMALL, "-o", folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert written(folder) == set(FILES)
    assert json.loads((folder / "comparison.json").read_text())["verdict"]


def is_at_work(process):
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(") ")[2][0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="tells processes as Linux does")
def test_ctrl_c_ends_the_other_process_too(tmp_path):
    words = ("compare-cnn", *POSTER, *SMALL, "-o", tmp_path / "result")
    with Program(
        [sys.executable, "-m", "featmatch", *map(os.fspath, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(begun := children.read_text().split()) < 2:  # the helper, and what tracks it
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)  # to the first process alone
        told, error = process.communicate(timeout=60)
    assert (process.returncode, told, error.strip()) == (130, "", "featmatch: interrupted")
    deadline = time.monotonic() + 10
    while any(map(is_at_work, begun)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not (tmp_path / "result").exists()


def test_a_topic_that_fails_is_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(TOPICS, {"no-such-topic": None})
    outcome = run(capsys, "compare-cnn", POSTER[0], *SMALL, "-o", tmp_path / "result")
    assert outcome.code == 2
    assert "topic: expected one of convolution, " in outcome.error
    assert not (tmp_path / "result").exists()
