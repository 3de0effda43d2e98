"""Other processes that do a part of the work, and end when this one no longer waits for it.

They are spawned, not forked: a forked process would hold locks of threads that it does not have.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import cv2

from featmatch import nn
from featmatch.errors import FeatmatchError
from featmatch.nn.threads import one_blas_thread

Job = TypeVar("Job")
Result = TypeVar("Result")


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Have other processes at hand, each with one thread of OpenCV, of the engine and of the BLAS.

    They begin when `begin` gives them work. When the block is left by Ctrl-C or an error, they end
    at once; otherwise what nobody waits for any more is not begun.

    Parameters
    ----------
    count : int
        The most of them.

    Yields
    ------
    ProcessPoolExecutor
        For `begin`.

    Raises
    ------
    FeatmatchError
        A process has ended by itself, perhaps for lack of memory.
    """
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _prepare)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise FeatmatchError(
            "a process ended before its work was done, perhaps for lack of memory; take smaller "
            "images or fewer jobs"
        ) from error
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def begin(
    pool: ProcessPoolExecutor, work: Callable[[Job], Result], jobs: Iterable[Job]
) -> list[Future[Result]]:
    """Have `work`, a function of a module, called with each of `jobs` in other processes.

    Returns
    -------
    list of Future
        In the order of the jobs; their results raise what the work has raised.
    """
    with _ctrl_c_held_back():
        return [pool.submit(_on_one_thread, work, job) for job in jobs]


def _on_one_thread(work: Callable[[Job], Result], job: Job) -> Result:
    with one_blas_thread():
        return work(job)


def _prepare() -> None:
    """Leave Ctrl-C to the process that began this one, and other processors to its others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    nn.set_num_threads(1)


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
