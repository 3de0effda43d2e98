"""Workers: all jobs done, errors passed on, the caller's BLAS left as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest

from featmatch import threads
from featmatch.blas import find_openblas
from featmatch.nn.autograd import grad
from featmatch.nn.convolution import conv2d
from featmatch.nn.tensor import Tensor

BLAS = find_openblas()


@pytest.fixture(autouse=True)
def _same_settings_afterward():
    before = threads._settings.num_threads
    yield
    threads.set_num_threads(before or threads._num_processors())
    threads._settings.num_threads = before


@pytest.mark.parametrize("num_threads", [1, 2, 5])
@pytest.mark.parametrize("num_jobs", [0, 1, 2, 40])
def test_every_job_is_done_once(num_threads, num_jobs):
    threads.set_num_threads(num_threads)
    done = []
    threads.run(done.append, range(num_jobs))
    assert sorted(done) == list(range(num_jobs))


def test_helpers_take_part():
    """Two jobs that wait for each other end only if two threads have them."""
    threads.set_num_threads(2)
    meeting = threading.Barrier(2, timeout=20)
    names = set()

    def work(_):
        names.add(threading.current_thread().name)
        meeting.wait()

    threads.run(work, range(2))
    assert len(names) == 2
    assert threading.current_thread().name in names


def test_one_thread_is_the_calling_one():
    threads.set_num_threads(1)
    names = set()
    threads.run(lambda _: names.add(threading.current_thread().name), range(5))
    assert names == {threading.current_thread().name}


@pytest.mark.parametrize("num_threads", [1, 3])
def test_an_error_ends_the_work_and_is_raised(num_threads):
    threads.set_num_threads(num_threads)
    done = []

    def work(job):
        if job == 3:
            raise OSError("job 3")
        done.append(job)

    with pytest.raises(OSError, match="job 3"):
        threads.run(work, range(2000))
    assert len(done) < 1999
    threads.run(done.append, ["the next call works"])
    assert done[-1] == "the next call works"


def test_an_error_of_a_helper_is_raised():
    threads.set_num_threads(2)
    meeting = threading.Barrier(2, timeout=20)
    caller = threading.current_thread()

    def work(_):
        meeting.wait()
        if threading.current_thread() is not caller:
            raise OSError("helper")

    with pytest.raises(OSError, match="helper"):
        threads.run(work, range(2))


def workers_of(num_jobs):
    """Call `run` once more: the threads that have worked."""
    workers = set()
    meeting = threading.Barrier(2)

    def work(_):
        workers.add(threading.current_thread())
        with suppress(threading.BrokenBarrierError):  # nobody else came
            meeting.wait(timeout=0.2)

    threads.run(work, range(num_jobs))
    return workers


@pytest.mark.parametrize("num_jobs", [2, 5])
def test_one_of_several_jobs_that_comes_back_stays_on_its_thread(num_jobs):
    threads.set_num_threads(2)
    found = []
    threads.run(
        lambda _: found.append((workers_of(3), threading.current_thread())), range(num_jobs)
    )
    assert len(found) == num_jobs
    assert all(workers == {thread} for workers, thread in found)


def test_a_single_job_that_comes_back_has_all_threads():
    threads.set_num_threads(2)
    found = []
    threads.run(lambda _: found.append(workers_of(2)), [None])
    assert [len(workers) for workers in found] == [2]


@pytest.mark.parametrize("num_between", [1, 2])
def test_jobs_far_inside_stay_on_their_threads(num_between):
    threads.set_num_threads(2)
    found = []

    def between(_):
        threads.run(lambda _: found.append(workers_of(2)), range(num_between))

    threads.run(between, range(2))
    assert [len(workers) for workers in found] == [1] * 2 * num_between


def test_there_are_helpers_again_afterward():
    threads.set_num_threads(2)
    threads.run(workers_of, range(2))
    assert len(workers_of(2)) == 2
    with pytest.raises(OSError, match="stop"):
        threads.run(_raise, [OSError("stop"), OSError("stop")])
    assert len(workers_of(2)) == 2


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_number_of_threads_is_checked(value):
    with pytest.raises(ValueError, match="num_threads: expected an integer of at least 1"):
        threads.set_num_threads(value)


def test_as_many_threads_as_processors_to_begin_with():
    program = "from featmatch.threads import get_num_threads; print(get_num_threads())"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) == threads._num_processors()


@pytest.mark.skipif(BLAS is None, reason="NumPy is built on another BLAS than OpenBLAS")
def test_blas_has_one_thread_and_then_its_own_number_again():
    before = BLAS.get_num_threads()
    BLAS.set_num_threads(3)
    try:
        seen = []
        for num_jobs in (1, 3):
            threads.run(lambda _: seen.append(BLAS.get_num_threads()), range(num_jobs))
        assert seen == [1, 1, 1, 1]
        assert BLAS.get_num_threads() == 3
        with pytest.raises(OSError, match="stop"):
            threads.run(_raise, [OSError("stop")])
        assert BLAS.get_num_threads() == 3
    finally:
        BLAS.set_num_threads(before)


def _raise(error):
    raise error


@pytest.mark.skipif(BLAS is None, reason="NumPy is built on another BLAS than OpenBLAS")
def test_blas_stays_at_one_until_the_last_has_ended():
    before = BLAS.get_num_threads()
    BLAS.set_num_threads(2)
    try:
        with threads.one_blas_thread():
            with threads.one_blas_thread():
                assert BLAS.get_num_threads() == 1
            assert BLAS.get_num_threads() == 1
        assert BLAS.get_num_threads() == 2
    finally:
        BLAS.set_num_threads(before)


def test_results_do_not_depend_on_the_number_of_threads():
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((2, 70, 90, 16), np.float32), requires_grad=True)
    results = []
    for num_threads in (1, 2, 3):
        threads.set_num_threads(num_threads)
        for size in (3, 5):
            weight = Tensor(np.full((size, size, 16, 8), 0.1, np.float32), requires_grad=True)
            y = conv2d(x, weight, padding="same")
            results.append([y.data, *grad(y, [x, weight], np.sin(y.data))])
    for one, other in zip(results[:2] * 2, results[2:], strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_python_threads_share_the_engine():
    threads.set_num_threads(2)
    rng = np.random.default_rng(1)
    weight = rng.standard_normal((3, 3, 8, 8), np.float32)
    images = rng.standard_normal((6, 1, 64, 64, 8), np.float32)
    expected = [conv2d(image, weight, padding=1).data for image in images]
    found = [None] * len(images)

    def convolve(place):
        for _ in range(5):
            found[place] = conv2d(images[place], weight, padding=1).data

    users = [threading.Thread(target=convolve, args=(place,)) for place in range(len(images))]
    for user in users:
        user.start()
    for user in users:
        user.join()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert threads._settings.engaged == 0


def test_helpers_have_the_context_of_the_caller():
    """NumPy's errstate is part of it: overflow in a helper warns only if it would in the caller."""
    threads.set_num_threads(2)
    meeting = threading.Barrier(2, timeout=20)

    def work(_):
        meeting.wait()
        return np.float32(3e38) * np.float32(10)

    with np.errstate(over="ignore"):
        threads.run(work, range(2))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        threads.run(work, range(2))


def test_changing_the_number_of_threads_meanwhile():
    stop = threading.Event()

    def change():
        while not stop.is_set():
            threads.set_num_threads(1)
            threads.set_num_threads(2)

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(2000):
            done = []
            threads.run(done.append, range(2))
            assert sorted(done) == [0, 1]
    finally:
        stop.set()
        changer.join()


def test_work_goes_on_when_the_main_thread_has_ended():
    program = """
import threading, time
import numpy as np
from featmatch import threads
from featmatch.nn.convolution import conv2d
threads.set_num_threads(2)

def work():
    time.sleep(0.3)
    print(conv2d(np.ones((4, 64, 64, 16)), np.ones((3, 3, 16, 16))).shape)

threading.Thread(target=work).start()
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "(4, 62, 62, 16)"


@pytest.mark.skipif(BLAS is None, reason="NumPy is built on another BLAS than OpenBLAS")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_the_blas_as_its_thread_left_it():
    program = """
import os, threading
from featmatch import threads
from featmatch.blas import find_openblas
blas = find_openblas()
blas.set_num_threads(3)
inside, go_on = threading.Event(), threading.Event()

def other():
    with threads.one_blas_thread():
        inside.set()
        go_on.wait()

thread = threading.Thread(target=other)
thread.start()
inside.wait()
child = os.fork()
if child == 0:
    os._exit(blas.get_num_threads())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with threads.one_blas_thread():
    child = os.fork()
    if child == 0:
        held = blas.get_num_threads()
if child == 0:
    with threads.one_blas_thread():
        held += blas.get_num_threads()
    os._exit(10 * held + blas.get_num_threads())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go_on.set()
thread.join()
print(blas.get_num_threads())
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.split() == ["3", "23", "3"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_workers_of_its_own():
    program = """
import os, sys
import numpy as np
from featmatch import threads
from featmatch.nn.convolution import conv2d
threads.set_num_threads(2)
x, weight = np.ones((4, 64, 64, 16), np.float32), np.ones((3, 3, 16, 16), np.float32)
before = conv2d(x, weight).data
child = os.fork()
if child == 0:
    os._exit(0 if (conv2d(x, weight).data == before).all() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.strip() == "0"
