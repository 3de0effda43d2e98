"""Processes that are killed while they work: what is done is kept, and nothing is half written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from photograph_folders import QUICK, found_in, write_views
from programs import Program

import featmatch
from featmatch.collection import work
from featmatch.collection.engines import LocalProcesses
from featmatch.errors import FeatmatchError
from featmatch.files import unfinished

REPOSITORY = Path(__file__).resolve().parents[2]
COLLECT = (
    *(sys.executable, "-m", "featmatch", "collect"),
    *("--method", QUICK["method"], "--max-keypoints", str(QUICK["max_keypoints"]), "--quiet"),
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills by signals"),
]


def collect_apart(photographs, out, *options):
    """Begin to collect in a process group of its own."""
    return Program(
        [*COLLECT, str(photographs), "-o", str(out), *options],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
        stderr=subprocess.PIPE,
    )


def test_killed_again_and_again_it_ends_as_if_it_had_not_been(tmp_path):
    photographs = write_views(tmp_path / "photographs", *range(12))
    whole = featmatch.collect(photographs, tmp_path / "whole", **QUICK)
    out, generator = tmp_path / "out", random.Random(0)
    num_kills = 0
    for number in range(5):
        before = len(list(out.rglob("*.npz")))
        enough = before + 1 + generator.randrange(3)
        with collect_apart(photographs, out, "--jobs", str(1 + number % 2)) as process:
            while process.poll() is None and len(list(out.rglob("*.npz"))) < enough:
                time.sleep(0.01)
            time.sleep(generator.uniform(0, 0.1))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                num_kills += 1
    assert num_kills >= 3
    assert found_in(featmatch.collect(photographs, out, **QUICK)) == found_in(whole)


def test_what_was_finished_before_a_kill_is_not_done_again(tmp_path, monkeypatch):
    photographs = write_views(tmp_path / "photographs", *range(6))
    monkeypatch.setattr(work, "KEPT_EVERY", 0.0)  # each pair is kept at once
    done = []
    match = work._match_pair

    def die_at_last(plan, image0, image1, key):
        if len(done) == 9:
            raise KeyboardInterrupt
        done.append((image0.name, image1.name))
        return match(plan, image0, image1, key)

    monkeypatch.setattr(work, "_match_pair", die_at_last)
    with pytest.raises(KeyboardInterrupt):
        featmatch.collect(photographs, tmp_path / "out", **QUICK)
    kept = featmatch.Collection(tmp_path / "out")
    assert [pair.names for pair in kept.pairs] == sorted(done)
    done.clear()
    whole = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    assert len(done) == 6
    assert len(whole.pairs) == 15


def test_two_at_the_same_time_do_each_other_no_harm(tmp_path):
    photographs = write_views(tmp_path / "photographs", *range(5))
    options = photographs, tmp_path / "out", "--jobs", "1"
    with collect_apart(*options) as one, collect_apart(*options) as other:
        for process in (one, other):
            _, errors = process.communicate()
            assert (process.returncode, errors.decode()) == (0, "")
    whole = featmatch.collect(photographs, tmp_path / "whole", **QUICK)
    assert found_in(featmatch.Collection(tmp_path / "out")) == found_in(whole)


def test_what_another_process_has_just_begun_to_write_is_nobody_elses(tmp_path):
    photographs, out = write_views(tmp_path / "photographs", 0, 1), tmp_path / "out"
    out.mkdir()
    unfinished(out).write_bytes(b"collec")
    assert len(featmatch.collect(photographs, out, **QUICK).pairs) == 1


def test_ctrl_c_keeps_what_is_done(tmp_path):
    photographs = write_views(tmp_path / "photographs", *range(12))
    out = tmp_path / "out"
    with collect_apart(photographs, out, "--jobs", "1") as process:
        while process.poll() is None and len(list(out.rglob("*.npz"))) < 3:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.decode() == (
        "featmatch: interrupted; what is done is kept, and the same command goes on\n"
    )
    assert list(out.rglob("*.tmp")) == []


def kill_first(path):
    """Die the first time that this is called with a path."""
    if not path.exists():
        path.write_bytes(b"")
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def kill_always(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_work_of_a_killed_process_is_done_by_another(tmp_path):
    jobs = [tmp_path / str(number) for number in range(4)]
    for path in jobs[1:]:
        path.write_bytes(b"")
    assert sorted(LocalProcesses(2).run(kill_first, jobs)) == ["0", "1", "2", "3"]


def test_work_that_kills_every_process_ends_in_a_sentence():
    with pytest.raises(FeatmatchError, match="a process ended before its work was done"):
        list(LocalProcesses(1).run(kill_always, [1]))
