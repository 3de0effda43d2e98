"""Training: the same every time, on any photographs, and better than chance in a few seconds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_real_pairs import known_pair
from known_warps import SAMPLES
from tiny_training import NETWORK, TRAINING, photographs

from featmatch import WeightsError, nn, threads
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.training import train as train_module
from featmatch.learned.training import training_data, trial
from featmatch.learned.training.losses import LossOptions
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.train import TrainingOptions, train
from featmatch.learned.training.training_data import split, validation_pairs
from featmatch.learned.training.trial import steps_within
from featmatch.learned.training.validation import MAX_ERROR, validate

ONE_EPOCH = replace(TRAINING, num_steps=4, steps_per_epoch=4)


@pytest.fixture
def few_validation_pairs(monkeypatch):
    monkeypatch.setattr(training_data, "_NUM_VALIDATION_PAIRS", 2)


def numbers(trained):
    """All that a training leaves, but times."""
    epochs = [replace(epoch, seconds=0.0) for epoch in trained.result.history.epochs]
    return trained.network.state_dict(), epochs


def assert_same(first, second):
    arrays, epochs = numbers(first)
    other_arrays, other_epochs = numbers(second)
    assert arrays.keys() == other_arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, other_arrays[name], err_msg=name, strict=True)
    assert epochs == other_epochs


def interrupt_after(num_steps):
    """A progress function that is as if Ctrl-C was pressed after so many steps."""
    steps = iter(range(num_steps - 1))

    def progress(_):
        if next(steps, None) is None:
            raise KeyboardInterrupt

    return progress


# --- the same every time


@pytest.mark.usefixtures("few_validation_pairs")
def test_the_same_photographs_options_and_seed_give_the_same_weights():
    first, second = (train(photographs(), TRAINING) for _ in range(2))
    assert_same(first, second)
    other = train(photographs(), replace(TRAINING, seed=1))
    arrays, _ = numbers(other)
    assert any((array != arrays[name]).any() for name, array in numbers(first)[0].items())


@cache
def weights_of_one_epoch():
    arrays, _ = numbers(train(photographs(), ONE_EPOCH))
    return arrays


@pytest.mark.slow
@pytest.mark.usefixtures("few_validation_pairs")
@pytest.mark.parametrize(
    "changes",
    [
        {"num_steps": 3},
        {"batch_size": 2},
        {"num_shards": 1},
        {"lr": 1e-3},
        {"final_lr": 1e-3},
        {"warmup_steps": 0},
        {"max_norm": 1e-7},  # where Adam's epsilon counts
        {"average_decay": 0.1},
        {"validation_share": 0.0},
        {"scene_share": 0.5},
        {"pairs": PairOptions(size=48, photometric=0.0)},
        {"loss": LossOptions(num_points=64, num_peaks=20, temperature=0.1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_option_makes_a_difference(changes):
    others, _ = numbers(train(photographs(), replace(ONE_EPOCH, **changes)))
    assert any((array != others[name]).any() for name, array in weights_of_one_epoch().items())


@pytest.mark.usefixtures("few_validation_pairs")
@pytest.mark.parametrize("num_shards", [1, 2])
def test_the_number_of_threads_does_not_matter(num_shards):
    options, before = replace(TRAINING, num_shards=num_shards), threads.get_num_threads()
    try:
        trained = []
        for num_threads in (1, 2):
            threads.set_num_threads(num_threads)
            trained.append(train(photographs(), options))
    finally:
        threads.set_num_threads(before)
    assert_same(*trained)


@pytest.mark.slow
def test_the_number_of_processes_does_not_matter(tmp_path):
    """Neither for the weights nor for what a training may go on from."""
    options, real = replace(TRAINING, real_share=0.5), {"real_pairs": [known_pair()]}
    alone = train(photographs(), options, **real)
    path, shared = tmp_path / "checkpoint.npz", replace(options, num_processes=2)
    train(photographs(), shared, checkpoint=path, max_epochs=1, **real)
    assert_same(alone, train(photographs(), options, checkpoint=path, **real))


@pytest.mark.usefixtures("few_validation_pairs")
def test_real_pairs_make_a_difference_by_their_share():
    real = [known_pair(), known_pair(seed=1)]
    without, *others = (
        train(photographs(), replace(ONE_EPOCH, scene_share=0.3, real_share=share), real_pairs=real)
        for share in (0.0, 0.3, 0.7)
    )
    assert_same(without, train(photographs(), replace(ONE_EPOCH, scene_share=0.3)))
    weights = [numbers(trained)[0]["blocks.0.layers.0.weight"] for trained in (without, *others)]
    assert len({array.tobytes() for array in weights}) == 3


@pytest.mark.usefixtures("few_validation_pairs")
def test_real_pairs_of_few_matches_do_no_harm():
    image = photographs(1)[0]
    points = np.linspace((10, 10), (60, 90), 8)
    real = [RealPair(image, image, points, points)]
    trained = train(photographs(), replace(TRAINING, real_share=1.0), real_pairs=real)
    for array in trained.network.state_dict().values():
        assert np.isfinite(array).all()


@pytest.mark.slow
@pytest.mark.usefixtures("few_validation_pairs")
@pytest.mark.parametrize(
    ("activation", "scene_share"), [("leaky_relu", 0.0), ("rrelu", 0.0), ("leaky_relu", 0.5)]
)
def test_a_training_goes_on_as_if_it_had_not_been_broken_off(tmp_path, activation, scene_share):
    plan = replace(NETWORK, activation=activation)
    options = replace(TRAINING, network=plan, num_steps=6, scene_share=scene_share)
    start = FeatureNetwork(plan, np.random.default_rng(7)) if scene_share else None
    whole, checkpoint = train(photographs(), options, start=start), tmp_path / "checkpoint.npz"
    for num_steps in (1, 4):  # in the first epoch; in the first step of the next one of this call
        broken_off = train(
            photographs(),
            options,
            start=start,
            checkpoint=checkpoint,
            progress=interrupt_after(num_steps),
        )
        assert broken_off.result.interrupted
    assert len(broken_off.result.history) == 1
    resumed = train(photographs(), options, start=start, checkpoint=checkpoint)
    assert resumed.result.stopped_by == "max_epochs"
    assert_same(whole, resumed)


@pytest.mark.usefixtures("few_validation_pairs")
def test_training_begins_with_the_weights_it_is_given():
    start = FeatureNetwork(NETWORK, np.random.default_rng(7))
    given = start.state_dict()
    still = replace(TRAINING, lr=0.0, final_lr=0.0)
    trained = train(photographs(), still, start=start).network
    for name, array in trained.named_parameters().items():
        np.testing.assert_allclose(array.data, given[name], rtol=1e-5, atol=1e-7)
    train(photographs(), TRAINING, start=start)
    for name, array in start.state_dict().items():
        np.testing.assert_array_equal(array, given[name])


def test_weights_of_another_plan_are_no_beginning():
    start = FeatureNetwork(replace(NETWORK, activation="tanh"), np.random.default_rng(7))
    with pytest.raises(ValueError, match=r"start: expected a network of .*leaky_relu.* got .*tanh"):
        train(photographs(), TRAINING, start=start)


@pytest.mark.usefixtures("few_validation_pairs")
def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    checkpoint = tmp_path / "checkpoint.npz"
    train(photographs(), replace(TRAINING, num_steps=2), checkpoint=checkpoint)
    other = replace(TRAINING, network=replace(NETWORK, head_channels=5))
    with pytest.raises(WeightsError, match=r"checkpoint\.npz: .*head_channels|score_laterals"):
        train(photographs(), other, checkpoint=checkpoint)


# --- better than chance


@pytest.mark.slow
def test_a_short_training_beats_chance_clearly():
    """A few seconds with a small network, and views that differ less than usual."""
    photos = read_photographs(SAMPLES)
    pairs = PairOptions(
        size=96, max_zoom=1.3, max_tilt=0.1, max_shear=0.1, max_shift=0.15, photometric=0.5
    )
    options = TrainingOptions(
        num_steps=140,
        steps_per_epoch=140,
        batch_size=2,
        lr=1e-2,
        average_decay=0.95,
        warmup_steps=20,
        network=NetworkOptions(
            channels=(8, 16, 32), head_channels=8, descriptor_size=32, num_turns=1
        ),
        pairs=pairs,
        loss=LossOptions(num_points=400, num_peaks=100),
    )
    trained = train(photos, options)
    (epoch,) = trained.result.history.epochs
    held_out = split(photos, options.validation_share)[1]
    common = validation_pairs(held_out, options.pairs, options.seed)
    untrained = FeatureNetwork(options.network, np.random.default_rng(0)).eval()
    before, after = validate(untrained, common), validate(trained.network, common)
    assert after == pytest.approx(dict(epoch.validation))
    for name in ("match_rate", "matching_score"):
        assert after[name] > 3 * before[name], name
    assert after["localization_error"] < 0.7 * before["localization_error"]
    # By chance two of N points are each other's nearest with 1 / (2 N - 1), and a keypoint's
    # nearest is in the right place with the share of the view that is as near as that.
    side = len(common[0].image0)
    num_points = side**2 / 100 / 2  # those of the common part, at least
    assert after["match_rate"] > 10 / (2 * num_points - 1)
    assert after["matching_score"] > 10 * np.pi * MAX_ERROR**2 / side**2


# --- any photographs


PLAIN = {
    "one": photographs(1),
    "blank": [np.full((60, 80, 3), 120, np.uint8)],
    "tiny": [np.full((8, 8, 3), 50, np.uint8), photographs(1, 8)[0]],
    "a pixel": [np.zeros((1, 1, 3), np.uint8)],
    "gray": [photo[..., 0] for photo in photographs(2)],
    "gray and color": [photographs(1)[0], photographs(1)[0][..., 0]],
}


@pytest.mark.usefixtures("few_validation_pairs")
@pytest.mark.parametrize("kind", PLAIN)
def test_any_photographs_will_do(kind):
    trained = train(PLAIN[kind], replace(TRAINING, num_steps=2, steps_per_epoch=1))
    assert len(trained.result.history) == 2
    for epoch in trained.result.history.epochs:
        assert np.isfinite(epoch.loss)
        assert set(epoch.validation) == {"match_rate", "matching_score", "localization_error"}


def test_without_photographs_there_is_nothing_to_train_on():
    with pytest.raises(ValueError, match=r"^photographs: expected at least one, got none$"):
        train([], TRAINING)


def test_a_share_of_real_pairs_needs_some():
    options = replace(TRAINING, real_share=0.2)
    with pytest.raises(ValueError, match=r"^real_pairs: expected some for a real_share of 0\.2, "):
        train(photographs(), options)
    with pytest.raises(TypeError, match=r"^real_pairs: expected"):
        train(photographs(), options, real_pairs=["a collection"])


def test_shares_of_kinds_of_pairs_are_at_most_all():
    assert replace(TRAINING, scene_share=0.9, real_share=0.1).real_share == 0.1
    with pytest.raises(ValueError, match=r"^scene_share, real_share: expected a sum of at most 1"):
        replace(TRAINING, scene_share=0.9, real_share=0.2)
    with pytest.raises(ValueError, match=r"^real_share: expected a number from 0 to 1, got 2"):
        replace(TRAINING, real_share=2)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (["a.jpg", "b.jpg"], TypeError, "expected an ndarray, got str"),
        ([*photographs(40), np.zeros((9, 9))], TypeError, "expected uint8, got float64"),
        ([*photographs(40), np.zeros((0, 9), np.uint8)], ValueError, r"got \(0, 9\)"),
    ],
)
def test_what_is_no_photograph_is_told_before_any_work(wrong, error, words, monkeypatch):
    """Not in the step that happens to draw it."""
    monkeypatch.setattr(train_module, "FeatureNetwork", None)
    with pytest.raises(error, match=f"^photograph: .*{words}$"):
        train(wrong, TRAINING)


@pytest.mark.usefixtures("few_validation_pairs")
def test_photographs_may_be_a_single_array():
    photos, options = photographs(2), replace(TRAINING, num_steps=1, steps_per_epoch=1)
    photos = [photo[:90, :90] for photo in photos]
    assert_same(train(np.stack(photos), options), train(photos, options))


# --- steps and epochs


@pytest.mark.usefixtures("few_validation_pairs")
@pytest.mark.parametrize(
    ("num_steps", "steps_per_epoch", "epochs"),
    [(1, 5, [1]), (4, 2, [2, 2]), (5, 2, [3, 3]), (6, 4, [3, 3]), (3, 250, [3])],
)
def test_epochs_are_of_equal_length(num_steps, steps_per_epoch, epochs):
    options = replace(TRAINING, num_steps=num_steps, steps_per_epoch=steps_per_epoch)
    history = train(photographs(), options).result.history
    assert [epoch.num_steps for epoch in history.epochs] == epochs
    assert history.monitor == "matching_score"
    assert history.higher_is_better


@pytest.mark.usefixtures("few_validation_pairs")
def test_the_learning_rate_warms_up_for_a_quarter_at_most():
    rates = []
    options = replace(TRAINING, num_steps=8, steps_per_epoch=8, lr=0.003, final_lr=0.0)
    train(photographs(), options, progress=lambda progress: rates.append(progress.lr))
    assert rates[:3] == pytest.approx([0.001, 0.002, 0.003])
    assert (np.diff(rates[2:8]) < 0).all()


@pytest.mark.parametrize(
    ("num_steps", "steps_per_epoch"), [(1, 20), (99, 20), (200, 40), (1249, 250), (40_000, 250)]
)
def test_a_short_training_has_five_epochs(num_steps, steps_per_epoch):
    options = TrainingOptions(seed=3).lasting(num_steps)
    expected = TrainingOptions(seed=3, num_steps=num_steps, steps_per_epoch=steps_per_epoch)
    assert options == expected


def timed(monkeypatch, *, setup, first, step, validation):
    """Replace training by what takes a known time."""
    now = [100.0]
    calls = []

    def train(photographs, options, *, real_pairs, progress):
        calls.append(options)
        now[0] += setup + first
        progress(None)
        for _ in range(options.num_steps - 1):
            now[0] += step
            progress(None)
        now[0] += validation
        progress(None)
        return train_module.TrainedNetwork(None, options, nn.FitResult(nn.History(), "max_epochs"))

    monkeypatch.setattr(trial, "train", train)
    monkeypatch.setattr(trial.time, "perf_counter", lambda: now[0])
    return calls


def test_as_many_steps_are_made_as_fit(monkeypatch):
    calls = timed(monkeypatch, setup=1.0, first=2.0, step=0.5, validation=4.0)
    first = 1 + 2 + 5 * 0.5 + 4
    # a step takes 0.5 s and a 50th of a validation; there are five validations at least
    options = replace(TRAINING, steps_per_epoch=50)
    found = steps_within(600, photographs(1), options)
    assert found == int((600 - first - 3 - 5 * 4) / (0.5 + 4 / 50))
    assert [call.num_steps for call in calls] == [6]
    assert calls[0].network == options.network


@pytest.mark.parametrize("seconds", [0, 0.6, 9])
def test_one_step_is_made_at_least(monkeypatch, seconds):
    timed(monkeypatch, setup=1.0, first=2.0, step=0.5, validation=4.0)
    assert steps_within(seconds, photographs(1), TRAINING) == 1


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_told(seconds):
    with pytest.raises(ValueError, match=r"^seconds: expected a number from 0 to 1e\+09, got"):
        steps_within(seconds, photographs(1), TRAINING)


@pytest.mark.usefixtures("few_validation_pairs")
def test_a_trial_can_be_broken_off(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_module, "pair_loss", interrupt)
    with pytest.raises(KeyboardInterrupt):
        steps_within(60, photographs(1), TRAINING)


# --- options


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_steps": 0}, "num_steps: expected an integer from 1 to 100,000,000, got 0"),
        ({"batch_size": 0}, "batch_size: expected an integer from 1 to 100,000,000, got 0"),
        ({"num_shards": 0}, "num_shards: expected an integer from 1 to 100,000,000, got 0"),
        (
            {"steps_per_epoch": 0},
            "steps_per_epoch: expected an integer from 1 to 100,000,000, got 0",
        ),
        ({"batch_size": 7}, "batch_size: expected a multiple of num_shards (2), got 7"),
        ({"warmup_steps": -1}, "warmup_steps: expected an integer from 0 to 100,000,000, got -1"),
        ({"lr": 11}, "lr: expected a number from 0 to 10, got 11"),
        ({"final_lr": 0.1}, "final_lr: expected a number from 0 to 0.003, got 0.1"),
        ({"max_norm": 0}, "max_norm: expected a number from 1e-09 to 1e+09, got 0"),
        ({"average_decay": 1.5}, "average_decay: expected a number from 0 to 1, got 1.5"),
        ({"validation_share": 0.6}, "validation_share: expected a number from 0 to 0.5, got 0.6"),
        ({"scene_share": 1.5}, "scene_share: expected a number from 0 to 1, got 1.5"),
        ({"seed": -1}, "seed: expected an integer from 0 to 9,223,372,036,854,775,807, got -1"),
    ],
)
def test_a_wrong_option_is_told(changes, words):
    with pytest.raises(ValueError) as error:
        TrainingOptions(**changes)
    assert str(error.value) == words


def test_pairs_are_turned_as_the_network_is():
    options = TrainingOptions(network=NETWORK, pairs=PairOptions(size=64, num_turns=3))
    assert options.pairs == PairOptions(size=64, num_turns=4)


@pytest.mark.usefixtures("few_validation_pairs")
def test_photographs_are_left_as_they_are():
    photos = photographs(2)
    copies = [photo.copy() for photo in photos]
    for photo in photos:
        photo.setflags(write=False)
    train(photos, replace(TRAINING, num_steps=1, steps_per_epoch=1))
    for photo, copy in zip(photos, copies, strict=True):
        np.testing.assert_array_equal(photo, copy)
