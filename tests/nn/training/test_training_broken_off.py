"""Training that is interrupted or fails: the network keeps its last good state."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from small_training import (
    Weights,
    assert_equal,
    fit_weights,
    loss_of,
    make_training,
    modes,
    scripted,
    validation_loss,
    walk,
    without_seconds,
)

import featmatch.files
import featmatch.nn
from featmatch import TrainingError
from featmatch.nn.activation_layers import ReLU
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.layers import Conv2d
from featmatch.nn.module import Sequential
from featmatch.nn.optimizers import SGD, Adam
from featmatch.nn.training.data import ArrayBatches
from featmatch.nn.training.loop import fit
from featmatch.nn.training.options import FitOptions
from featmatch.threads import get_num_threads, set_num_threads

NN = Path(featmatch.nn.__file__).parent
FILES = Path(featmatch.files.__file__), Path(featmatch.archives.__file__)
TRAINING = ("averaging", "checkpoint", "epoch", "history", "loop", "optimizers")


def after(steps, action, loss=loss_of):
    """A loss that does something else once `steps` were made."""
    count = itertools.count()

    def changed(network, batch):
        return action(network) if next(count) == steps else loss(network, batch)

    return changed


def interrupt(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 6, 8])
@pytest.mark.parametrize("validate", [validation_loss, None])
def test_an_interrupt_in_a_step_keeps_the_whole_epochs(tmp_path, steps, validate):
    """Three steps are an epoch."""
    path = tmp_path / "checkpoint.npz"
    epochs = steps // 3
    broken, resumed, whole = make_training(), make_training(), make_training()
    result = broken.fit(loss=after(steps, interrupt), validate=validate, checkpoint=path)
    assert result.interrupted
    assert len(result.history) == epochs
    if epochs:
        expected = make_training()
        expected.fit(max_epochs=epochs, validate=validate)
        assert_equal(broken.everything(), expected.everything())
    else:
        assert_equal(broken.everything(), make_training().everything())
    resumed.fit(validate=validate, checkpoint=path)
    whole.fit(validate=validate)
    assert_equal(resumed.everything(), whole.everything())


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_an_interrupt_in_validation_undoes_its_epoch(tmp_path, epochs):
    path = tmp_path / "checkpoint.npz"
    broken, resumed, whole, expected = (make_training() for _ in range(4))
    result = broken.fit(validate=after_validations(epochs), checkpoint=path)
    assert result.interrupted
    if epochs:
        history = expected.fit(max_epochs=epochs).history
        assert without_seconds(result.history) == without_seconds(history)
    assert_equal(broken.everything(), expected.everything())
    resumed.fit(checkpoint=path)
    whole.fit()
    assert_equal(resumed.everything(), whole.everything())


def after_validations(count):
    left = itertools.count(count, -1)
    return lambda network: validation_loss(network) if next(left) else interrupt()


def test_an_interrupt_between_epochs_keeps_the_epoch():
    network = Weights(0)

    def progress(told):
        if told.epoch == 2 and told.validation is not None:
            raise KeyboardInterrupt

    result = fit_weights(network, walk, max_epochs=5, progress=progress)
    assert result.interrupted
    assert (len(result.history), network.weight.data) == (2, 2)


def test_a_real_ctrl_c_is_one():
    network = Weights(0)

    def loss(network, batch):
        if batch == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return walk(network, batch)

    result = fit_weights(network, loss, max_epochs=5, num_steps=2)
    assert result.interrupted
    assert (len(result.history), network.weight.data) == (3, 6)


@pytest.mark.parametrize(
    "place", ["featmatch.nn.training.epoch.grad", "featmatch.nn.training.checkpoint.write_archive"]
)
def test_an_interrupt_deep_inside_leaves_a_whole_state(tmp_path, monkeypatch, place):
    path = tmp_path / "checkpoint.npz"
    broken, resumed, whole = make_training(), make_training(), make_training()

    def progress(told):
        if told.epoch == 3:
            monkeypatch.setattr(place, interrupt)

    result = broken.fit(checkpoint=path, progress=progress)
    monkeypatch.undo()
    assert result.interrupted
    expected = make_training()
    expected.fit(max_epochs=len(result.history))
    assert_equal(broken.everything(), expected.everything())
    resumed.fit(checkpoint=path)
    whole.fit()
    assert_equal(resumed.everything(), whole.everything())


class LineByLine:
    """Notes the lines of training that run in a with-block, and interrupts at one of them.

    From where `fit` puts back the last good state, a few copies, it looks away.
    """

    def __init__(self, line=None):
        self.line, self.seen = line, []

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.follow)
        return self.seen

    def __exit__(self, *_):
        sys.settrace(self.before)

    def follow(self, frame, event, argument):
        file = Path(frame.f_code.co_filename)
        if frame.f_code.co_name == "restore" and frame.f_back.f_code.co_name == "fit":
            sys.settrace(None)
        if file not in FILES and (NN not in file.parents or file.stem not in TRAINING):
            return None
        if event == "line":
            self.seen.append((file.stem, frame.f_lineno))
            if self.seen[-1] == self.line and self.seen.count(self.line) == 2:
                raise KeyboardInterrupt
        return self.follow


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # unclosed files
def test_an_interrupt_at_any_line_keeps_whole_epochs(tmp_path):
    """At the second run of every seventh of the lines that run more than once."""
    wholes = [make_training() for _ in range(3)]
    for epochs in (1, 2):
        wholes[epochs].fit(max_epochs=epochs)
    with LineByLine() as seen:
        make_training().fit(max_epochs=2, checkpoint=tmp_path / "noted.npz")
    lines = sorted(line for line, count in Counter(seen).items() if count > 1)
    assert len(lines) > 150
    for line in lines[::7]:
        path = tmp_path / f"{line[0]}-{line[1]}.npz"
        broken, resumed = make_training(), make_training()
        with LineByLine(line):
            try:
                epochs = len(broken.fit(max_epochs=2, checkpoint=path).history)
            except KeyboardInterrupt:  # before training began
                epochs = 0
        assert_equal(broken.everything(), wholes[epochs].everything())
        resumed.fit(max_epochs=2, checkpoint=path)
        assert_equal(resumed.everything(), wholes[2].everything())


def test_modes_are_restored_after_an_interrupt():
    training = make_training()
    training.network.eval()
    training.fit(loss=after(4, interrupt))
    assert modes(training.network) == [False] * 6


def test_an_error_of_the_loss_keeps_the_whole_epochs():
    def fail(network):
        raise ZeroDivisionError("not mine")

    training, expected = make_training(), make_training()
    with pytest.raises(ZeroDivisionError, match="not mine"):
        training.fit(loss=after(7, fail))
    expected.fit(max_epochs=2)
    assert_equal(training.everything(), expected.everything())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_is_told(value):
    def break_down(network):
        loss = network.layers[4].weight.sum()
        loss.data = np.float32(value)
        return loss

    training, expected = make_training(), make_training()
    message = (
        r"epoch 3, step 2: the loss is not a finite number any more; lower the learning rate \(it"
        r" is 0\.1\d+\) or max_norm \(2\.0\), and check the data; the network has its last good"
        r" weights"
    )
    with pytest.raises(TrainingError, match=message):
        training.fit(loss=after(7, break_down))
    expected.fit(max_epochs=2)
    assert_equal(training.everything(), expected.everything())


@pytest.mark.parametrize(
    ("loss", "lr", "message"),
    [
        (lambda n, _: (n.weight * 1e20 * n.weight * 1e20).sum(), 1, "step 1: the loss is not"),
        (lambda n, _: (-n.weight + 1).sum() / 1e-40, 1, "step 1: a gradient is not"),
        (lambda n, _: (n.weight * -1e5).sum(), 1e38, "step 1: a weight is not"),
    ],
)
def test_training_that_diverges_is_told_and_undone(loss, lr, message):
    network = Weights(1)
    with pytest.raises(TrainingError, match=message):
        fit_weights(network, loss, lr=lr)
    assert network.weight.data == 1


@pytest.mark.parametrize("optimizer", [SGD, Adam])
@pytest.mark.parametrize("average", [True, False])
def test_enormous_gradients_are_clipped(optimizer, average):
    training = make_training(optimizer=optimizer, average=average)
    history = training.fit(max_norm=1, loss=lambda *given: loss_of(*given) * 1e25).history
    assert len(history) == 6
    assert history.epochs[-1].loss < history.epochs[0].loss


def test_a_state_of_the_optimizer_that_is_not_finite_is_told():
    """The squares of these gradients are too large for float32."""
    training, same = make_training(optimizer=Adam), make_training(optimizer=Adam)
    with pytest.raises(TrainingError, match="epoch 1, step 1: the optimizer's state is not a fini"):
        training.fit(max_norm=None, loss=lambda *given: loss_of(*given) * 1e25)
    assert_equal(training.everything(), same.everything())


@pytest.fixture
def two_threads():
    before = get_num_threads()
    set_num_threads(2)
    yield
    set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("max_norm", [None, 1.0])
@pytest.mark.parametrize("average", [True, False])
def test_divergence_on_several_threads_is_no_warning(max_norm, average):
    rng = np.random.default_rng(0)
    network = Sequential(
        Conv2d(16, 16, 3, padding=1, rng=rng),
        ReLU(),
        Conv2d(16, 16, 3, padding=1, rng=rng),
        ReLU(),
        Conv2d(16, 1, 1, rng=rng),
    )
    images = rng.standard_normal((8, 64, 64, 16)).astype(np.float32)

    def loss(network, batch):
        output = network(batch[0])
        return (output * output).mean()

    def validate(network):
        return loss(network, [images]).item()

    average = WeightAverage(network) if average else None
    data, optimizer = ArrayBatches(images, batch_size=8), SGD(network.parameters(), lr=1e25)
    options = FitOptions(max_epochs=5, max_norm=max_norm, average=average, validate=validate)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrainingError, match="is not a finite number"):
            fit(network, loss, data, optimizer, options, rng=rng)
    assert all(np.isfinite(array).all() for array in network.state_dict().values())


def test_a_validation_value_that_is_not_finite_is_told():
    network = Weights(0)
    values = {"loss": 1, "score": float("nan")}
    with pytest.raises(TrainingError, match="epoch 2: validation score is not a finite number any"):
        fit_weights(network, walk, max_epochs=3, validate=scripted({"loss": 1, "score": 1}, values))
    assert network.weight.data == 1
