"""Work that several threads share, with the results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from featmatch.nn.threads import run

Job = TypeVar("Job")
Result = TypeVar("Result")


def results_of(work: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
    """Call `work` with each of `jobs`, on the threads of the engine; the results, in their order.

    Inside of one of several jobs the network's layers stay on its thread; see `run`.
    """
    waiting = list(jobs)
    results: dict[int, Result] = {}

    def store(place: int) -> None:
        results[place] = work(waiting[place])

    run(store, range(len(waiting)))
    return [results[place] for place in range(len(waiting))]
