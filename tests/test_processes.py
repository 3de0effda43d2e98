"""Work in other processes: results in order, errors told, and none of them left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import pytest
from programs import Program

from featmatch import threads
from featmatch.errors import FeatmatchError
from featmatch.processes import Processes


def square(number):
    return number**2


def one_over(number):
    return 1 / number


def process_and_threads(_):
    return os.getpid(), threads.get_num_threads(), cv2.getNumThreads()


def work_for_ever(_):
    while True:
        pass


def tell_and_work_for_ever(_):
    os.write(1, b"at work\n")  # in one piece, though two processes do
    work_for_ever(_)


def process(_):
    return os.getpid()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("jobs", [[], [3], [3, 1, 2]])
def test_results_come_in_the_order_of_the_jobs(count, jobs):
    with Processes(count) as processes:
        assert [future.result() for future in processes.submit_all(square, jobs)] == [
            n**2 for n in jobs
        ]
    assert multiprocessing.active_children() == []


def test_shared_work_is_done_where_there_is_time_for_it_first():
    with Processes(1) as processes:
        results = [processes.share(partial(process, number)) for number in range(50)]
        # The last one has not begun: it is done here, whatever becomes of the others.
        assert results[-1]() == os.getpid()
        assert results[0]() != os.getpid()


def test_shared_work_raises_its_errors_wherever_it_is_done():
    with Processes(1) as processes:
        results = [processes.share(partial(one_over, 0)) for _ in range(50)]
        for result in (results[-1], results[0]):
            with pytest.raises(ZeroDivisionError):
                result()


def test_the_work_is_done_elsewhere_on_one_thread():
    with Processes(1) as processes:
        ((process, *num_threads),) = (
            future.result() for future in processes.submit_all(process_and_threads, [0])
        )
    assert process != os.getpid()
    assert num_threads == [1, 1]


def test_errors_come_through_and_end_the_processes():
    def work():
        with Processes(1) as processes:
            return [future.result() for future in processes.submit_all(one_over, [1, 0, 2])]

    with pytest.raises(ZeroDivisionError):
        work()
    assert multiprocessing.active_children() == []


def test_a_process_that_ends_by_itself_is_told():
    message = "^a process ended before its work was done, perhaps for lack of memory; close other "
    with pytest.raises(FeatmatchError, match=message), Processes(1) as processes:
        processes.submit_all(os._exit, [9])[0].result()
    assert multiprocessing.active_children() == []


def test_a_process_that_is_killed_after_shared_work_was_done_here_is_told():
    more_than_a_pipe_holds = bytes(10**6)
    works = (partial(work_for_ever, 0), *3 * [partial(len, more_than_a_pipe_holds)])

    def work():
        with Processes(1) as processes:
            results = [processes.share(work) for work in works]
            assert results[-1]() == 10**6
            (other,) = multiprocessing.active_children()
            other.kill()
            results[0]()

    with pytest.raises(FeatmatchError, match=r"^a process ended before its work was done"):
        work()
    assert multiprocessing.active_children() == []


def test_what_is_broken_off_here_ends_there():
    def work():
        with Processes(1) as processes:
            processes.submit_all(work_for_ever, [0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows kills in another way")
@pytest.mark.parametrize("when", ["at work", "beginning"])
def test_processes_end_with_the_one_that_began_them_however_it_ends(when):
    program = (
        "import sys, test_processes as tests\n"
        "if __name__ == '__main__':\n"
        "    with tests.Processes(2) as processes:\n"
        "        futures = processes.submit_all(tests.tell_and_work_for_ever, [0, 1])\n"
        "        print('begun', flush=True)\n"
        "        futures[0].result()\n"
    )
    folders = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))
    with Program(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": folders},
    ) as process:
        told = [process.stdout.readline() for _ in range(3 if when == "at work" else 1)]
        assert set(told) <= {b"begun\n", b"at work\n"}
        process.kill()
        process.stdout.read()  # as long as anything holds it


def test_other_processes_of_the_program_are_left_alone():
    other = multiprocessing.get_context("spawn").Process(target=work_for_ever, args=(0,))

    def work():
        with Processes(1) as processes:
            other.start()
            processes.submit_all(square, [1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    try:
        assert multiprocessing.active_children() == [other]
    finally:
        other.kill()
        other.join()


def test_processes_that_begin_meanwhile_are_left_to_who_began_them():
    theirs = []

    def jobs(others):
        """One job, before which others begin a process: as they may on another thread."""
        theirs.extend(others.submit_all(square, [2]))
        yield 1

    def work(others):
        with Processes(1) as processes:
            processes.submit_all(square, jobs(others))
            raise KeyboardInterrupt

    with Processes(1) as others:
        with pytest.raises(KeyboardInterrupt):
            work(others)
        theirs.extend(others.submit_all(square, [3]))
        assert [future.result() for future in theirs] == [4, 9]
    assert multiprocessing.active_children() == []


def test_several_threads_have_processes_of_their_own():
    def work(number):
        with Processes(1) as processes:
            futures = processes.submit_all(one_over, [number])
            return futures[0].result()

    with ThreadPoolExecutor(3) as pool:
        outcomes = [pool.submit(work, number) for number in (0, 1, 2)]
        assert [outcomes[1].result(), outcomes[2].result()] == [1.0, 0.5]
        with pytest.raises(ZeroDivisionError):
            outcomes[0].result()
    assert multiprocessing.active_children() == []


def test_ctrl_c_while_processes_begin_goes_to_the_handler_that_was_there():
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))

    def jobs():
        signal.raise_signal(signal.SIGINT)
        assert came == []
        yield 3

    try:
        with Processes(1) as processes:
            (future,) = processes.submit_all(square, jobs())
            assert came == [signal.SIGINT]
            assert future.result() == 9
    finally:
        signal.signal(signal.SIGINT, before)
