"""Several threads at work, each with a BLAS of one thread.

A BLAS that starts threads of its own for every small matrix product loses more time waiting for
them than it gains, the more so on a busy machine. The work is divided here instead, into jobs large
enough to be worth it, and OpenBLAS is told to stay with one thread meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock, local
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from featmatch.nn.checks import check_integer

Job = TypeVar("Job")


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
_in_a_job: ContextVar[bool] = ContextVar("in_a_job", default=False)


def get_num_threads() -> int:
    """Return how many threads work on one operation, and on matching descriptors."""
    return _settings.num_threads or _num_processors()


def num_workers() -> int:
    """Return how many threads may share work that begins here: 1 inside of one of several jobs."""
    return 1 if _in_a_job.get() else get_num_threads()


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


def run(work: Callable[[Job], object], jobs: Iterable[Job]) -> None:
    """Call `work` with each of `jobs`, on several threads; the calling thread takes part.

    An error in one of the calls ends the work and is raised here. If one of several comes back to
    this function, it works on its own thread alone: all others have jobs already. A single call has
    all threads to itself.
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

    helpers = min(num_workers(), len(waiting)) - 1
    with one_blas_thread(), _within_a_job():
        futures = _submit(take, helpers)
        try:
            take()
        finally:
            errors = [future.exception() for future in futures if not future.cancel()]
    for error in errors:
        if error:
            raise error


@contextmanager
def _within_a_job() -> Iterator[None]:
    """Mark the context, which `_submit` hands on to other threads."""
    token = _in_a_job.set(True)
    try:
        yield
    finally:
        _in_a_job.reset(token)


def _submit(take: Callable[[], None], helpers: int) -> list[Future[None]]:
    """Let other threads work too, in the context of this one: with its `numpy.errstate`."""
    if helpers < 1:
        return []
    futures = []
    with _settings.lock:
        if _settings.pool is None:
            num_helpers = max(helpers, get_num_threads() - 1)
            _settings.pool = ThreadPoolExecutor(num_helpers, "featmatch-nn")
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
    blas = _find_openblas()
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


@dataclass(frozen=True)
class _OpenBlas:
    get_num_threads: Callable[[], int]
    set_num_threads: Callable[[int], object]


@cache
def _find_openblas() -> _OpenBlas | None:
    """OpenBLAS's own setting, if NumPy brought that library along; None with any other BLAS."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            library = ctypes.CDLL(str(path))
            for name in ("scipy_openblas_{}64_", "openblas_{}64_", "openblas_{}"):
                try:
                    return _OpenBlas(
                        getattr(library, name.format("get_num_threads")),
                        getattr(library, name.format("set_num_threads")),
                    )
                except AttributeError:
                    continue
    return None


def _forget_other_threads() -> None:
    """In a process just forked, which has the settings and one thread."""
    others = _settings.engaged - getattr(_own, "engaged", 0)
    _settings.pool, _settings.lock = None, Lock()
    _settings.engaged -= others
    blas = _find_openblas() if others else None
    if blas and _settings.engaged == 0:
        blas.set_num_threads(_settings.blas_threads)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


def _num_processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
