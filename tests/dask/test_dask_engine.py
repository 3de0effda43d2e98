"""Work that Dask distributed does gives the same results, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from clusters import connected, end, scheduler
from photograph_folders import QUICK, found_in, write_views

import featmatch
from featmatch.collection import dask_engine
from featmatch.collection.dask_engine import DaskEngine
from featmatch.errors import FeatmatchError, OutputError


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a scheduler with two workers."""
    with scheduler(tmp_path_factory.mktemp("cluster"), num_workers=2) as (_, address):
        yield address


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    place = tmp_path_factory.mktemp("whole")
    photographs = write_views(place / "photographs", *range(12))
    return featmatch.collect(photographs, place / "out", **QUICK)


def loops():
    """Threads that hold a connection; one that is left behind may block what ends after it."""
    return {thread for thread in threading.enumerate() if "loop" in thread.name}


def test_workers_find_the_same(address, whole, tmp_path):
    before = loops()
    found = featmatch.collect(whole.folder, tmp_path / "out", scheduler=address, **QUICK)
    assert found_in(found) == found_in(whole)
    assert list((tmp_path / "out").glob(".featmatch-*")) == []
    assert loops() <= before


def test_a_worker_that_is_killed_loses_nothing(address, whole, tmp_path):
    out = tmp_path / "out"
    with connected(address) as client:
        victim, _ = client.run(os.getpid).values()

    def kill():
        while len(list(out.rglob("*.npz"))) < 4:
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = featmatch.collect(whole.folder, out, scheduler=address, **QUICK)
    killer.join()
    assert found_in(found) == found_in(whole)


def test_workers_that_do_not_see_the_folder(address, whole, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    write = dask_engine.write_whole

    def write_elsewhere(path, content):
        write(tmp_path / "elsewhere" / path.name, content)

    monkeypatch.setattr(dask_engine, "write_whole", write_elsewhere)
    with pytest.raises(OutputError, match="is not seen by worker tcp://"):
        featmatch.collect(whole.folder, tmp_path / "out", scheduler=address, **QUICK)


def test_workers_of_another_version(address, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_engine, "versions", lambda: "featmatch 99")
    with pytest.raises(FeatmatchError, match="this machine has featmatch 99; install the same"):
        featmatch.collect(whole.folder, tmp_path / "out", scheduler=address, **QUICK)


def test_a_scheduler_that_does_not_answer(monkeypatch, tmp_path):
    monkeypatch.setattr(dask_engine, "PATIENCE", "1s")
    with pytest.raises(FeatmatchError, match=r"scheduler tcp://127\.0\.0\.1:1: cannot be reached"):
        DaskEngine("tcp://127.0.0.1:1", tmp_path)
    before = loops()
    with pytest.raises(FeatmatchError, match="scheduler nonsense: cannot be reached"):
        DaskEngine("nonsense", tmp_path)
    assert loops() <= before


def test_a_scheduler_without_workers(tmp_path):
    before = loops()
    with (
        scheduler(tmp_path, num_workers=0) as (_, address),
        pytest.raises(FeatmatchError, match="has no workers; start some with dask worker tcp://"),
    ):
        DaskEngine(address, tmp_path)
    assert loops() <= before


def test_workers_that_are_lost_for_a_moment_are_waited_for(tmp_path):
    with scheduler(tmp_path, num_workers=1) as (_, address):
        engine = DaskEngine(address, tmp_path)
        with connected(address) as client:
            client.retire_workers()
        assert engine.num_processes == 1


def test_a_scheduler_that_ends_is_told_and_what_is_done_is_kept(whole, tmp_path):
    out = tmp_path / "out"
    with scheduler(tmp_path, num_workers=1) as (process, address):

        def kill():
            while len(list(out.rglob("*.npz"))) < 4:
                time.sleep(0.01)
            end(process)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(
            FeatmatchError, match=r"was lost; what is done is kept|cannot be reached"
        ):
            featmatch.collect(whole.folder, out, scheduler=address, **QUICK)
        killer.join()
    assert found_in(featmatch.collect(whole.folder, out, **QUICK)) == found_in(whole)
