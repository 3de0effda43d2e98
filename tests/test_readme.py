"""The README says what the code does."""

from __future__ import annotations

import re
import shlex

import pytest
from readme_tables import DOCUMENTS, README, with_tables

import featmatch
from featmatch import nn
from featmatch.commands.program import featmatch_command

TEXT = README.read_text(encoding="utf-8")
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, flags=re.S))
COMMANDS = re.findall(r"^featmatch .*", SHELL, flags=re.M)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_tables_are_current(path):
    text = path.read_text(encoding="utf-8")
    assert "<!-- " in text
    assert with_tables(text) == text, "run python tests/readme_tables.py"


def test_there_are_exactly_two_setup_commands():
    commands = re.findall(r"<!-- setup: (\w+) -->\n```sh\n(.*)\n```", TEXT)
    assert [name for name, _ in commands] == ["match", "test"]
    assert all(command.startswith("python3 -m venv .venv && ") for _, command in commands)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_shown_are_understood(line):
    words = shlex.split(line.split("|")[0], comments=True)[1:]
    name, *arguments = words
    command = featmatch_command.get_command(None, name)
    # Output files in a folder that may not be writable are not the point here.
    arguments = ["ignored.png" if word.endswith(".png") else word for word in arguments]
    command.make_context(name, arguments)


def test_library_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(README.parent / "samples")
    library, alignment, located, learned, engine = (
        run_examples(section) for section in TEXT.split("\n## ") if "```python" in section
    )
    assert (tmp_path / "matches.png").stat().st_size > 10_000
    assert isinstance(library["result"], featmatch.MatchResult)
    assert library["result"].verdict.accepted
    assert alignment["aligned"].colors.shape == (675, 900, 3)
    assert [len(located["found"].in_scene(number)) for number in (0, 1)] == [0, 1]
    assert learned["learned"].num_inliers > learned["quick"].num_inliers > 100
    assert engine["training"].history.best.validation["accuracy"] > 0.9
    assert (tmp_path / "digits.npz").is_file()


def run_examples(section):
    """Run the blocks of a section one after the other, and return the names they leave behind."""
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", section, flags=re.S):
        exec(compile(block, "README.md", "exec"), names)
    return names


def test_what_the_basics_are_explained_by_exists():
    table = TEXT.split("| what articles on CNN basics explain | here |\n")[1].split("\n\n")[0]
    cells = [line.split("|")[-2] for line in table.splitlines()[1:]]
    names = re.findall(r"`(?:featmatch\.)?(\w+)", " ".join(cells))
    assert len(names) > 30
    assert [name for name in names if not hasattr(nn, name) and not hasattr(featmatch, name)] == []


def test_pictures_shown_exist():
    for target in re.findall(r"!?\[[^]]*\]\(([^)#:]+)\)", TEXT):
        assert (README.parent / target).is_file(), target
