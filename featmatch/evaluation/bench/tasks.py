"""Scores of many pairs, made one after the other or by several processes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from featmatch.evaluation.bench.methods import BenchMethod
from featmatch.evaluation.bench.pair_score import BenchOptions, PairScore
from featmatch.evaluation.bench.scoring import score_pair
from featmatch.evaluation.bench.suites import SuitePair
from featmatch.processes import Processes


@dataclass(frozen=True)
class Task:
    """A pair to be scored with a method; see `score_pair`."""

    suite: str
    pair: SuitePair
    method: BenchMethod
    options: BenchOptions
    num_processes: int


def run_tasks(tasks: Sequence[Task], num_processes: int) -> Generator[PairScore]:
    """Do the tasks and give each score as soon as it is there.

    Parameters
    ----------
    tasks : sequence of Task
    num_processes : int
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
    if num_processes == 1:
        for task in tasks:
            yield run_task(task)
        return
    with Processes(min(num_processes, max(1, len(tasks)))) as processes:
        for future in as_completed(processes.submit_all(run_task, tasks)):
            yield future.result()


def run_task(task: Task) -> PairScore:
    """Score the pair of a task."""
    method, name = task.method.method, task.method.name
    return score_pair(task.suite, task.pair, method, task.options, task.num_processes, name)
