"""The three ways to start the command are one command."""

from __future__ import annotations

import json
import tomllib

import pytest
from command_line import POSTER, QUICK, REPOSITORY, run_apart

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULE, FUNCTION = PROJECT["scripts"]["featmatch"].split(":")
STARTS = {
    "module": ("-m", "featmatch"),
    "checkout": (REPOSITORY / "cli.py",),
    "console script": (
        "-c",
        f"import sys; from {MODULE} import {FUNCTION}; sys.exit({FUNCTION}())",
    ),
}


@pytest.fixture(scope="module")
def expected():
    return run_apart("detect", *POSTER, *QUICK, "--json")


@pytest.mark.parametrize("start", list(STARTS.values())[1:], ids=list(STARTS)[1:])
def test_every_start_gives_the_same_result(expected, start):
    assert len(json.loads(expected.out)["images"]) == 2
    assert run_apart("detect", *POSTER, *QUICK, "--json", start=start) == expected


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_every_start_calls_itself_featmatch(start):
    outcome = run_apart("match", POSTER[0], start=start)
    assert outcome.code == 2
    assert outcome.error == "Missing argument 'IMAGE1'. Try 'featmatch match --help'."
