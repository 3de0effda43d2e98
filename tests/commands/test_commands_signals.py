"""Ctrl-C, SIGTERM and SIGHUP: one line, a code of their own, nothing half-written, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import POSTER, REPOSITORY, SAMPLES, run
from programs import Program

from featmatch import Pipeline
from featmatch.commands.signals import ENDING, Signals

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
every_signal = pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
TOLD = "\nfeatmatch: interrupted\n"  # the first line ends that of the ^C

WRITING = """
import os, sys, time
from featmatch.commands import main

def wait(descriptor):
    print("writing", flush=True)
    time.sleep(60)

os.fsync = wait
main(sys.argv[1:])
"""
LOADING = """
import sys, time
from featmatch.commands import main

class Slow:
    def find_spec(self, name, *rest):
        if name == "numpy":
            print("loading", flush=True)
            try:
                time.sleep(60)
            except BaseException as error:
                raise ImportError("made of another error") from error

sys.meta_path.insert(0, Slow())
main(sys.argv[1:])
"""

AT_ONCE = """
import signal, sys
from featmatch.commands import main

signal.signal(signal.SIGPROF, lambda number, frame: signal.raise_signal(signal.SIGINT))
signal.setitimer(signal.ITIMER_PROF, float(sys.argv.pop(1)))
main()
"""
ENDED = """
import atexit, signal, sys
from featmatch.commands import main

atexit.register(signal.raise_signal, signal.SIGINT)
main()
"""


def start(program, *arguments):
    return Program(
        [sys.executable, "-c", program, *map(os.fspath, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
    )


@every_signal
def test_a_signal_is_one_line_and_its_code(capsys, monkeypatch, number):
    def receive(*images, **options):
        signal.raise_signal(number)
        raise AssertionError("the signal was not noticed")

    monkeypatch.setattr(Pipeline, "match", receive)
    before = [signal.getsignal(one) for one in ENDING]
    outcome = run(capsys, "match", *POSTER)
    assert (outcome.code, outcome.out, outcome.err) == (CODES[number], "", TOLD)
    assert [signal.getsignal(one) for one in ENDING] == before


def test_an_error_that_a_signal_became_is_an_interruption(capsys, monkeypatch):
    def receive(*images, **options):
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("numpy is broken") from error

    monkeypatch.setattr(Pipeline, "match", receive)
    outcome = run(capsys, "match", *POSTER)
    assert (outcome.code, outcome.error) == (143, "interrupted")


@every_signal
def test_a_signal_while_a_result_is_written_leaves_nothing_of_it(tmp_path, number):
    output = tmp_path / "result.json"
    output.write_text("worth keeping")
    with start(WRITING, "detect", POSTER[0], "--quiet", "--max-size=100", "-o", output) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(number)
        err = process.communicate()[1]
    assert (process.returncode, err) == (CODES[number], TOLD)
    assert list(tmp_path.iterdir()) == [output]
    assert output.read_text() == "worth keeping"


@every_signal
def test_a_signal_while_modules_are_loaded_is_one_line(number):
    with start(LOADING, "match", *POSTER) as process:
        assert process.stdout.readline() == "loading\n"
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (CODES[number], "", TOLD)


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.03, 0.1, 0.3])  # of its own time
def test_an_interrupt_at_any_moment_after_the_first_lines_is_one_line(seconds):
    with start(AT_ONCE, str(seconds), "match", *POSTER, "--method", "sift") as process:
        err = process.communicate()[1]
    assert (process.returncode, err) == (130, TOLD)


def test_an_interrupt_after_the_command_is_one_line():
    with start(ENDED, "methods") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (130, TOLD)
    assert "orb" in out


@pytest.mark.parametrize("module", ["typing", "threading", "numpy", "inspect"])
def test_the_signals_are_watched_before_much_is_loaded(module):
    program = f"import sys, featmatch.commands.signals; print({module!r} in sys.modules)"
    process = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert process.stdout == "False\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_to_be_ignored_stays_so(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        signals = Signals()
        signals.watch()
        assert signal.getsignal(number) is signal.SIG_IGN
        signals.restore()
    finally:
        signal.signal(number, before)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_no_process_outlives_bench(tmp_path, number):
    program = "import sys; from featmatch.commands import main; main(sys.argv[1:])"
    options = ("--method", "sift", "--processes", "2", "-o", tmp_path)
    with start(program, "bench", SAMPLES, *options) as process:
        deadline = time.monotonic() + 60
        while len(children := children_of(process.pid)) < 3:  # one keeps track of resources
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate()  # returns when nothing holds the streams any more
    while any(map(is_alive, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children_of(number):
    try:
        told = Path(f"/proc/{number}/task/{number}/children").read_text()
        return [int(child) for child in told.split()]
    except FileNotFoundError:
        pytest.skip("this system does not tell the children of a process")


def is_alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@every_signal
@pytest.mark.parametrize("position", [0, 1])
def test_a_pipe_that_brings_nothing_is_not_waited_for(tmp_path, number, position):
    silent = tmp_path / "silent"
    os.mkfifo(silent)
    images = [POSTER[0], silent][:: 1 if position else -1]
    program = "import sys; from featmatch.commands import main; main(sys.argv[1:])"
    with start(program, "match", *images) as process, silent.open("wb"):  # once it is read from
        process.send_signal(number)
        assert process.communicate(timeout=30) == ("", TOLD)
    assert process.returncode == CODES[number]
