"""Scores of many pairs, made one after the other or by several processes."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

import cv2

from featmatch import nn
from featmatch.errors import FeatmatchError
from featmatch.evaluation.pair_score import MatchOptions, PairScore
from featmatch.evaluation.scoring import score_pair
from featmatch.evaluation.suites import SuitePair
from featmatch.nn.threads import one_blas_thread


@dataclass(frozen=True)
class Task:
    """A pair to be scored with a method; see `score_pair`."""

    suite: str
    pair: SuitePair
    method: str
    options: MatchOptions
    num_jobs: int


def run_tasks(tasks: Sequence[Task], num_jobs: int) -> Generator[PairScore]:
    """Do the tasks and give each score as soon as it is there.

    Parameters
    ----------
    tasks : sequence of Task
    num_jobs : int
        Processes. 1 does the work in this one, with all of its threads, in order; each of several
        has one thread of OpenCV and of the BLAS, and the order is that in which they end.

    Raises
    ------
    FeatmatchError
        A process has ended by itself, perhaps for lack of memory.

    Notes
    -----
    When the work is broken off, by Ctrl-C or an error, all processes end at once.
    """
    if num_jobs == 1:
        for task in tasks:
            yield _run(task)
        return
    others = set(multiprocessing.active_children())
    # Spawned, not forked: a forked process would hold locks of threads that it does not have.
    pool = ProcessPoolExecutor(
        min(num_jobs, max(1, len(tasks))),
        multiprocessing.get_context("spawn"),
        _prepare_process,
        (tasks,),
    )
    try:
        with _ctrl_c_held_back():
            futures = [pool.submit(_run_alone, place) for place in range(len(tasks))]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise FeatmatchError(
            "a process ended before its pair was scored, perhaps for lack of memory; go on with "
            "fewer jobs"
        ) from error
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _run(task: Task) -> PairScore:
    return score_pair(task.suite, task.pair, task.method, task.options, task.num_jobs)


def _run_alone(place: int) -> PairScore:
    with one_blas_thread():
        return _run(_own_tasks[place])


_own_tasks: list[Task] = []
"""In a process that was spawned: all tasks, so that a number is enough to hand one out."""


def _prepare_process(tasks: Sequence[Task]) -> None:
    """Leave Ctrl-C to the process that began this one, and other processors to its others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    nn.set_num_threads(1)
    _own_tasks[:] = tasks


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Let Ctrl-C wait until processes have begun, and keep it from them until they are prepared."""
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with _sigint_blocked():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block the signal in this thread, and in processes begun by it; not on Windows."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
