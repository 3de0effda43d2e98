"""Work in other processes: results in order, errors told, and none of them left behind."""

from __future__ import annotations

import multiprocessing
import os

import cv2
import pytest

from featmatch import nn
from featmatch.errors import FeatmatchError
from featmatch.processes import begin, processes


def square(number):
    return number**2


def one_over(number):
    return 1 / number


def threads(_):
    return os.getpid(), nn.get_num_threads(), cv2.getNumThreads()


def work_for_ever(_):
    while True:
        pass


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("jobs", [[], [3], [3, 1, 2]])
def test_results_come_in_the_order_of_the_jobs(count, jobs):
    with processes(count) as pool:
        assert [future.result() for future in begin(pool, square, jobs)] == [n**2 for n in jobs]
    assert multiprocessing.active_children() == []


def test_the_work_is_done_elsewhere_on_one_thread():
    with processes(1) as pool:
        ((process, *num_threads),) = (future.result() for future in begin(pool, threads, [0]))
    assert process != os.getpid()
    assert num_threads == [1, 1]


def test_errors_come_through_and_end_the_processes():
    def work():
        with processes(1) as pool:
            return [future.result() for future in begin(pool, one_over, [1, 0, 2])]

    with pytest.raises(ZeroDivisionError):
        work()
    assert multiprocessing.active_children() == []


def test_a_process_that_ends_by_itself_is_told():
    message = r"^a process ended before its work was done, .*; take smaller images or fewer jobs$"
    with pytest.raises(FeatmatchError, match=message), processes(1) as pool:
        begin(pool, os._exit, [9])[0].result()
    assert multiprocessing.active_children() == []


def test_what_is_broken_off_here_ends_there():
    def work():
        with processes(1) as pool:
            begin(pool, work_for_ever, [0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert multiprocessing.active_children() == []
