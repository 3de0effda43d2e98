"""Other processes that do a part of the work, and end when this one no longer waits for it.

They are spawned, not forked: a forked process would hold locks of threads that it does not have.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnContext, SpawnProcess
from operator import call
from types import TracebackType
from typing import Any, Self, TypeVar

from featmatch import threads
from featmatch.errors import FeatmatchError
from featmatch.threads import one_blas_thread

_HELD_BACK = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
Job = TypeVar("Job")
Result = TypeVar("Result")


class Processes:
    """Other processes, each with one thread of OpenCV, of the engine and of the BLAS.

    They begin when there is work for them. To be used as a context: when it is left by Ctrl-C or an
    error, they end at once; otherwise work that nobody waits for any more is not begun. However
    this process ends, by a signal that it cannot handle too, they end with it.

    Parameters
    ----------
    num_processes : int
        The most of them.

    Raises
    ------
    FeatmatchError
        When the context is left because a process has ended by itself, perhaps for lack of memory.
    """

    def __init__(self, num_processes: int) -> None:
        self._context = _Context()
        self._pool = ProcessPoolExecutor(num_processes, self._context, _prepare)

    def __enter__(self) -> Self:
        return self

    def submit_all(
        self, work: Callable[[Job], Result], jobs: Iterable[Job]
    ) -> list[Future[Result]]:
        """Have `work`, a function of a module, called with each of `jobs`.

        Returns
        -------
        list of Future
            In the order of the jobs; their results raise what the work has raised.
        """
        with _signals_held_back():
            futures = [self._pool.submit(_on_one_thread, work, job) for job in jobs]
        for future in futures:
            _let_canceled_stay(future)
        return futures

    def share(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Have `work` done here or elsewhere, wherever there is time for it first.

        Parameters
        ----------
        work : callable
            Without arguments; it can be pickled.

        Returns
        -------
        callable
            Its result or what it raises: waits if another process is at work on it already, and
            does the work in this one if none has begun.
        """
        (future,) = self.submit_all(call, (work,))
        return lambda: work() if future.cancel() else future.result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            for process in self._context.made:
                if process.is_alive():
                    process.terminate()
        self._pool.shutdown(cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise FeatmatchError(
                "a process ended before its work was done, perhaps for lack of memory; close other "
                "programs, or ask for smaller images or fewer of them at a time"
            ) from error


class _Context(SpawnContext):
    """Spawns processes, and remembers which: others of the program are not ours to end."""

    def __init__(self) -> None:
        self.made: list[SpawnProcess] = []

    def Process(self, *args: Any, **options: Any) -> SpawnProcess:  # type: ignore[override] # noqa: N802
        """Make a process, as the attribute of the same name does."""
        process = SpawnProcess(*args, **options)
        self.made.append(process)
        return process


def _let_canceled_stay(future: Future[Any]) -> None:
    """Have a future that is canceled pass over the error of a process that has ended.

    In Python 3.11 it raises another one instead, in the thread that manages the processes: that
    ends, and whoever waits for its queue waits for ever.
    """
    set_exception = future.set_exception

    def set_unless_canceled(exception: BaseException | None) -> None:
        with suppress(InvalidStateError):
            set_exception(exception)

    future.set_exception = set_unless_canceled  # type: ignore[method-assign]


def _on_one_thread(work: Callable[[Job], Result], job: Job) -> Result:
    with one_blas_thread():
        return work(job)


def _prepare() -> None:
    """Leave Ctrl-C to the process that began this one, and other processors to its others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    import cv2  # the engine's processes need it no more than the engine does: not before here

    cv2.setNumThreads(1)
    threads.set_num_threads(1)


def _end_with_parent() -> None:
    """Wait for the pipe to the parent to close, as it does however the parent ends; end then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let signals that Python handles wait until processes have begun.

    Ctrl-C, which comes to all processes, is kept from the new ones until they are prepared.
    """
    if threading.current_thread() is not threading.main_thread():  # it is the one they interrupt
        yield
        return
    before = {number: signal.getsignal(number) for number in _HELD_BACK}
    handled = [number for number, handler in before.items() if callable(handler)]
    came: list[int] = []
    for number in handled:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        with _sigint_blocked():
            yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
    if came:
        signal.raise_signal(came[0])


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
