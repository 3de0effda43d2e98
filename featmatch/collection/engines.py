"""Engines: where the work on a collection is done. What is found does not depend on them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol, TypeVar

from featmatch.processes import Processes
from featmatch.threads import one_blas_thread

Job = TypeVar("Job")
Report = TypeVar("Report")

_TRIES = 3  # in a row, in which no job is done: what kills its process every time will go on so


class Engine(Protocol):
    """Does jobs: any object with these attributes."""

    @property
    def num_processes(self) -> int:
        """How many jobs are done at the same time."""

    def run(
        self, work: Callable[[Job], Report], jobs: Sequence[Job]
    ) -> Generator[Report, None, None]:
        """Call `work`, a function of a module, with each of the jobs.

        Yields
        ------
        object
            What it has returned, in any order. What it has raised is raised. Jobs are not begun
            any more once nobody asks for the next report.
        """


@dataclass(frozen=True)
class Serial:
    """Does one job after the other in this process, with all of its threads."""

    @property
    def num_processes(self) -> int:
        """One."""
        return 1

    def run(
        self, work: Callable[[Job], Report], jobs: Sequence[Job]
    ) -> Generator[Report, None, None]:
        """See `Engine.run`."""
        for job in jobs:
            with one_blas_thread():
                report = work(job)
            yield report


@dataclass(frozen=True)
class LocalProcesses:
    """Does jobs in several processes of this machine, with one thread each.

    A job whose process was killed is begun again, with the others that were at work.

    Parameters
    ----------
    num_processes : int
    """

    num_processes: int

    def run(
        self, work: Callable[[Job], Report], jobs: Sequence[Job]
    ) -> Generator[Report, None, None]:
        """See `Engine.run`.

        Raises
        ------
        FeatmatchError
            Processes are killed again and again, perhaps for lack of memory.
        """
        waiting = dict(enumerate(jobs))
        tries = 0
        while waiting:
            num_before = len(waiting)
            with Processes(min(self.num_processes, len(waiting))) as processes:
                futures = processes.submit_all(work, waiting.values())
                numbers = dict(zip(futures, list(waiting), strict=True))
                for future in as_completed(futures):
                    try:
                        report = future.result()
                    except BrokenProcessPool:
                        tries = tries + 1 if len(waiting) == num_before else 1
                        if tries == _TRIES:
                            raise
                        break
                    del waiting[numbers[future]]
                    yield report
