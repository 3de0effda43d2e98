"""What training tells while it goes on, and how it keeps to its time."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from small_training import (
    Weights,
    fit_weights,
    scripted,
    walk,
)

from featmatch.nn.optimizers import SGD
from featmatch.nn.training.loop import fit
from featmatch.nn.training.options import FitOptions
from featmatch.nn.training.progress import Progress, print_progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still; add to its element."""
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("max_seconds", "num_epochs"), [(0, 1), (10, 1), (19, 1), (20, 2), (1e9, 4)]
)
def test_time_ends_training(clock, max_seconds, num_epochs):
    def loss(network, batch):
        clock[0] += 5
        return walk(network, batch)

    result = fit_weights(Weights(0), loss, max_epochs=4, num_steps=2, max_seconds=max_seconds)
    assert len(result.history) == num_epochs
    assert result.stopped_by == ("max_epochs" if num_epochs == 4 else "max_seconds")
    assert result.history.epochs[0].seconds == 10


def test_progress_after_every_step_and_epoch(clock):
    def loss(network, batch):
        clock[0] += 1
        return walk(network, batch)

    seen = []
    fit_weights(
        Weights(0),
        loss,
        max_epochs=2,
        num_steps=2,
        validate=scripted(0.5, 0.75),
        progress=seen.append,
    )
    steps = {"max_epochs": 2, "num_steps": 2, "lr": 1.0}
    assert seen == [
        Progress(epoch=1, step=1, loss=0, seconds=1, seconds_left=3, **steps),
        Progress(epoch=1, step=2, loss=-0.5, seconds=2, seconds_left=2, **steps),
        Progress(
            epoch=1, step=2, loss=-0.5, seconds=2, seconds_left=2, validation={"loss": 0.5}, **steps
        ),
        Progress(epoch=2, step=1, loss=-2, seconds=3, seconds_left=1, **steps),
        Progress(epoch=2, step=2, loss=-2.5, seconds=4, seconds_left=0, **steps),
        Progress(
            epoch=2,
            step=2,
            loss=-2.5,
            seconds=4,
            seconds_left=0,
            validation={"loss": 0.75},
            **steps,
        ),
    ]


def test_time_left_is_not_more_than_the_limit(clock):
    def loss(network, batch):
        clock[0] += 1
        return walk(network, batch)

    seen = []
    fit_weights(Weights(0), loss, max_epochs=100, num_steps=2, max_seconds=5, progress=seen.append)
    assert [progress.seconds_left for progress in seen if progress.validation is None] == [
        4,
        3,
        2,
        1,
    ]


def test_a_source_without_length_is_known_after_an_epoch():
    class Endless:
        def batches(self, rng):
            return iter(range(3))

    network, seen = Weights(0), []
    optimizer = SGD(network.parameters(), lr=1)
    rng = np.random.default_rng(0)
    options = FitOptions(max_epochs=2, progress=seen.append)
    fit(network, walk, Endless(), optimizer, options, rng=rng)
    assert [progress.num_steps for progress in seen] == [None] * 3 + [3] * 5
    assert [progress.seconds_left is None for progress in seen] == [True] * 3 + [False] * 5


class Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.isatty = lambda: terminal


PROGRESS = Progress(
    epoch=2, max_epochs=5, step=3, num_steps=7, loss=0.12345, lr=0.1, seconds=9, seconds_left=3723.4
)
AT_END = Progress(**{**vars(PROGRESS), "validation": {"loss": 0.2, "accuracy": 0.5}})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "epoch 2/5, step 3/7, loss 0.1235, 1:02:03 left"),
        ({"num_steps": None, "seconds_left": None}, "epoch 2/5, step 3/?, loss 0.1235"),
        ({"seconds_left": 59.6}, "epoch 2/5, step 3/7, loss 0.1235, 1:00 left"),
        (
            {"validation": {"loss": 0.2}, "seconds_left": 0.0},
            "epoch 2/5, loss 0.1235, validation loss 0.2, 0:00 left\n",
        ),
    ],
)
def test_a_terminal_shows_a_line_that_is_renewed(monkeypatch, changes, line):
    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    print_progress(Progress(**{**vars(PROGRESS), **changes}))
    assert sys.stderr.getvalue() == f"\r\x1b[K{line}"


def test_a_file_gets_a_line_an_epoch(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Stream(terminal=False))
    print_progress(PROGRESS)
    assert sys.stderr.getvalue() == ""
    print_progress(AT_END)
    expected = (
        "epoch 2/5, loss 0.1235, validation loss 0.2, validation accuracy 0.5, 1:02:03 left\n"
    )
    assert sys.stderr.getvalue() == expected


def test_without_stderr_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    print_progress(AT_END)
