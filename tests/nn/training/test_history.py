"""The history of a training: what it holds, and its files."""

from __future__ import annotations

import csv
import dataclasses
import json

import numpy as np
import pytest
from made_histories import make_history, three_epochs

from featmatch import FeatmatchError, OutputError
from featmatch.nn.training.history import Epoch, History


@pytest.fixture
def history():
    return three_epochs()


def test_what_a_history_tells(history):
    assert (len(history), history.num_steps) == (3, 30)
    assert history.measured == ["loss", "accuracy"]
    assert history.best is history.epochs[1]


def test_a_history_does_not_change(history):
    longer = history.then(Epoch(4, 10, 0.1))
    assert (len(history), len(longer)) == (3, 4)
    for frozen in (history, history.epochs[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            frozen.num_steps = 5


@pytest.mark.parametrize(
    ("values", "higher_is_better", "best"),
    [
        ([3, 1, 1], False, 2),
        ([3, 1, 3], True, 1),
        ([0.0], False, 1),
        ([], False, None),
    ],
)
def test_the_best_epoch_is_the_first_of_equals(values, higher_is_better, best):
    history = make_history(
        [1] * len(values), {"score": values}, monitor="score", higher_is_better=higher_is_better
    )
    assert (history.best and history.best.number) == best


def test_without_validation_no_epoch_is_best():
    assert make_history([2, 1]).best is None
    assert make_history([2, 1], monitor=None).best is None


@pytest.mark.parametrize("num", [0, 1, 3])
def test_json_holds_everything_exactly(tmp_path, num):
    rng = np.random.default_rng(num)
    values = {"loss": rng.random(num).tolist(), "ü": (rng.random(num) * 1e-30).tolist()}
    history = make_history(rng.random(num).tolist(), values, monitor="ü", higher_is_better=True)
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json") == history
    assert json.loads((tmp_path / "history.json").read_bytes())["monitor"] == "ü"


def test_csv_has_a_line_an_epoch(tmp_path, history):
    history = history.then(Epoch(4, 10, 0.25, {"loss": 0.8}))
    history.save(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [
        "epoch",
        "num_steps",
        "loss",
        "validation_loss",
        "validation_accuracy",
        "lr",
        "seconds",
    ]
    assert rows[0] == ["1", "10", "2", "1.5", "0.5", "0.1", "2.5"]
    assert rows[3] == ["4", "10", "0.25", "0.8", "", "0.0", "0.0"]


@pytest.mark.parametrize(
    "content",
    [
        *[b"", b"[]", b"1", b"{}", b"\xff\x00", b"[" * 100_000, b'{"epochs":' * 100_000],
        *[b'{"epochs": [1]}', b'{"epochs": 1}', b'{"epochs": [], "other": 1}'],
        *[b'{"epochs": [], "monitor": 1}', b'{"epochs": [], "higher_is_better": "no"}'],
        *[b'{"epochs": [{}]}', b'{"epochs": [{"number": 1, "other": 1}]}'],
        *[b'{"epochs": [{"number": %s}]}' % value for value in (b'"1"', b"0", b"1.5", b"null")],
        *[b'{"epochs": [{"number": 1, "num_steps": %s}]}' % value for value in (b'"1"', b"-1")],
        *[b'{"epochs": [{"number": 1, "loss": %s}]}' % value for value in (b'"1"', b"null", b"[]")],
        *[b'{"epochs": [{"number": 1, "%s": "1"}]}' % name for name in (b"lr", b"seconds")],
        *[b'{"epochs": [{"number": 1, "validation": %s}]}' % v for v in (b"1", b'{"loss": "1"}')],
    ],
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "history.json"
    path.write_bytes(content)
    with pytest.raises(FeatmatchError, match=r"history\.json: is no history of a training; give a"):
        History.load(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Epoch(0), "number: expected an integer of at least 1, got 0"),
        (lambda: Epoch(1, loss=None), "loss: expected a number, got None"),
        (lambda: Epoch(1, validation=0.5), "validation: expected names and their values, got 0.5"),
        (lambda: Epoch(1, validation={1: 0.5}), "validation: expected words as names, got 1"),
        (lambda: Epoch(1, validation={"a": True}), "a: expected a number, got True"),
        (lambda: History((1,)), r"epochs: expected a tuple of Epoch, got \(1,\)"),
        (lambda: History(monitor=1), "monitor: expected a name or None, got 1"),
        (lambda: History(higher_is_better=1), "higher_is_better: expected True or False, got 1"),
    ],
)
def test_values_of_other_kinds_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_places_that_cannot_be_used_are_told(tmp_path, history):
    with pytest.raises(FeatmatchError, match=r"none\.json: cannot be read \(no such file"):
        History.load(tmp_path / "none.json")
    with pytest.raises(OutputError, match=r"h\.json: there is no folder"):
        history.save(tmp_path / "none" / "h.json")
    with pytest.raises(ValueError, match=r"path: expected a name ending in \.json \.csv, got 'h'"):
        history.save("h")
