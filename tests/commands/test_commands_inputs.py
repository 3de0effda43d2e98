"""No command overwrites what it reads, whichever option names it, under whichever name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from command_line import POSTER, QUICK, REPOSITORY, run

from featmatch.commands.command import InputPath
from featmatch.commands.program import COMMANDS, featmatch_command

OUTPUTS = {
    *(("explain", "output"), ("compare-cnn", "outputs"), ("train", "files")),
    *(("train", "show_pairs"), ("bench", "folder"), ("merge", "out"), ("import", "out")),
    *(("collect", name) for name in ("out", "groups_file", "groups_folder")),
    *(("export", name) for name in ("colmap", "hloc", "csv", "json")),
}
"""Options whose files are written; those of other commands are texts with a check of their own."""

ONE_INPUT = {
    "image0": "match {} b.jpg",
    "image1": "match a.jpg {}",
    "mask0": "match a.jpg b.jpg --mask0 {}",
    "mask1": "match a.jpg b.jpg --mask1 {}",
    "weights": "match a.jpg b.jpg --method cnn --weights {}",
    "camera": "match a.jpg b.jpg --intrinsics {}",
    "second camera": "match a.jpg b.jpg --intrinsics 9,1,1 --intrinsics {}",
    "verify image": "verify a.jpg {} --matches m.csv",
    "verify matches": "verify a.jpg b.jpg --matches {}",
    "verify camera": "verify a.jpg b.jpg --matches m.csv --intrinsics {}",
    "detect image": "detect a.jpg {}",
    "detect mask": "detect a.jpg --mask {}",
    "detect weights": "detect a.jpg --method cnn --weights {}",
    "compare image": "compare-cnn {} b.jpg",
    "compare homography": "compare-cnn a.jpg b.jpg --homography {}",
    "compare weights": "compare-cnn --weights {}",
}
CAMERA = "900 0 450\n0 900 337\n0 0 1\n"


def parameters_of(command):
    return featmatch_command.get_command(click.Context(featmatch_command), command).params


@pytest.mark.parametrize("command", COMMANDS)
def test_every_file_of_a_command_is_an_input_or_an_output(command):
    paths = {
        one.name: one.type for one in parameters_of(command) if isinstance(one.type, click.Path)
    }
    unknown = [
        name
        for name, kind in paths.items()
        if not isinstance(kind, InputPath) and (command, name) not in OUTPUTS
    ]
    assert unknown == []
    assert paths or command == "methods"


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("words", ONE_INPUT.values(), ids=ONE_INPUT)
def test_a_result_never_replaces_an_input_of_any_option(capsys, monkeypatch, tmp_path, words, link):
    monkeypatch.chdir(tmp_path)
    output = "x.json"
    Path("precious").write_text(CAMERA)
    if link is None:
        Path("precious").rename(output)
    else:
        link("precious", output)
    given = "precious" if link else f"./{output}"
    outcome = run(capsys, *words.format(given).split(), "-o", output)
    assert outcome.code == 2
    assert outcome.error.startswith(f"{output} is an input; choose another file for the result.")
    assert Path(output).read_text() == Path(given).read_text() == CAMERA
    assert set(Path().iterdir()) == {Path(output), Path(given)}


def test_standard_input_is_not_replaced_either(tmp_path):
    image, link = tmp_path / "image.jpg", tmp_path / "result.json"
    shutil.copy(POSTER[0], image)
    link.symlink_to(image)
    outcome = run_with_input(image, "detect", "-", "-o", link, *QUICK)
    assert outcome.returncode == 2
    assert b"result.json is an input" in outcome.stderr
    assert image.read_bytes() == POSTER[0].read_bytes()


def run_with_input(path, *arguments):
    with path.open("rb") as file:
        return subprocess.run(
            [sys.executable, "-m", "featmatch", *arguments],
            stdin=file,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
        )


def test_explain_keeps_its_image(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    shutil.copy(POSTER[0], "edges.html")
    outcome = run(capsys, "explain", "edges", "edges.html")
    assert outcome.code == 2
    assert "edges.html is an input" in outcome.error


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_bench_keeps_the_images_and_the_truth_of_its_suites(capsys, monkeypatch, tmp_path, link):
    monkeypatch.chdir(tmp_path)
    Path("suite").mkdir()
    shutil.copy(POSTER[0], "suite/time.png")
    shutil.copy(POSTER[1], "suite/b.jpg")
    pairs = (
        '{"pairs": [{"name": "p", "image0": "time.png", "image1": "b.jpg", "kind": "unrelated"}]}'
    )
    Path("suite/pairs.json").write_text(pairs)
    folder = Path("suite")
    if link is not None:
        folder = Path("results")
        folder.mkdir()
        link(Path("suite/pairs.json").absolute(), "results/bench.json")
    outcome = run(capsys, "bench", "suite", "--method", "orb", "-o", folder)
    assert outcome.code == 2
    assert " is an input; choose another file for the result" in outcome.error
    assert Path("suite/pairs.json").read_text() == pairs
    assert Path("suite/time.png").read_bytes() == POSTER[0].read_bytes()


def test_bench_goes_on_with_results_inside_of_its_suite(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("suite").mkdir()
    for name, source in zip("ab", POSTER, strict=True):
        shutil.copy(source, f"suite/{name}.jpg")
    Path("suite/pairs.json").write_text(
        '{"pairs": [{"name": "p", "image0": "a.jpg", "image1": "b.jpg", "kind": "unrelated"}]}'
    )
    for _ in range(2):
        options = ("--method", "orb", "--max-size", "200", "--quiet", "-o", "suite/results")
        assert run(capsys, "bench", "suite", *options).code == 0


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_train_keeps_photographs_that_its_folder_leads_to(capsys, monkeypatch, tmp_path, link):
    monkeypatch.chdir(tmp_path)
    Path("photographs").mkdir()
    shutil.copy(POSTER[0], "shown.png")
    link(Path("shown.png").absolute(), "photographs/one.png")
    outcome = run(capsys, "train", "photographs", "--show-pairs", "shown.png")
    assert outcome.code == 2
    assert "shown.png is an input" in outcome.error
    assert Path("shown.png").read_bytes() == POSTER[0].read_bytes()
