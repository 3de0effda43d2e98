"""What libraries write on stderr by themselves is not shown; all that Python writes is."""

from __future__ import annotations

import os

import pytest
from command_line import POSTER, run_apart

TALKING = """
import os, sys
import featmatch.commands.program as program

def run(arguments, signals):
    os.write(2, b"a library's line\\n")
    print("featmatch's line", file=sys.stderr)
    return 0

program.run = run
from featmatch.commands import main
main()
"""
CRASHING = TALKING.replace("    return 0", "    os.abort()")
CHANGED_BY_HAND = TALKING.replace("main()", "main([])")


def starting(program):
    return ("-c", program)


def test_lines_of_libraries_are_not_shown():
    outcome = run_apart("detect", POSTER[0], start=starting(TALKING))
    assert (outcome.code, outcome.err) == (0, "featmatch's line\n")


@pytest.mark.parametrize(
    ("program", "arguments"), [(TALKING, ["detect", "--debug"]), (CHANGED_BY_HAND, [])]
)
def test_lines_are_shown_on_request_and_where_the_process_is_another_programs(program, arguments):
    outcome = run_apart(*arguments, start=starting(program))
    assert outcome.err == "a library's line\nfeatmatch's line\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows tells it otherwise")
def test_the_report_of_a_crash_is_shown_if_it_was_asked_for():
    outcome = run_apart(start=("-X", "faulthandler", *starting(CRASHING)))
    assert outcome.code < 0
    assert outcome.err.startswith("featmatch's line\nFatal Python error: Aborted\n")
    assert "a library's" not in outcome.err


@pytest.mark.skipif(os.name == "nt", reason="Windows closes no streams like this")
def test_a_closed_stderr_stays_closed():
    without = TALKING.replace('os.write(2, b"a library\'s line\\n")', "assert sys.stderr is None")
    assert without != TALKING
    outcome = run_apart(start=starting(f"import os, sys; os.close(2); sys.stderr = None{without}"))
    assert (outcome.code, outcome.err) == (0, "")
