"""Several threads at work, each with a BLAS of one thread.

All that featmatch does on several threads goes through `run` or `parallel_map`. Work within work
shares the threads of the work around it, so that there are never more at work than were allowed.

A BLAS that starts threads of its own for every small matrix product loses more time waiting for
them than it gains, the more so on a busy machine. The work is divided here instead, into jobs large
enough to be worth it, and OpenBLAS is told to stay with one thread meanwhile.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from threading import Lock, local
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from featmatch.blas import find_openblas
from featmatch.checks import check_integer

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass
class _Settings:
    """What all threads of the process share."""

    num_threads: int = 0  # 0: not set, one for each processor
    pool: ThreadPoolExecutor | None = None
    engaged: int = 0  # calls under way that want a BLAS of one thread
    blas_threads: int = 1  # what to go back to after the last of them
    lock: Lock = field(default_factory=Lock)


_settings = _Settings()
_own = local()  # `engaged`: the calls of this thread alone
_share: ContextVar[int | None] = ContextVar("share", default=None)
"""Threads that the job under way may use; None outside of any job."""


def get_num_threads() -> int:
    """Return how many threads work on one operation, and on matching descriptors."""
    return _settings.num_threads or _num_processors()


def num_workers() -> int:
    """Return how many threads may share work that begins here.

    Inside of one of several jobs these are the job's share of all threads, at least 1.
    """
    return _share.get() or get_num_threads()


def set_num_threads(num_threads: int) -> None:
    """Choose how many threads work on one operation; 1 leaves all of it to the calling thread.

    What else divides work by `num_workers`, as the matching of descriptors does, keeps to it too.
    The setting holds for the whole process. Results do not depend on it.

    Raises
    ------
    ValueError
        `num_threads` is not a positive integer.
    """
    num_threads = check_integer("num_threads", num_threads, 1)
    with _settings.lock:
        _settings.num_threads = num_threads
        pool, _settings.pool = _settings.pool, None
    if pool:
        pool.shutdown(wait=False)


def run(
    work: Callable[[Job], object], jobs: Iterable[Job], *, max_workers: int | None = None
) -> None:
    """Call `work` with each of `jobs`, on several threads; the calling thread takes part.

    Parameters
    ----------
    work : callable
        May call this function again: then it divides its share of the threads. A single call has
        all of them to itself.
    jobs : iterable
    max_workers : int, optional
        The most threads, where each needs much memory. None sets no limit but `num_workers`.

    Raises
    ------
    Exception
        What one of the calls has raised; it ends the work.
    """
    waiting = deque(jobs)
    if len(waiting) == 1:
        with one_blas_thread():
            work(waiting[0])
        return

    def take() -> None:
        while waiting:
            try:
                job = waiting.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                work(job)
            except BaseException:
                waiting.clear()
                raise

    threads = num_workers()
    workers = max(1, min(threads, len(waiting), max_workers or threads))
    with one_blas_thread(), _sharing(threads // workers):
        futures = _submit(take, workers - 1)
        try:
            take()
        finally:
            errors = [future.exception() for future in futures if not future.cancel()]
    for error in errors:
        if error:
            raise error


def parallel_map(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    max_workers: int | None = None,
    on_result: Callable[[Job, Result], object] | None = None,
) -> list[Result]:
    """Call `work` with each of `jobs` as `run` does; return the results, in the order of the jobs.

    Parameters
    ----------
    work, jobs, max_workers
        See `run`.
    on_result : callable, optional
        Called with each job and its result in the order of the jobs, one at a time, as soon as the
        results of all jobs before it are there: while others are still at work.
    """
    waiting, results = list(jobs), dict[int, Result]()
    lock, num_told = Lock(), 0

    def work_at(place: int) -> None:
        nonlocal num_told
        results[place] = work(waiting[place])
        if on_result is None:
            return
        with lock:
            while num_told in results:
                on_result(waiting[num_told], results[num_told])
                num_told += 1

    run(work_at, range(len(waiting)), max_workers=max_workers)
    return [results[place] for place in range(len(waiting))]


@contextmanager
def _sharing(num_threads: int) -> Iterator[None]:
    """Give each job its share of the threads, in the context that `_submit` hands on to them."""
    token = _share.set(num_threads)
    try:
        yield
    finally:
        _share.reset(token)


def _submit(take: Callable[[], None], helpers: int) -> list[Future[None]]:
    """Let other threads work too, in the context of this one: with its `numpy.errstate`."""
    if helpers < 1:
        return []
    futures = []
    with _settings.lock:
        if _settings.pool is None:
            num_helpers = max(helpers, get_num_threads() - 1)
            _settings.pool = ThreadPoolExecutor(num_helpers, "featmatch")
        with suppress(RuntimeError):  # when the interpreter shuts down, there are no others
            for _ in range(helpers):
                futures.append(_settings.pool.submit(copy_context().run, take))
    return futures


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold OpenBLAS at one thread, until the last of all nested and parallel uses has ended.

    A single product on several threads of the BLAS leaves them busy, waiting for more, for tens of
    milliseconds: what runs next on other threads has to share the processors with them.
    """
    blas = find_openblas()
    if blas is None:
        yield
        return
    with _settings.lock:
        if _settings.engaged == 0:
            _settings.blas_threads = blas.get_num_threads()
            blas.set_num_threads(1)
        _settings.engaged += 1
        _own.engaged = getattr(_own, "engaged", 0) + 1
    try:
        yield
    finally:
        with _settings.lock:
            _settings.engaged -= 1
            _own.engaged -= 1
            if _settings.engaged == 0:
                blas.set_num_threads(_settings.blas_threads)


@one_blas_thread()
def product(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Multiply matrices as ``a @ b``, on one thread."""
    return np.asarray(a @ b)


def _forget_other_threads() -> None:
    """In a process just forked, which has the settings and one thread."""
    others = _settings.engaged - getattr(_own, "engaged", 0)
    _settings.pool, _settings.lock = None, Lock()
    _settings.engaged -= others
    blas = find_openblas() if others else None
    if blas and _settings.engaged == 0:
        blas.set_num_threads(_settings.blas_threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


def _num_processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
