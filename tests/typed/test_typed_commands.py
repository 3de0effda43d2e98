"""Every command of README.md and docs/, typed into a shell as it stands.

    python -m pytest tests/typed

The commands of a page follow each other in a folder of its own, with the files that they name. They
need the extras ``hloc`` and, for the gallery, ``samples``; and `jq` where a page says so. The plain
``python -m pytest`` leaves them out: some take a minute.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from document_pages import DOCS, PAGES, blocks, commands
from named_files import write_named_files

GALLERY = DOCS / "gallery.md"
SHORTER = {
    "--minutes 30": "--minutes 0.05",
    "--scenes 0.4": "--scenes 0.4 --steps 2",
    "--real 0.2": "--real 0.2 --steps 2",
}
"""Of trainings, which take hours: the words that are typed otherwise."""

FINDS_NOTHING = re.compile(r"unrelated_0.* samples/unrelated_1")
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def typed(command, folder):
    for words, fewer in SHORTER.items():
        command = command.replace(words, fewer)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": PROGRAMS},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem
)
def test_commands_work_as_they_stand(page, tmp_path):
    lines = commands(page)
    if page == GALLERY:
        pytest.importorskip("skimage")
        importlib.import_module("gallery_photographs").write_photographs(tmp_path)
        shutil.copytree(DOCS.parent / "samples", tmp_path / "samples")
    else:
        write_named_files(tmp_path, lines)
    failed = []
    for line in lines:
        if "| jq" in line and not shutil.which("jq"):
            line = line.split("| jq")[0]
        done = typed(line, tmp_path)
        expected = 1 if FINDS_NOTHING.search(line) else 0
        if done.returncode != expected:
            failed.append(f"{line}\nexit code {done.returncode}: {done.stderr[-500:]}")
        written = re.findall(r"-o (\S+\.\w+)|> (\S+)", line.split(" #")[0])
        for name in (one or other for one, other in written):
            if "{" not in name and not (tmp_path / name).is_file():
                failed.append(f"{line}\nno {name}")
    assert not failed, "\n\n".join(failed)


def test_what_the_quick_start_shows_is_what_is_printed(tmp_path):
    page = DOCS / "quick-start.md"
    write_named_files(tmp_path, commands(page))
    printed = typed(commands(page)[0], tmp_path).stdout
    (shown,) = blocks(page, "text")
    assert without_digits(printed).startswith(without_digits(shown))


def without_digits(text):
    """Numbers may differ in their last digits from machine to machine."""
    return re.sub(r"\d", "0", text)
