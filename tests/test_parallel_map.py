"""Results in order, whichever thread they come from."""

from __future__ import annotations

import threading

import pytest

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
