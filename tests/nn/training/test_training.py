"""The training loop against what can be computed without it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from small_training import (
    IMAGES,
    LABELS,
    Weights,
    assert_equal,
    fit_weights,
    loss_of,
    make_training,
    modes,
    scripted,
    walk,
)

from featmatch.nn.autograd import grad
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.layers import Linear
from featmatch.nn.losses import mse_loss
from featmatch.nn.optimizers import SGD
from featmatch.nn.schedules import WarmupCosine
from featmatch.nn.tensor import Parameter, Tensor
from featmatch.nn.training.data import ArrayBatches, GeneratedBatches
from featmatch.nn.training.loop import fit
from featmatch.nn.training.options import FitOptions


def test_training_finds_the_least_squares_solution():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    y = x @ rng.normal(size=(3, 2)) + 0.3 + 0.1 * noise
    expected = np.linalg.lstsq(np.column_stack([x, np.ones(40)]), y, rcond=None)[0]
    network = Linear(3, 2, rng=rng).astype(np.float64)
    data = ArrayBatches(x, y, batch_size=40)

    def loss(network, batch):
        return mse_loss(network(batch[0]), batch[1])

    fit(
        network,
        loss,
        data,
        SGD(network.parameters(), lr=0.3, momentum=0.5),
        FitOptions(max_epochs=300),
        rng=rng,
    )
    np.testing.assert_allclose(network.weight.data, expected[:3], atol=1e-10)
    np.testing.assert_allclose(network.bias.data, expected[3], atol=1e-10)


def test_an_epoch_is_what_the_textbook_says():
    """The loop written out: shuffle, and w <- w - lr * gradient with each batch."""
    training, same = make_training(), make_training()
    options = {"average": None, "schedule": None, "max_norm": None, "validate": None}
    history = training.fit(max_epochs=2, **options).history
    losses = []
    for _ in range(2):
        order = same.rng.permutation(20)
        for batch in (order[:8], order[8:16], order[16:]):
            loss = loss_of(same.network, (IMAGES[batch], LABELS[batch]))
            losses.append(loss.item())
            same.optimizer.step(grad(loss, same.network.parameters()))
    assert [epoch.loss for epoch in history.epochs] == pytest.approx(
        [np.mean(losses[:3]), np.mean(losses[3:])], rel=1e-12
    )
    assert_equal(training.everything(), same.everything())


def test_history_says_what_happened():
    result = fit_weights(
        Weights(0),
        walk,
        max_epochs=2,
        num_steps=3,
        lr=0.5,
        validate=scripted(0.5, {"loss": np.float32(0.25)}),
    )
    assert (result.stopped_by, result.interrupted) == ("max_epochs", False)
    first, second = result.history.epochs
    assert (first.number, first.num_steps, first.lr) == (1, 3, 0.5)
    assert first.loss == -0.5  # the mean of 0, -0.5 and -1
    assert (second.number, second.loss) == (2, -2.0)
    assert (first.validation, second.validation) == ({"loss": 0.5}, {"loss": 0.25})
    assert first.seconds > 0


def test_the_schedule_sets_the_rate_of_every_step():
    seen = []
    network = Weights(0)
    optimizer = SGD(network.parameters(), lr=5)

    def loss(network, batch):
        seen.append(optimizer.lr)
        return walk(network, batch)

    data = GeneratedBatches(np.random.Generator.random, num_steps=3)
    result = fit(
        network,
        loss,
        data,
        optimizer,
        FitOptions(max_epochs=2, schedule=lambda step: 0.5**step),
        rng=np.random.default_rng(0),
    )
    assert seen == [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]
    assert [epoch.lr for epoch in result.history.epochs] == [0.25, 0.03125]
    assert network.weight.data == sum(seen)


def test_gradients_are_clipped():
    network = Weights(0, 0)
    fit_weights(network, lambda n, _: -(n.weight * [3, 4]).sum(), max_norm=2)
    np.testing.assert_allclose(network.weight.data, [1.2, 1.6], rtol=1e-6)


def test_other_parameters_than_the_optimizers_stay():
    training = make_training()
    head = training.network.layers[4]
    training.optimizer = SGD(head.parameters(), lr=0.1)
    training.fit()
    trained = training.network.state_dict()
    for name, array in make_training().network.named_parameters().items():
        assert np.array_equal(trained[name], array.data) == ("layers.4" not in name)


def test_a_parameter_without_influence_stays():
    network = Weights(0, 0)
    network.unused = Parameter([1.0])
    fit_weights(network, walk)
    assert network.unused.data == 1


@pytest.mark.parametrize("average", [True, False])
def test_training_and_validation_have_their_modes(average):
    training = make_training(average=average)
    training.network.layers[2].training = False
    before = modes(training.network)

    def loss(network, batch):
        assert modes(network) == [True] * 6
        return loss_of(network, batch)

    def validate(network):
        assert modes(network) == [False] * 6
        output = network(Tensor(IMAGES, requires_grad=True))
        assert not output.requires_grad
        return 1.0

    training.fit(loss=loss, validate=validate)
    assert modes(training.network) == before


@pytest.mark.parametrize(
    ("values", "options", "best"),
    [
        ([3, 1, 2], {}, 2),
        ([3, 1, 2], {"higher_is_better": True}, 1),
        (
            [{"loss": 1, "score": 1}, {"loss": 2, "score": 3}],
            {"monitor": "score", "higher_is_better": True},
            2,
        ),
        ([1, 1, 1], {}, 1),
    ],
)
def test_the_network_ends_with_its_best_weights(values, options, best):
    network = Weights(0)
    result = fit_weights(
        network, walk, max_epochs=len(values), num_steps=2, validate=scripted(*values), **options
    )
    assert network.weight.data == 2 * best
    assert result.history.best.number == best


def test_without_validation_the_last_weights_are_kept():
    network = Weights(0)
    result = fit_weights(network, walk, max_epochs=3)
    assert network.weight.data == 3
    assert result.history.best is None


@pytest.mark.parametrize("validated", [True, False])
def test_an_average_is_validated_and_kept(validated):
    """The average of `WeightAverage` by hand: its decay is at most (1 + t) / (10 + t)."""
    network = Weights(0)
    average = WeightAverage(network, 0.25)
    expected, seen = [0.0], []
    for step in range(1, 5):
        decay = min(0.25, (1 + step) / (10 + step))
        expected.append(decay * expected[-1] + (1 - decay) * step)

    def validate(network):
        seen.append(network.weight.data.item())
        return [2, 1, 3, 4][len(seen) - 1]

    fit_weights(
        network, walk, max_epochs=4, average=average, validate=validate if validated else None
    )
    assert seen == pytest.approx(expected[1:] if validated else [], rel=1e-6)
    assert network.weight.data.item() == pytest.approx(expected[2 if validated else 4], rel=1e-6)


@pytest.mark.parametrize(
    ("patience", "epochs", "stopped_by"),
    [(1, 4, "patience"), (2, 5, "patience"), (3, 6, "max_epochs"), (None, 6, "max_epochs")],
)
def test_patience_ends_training(patience, epochs, stopped_by):
    network = Weights(0)
    validate = scripted(5, 4, 3, 3, 3, 6)
    result = fit_weights(network, walk, max_epochs=6, validate=validate, patience=patience)
    assert (len(result.history), result.stopped_by) == (epochs, stopped_by)
    assert network.weight.data == 3


def test_without_batches_there_is_no_training():
    training = make_training()
    training.data = ArrayBatches(np.zeros((0, 4, 4, 1)), batch_size=2)
    with pytest.raises(ValueError, match="data: expected at least one batch an epoch, got none"):
        training.fit()


@pytest.mark.parametrize(
    ("value", "got"),
    [(1.5, r"1\.5"), (None, "None"), (Tensor([1, 2]), r"Tensor\(shape=\(2,\), dtype=float32\)")],
)
def test_a_loss_is_a_tensor_of_one_element(value, got):
    with pytest.raises(TypeError, match=f"loss: expected a Tensor of one element, got {got}"):
        fit_weights(Weights(0), lambda *_: value)


def test_the_monitored_value_has_to_be_measured():
    message = r"validate: expected a value named 'loss', as monitor says, got \['accuracy'\]"
    with pytest.raises(ValueError, match=message):
        fit_weights(Weights(0), walk, validate=scripted({"accuracy": 1}))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_epochs": 0}, ValueError, "max_epochs: expected an integer of at least 1, got 0"),
        ({"patience": 0}, ValueError, "patience: expected an integer of at least 1, got 0"),
        (
            {"patience": 2, "validate": None},
            ValueError,
            "validate: expected a function, as patience",
        ),
        ({"max_seconds": -1}, ValueError, "max_seconds: expected a number of at least 0, got -1"),
        ({"max_norm": 0}, ValueError, "max_norm: expected a number above 0, got 0"),
    ],
)
def test_options_are_checked(options, error, message):
    training = make_training()
    with pytest.raises(error, match=message):
        training.fit(**options)
    assert_equal(training.everything(), make_training().everything())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"average": 0.99}, r"average: expected a WeightAverage, got 0\.99"),
        ({"schedule": 0.1}, r"schedule: expected a function of the step, got 0\.1"),
        ({"schedule": WarmupCosine}, "schedule: expected a function of the step, got <class '.*'>"),
        ({"progress": True}, "progress: expected a function such as print_progress, got True"),
        ({"validate": 1.0}, r"validate: expected a function of the network, got 1\.0"),
        ({"loss": "mse"}, "loss: expected a function of the network and a batch, got 'mse'"),
        ({"loss": None}, "loss: expected a function of the network and a batch, got None"),
        ({"checkpoint": 5}, "checkpoint: expected the name of a file, got 5"),
    ],
)
def test_kinds_of_options_are_checked(options, message):
    training = make_training()
    with pytest.raises(TypeError, match=message):
        training.fit(**options)
    assert_equal(training.everything(), make_training().everything())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("data", [1, 2], r"data: expected a source of batches such as .*, got \[1, 2\]"),
        ("data", ArrayBatches, "data: expected a source of batches such as .*, got <class"),
        ("optimizer", SGD, r"optimizer: expected an optimizer such as Adam\(.*\), got <class"),
        ("network", [1], r"network: expected a Module, got \[1\]"),
    ],
)
def test_kinds_of_what_is_trained_are_checked(name, value, message):
    training = make_training()
    setattr(training, name, value)
    with pytest.raises(TypeError, match=message):
        training.fit()


@pytest.mark.parametrize("value", [None, Tensor([1.0]), "1", {"loss": None}])
def test_validation_gives_numbers(value):
    message = "validate: expected a number, or a mapping of names to numbers, got "
    with pytest.raises(TypeError, match=message + re.escape(repr(value))):
        fit_weights(Weights(0), walk, validate=scripted(value))


@pytest.mark.parametrize("rate", [None, -1, np.nan, "1"])
def test_a_schedule_gives_rates(rate):
    with pytest.raises(ValueError, match=f"schedule: expected a finite number .*, got {rate!r}"):
        fit_weights(Weights(0), walk, schedule=lambda step: rate)


def test_rates_of_numpy_can_be_kept(tmp_path):
    path = tmp_path / "checkpoint.npz"
    history = fit_weights(Weights(0), walk, lr=np.float32(0.5), checkpoint=path).history
    assert (history.epochs[0].lr, type(history.epochs[0].lr)) == (0.5, float)
    history = fit_weights(Weights(0), walk, schedule=lambda step: np.float32(0.25)).history
    assert (history.epochs[0].lr, type(history.epochs[0].lr)) == (0.25, float)


def test_weights_that_are_not_finite_are_told_before_training():
    network = Weights(0)
    network.weight.data[0] = np.nan
    with pytest.raises(ValueError, match="network: expected finite numbers, got others in weight"):
        fit_weights(network, walk)


def test_what_is_trained_is_checked():
    training = make_training()
    with pytest.raises(TypeError, match=r"options: expected FitOptions\(.*\), got 3"):
        fit(training.network, loss_of, training.data, training.optimizer, 3, rng=training.rng)
    training.rng = 5
    with pytest.raises(TypeError, match=r"rng: expected a numpy\.random\.Generator, got 5"):
        training.fit()
    training = make_training()
    training.optimizer = make_training().optimizer
    with pytest.raises(
        ValueError, match="optimizer: expected parameters of the network, got others"
    ):
        training.fit()
