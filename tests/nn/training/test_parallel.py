"""Shards on several threads against the plain loss, shard by shard, and against closed forms."""

from __future__ import annotations

import copy
import itertools
import multiprocessing
import os
import re
import threading

import numpy as np
import pytest
from small_training import IMAGES, LABELS, assert_equal, loss_of, make_training

import featmatch
from featmatch import threads
from featmatch.nn.activation_layers import RReLU
from featmatch.nn.autograd import grad
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.module import Module, Sequential
from featmatch.nn.tensor import Parameter, Tensor, no_grad
from featmatch.nn.training.data import GeneratedBatches
from featmatch.nn.training.parallel import ParallelLoss
from featmatch.threads import get_num_threads, set_num_threads

SHARDS = [(IMAGES[start : start + 4], LABELS[start : start + 4]) for start in (0, 4, 8)]


@pytest.fixture(autouse=True)
def _two_threads():
    before = get_num_threads()
    set_num_threads(2)
    yield
    set_num_threads(before)


def make_network(seed=0):
    """Everything that depends on the batch or on chance."""
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 3, 3, padding=1, bias=False, rng=rng),
        BatchNorm2d(3),
        RReLU(rng=np.random.default_rng(seed + 1)),
        Conv2d(3, 2, 3, padding=1, rng=rng),
        RReLU(rng=rng),
    )


def square_loss(network, images):
    output = network(images)
    return (output * output).mean()


def states(network):
    return [rng.bit_generator.state for rng in network.generators()]


def assert_same_arrays(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_two_shards_in_closed_form():
    """A linear map without a bias: the gradient of the mean of (x w)^2 is 2 x^T x w / n."""
    rng = np.random.default_rng(0)
    network = Linear(3, 1, bias=False, rng=rng).astype(np.float64)
    w = network.weight.data
    shards = [rng.normal(size=(5, 3)), rng.normal(size=(2, 3))]
    loss = ParallelLoss(square_loss)(network, shards)
    assert loss.item() == pytest.approx(np.mean([((x @ w) ** 2).mean() for x in shards]), rel=1e-12)
    expected = sum(2 * x.T @ x @ w / len(x) for x in shards) / 2
    np.testing.assert_allclose(grad(loss, [network.weight])[0], expected, rtol=1e-12)


@pytest.mark.parametrize("num_shards", [2, 3, 5])
def test_without_batch_norm_equal_shards_are_the_whole_batch(num_shards):
    rng = np.random.default_rng(1)
    network = Conv2d(1, 4, 3, rng=rng).astype(np.float64)
    images = rng.normal(size=(30, 5, 5, 1))
    whole = square_loss(network, images)
    loss = ParallelLoss(square_loss)(network, np.split(images, num_shards))
    assert loss.item() == pytest.approx(whole.item(), rel=1e-12)
    for one, other in zip(
        grad(loss, network.parameters()), grad(whole, network.parameters()), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("num_shards", [1, 2, 3])
def test_the_mean_of_what_each_shard_gives_alone(num_shards):
    """Without chance: to the last bit."""
    network = make_network()
    network.layers[2].eval(), network.layers[4].eval()
    shards = [images for images, _ in SHARDS[:num_shards]]
    alone = [copy.deepcopy(network) for _ in shards]
    losses = [square_loss(*given) for given in zip(alone, shards, strict=True)]
    gradients = [grad(loss, one.parameters()) for loss, one in zip(losses, alone, strict=True)]
    loss = ParallelLoss(square_loss)(network, shards)
    assert loss.data == np.mean([loss.data for loss in losses])
    assert loss.data.dtype == np.float32
    expected = [sum(shares) / num_shards for shares in zip(*gradients, strict=True)]
    assert_same_arrays(grad(loss, network.parameters()), expected)
    for name, buffer in network.named_buffers().items():
        values = [one.named_buffers()[name].astype(np.float64) for one in alone]
        np.testing.assert_array_equal(buffer, np.float32(sum(values) / num_shards), strict=True)


def test_one_shard_is_the_plain_loss():
    network, same = make_network(), make_network()
    loss = ParallelLoss(square_loss)(network, [IMAGES])
    expected = square_loss(same, IMAGES)
    assert loss.data == expected.data
    assert_same_arrays(grad(loss, network.parameters()), grad(expected, same.parameters()))
    assert_same_arrays(network.named_buffers().values(), same.named_buffers().values())
    assert states(network) == states(same)


def test_running_statistics_follow_all_shards():
    """Means over shards of one size, with the momentum of 0.1."""
    network = BatchNorm2d(1)
    shards = [IMAGES[:8], IMAGES[8:16] + 3]
    ParallelLoss(square_loss)(network, shards)
    np.testing.assert_allclose(network.running_mean, 0.1 * np.mean(shards), rtol=1e-5)
    variance = np.mean([shard.var(ddof=1) for shard in shards])
    np.testing.assert_allclose(network.running_var, 0.9 + 0.1 * variance, rtol=1e-5)


class Counter(Module):
    """Counts its calls in an array, which it replaces, and in another, which it changes."""

    def __init__(self):
        self.weight = Parameter(np.ones(1))
        self.unused = Parameter(np.ones((2, 3)))
        self.calls, self.total = np.zeros(1, np.int64), np.zeros(2)

    def forward(self, x):
        self.calls = self.calls + 1
        self.total += x
        return self.weight * x


def test_buffers_of_any_kind():
    network = Counter()
    calls, total = network.calls, network.total
    ParallelLoss(square_loss)(network, [1, 3, 5])
    assert (network.calls, network.calls.dtype) == ([1], np.int64)
    np.testing.assert_array_equal(network.total, [3, 3])
    assert network.calls is calls
    assert network.total is total


def test_parameters_without_a_use_have_no_gradient():
    network = Counter()
    loss = ParallelLoss(square_loss)(network, [1, 3])
    np.testing.assert_array_equal(grad(loss, [network.unused])[0], np.zeros((2, 3)))
    assert grad(loss, [network.weight]) == [[10]]  # of (1 w^2 + 9 w^2) / 2 at 1


def test_replicas_share_parameters_and_nothing_else():
    network = make_network()
    seen = []

    def loss(replica, images):
        seen.append(replica)
        return square_loss(replica, images)

    ParallelLoss(loss)(network, [images for images, _ in SHARDS])
    for replica in seen:
        assert all(
            one is other
            for one, other in zip(replica.parameters(), network.parameters(), strict=True)
        )
    everything = [*seen, network]
    arrays = [id(array) for one in everything for array in one.named_buffers().values()]
    assert len(set(arrays)) == 8
    assert len({id(rng) for one in everything for rng in one.generators()}) == 8


def test_every_shard_has_chance_of_its_own():
    network = make_network()
    before = states(network)
    drawn = []

    def loss(replica, images):
        drawn.extend(rng.random() for rng in replica.generators())
        return square_loss(replica, images)

    for _ in range(2):
        ParallelLoss(loss)(network, [IMAGES, IMAGES])
    assert len(set(drawn)) == 8
    assert all(one != other for one, other in zip(before, states(network), strict=True))


@pytest.mark.parametrize("kind", [np.random.PCG64DXSM, np.random.MT19937, np.random.Philox])
def test_generators_keep_their_kind(kind):
    network = RReLU(rng=np.random.Generator(kind(0)))
    kinds = []

    def loss(replica, images):
        kinds.append(type(replica.rng.bit_generator))
        return square_loss(replica, images)

    ParallelLoss(loss)(network, [IMAGES, IMAGES])
    assert kinds == [kind, kind]


def test_evaluation_mode_changes_nothing():
    network = make_network().eval()
    before, chance = network.state_dict(), states(network)
    shards = [images for images, _ in SHARDS]
    loss = ParallelLoss(square_loss)(network, shards)
    plain = [square_loss(network, shard) for shard in shards]
    assert loss.data == np.mean([one.data for one in plain])
    shares = [grad(one, network.parameters()) for one in plain]
    expected = [sum(share) / 3 for share in zip(*shares, strict=True)]
    assert_same_arrays(grad(loss, network.parameters()), expected)
    assert_same_arrays(network.state_dict().values(), before.values())
    assert states(network) == chance


@pytest.mark.parametrize("training", [True, False])
def test_without_recording_it_is_the_mean_alone(training):
    network, same = make_network().train(training), make_network().train(training)
    shards = [images for images, _ in SHARDS]
    with no_grad():
        loss = ParallelLoss(square_loss)(network, shards)
    assert not loss.requires_grad
    assert loss.data == ParallelLoss(square_loss)(same, shards).data
    assert_same_arrays(network.named_buffers().values(), same.named_buffers().values())


def test_a_loss_may_be_a_part_of_another():
    network = make_network()
    shards = [images for images, _ in SHARDS]
    bias = network.layers[3].bias
    same = copy.deepcopy(network)
    expected = grad(ParallelLoss(square_loss)(same, shards), same.parameters())
    loss = ParallelLoss(square_loss)(network, shards) * 4 + (bias * 3).sum()
    for parameter, one, other in zip(
        network.parameters(), grad(loss, network.parameters()), expected, strict=True
    ):
        np.testing.assert_array_equal(one, 4 * other + 3 * (parameter is bias), strict=True)


def test_gradients_may_be_changed_and_asked_for_again():
    network = make_network()
    loss = ParallelLoss(square_loss)(network, [IMAGES[:8], IMAGES[8:]])
    first = grad(loss, network.parameters())
    kept = [gradient.copy() for gradient in first]
    for gradient in first:
        gradient += 1
    assert_same_arrays(grad(loss, network.parameters()), kept)


def constant_or_not(network, shard):
    return Tensor(7.0) if shard is None else (network.weight * shard).sum()


def test_a_shard_without_a_history_counts_with_no_gradient():
    network = Linear(1, 1, bias=False, rng=np.random.default_rng(0))
    network.weight.data[...] = 2
    loss = ParallelLoss(constant_or_not)(network, [None, 5.0, None, 3.0])
    assert loss.item() == (7 + 10 + 7 + 6) / 4
    assert grad(loss, [network.weight]) == [[[2]]]
    with pytest.raises(ValueError, match="output: expected a tensor with a history, got one witho"):
        grad(ParallelLoss(constant_or_not)(network, [None, None]), [network.weight])


def test_losses_of_any_shape_with_one_element():
    network = Linear(1, 1, bias=False, rng=np.random.default_rng(0)).astype(np.float64)
    loss = ParallelLoss(lambda network, x: network([[x]]) + 0)(network, [1, 2])
    assert (loss.shape, loss.dtype) == ((), np.float64)
    assert grad(loss, [network.weight]) == [[[1.5]]]


def test_shards_are_worked_on_at_once_each_by_one_thread():
    """Two losses that wait for each other end only if two threads have them."""
    meeting = threading.Barrier(2, timeout=20)
    workers = []

    def loss(network, images):
        meeting.wait()
        own = set()
        threads.run(lambda _: own.add(threading.current_thread()), range(20))
        workers.append(own)
        return square_loss(network, images)

    ParallelLoss(loss)(make_network(), [IMAGES[:3], IMAGES[3:]])
    assert [len(own) for own in workers] == [1, 1]
    assert workers[0] != workers[1]


def shards_of(rng):
    order = rng.permutation(20)
    return [(IMAGES[part], LABELS[part]) for part in np.split(order[:18], [7, 12])]


def sharded_training():
    training = make_training()
    training.data = GeneratedBatches(shards_of, num_steps=3)
    return training


def test_a_training_does_not_depend_on_the_number_of_threads():
    trained, histories = [], []
    for num_threads in (1, 2, 3):
        set_num_threads(num_threads)
        training = sharded_training()
        history = training.fit(loss=ParallelLoss(loss_of)).history
        histories.append([(epoch.loss, epoch.validation) for epoch in history.epochs])
        trained.append(training.everything())
    assert histories[0] == histories[1] == histories[2]
    assert histories[0][-1][0] < histories[0][0][0]
    assert_equal(trained[0], trained[1])
    assert_equal(trained[0], trained[2])


@pytest.mark.parametrize("place", [0, 10, 20])
def test_a_training_that_was_broken_off_goes_on_bit_for_bit(tmp_path, place):
    """At one of 9 losses an epoch, on whichever thread: it ends the training, here or there."""
    path = tmp_path / "checkpoint.npz"
    count = itertools.count()

    def interrupted(network, shard):
        if next(count) == place:
            raise KeyboardInterrupt
        return loss_of(network, shard)

    broken, resumed, whole = (sharded_training() for _ in range(3))
    result = broken.fit(loss=ParallelLoss(interrupted), checkpoint=path)
    assert result.interrupted
    assert len(result.history) == place // 9
    set_num_threads(3)
    resumed.fit(loss=ParallelLoss(loss_of), checkpoint=path)
    set_num_threads(1)
    whole.fit(loss=ParallelLoss(loss_of))
    assert_equal(resumed.everything(), whole.everything())


def fail_on_second(network, shard):
    if shard is not None:
        return square_loss(network, shard)
    raise OSError("no second shard")


def own_process(network, shard):
    return (network(shard) * 0).sum() + float(os.getpid() % 2**20)


def rough_loss(network, shard):
    """Overflows: a warning, but for an errstate that the caller has set."""
    return (network(shard) * np.float32(3e38) * np.float32(3e38)).mean()


@pytest.mark.parametrize("num_processes", [2, 3])
def test_a_training_does_not_depend_on_the_number_of_processes(num_processes):
    expected, training = sharded_training(), sharded_training()
    expected.fit(loss=ParallelLoss(loss_of))
    with ParallelLoss(loss_of, num_processes) as loss:
        training.fit(loss=loss)
    assert_equal(training.everything(), expected.everything())
    assert multiprocessing.active_children() == []


def test_each_process_has_its_shards():
    network, shards = make_network(), [IMAGES] * 5
    before = states(network)
    with ParallelLoss(own_process, 2) as loss:
        total = 5 * loss(network, shards).item()
        assert states(network) != before
        number = os.getpid() % 2**20
        other = (total - 3 * number) / 2  # of places 1 and 3
        assert round(other) != number
        assert other == pytest.approx(round(other), abs=0.3)
        network.eval()
        assert loss(network, shards).item() == number  # evaluation stays here


def test_processes_are_there_within_the_context_alone():
    network = make_network()
    loss = ParallelLoss(own_process, 2)
    number = os.getpid() % 2**20
    assert loss(network, [IMAGES] * 2).item() == number
    for _ in range(2):
        with loss:
            assert loss(network, [IMAGES] * 2).item() != number
    assert loss(network, [IMAGES] * 2).item() == number


def test_an_error_in_a_process_is_raised_as_it_is():
    with (
        pytest.raises(OSError, match="no second shard"),
        ParallelLoss(fail_on_second, 2) as loss,
    ):
        loss(make_network(), [IMAGES, None])
    assert multiprocessing.active_children() == []


def test_processes_keep_to_the_errstate_of_this_one(capfd):
    with np.errstate(all="ignore"), ParallelLoss(rough_loss, 2) as loss:
        assert not np.isfinite(loss(make_network(), [IMAGES, IMAGES]).item())
    assert capfd.readouterr().err == ""


def test_divergence_is_told_as_ever():
    training, same = sharded_training(), sharded_training()
    with pytest.raises(featmatch.TrainingError, match="epoch 1, step 1: the loss is not a finite"):
        training.fit(loss=ParallelLoss(lambda *given: loss_of(*given) * 1e30 * 1e30))
    assert_equal(training.everything(), same.everything())


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_error_of_a_shard_is_raised_as_it_is(place):
    network = make_network()
    buffers = network.state_dict()

    def loss(network, shard):
        if shard is SHARDS[place]:
            raise OSError(f"shard {place}")
        return square_loss(network, shard[0])

    with pytest.raises(OSError, match=f"shard {place}"):
        ParallelLoss(loss)(network, SHARDS)
    assert_same_arrays(network.state_dict().values(), buffers.values())


@pytest.mark.parametrize("num_shards", [1, 2])
@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.5, "1.5"), (None, "None"), (Tensor([1, 2]), "Tensor(shape=(2,), dtype=float32)")],
)
def test_a_loss_has_to_be_a_tensor_of_one_element(num_shards, value, shown):
    message = f"loss: expected a Tensor of one element, got {shown}"
    with pytest.raises(TypeError, match=re.escape(message)):
        ParallelLoss(lambda *_: value)(make_network(), SHARDS[:num_shards])


def test_arguments_are_checked():
    loss = ParallelLoss(square_loss)
    with pytest.raises(ValueError, match="shards: expected at least one, got none"):
        loss(make_network(), [])
    with pytest.raises(TypeError, match="shards: expected a sequence, got an object of type nda"):
        loss(make_network(), IMAGES)
    for wrong in (7, None, Linear):
        with pytest.raises(TypeError, match="loss: expected a function of the network and a shard"):
            ParallelLoss(wrong)
    with pytest.raises(ValueError, match=r"num_processes: .* got 0"):
        ParallelLoss(square_loss, 0)
