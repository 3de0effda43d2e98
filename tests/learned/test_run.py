"""A training kept in files: what they say, and that it goes on only as what it was."""

from __future__ import annotations

import json
import platform
from dataclasses import replace

import cv2
import numpy as np
import pytest
from known_real_pairs import known_pair
from tiny_training import NETWORK, TRAINING, photographs

import featmatch
from featmatch import OutputError, WeightsError, nn
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.network.weights import load_network
from featmatch.learned.training import run as run_module
from featmatch.learned.training import training_data
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.run import prepare_run, save_run
from featmatch.learned.training.run_files import RunFiles
from featmatch.learned.training.train import train
from featmatch.learned.training.training_data import fingerprint, pairs_fingerprint

PHOTOS = photographs(2)
COMPLETE = ["weights.json", "weights.npz"]
BROKEN_OFF = ["weights.checkpoint.json", "weights.checkpoint.npz", *COMPLETE]


@pytest.fixture(autouse=True)
def few_validation_pairs(monkeypatch):
    monkeypatch.setattr(training_data, "_NUM_VALIDATION_PAIRS", 2)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.npz"


def listing(path):
    return sorted(found.name for found in path.parent.iterdir())


def interrupt_in(epoch, step=1):
    """A progress function that is as if Ctrl-C was pressed in some step."""

    def progress(progress):
        if (progress.epoch, progress.step) == (epoch, step) and progress.validation is None:
            raise KeyboardInterrupt

    return progress


def break_off(path, options=TRAINING, **given):
    """Train until the second epoch."""
    trained = prepare_run(path, PHOTOS, options, **given).train(interrupt_in(2))
    assert trained.result.interrupted
    return trained


def without_seconds(path):
    record = json.loads(path.read_text())
    for holder in (record, *record["history"]["epochs"]):
        assert holder.pop("seconds") > 0
    return record


# --- files


def test_the_files_of_a_complete_training(path):
    run = prepare_run(path, PHOTOS, TRAINING)
    assert not run.resumed
    assert listing(path) == []
    trained = run.train()
    assert listing(path) == COMPLETE
    assert load_network(path).options == NETWORK
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["options"]["num_steps"] == 4
    assert "num_processes" not in record["options"]  # another number may go on
    assert record["options"]["seed"] == 0
    assert record["options"]["network"]["channels"] == [4, 4, 4, 4]
    assert record["options"]["pairs"]["size"] == 48
    assert record["minutes"] is None
    assert record["photographs"] == {"number": 2, "sha256": fingerprint(PHOTOS)}
    assert record["real_pairs"] is None
    assert record["versions"] == {
        "featmatch": featmatch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "python": platform.python_version(),
    }
    assert record["stopped_by"] == "max_epochs"
    assert nn.History.from_dict(record["history"]) == trained.result.history
    assert record["seconds"] == pytest.approx(
        sum(epoch["seconds"] for epoch in record["history"]["epochs"])
    )


def test_the_weights_say_what_they_come_from(path):
    prepare_run(path, PHOTOS, TRAINING).train()
    _, metadata = nn.read_weights(path)
    record = json.loads(path.with_suffix(".json").read_text())
    for name in ("options", "minutes", "photographs", "versions"):
        assert metadata[name] == record[name]


def test_the_weights_are_those_that_were_trained(path):
    trained = prepare_run(path, PHOTOS, TRAINING).train()
    arrays, _ = nn.read_weights(path)
    for name, array in train(PHOTOS, TRAINING).network.state_dict().items():
        np.testing.assert_array_equal(array, trained.network.state_dict()[name])
        np.testing.assert_array_equal(arrays[name], array.astype(arrays[name].dtype))


def test_the_same_training_gives_the_same_bytes(tmp_path):
    paths = [tmp_path / name / "weights.npz" for name in ("first", "second", "broken off")]
    for path in paths:
        path.parent.mkdir()
        if path.parent.name == "broken off":
            break_off(path)
        prepare_run(path, PHOTOS, TRAINING).train()
    for path in paths[1:]:
        assert path.read_bytes() == paths[0].read_bytes()
        assert without_seconds(path.with_suffix(".json")) == without_seconds(
            paths[0].with_suffix(".json")
        )


def test_a_new_training_replaces_a_complete_one(path):
    prepare_run(path, PHOTOS, TRAINING).train()
    before = path.read_bytes()
    run = prepare_run(path, PHOTOS, replace(TRAINING, seed=1))
    assert not run.resumed
    run.train()
    assert path.read_bytes() != before
    assert json.loads(path.with_suffix(".json").read_text())["options"]["seed"] == 1


# --- broken off


def test_what_is_left_of_a_training_that_was_broken_off(path):
    trained = break_off(path)
    assert listing(path) == BROKEN_OFF
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["stopped_by"] == "interrupted"
    assert len(record["history"]["epochs"]) == len(trained.result.history) == 1
    load_network(path)


def test_it_goes_on(path):
    break_off(path)
    run = prepare_run(path, PHOTOS, TRAINING)
    assert run.resumed
    trained = run.train()
    assert len(trained.result.history) == 2
    assert listing(path) == COMPLETE
    assert json.loads(path.with_suffix(".json").read_text())["stopped_by"] == "max_epochs"


def test_nothing_is_left_of_a_first_epoch_that_was_broken_off(path):
    earlier = {}
    for _ in range(2):  # without and with the files of an earlier training
        trained = prepare_run(path, PHOTOS, TRAINING).train(interrupt_in(1))
        assert trained.result.interrupted
        assert {name: (path.parent / name).read_bytes() for name in listing(path)} == earlier
        prepare_run(path, PHOTOS, replace(TRAINING, seed=5)).train()
        earlier = {name: (path.parent / name).read_bytes() for name in listing(path)}


def test_a_disk_that_is_full_in_the_end_loses_nothing(path, monkeypatch):
    def full(*_):
        raise OutputError("weights.npz: cannot be written (no space left on device)")

    monkeypatch.setattr(run_module, "save_network", full)
    with pytest.raises(OutputError, match="no space left"):
        prepare_run(path, PHOTOS, TRAINING).train()
    assert listing(path) == BROKEN_OFF[:2]
    monkeypatch.undo()
    assert len(prepare_run(path, PHOTOS, TRAINING).train(interrupt_in(1)).result.history) == 2
    assert listing(path) == COMPLETE


@pytest.mark.slow
def test_a_time_gives_the_number_of_steps_once(path, monkeypatch):
    asked = []

    def steps_within(seconds, photos, options, real_pairs):
        asked.append((seconds, len(photos), options.seed))
        return 41

    monkeypatch.setattr(run_module, "steps_within", steps_within)
    run = prepare_run(path, PHOTOS, replace(TRAINING, steps_per_epoch=250), minutes=0.5)
    assert asked == [(30.0, 2, 0)]
    assert (run.options.num_steps, run.options.steps_per_epoch) == (41, 20)
    run.train(interrupt_in(2))
    again = prepare_run(path, PHOTOS, replace(TRAINING, steps_per_epoch=250), minutes=0.5)
    assert again.resumed
    assert again.options == run.options
    assert len(asked) == 1
    again.train()
    assert json.loads(path.with_suffix(".json").read_text())["minutes"] == 0.5


@pytest.mark.parametrize(
    ("minutes", "error", "words"),
    [
        (-1, ValueError, r"expected a number from 0 to 1e\+07, got -1"),
        (float("nan"), ValueError, r"expected a number from 0 to 1e\+07, got nan"),
        ("5", TypeError, r"expected a number from 0 to 1e\+07, got '5'"),
    ],
)
@pytest.mark.parametrize("there_is_a_checkpoint", [False, True])
def test_a_time_that_is_none_is_told(path, minutes, error, words, there_is_a_checkpoint):
    if there_is_a_checkpoint:
        break_off(path)
    with pytest.raises(error, match=f"^minutes: {words}$"):
        prepare_run(path, PHOTOS, TRAINING, minutes=minutes)


# --- another training


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 7}, "(seed 0, not 7)"),
        ({"num_steps": 8, "lr": 0.01}, "(num_steps 4, not 8, lr 0.003, not 0.01)"),
        ({"network": replace(NETWORK, activation="tanh")}, "(activation leaky_relu, not tanh)"),
        (
            {"network": replace(NETWORK, channels=(4, 4, 4))},
            "(channels [4, 4, 4, 4], not [4, 4, 4])",
        ),
        ({"pairs": PairOptions(size=64)}, "(size 48, not 64)"),
    ],
)
def test_other_options_are_refused(path, changes, words):
    break_off(path)
    before = {name: (path.parent / name).read_bytes() for name in listing(path)}
    with pytest.raises(OutputError) as error:
        prepare_run(path, PHOTOS, replace(TRAINING, **changes))
    assert str(error.value) == (
        f"{path.with_suffix('.checkpoint.npz')}: is of another training {words}; to go on with it"
        " give the same photographs and options, else remove it or choose another output"
    )
    assert {name: (path.parent / name).read_bytes() for name in listing(path)} == before


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (photographs(3), "(photographs 2, not 3)"),
        (PHOTOS[::-1], "(other photographs)"),
        ([], "(photographs 2, not 0)"),
    ],
)
def test_other_photographs_are_refused(path, others, words):
    break_off(path)
    with pytest.raises(OutputError) as error:
        prepare_run(path, others, TRAINING)
    assert words in str(error.value)


def test_other_weights_to_begin_with_are_refused(path):
    start, other = (FeatureNetwork(NETWORK, np.random.default_rng(seed)) for seed in (1, 2))
    break_off(path, start=start)
    assert prepare_run(path, PHOTOS, TRAINING, start=start).resumed
    for wrong in (other, None):
        with pytest.raises(OutputError, match=r"\(other weights to begin with\)"):
            prepare_run(path, PHOTOS, TRAINING, start=wrong)


def test_real_pairs_are_told_and_others_refused(path):
    options, real = replace(TRAINING, real_share=0.5), [known_pair()]
    break_off(path, options, real_pairs=real)
    for others in ([known_pair(seed=1)], 2 * real, ()):
        with pytest.raises(OutputError, match=r"\(other real pairs\)"):
            prepare_run(path, PHOTOS, options, real_pairs=others)
    run = prepare_run(path, PHOTOS, options, real_pairs=real)
    assert run.resumed
    run.train()
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["options"]["real_share"] == 0.5
    assert record["real_pairs"] == {"number": 1, "sha256": pairs_fingerprint(real)}
    _, metadata = nn.read_weights(path)
    assert metadata["real_pairs"] == record["real_pairs"]


def test_a_time_where_there_was_none_is_refused(path):
    break_off(path)
    with pytest.raises(OutputError, match=r"\(minutes none, not 2\)"):
        prepare_run(path, PHOTOS, TRAINING, minutes=2)


# --- damage


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"options": {}, "photographs": {}, "minutes": null}',
        b'{"options": {"num_steps": "4"}, "photographs": {}, "minutes": null}',
        b'{"options": {"num_steps": 0}, "photographs": {}, "minutes": null}',
        b'{"options": {"num_steps": 4}, "photographs": 2, "minutes": null}',
        b'{"options": {"num_steps": 4}, "photographs": {}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_record_of_a_checkpoint_is_told(path, content):
    record = path.with_suffix(".checkpoint.json")
    break_off(path)
    if content is None:
        record.unlink()
    else:
        record.write_bytes(content)
    with pytest.raises(WeightsError) as error:
        prepare_run(path, PHOTOS, TRAINING)
    assert str(error.value) == (
        f"{record}: does not say what the checkpoint beside it belongs to; remove both to begin"
        " anew"
    )


def test_a_record_of_an_earlier_version_that_lacks_an_option_is_told(path):
    break_off(path)
    record = path.with_suffix(".checkpoint.json")
    document = json.loads(record.read_text())
    del document["options"]["max_norm"]
    document["options"]["momentum"] = 0.9
    record.write_text(json.dumps(document))
    with pytest.raises(OutputError, match=r"\(max_norm none, not 5\.0, momentum 0\.9, not none\)"):
        prepare_run(path, PHOTOS, TRAINING)


def test_a_damaged_checkpoint_is_told_and_left(path):
    break_off(path)
    checkpoint = path.with_suffix(".checkpoint.npz")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-200])
    before = listing(path)
    with pytest.raises(WeightsError) as error:
        prepare_run(path, PHOTOS, TRAINING).train()
    assert str(error.value).startswith(f"{checkpoint}: is damaged")
    assert listing(path) == before


# --- places


@pytest.mark.parametrize("name", ["weights", "weights.json", ".npz"])
def test_another_ending_is_told(tmp_path, name):
    with pytest.raises(ValueError, match=r"^output: expected a name ending in \.npz, got"):
        prepare_run(tmp_path / name, PHOTOS, TRAINING)


def test_a_checkpoint_is_no_place_for_weights(path):
    """Whoever gives it wants to go on, not to replace it."""
    with pytest.raises(ValueError, match=r"^output: expected the name of the weights, not of the"):
        prepare_run(path.with_suffix(".checkpoint.npz"), PHOTOS, TRAINING)


def test_files_are_named_after_the_weights(tmp_path):
    names = [path.name for path in RunFiles(tmp_path / "my.small.NPZ")]
    endings = ("NPZ", "json", "png", "checkpoint.npz", "checkpoint.json")
    assert names == [f"my.small.{ending}" for ending in endings]


@pytest.mark.parametrize("ending", [".npz", ".json", ".png", ".checkpoint.npz", ".checkpoint.json"])
def test_a_place_of_any_file_that_cannot_be_written_is_told_before_any_work(path, ending):
    path.with_suffix(ending).mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        prepare_run(path, PHOTOS, TRAINING)
    with pytest.raises(OutputError, match="there is no folder"):
        prepare_run(path.parent / "nowhere" / "weights.npz", PHOTOS, TRAINING)


def test_a_training_without_an_epoch_cannot_be_saved(path):
    trained = train(PHOTOS, TRAINING, progress=interrupt_in(1))
    with pytest.raises(ValueError, match=r"^history: expected at least one epoch, got none$"):
        save_run(trained, path, PHOTOS)
    assert listing(path) == []
