"""One process or several: the same scores, the same errors."""

from __future__ import annotations

import os
from dataclasses import asdict, replace

import pytest
from tiny_suites import METHOD, NUM_KEYPOINTS, planar, write_pairs

from featmatch.errors import FeatmatchError, ImageReadError
from featmatch.evaluation.bench import tasks
from featmatch.evaluation.bench.methods import BenchMethod
from featmatch.evaluation.bench.pair_score import BenchOptions
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.tasks import Task, run_tasks

TIMES = ("seconds", "stage_seconds", "step_seconds", "num_processes")


def tasks_of(folder, num_processes=1):
    suite = read_suite(folder)
    options = BenchOptions(max_keypoints=NUM_KEYPOINTS)
    return [
        Task(suite.name, pair, BenchMethod(METHOD, METHOD), options, num_processes)
        for pair in suite.pairs
    ]


def measures(scores):
    """All but the times, by the name of the pair."""
    plain = {score.pair: asdict(score) for score in scores}
    for values in plain.values():
        for name in TIMES:
            del values[name]
    return plain


def end_process(task):
    """Stand in for what scores a pair: the process ends."""
    os._exit(9)


def test_one_process_or_two_give_the_same_scores(tmp_path):
    folder = write_pairs(tmp_path / "tiny")
    alone = list(run_tasks(tasks_of(folder), 1))
    assert [score.pair for score in alone] == ["turn2", "points", "cameras", "unrelated"]
    together = list(run_tasks(tasks_of(folder, num_processes=2), 2))
    assert measures(together) == measures(alone)
    assert {score.num_processes for score in together} == {2}


def test_no_tasks_are_no_fault():
    assert list(run_tasks([], 1)) == list(run_tasks([], 2)) == []


@pytest.mark.parametrize("num_processes", [1, 2])
def test_errors_come_through(tmp_path, num_processes):
    folder = write_pairs(tmp_path / "tiny", [planar(2)])
    (folder / "2.png").write_bytes(b"This is a shopping list.")
    with pytest.raises(ImageReadError, match=r"2\.png: not an image in a known format"):
        list(run_tasks(tasks_of(folder), num_processes))


def test_a_process_that_ends_is_told(tmp_path, monkeypatch):
    folder = write_pairs(tmp_path / "tiny", [planar(2), planar(3)])
    monkeypatch.setattr(tasks, "run_task", end_process)
    with pytest.raises(FeatmatchError) as caught:
        list(run_tasks(tasks_of(folder), 2))
    assert str(caught.value) == (
        "a process ended before its work was done, perhaps for lack of memory; close other "
        "programs, or ask for smaller images or fewer of them at a time"
    )


def test_scores_come_as_they_are_made(tmp_path, monkeypatch):
    """So that they can be kept before the next one is begun."""
    begun = []

    def score_pair(suite, pair, *others):
        begun.append(pair.name)
        return pair.name

    monkeypatch.setattr(tasks, "score_pair", score_pair)
    (task,) = tasks_of(write_pairs(tmp_path / "tiny", [planar(2)]))
    work = run_tasks([task, replace(task, pair=replace(task.pair, name="next"))], 1)
    assert next(work) == "turn2"
    assert begun == ["turn2"]
    assert list(work) == ["next"]
