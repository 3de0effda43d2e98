"""A training that was broken off goes on as if it had not been."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_training import (
    assert_equal,
    loss_of,
    make_training,
    validation_loss,
    without_seconds,
)

from featmatch import OutputError, WeightsError
from featmatch.archives import read_archive, write_archive
from featmatch.nn.activation_layers import LeakyReLU
from featmatch.nn.optimizers import SGD, Adam, AdamW
from featmatch.nn.weights import load_weights, save_weights

OPTIMIZERS = [(SGD, {"nesterov": True}), (Adam, {}), (AdamW, {})]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.npz"


@pytest.mark.parametrize(("optimizer", "options"), OPTIMIZERS)
@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("validate", [validation_loss, None])
def test_six_epochs_are_three_and_three(path, optimizer, options, average, validate):
    whole = make_training(optimizer=optimizer, average=average, **options)
    result = whole.fit(validate=validate)
    halves = [make_training(optimizer=optimizer, average=average, **options) for _ in range(2)]
    for epochs, training in zip((3, 6), halves, strict=True):
        again = training.fit(max_epochs=epochs, validate=validate, checkpoint=path)
    assert_equal(halves[1].everything(), whole.everything())
    assert without_seconds(again.history) == without_seconds(result.history)
    assert len(again.history) == 6


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_a_step_that_never_ended_leaves_no_trace(path, steps):
    """Three steps are an epoch; the third run begins where the checkpoint is, not the weights."""
    whole = make_training()
    whole.fit()
    left = steps

    def power_cut(network, batch):
        nonlocal left
        left -= 1
        if left < 0:
            raise SystemExit
        return loss_of(network, batch)

    broken = make_training()
    with pytest.raises(SystemExit):
        broken.fit(loss=power_cut, checkpoint=path)
    resumed = make_training()
    resumed.fit(checkpoint=path)
    assert_equal(resumed.everything(), whole.everything())


def test_the_seed_of_a_resumed_training_is_that_of_the_first(path):
    whole, first, second = make_training(), make_training(), make_training(seed=7)
    whole.fit()
    first.fit(max_epochs=3, checkpoint=path)
    second.fit(checkpoint=path)
    assert_equal(second.everything(), whole.everything())


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_of_numpy_goes_on(path, bits):
    results = []
    for epochs in (4, 2, 4):
        training = make_training()
        training.rng = np.random.Generator(getattr(np.random, bits)(3))
        training.rng.integers(3, dtype=np.uint32)  # half of a drawn number is left over
        training.fit(max_epochs=epochs, checkpoint=None if not results else path)
        results.append(training)
    np.testing.assert_array_equal(results[0].rng.random(5), results[2].rng.random(5))
    assert_equal(results[0].everything(), results[2].everything())


def test_a_generator_in_two_places_is_one(path):
    results = []
    for epochs in (4, 2, 4):
        training = make_training()
        training.network.layers[2].rng = training.rng
        training.fit(max_epochs=epochs, checkpoint=None if not results else path)
        results.append(training)
    assert_equal(results[0].everything(), results[2].everything())


def test_a_finished_training_is_not_gone_on_with(path):
    training, again = make_training(), make_training(seed=7)
    result = training.fit(max_epochs=2, checkpoint=path)
    content = path.read_bytes()

    def never(network, batch):
        raise AssertionError

    assert again.fit(max_epochs=2, loss=never, checkpoint=path) == result
    assert path.read_bytes() == content
    for name, array in training.network.state_dict().items():
        np.testing.assert_array_equal(again.network.state_dict()[name], array)


def test_options_come_from_the_call(path):
    make_training().fit(max_epochs=2, checkpoint=path, schedule=None)
    second = make_training()
    second.optimizer.lr = 0.01
    history = second.fit(max_epochs=3, checkpoint=path, schedule=None, max_norm=0.1).history
    assert [epoch.lr for epoch in history.epochs] == [0.2, 0.2, 0.01]


def test_the_checkpoint_is_written_before_the_first_epoch(path):
    training = make_training()

    def refuse(network, batch):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        training.fit(loss=refuse, checkpoint=path)
    whole, resumed = make_training(), make_training(seed=7)
    whole.fit(max_epochs=2)
    resumed.fit(max_epochs=2, checkpoint=path)
    assert_equal(resumed.everything(), whole.everything())


def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path):
    def never(network, batch):
        raise AssertionError

    with pytest.raises(OutputError, match=r"c\.npz: there is no folder"):
        make_training().fit(loss=never, checkpoint=tmp_path / "none" / "c.npz")


def test_a_disk_that_fills_up_leaves_the_last_checkpoint(path, monkeypatch):
    """The weights of all whole epochs are in the network, those on disk are of one less."""
    training = make_training(average=False)

    def fill(progress):
        if progress.epoch == 2 and progress.validation is None:
            monkeypatch.setattr("os.fsync", full)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="no space left on device"):
        training.fit(checkpoint=path, progress=fill, validate=None)
    monkeypatch.undo()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    two, resumed = make_training(average=False), make_training(average=False)
    two.fit(max_epochs=2, validate=None)
    assert_equal(training.everything(), two.everything())
    resumed.fit(max_epochs=2, validate=None, checkpoint=path)
    assert_equal(resumed.everything(), two.everything())


@pytest.mark.parametrize(
    ("options", "fit_options", "difference"),
    [
        ({"channels": 3}, {}, r"network/layers\.0\.weight of shape \(3, 3, 1, 2\) instead of \("),
        (
            {"slopes": LeakyReLU()},
            {},
            "module 3 RReLU instead of LeakyReLU; generator 1 PCG64 inst",
        ),
        ({"optimizer": Adam}, {}, "optimizer SGD instead of Adam"),
        ({"momentum": 0}, {}, r"an unknown optimizer/velocity\.0"),
        ({"average": False}, {}, "an unknown average/num_updates"),
        ({}, {"monitor": "accuracy"}, "monitor loss instead of accuracy"),
        ({}, {"higher_is_better": True}, "higher_is_better False instead of True"),
        ({}, {"validate": None}, "monitor loss instead of None"),
    ],
)
def test_another_training_is_told_what_differs_and_stays(path, options, fit_options, difference):
    make_training().fit(max_epochs=1, checkpoint=path)
    content = path.read_bytes()
    other = make_training(**options)
    before = other.everything()
    with pytest.raises(
        WeightsError, match=rf"checkpoint\.npz: expected .*{difference}.*; give ano"
    ):
        other.fit(checkpoint=path, **fit_options)
    assert_equal(other.everything(), before)
    assert path.read_bytes() == content


def test_another_precision_is_another_training(path):
    make_training().fit(max_epochs=1, checkpoint=path)
    other = make_training()
    other.network.astype(np.float64)
    with pytest.raises(WeightsError, match="numbers float32 instead of float64"):
        other.fit(checkpoint=path)


def test_a_damaged_checkpoint_is_told(path):
    make_training().fit(max_epochs=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(
        WeightsError, match=r"checkpoint\.npz: is damaged, or does not hold a training checkpoint"
    ):
        make_training().fit(checkpoint=path)


def without(name):
    return lambda document: document.pop(name)


def put(value, *place):
    """A change of the document at a place in it."""

    def change(document):
        *way, last = place
        for step in way:
            document = document[step]
        document[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *[
            (change, "expected a document with kind, generators, history, got an object of type di")
            for name in ("kind", "generators", "history")
            for change in (without(name), put(1, name))
        ],
        (put(1, "history", "other"), "history: expected what History.to_dict returns, got an obj"),
        (put([{}], "history", "epochs"), "history: expected what History.to_dict returns, got "),
        (put("1", "history", "epochs", 0, "loss"), "loss: expected a number, got '1'"),
        (put([], "generators"), "expected states of 2 random generators, got 0"),
        (put(7, "generators", 1), "expected a state of PCG64, got 7"),
        (put({}, "generators", 1), "expected a state of PCG64, got {}"),
        (put(0, "generators", 1, "state"), "expected a state of PCG64, got an object of type dict"),
        (
            put(-1, "generators", 1, "state", "inc"),
            "expected a state of PCG64, got an object of ty",
        ),
        (put("MT19937", "generators", 1, "bit_generator"), "expected a state of PCG64, got an obj"),
    ],
)
def test_a_document_of_another_form_is_told_and_nothing_changes(path, change, message):
    make_training(seed=7).fit(max_epochs=1, checkpoint=path)
    arrays, document = read_archive(path, "a training checkpoint", WeightsError)
    change(document)
    write_archive(path, "a training checkpoint", arrays, document)
    check_refused(path, message)


@pytest.mark.parametrize("document", [None, [], "kind"])
def test_a_document_that_is_none_is_told(path, document):
    make_training(seed=7).fit(max_epochs=1, checkpoint=path)
    arrays, _ = read_archive(path, "a training checkpoint", WeightsError)
    write_archive(path, "a training checkpoint", arrays, document)
    check_refused(path, "expected a document with kind, generators, history, got ")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("network/layers.4.weight", np.nan, r"finite numbers of float32 for layers\.4\.weight"),
        ("optimizer/velocity.1", np.inf, r"finite numbers of float32 for velocity\.1, got others"),
        ("optimizer/num_steps", -1, "num_steps: expected an integer of at least 0, got -1"),
        ("average/num_updates", -1, "num_updates: expected an integer of at least 0, got -1"),
        (
            "average/network.layers.0.weight",
            1j,
            r"float32 for network\.layers\.0\.weight, got comp",
        ),
        ("best/layers.0.weight", np.nan, r"finite numbers of float32 for layers\.0\.weight"),
    ],
)
def test_arrays_that_no_training_leaves_are_told_and_nothing_changes(path, name, value, message):
    make_training(seed=7).fit(max_epochs=1, checkpoint=path)
    arrays, document = read_archive(path, "a training checkpoint", WeightsError)
    arrays[name] = np.full(arrays[name].shape, value)
    write_archive(path, "a training checkpoint", arrays, document)
    check_refused(path, message)


def check_refused(path, message):
    training, same = make_training(), make_training()
    with pytest.raises(
        WeightsError, match=rf"checkpoint\.npz: .*{message}.*; give another"
    ) as error:
        training.fit(checkpoint=path)
    assert "\n" not in str(error.value)
    assert_equal(training.everything(), same.everything())


def test_weights_and_checkpoints_are_told_apart(tmp_path, path):
    training = make_training()
    training.fit(max_epochs=1, checkpoint=path)
    with pytest.raises(
        WeightsError, match="expected weights saved by featmatch, got a training ch"
    ):
        load_weights(path, training.network)
    save_weights(tmp_path / "weights.npz", training.network)
    with pytest.raises(WeightsError, match=r"expected a training checkpoint .*, got weights; give"):
        training.fit(checkpoint=tmp_path / "weights.npz")


def test_numpy_alone_reads_a_checkpoint(path):
    training = make_training(average=False)
    history = training.fit(max_epochs=2, checkpoint=path).history
    with np.load(path, allow_pickle=False) as file:
        document = json.loads(str(file["__header__"]))["document"]
        best = file["best/layers.4.weight"]
    np.testing.assert_array_equal(best, training.network.layers[4].weight.data)
    assert document["history"] == history.to_dict()
