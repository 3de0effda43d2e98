"""Results in order, whichever thread they come from."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch import nn, threads
from featmatch.threads import parallel_map, run


@pytest.fixture(autouse=True)
def _same_threads_afterward():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


@pytest.mark.parametrize("num_threads", [1, 2, 3])
@pytest.mark.parametrize("num_jobs", [0, 1, 2, 30])
def test_results_are_in_the_order_of_the_jobs(num_threads, num_jobs):
    threads.set_num_threads(num_threads)
    jobs = range(num_jobs)
    assert parallel_map(lambda job: job**2, iter(jobs)) == [job**2 for job in jobs]


def test_the_order_is_not_that_in_which_they_end():
    threads.set_num_threads(2)
    second_has_begun = threading.Event()

    def work(job):
        if job == 0:
            assert second_has_begun.wait(20)
        second_has_begun.set()
        return job

    assert parallel_map(work, range(2)) == [0, 1]


def test_an_error_is_raised():
    with pytest.raises(ZeroDivisionError):
        parallel_map(lambda job: 1 / job, [2, 1, 0])


def test_a_single_job_leaves_the_threads_to_its_layers():
    """Two pieces of its work wait for each other, which they can on different threads only."""
    threads.set_num_threads(2)
    meeting = threading.Barrier(2, timeout=20)
    names = set()

    def piece(_):
        meeting.wait()
        names.add(threading.current_thread().name)

    parallel_map(lambda _: run(piece, range(2)), [None])
    assert len(names) == 2


def test_of_several_jobs_each_keeps_to_its_thread():
    threads.set_num_threads(2)

    def threads_of(_):
        names = set()
        run(lambda _: names.add(threading.current_thread().name), range(20))
        return len(names)

    assert parallel_map(threads_of, range(6)) == [1] * 6


def test_work_is_not_recorded_where_the_caller_does_not_record():
    weight = nn.Parameter([1.0])
    with nn.no_grad():
        results = parallel_map(lambda factor: weight * factor, [1.0, 2.0, 3.0])
    assert not any(result.requires_grad for result in results)


class Workers:
    """Counts threads that are at work at the same time."""

    def __init__(self):
        self.lock, self.at_work, self.most = threading.Lock(), 0, 0

    def __enter__(self):
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)

    def __exit__(self, *error):
        with self.lock:
            self.at_work -= 1


@pytest.mark.parametrize("num_threads", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("num_jobs", [1, 2, 3, 9])
def test_work_within_work_within_work_takes_no_more_threads_than_allowed(num_threads, num_jobs):
    threads.set_num_threads(num_threads)
    workers = Workers()

    def innermost(_):
        with workers:
            time.sleep(0.002)

    def inner(_):
        parallel_map(innermost, range(4))

    def outer(_):
        parallel_map(inner, range(3))

    parallel_map(outer, range(num_jobs))
    assert 1 <= workers.most <= num_threads


def test_threads_that_a_few_jobs_leave_are_shared_among_them():
    """Two jobs on six threads have three each: as many meet as there are threads."""
    threads.set_num_threads(6)
    meeting = threading.Barrier(6, timeout=20)

    def outer(_):
        assert threads.num_workers() == 3
        parallel_map(lambda _: meeting.wait(), range(3))

    parallel_map(outer, range(2))


def test_matching_two_images_takes_no_more_threads_than_allowed(monkeypatch):
    """All stages of a match: reading, extraction, matching, estimation, and what they divide."""
    threads.set_num_threads(2)
    workers, own = Workers(), threading.local()
    run_jobs = threads.run

    def counted(work, jobs, **options):
        def counting(job):
            if getattr(own, "at_work", False):
                return work(job)
            own.at_work = True
            try:
                with workers:
                    return work(job)
            finally:
                own.at_work = False

        return run_jobs(counting, jobs, **options)

    monkeypatch.setattr(threads, "run", counted)
    for module in [module for module in sys.modules.values() if hasattr(module, "run")]:
        if getattr(module, "run", None) is run_jobs:
            monkeypatch.setattr(module, "run", counted)
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.uniform(0, 255, (300, 400)), (0, 0), 2).astype(np.uint8)
    for method in ("orb", "cnn", "affine-sift"):
        result = featmatch.match(image, np.roll(image, 9, axis=1), method=method)
        assert result.num_inliers > 10
    assert workers.most == 2


@pytest.mark.parametrize("max_workers", [1, 2])
def test_max_workers_bounds_the_workers(max_workers):
    threads.set_num_threads(4)
    workers = Workers()

    def work(_):
        with workers:
            time.sleep(0.005)

    parallel_map(work, range(12), max_workers=max_workers)
    assert workers.most <= max_workers


def test_results_are_told_in_order_while_others_are_at_work():
    threads.set_num_threads(2)
    told = []
    second_is_done = threading.Event()

    def work(job):
        if job == 0:
            assert second_is_done.wait(20)
        if job == 1:
            second_is_done.set()
        return 10 * job

    parallel_map(work, range(6), on_result=lambda job, result: told.append((job, result)))
    assert told == [(job, 10 * job) for job in range(6)]


def test_no_other_pools_of_threads_are_made():
    package = Path(threads.__file__).parent
    with_pools = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "ThreadPoolExecutor(" in path.read_text(encoding="utf-8")
    ]
    assert with_pools == ["threads.py"]
