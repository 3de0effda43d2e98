"""The README and the pages of docs/ say what the code does."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest
from document_pages import DOCS, PAGES, README, blocks, commands, pages_with, run_examples
from photograph_folders import write_views
from readme_tables import DOCUMENTS, with_tables

import featmatch
from featmatch import nn
from featmatch.commands.program import featmatch_command

TEXT = README.read_text(encoding="utf-8")
SAMPLES = README.parent / "samples"
QUICK_START = DOCS / "quick-start.md"
TAKES_LONGER = ("collect", "compare-cnn", "bench")  # .ci/run types them
LEFT_BEHIND = {
    "README.md": lambda left: (
        left["aligned"].shape == (675, 900, 3) and Path("matches.png").stat().st_size > 10_000
    ),
    "collections.md": lambda left: len(left["points0"]) == left["pair"].num_inliers > 100,
    "locate.md": lambda left: [len(left["found"].in_scene(number)) for number in (0, 1)] == [0, 1],
    "learned.md": lambda left: left["learned"].num_inliers > left["quick"].num_inliers > 100,
    "engine.md": lambda left: (
        left["training"].history.best.validation["accuracy"] > 0.9 and Path("digits.npz").is_file()
    ),
}
"""Page -> what its examples have done."""

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Work in a folder in which the names that the pages use are there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(SAMPLES)
    write_views(tmp_path / "photographs", 0, 1)
    return tmp_path


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_tables_are_current(path):
    text = path.read_text(encoding="utf-8")
    assert "<!-- " in text
    assert with_tables(text) == text, "run python tests/readme_tables.py"


def test_there_are_exactly_two_setup_commands():
    found = re.findall(r"<!-- setup: (\w+) -->\n```sh\n(.*)\n```", TEXT)
    assert [name for name, _ in found] == ["match", "test"]
    assert all(command.startswith("python3 -m venv .venv && ") for _, command in found)


def test_the_readme_is_short():
    assert len(TEXT.splitlines()) <= 160
    assert len(commands(README)) == 6
    assert len(blocks(README, "python")[0].splitlines()) <= 16


def words_of(line):
    """Return what a shell would give to featmatch."""
    return shlex.split(re.split(r" [|<>] ", line)[0], comments=True)[1:]


def parsed(line):
    """Return the command and its arguments, with results that may be written here."""
    name, *words = words_of(line)
    return name, ["ignored.png" if word.endswith(".png") else word for word in words]


@every_page
def test_commands_shown_are_understood(path):
    program = click.Context(featmatch_command, **featmatch_command.context_settings)
    for line in commands(path):
        name, arguments = parsed(line)
        featmatch_command.get_command(None, name).make_context(name, arguments, program)


@pytest.mark.parametrize(
    "line",
    [
        line
        for path in (README, QUICK_START)
        for line in commands(path)
        if line.split()[1] not in TAKES_LONGER
    ],
)
def test_commands_of_the_first_pages_work_as_they_stand(line, checkout):
    words = words_of(line)
    code = featmatch_command.main(words, standalone_mode=False)
    assert code == (1 if "unrelated" in line else 0)
    outputs = [after for word, after in pairwise(words) if word == "-o"]
    assert all((checkout / output).stat().st_size > 1000 for output in outputs)


@pytest.mark.parametrize("path", pages_with("python"), ids=lambda path: path.name)
def test_library_examples_run(path, checkout):
    left = run_examples(path)
    expected = LEFT_BEHIND.get(path.name, lambda left: len(left) > 1)
    assert expected(left)


def test_what_the_basics_are_explained_by_exists():
    text = (DOCS / "engine.md").read_text(encoding="utf-8")
    table = text.split("| what articles on CNN basics explain | here |\n")[1].split("\n\n")[0]
    cells = [line.split("|")[-2] for line in table.splitlines()[1:]]
    names = re.findall(r"`(?:featmatch\.)?(\w+)", " ".join(cells))
    assert len(names) > 30
    assert [name for name in names if not hasattr(nn, name) and not hasattr(featmatch, name)] == []


@every_page
def test_files_that_are_linked_exist(path):
    for target in re.findall(r"!?\[[^]]*\]\(([^)#:]+)[)#]", path.read_text(encoding="utf-8")):
        assert (path.parent / target).is_file(), target
