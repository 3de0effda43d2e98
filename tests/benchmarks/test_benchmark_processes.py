"""Whole processes from start to end: what a user of the command line waits for."""

from __future__ import annotations

import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

import pytest
from paired import compare

ORB_SCRIPT = Path(__file__).with_name("orb_script.py")
COMMANDS = {"python -m featmatch": [sys.executable, "-m", "featmatch"]}
CONSOLE_SCRIPT = Path(sys.executable).with_name("featmatch")
if CONSOLE_SCRIPT.exists():
    COMMANDS["featmatch"] = [str(CONSOLE_SCRIPT)]


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def test_import_costs_little_more_than_the_dependencies(hold):
    hold(
        compare(
            "import featmatch / import cv2, numpy",
            lambda: run([sys.executable, "-c", "import featmatch"]),
            lambda: run([sys.executable, "-c", "import cv2, numpy"]),
            [()] * 20,
            bound=1.25,
        )
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", ["samples", "photographs"])
def test_command_takes_little_longer_than_a_bare_script(command, size, request, hold):
    def ours(*paths):
        run([*COMMANDS[command], "match", *paths, "--method", "orb", "--quiet"])

    def peer(*paths):
        run([sys.executable, str(ORB_SCRIPT), *paths])

    pairs = [tuple(map(str, paths)) for paths in request.getfixturevalue(size)]
    rounds = islice(cycle(pairs), 6)
    hold(compare(f"{command} match, ORB, {size} / script", ours, peer, rounds, bound=1.3))
