"""`bench`: run methods over suites of pairs with ground truth, and report what a paper reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from featmatch.checks import check_integer, show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.evaluation.bench.methods import named_methods
from featmatch.evaluation.bench.pair_score import BenchOptions, PairScore
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.record import FILE, BenchRecord, pair_digest, settings_of
from featmatch.evaluation.bench.suites import Suite
from featmatch.evaluation.bench.summary import BenchSummary, summarize
from featmatch.evaluation.bench.tasks import Task, run_tasks
from featmatch.files import check_folder
from featmatch.pipeline import Pipeline

Progress = Callable[[str, float], object]
"""Called with what is being done and the share of it that is done."""


@dataclass(frozen=True)
class BenchResult:
    """What methods did on suites.

    Parameters
    ----------
    settings : dict
        Options and versions that all numbers were made with.
    methods : dict of str to list of dict
        Method -> how it finds, matches and verifies features, one entry for each of its steps, as
        text.
    summaries : tuple of BenchSummary
        One for each suite and method, followed by those of the suite's groups if it has several.
    scores : tuple of PairScore
        Of each pair, in the order of suites, methods and pairs.
    """

    settings: dict[str, Any]
    methods: dict[str, list[dict[str, Any]]]
    summaries: tuple[BenchSummary, ...]
    scores: tuple[PairScore, ...]


def bench(
    suites: Sequence[Suite | str | PathLike[str]],
    methods: Sequence[str | Pipeline] | Mapping[str, str | Pipeline] = ("auto",),
    *,
    folder: str | PathLike[str] | None = None,
    max_pairs: int | None = None,
    num_processes: int = 1,
    seed: int = 0,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    progress: Progress | None = None,
) -> BenchResult:
    """Run methods over suites of pairs with ground truth.

    Each pair is matched by `featmatch.match`; the method is asked for a homography on planar pairs,
    for a fundamental matrix on scenes with depth, and for its own choice where no geometry is
    known. Apart from the times, results do not depend on the number of processes.

    Parameters
    ----------
    suites : sequence of Suite or path
        Folders as `read_suite` reads them.
    methods : sequence of str or Pipeline, or mapping of str to these
        ``"auto"``, names in `featmatch.METHODS`, and pipelines of your own. In tables a pipeline is
        called like its extractor; a mapping gives other names.
    folder : path, optional
        Where scores of pairs are kept as soon as they are there, in the file ``scores.jsonl``; the
        folder is made if there is none. Pairs that are in it already are not matched again. None
        keeps nothing.
    max_pairs : int, optional
        So many pairs of each suite, the first ones. None takes all.
    num_processes : int
        Processes that work at the same time, with one thread of OpenCV and of the BLAS each; 1
        works in this process, with all of its threads. A script that asks for several has to do so
        below ``if __name__ == "__main__":``, as for every use of `multiprocessing`.
    seed : int
        Of the random search.
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off.
    max_keypoints : int, optional
        The most keypoints in an image. None leaves the default of each method.
    progress : callable, optional
        ``progress("matching pairs", share)`` is called before and after every pair.

    Returns
    -------
    BenchResult

    Raises
    ------
    SuiteError
        See `read_suite`.
    OutputError
        The folder cannot be written to, or its scores were made with other settings, other
        versions, or of pairs or with methods that have changed since.
    ValueError, TypeError
        An argument is not as described; scores cannot be kept of a pipeline whose ``repr`` does not
        tell its options.
    ImageReadError, MissingExtraError, WeightsError
        See `featmatch.match`.
    FeatmatchError
        A process ended by itself.

    Examples
    --------
    >>> import featmatch
    >>> result = featmatch.bench(["samples"], ["orb", "sift"])
    >>> [summary.homography_auc for summary in result.summaries]
    """
    options = BenchOptions(seed, max_size, max_keypoints)
    named = named_methods(methods)
    check_integer("num_processes", num_processes, 1, 1024)
    described = {method.name: method.described(max_keypoints) for method in named}
    read = _read_suites(suites, max_pairs)
    settings = settings_of(options)
    tasks = [
        Task(suite.name, pair, method, options, num_processes)
        for suite in read
        for pair in suite.pairs
        for method in named
    ]
    scores = {
        (score.suite, score.pair, score.method): score
        for score in _scores(tasks, settings, folder, progress or (lambda part, done: None))
    }
    ordered = [
        [scores[suite.name, pair.name, method.name] for pair in suite.pairs]
        for suite in read
        for method in named
    ]
    return BenchResult(
        settings=settings,
        methods=described,
        summaries=tuple(summary for row in ordered for summary in _summaries(row)),
        scores=tuple(score for row in ordered for score in row),
    )


def _scores(
    tasks: Sequence[Task],
    settings: dict[str, Any],
    folder: str | PathLike[str] | None,
    progress: Progress,
) -> Iterator[PairScore]:
    """Give the scores that are kept, then those still to be made, which are kept first."""
    record, done, digests = None, {}, {}
    if folder is not None:
        check_folder(folder, [FILE])
        methods = {task.method.name: task.method for task in tasks}
        hows = {name: method.digest() for name, method in methods.items()}
        digests = {(task.suite, task.pair.name): pair_digest(task.pair) for task in tasks}
        record = BenchRecord(Path(folder), settings, hows)
        done = record.read(digests)
    waiting = [task for task in tasks if (task.suite, task.pair.name, task.method.name) not in done]
    yield from done.values()
    num_done = len(tasks) - len(waiting)
    progress("matching pairs", num_done / len(tasks))
    with closing(run_tasks(waiting, tasks[0].num_processes)) as made:
        for score in made:
            if record is not None:
                record.add(score, digests[score.suite, score.pair])
            num_done += 1
            progress("matching pairs", num_done / len(tasks))
            yield score


def _read_suites(
    suites: Sequence[Suite | str | PathLike[str]], max_pairs: int | None
) -> list[Suite]:
    if max_pairs is not None:
        check_integer("max_pairs", max_pairs, 1, 2**31 - 1)
    if not isinstance(suites, Sequence) or isinstance(suites, str) or not suites:
        raise ArgumentTypeError(f"suites: expected a sequence of at least one, got {show(suites)}")
    read = [suite if isinstance(suite, Suite) else read_suite(suite) for suite in suites]
    names = [suite.name for suite in read]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ArgumentError(f"suites: expected names that differ, got {double!r} twice")
    return [Suite(suite.name, suite.pairs[:max_pairs]) for suite in read]


def _summaries(scores: list[PairScore]) -> Iterator[BenchSummary]:
    yield summarize(scores)
    groups = dict.fromkeys(score.group for score in scores if score.group)
    if len(groups) > 1:
        for group in groups:
            yield summarize([score for score in scores if score.group == group], group)
