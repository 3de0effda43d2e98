"""``featmatch train``: its files, lines and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import PIL.Image
import pytest
from command_line import POSTER, REPOSITORY, SAMPLES, UNRELATED, run
from photograph_folders import QUICK as COLLECTED
from photograph_folders import write_views
from programs import Program

import featmatch
from featmatch import nn
from featmatch.commands import train as command
from featmatch.learned.network.network import NetworkOptions
from featmatch.learned.training import training_data
from featmatch.learned.training.losses import LossOptions
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.train import TrainingOptions

COMPLETE = ["weights.json", "weights.npz", "weights.png"]
BROKEN_OFF = ["weights.checkpoint.json", "weights.checkpoint.npz", *COMPLETE]


def tiny(**changes):
    """Options for a training of a fraction of a second."""
    return TrainingOptions(
        batch_size=2,
        network=NetworkOptions(channels=(4, 4, 4, 4), head_channels=4, descriptor_size=8),
        pairs=PairOptions(size=32),
        loss=LossOptions(num_points=30, num_peaks=10),
        **changes,
    )


@pytest.fixture
def few_validation_pairs(monkeypatch):
    monkeypatch.setattr(training_data, "_NUM_VALIDATION_PAIRS", 2)


@pytest.fixture
def quick(few_validation_pairs, monkeypatch):
    monkeypatch.setattr(command, "TrainingOptions", tiny)


@pytest.fixture
def interrupted(quick, monkeypatch):
    """Ctrl-C in the first step of an epoch."""

    def prepare(epoch):
        def progress(progress):
            if (progress.epoch, progress.step) == (epoch, 1):
                raise KeyboardInterrupt

        monkeypatch.setattr(nn, "print_progress", progress)

    return prepare


@pytest.fixture
def weights(tmp_path):
    folder = tmp_path / "result"
    folder.mkdir()
    return folder / "weights.npz"


def listing(weights):
    return sorted(path.name for path in weights.parent.iterdir())


# --- what it does


@pytest.mark.usefixtures("few_validation_pairs")
def test_weights_can_be_used_at_once(capsys, weights):
    """With the usual options, and as few steps as there may be."""
    outcome = run(capsys, "train", *POSTER, "-o", weights, "--steps", "1", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert listing(weights) == COMPLETE
    words = ("--method", "cnn", "--weights", weights, "--max-size", "200", "--quiet")
    assert run(capsys, "match", *POSTER, *words).code in (0, 1)
    with pytest.raises(featmatch.WeightsError, match="cannot be read"):
        featmatch.detect(POSTER[0], method="cnn", weights=weights.with_name("none.npz"))


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_it_tells_what_is_trained_how_it_goes_and_what_came_of_it(capsys, weights):
    outcome = run(capsys, "train", SAMPLES, "-o", weights, "--steps", "40", "--seed", "3")
    assert outcome.code == 0
    lines = outcome.err.splitlines()
    assert lines[0] == "Photographs: 7 to train on, 1 to validate with."
    assert re.fullmatch(
        r"Network: \d,\d\d\d parameters, \d\d\d multiply-adds a pixel; receptive fields: 10, 28,"
        r" 64, 136 pixels of the maps, 88 of the scores\.",
        lines[1],
    )
    assert lines[2] == "Training begins: 2 pairs of 32 x 32 pixels in each of 40 steps."
    assert len(lines) == 5
    for number, line in enumerate(lines[3:], 1):
        assert line.startswith(f"epoch {number}/2, loss ")
        assert "validation match_rate 0" in line
        assert "validation matching_score 0" in line
        assert line.endswith(" left")
    with PIL.Image.open(weights.with_suffix(".png")) as curves:
        assert min(curves.size) > 100
    record = json.loads(weights.with_suffix(".json").read_text())
    assert record["options"]["seed"] == 3
    assert record["options"]["num_steps"] == 40
    assert record["photographs"]["number"] == 8
    best = max(epoch["validation"]["matching_score"] for epoch in record["history"]["epochs"])
    assert re.fullmatch(
        rf"{re.escape(str(weights))}: match_rate 0\.\d\d\d, matching_score {best:.3f},"
        r" localization_error \d\.\d\d\d after \d\.\d minutes; record in \S+weights\.json,"
        r" curves in \S+weights\.png\n",
        outcome.out,
    )


@pytest.mark.usefixtures("quick")
def test_training_goes_on_from_other_weights(capsys, weights):
    first = weights.with_name("first.npz")
    words = ("train", *POSTER, "--steps", "2", "--quiet")
    assert run(capsys, *words, "-o", first).code == 0
    more = ("--start", first, "--rate", "1e-5", "--scenes", "0.5", "-o", weights)
    assert run(capsys, *words, *more).code == 0
    record = json.loads(weights.with_suffix(".json").read_text())
    options = record["options"]
    assert (options["lr"], options["final_lr"], options["scene_share"]) == (1e-5, 1e-5, 0.5)
    assert re.fullmatch("[0-9a-f]{64}", record["start"])
    before, after = (nn.read_weights(path)[0] for path in (first, weights))
    name = "blocks.0.layers.0.weight"
    np.testing.assert_allclose(after[name], before[name], atol=1e-3)


@pytest.fixture
def collection(tmp_path):
    folder = write_views(tmp_path / "views", 0, 1, 2)
    return featmatch.collect(folder, tmp_path / "collected", **COLLECTED).out


@pytest.mark.usefixtures("quick")
def test_pairs_of_a_collection_are_trained_on(capsys, weights, collection):
    words = ("train", *POSTER, "--pairs", collection, "--steps", "2")
    outcome = run(capsys, *words, "-o", weights)
    assert outcome.code == 0
    lines = outcome.err.splitlines()
    assert lines[1] == "Pairs of real photographs: 3, for training alone."
    record = json.loads(weights.with_suffix(".json").read_text())
    assert record["options"]["real_share"] == 0.2
    assert record["real_pairs"]["number"] == 3
    more = ("--pairs", collection, "--real", "0.5", "--scenes", "0.5", "--quiet")
    assert run(capsys, *words, *more, "-o", weights).code == 0
    record = json.loads(weights.with_suffix(".json").read_text())
    assert record["options"]["real_share"] == record["options"]["scene_share"] == 0.5
    assert record["real_pairs"]["number"] == 6


@pytest.mark.usefixtures("quick")
def test_pairs_are_not_read_where_no_share_is_asked_for(capsys, monkeypatch, weights, collection):
    def fail(*_):
        raise AssertionError("pairs were read")

    monkeypatch.setattr(command, "real_pairs", fail)
    words = ("train", *POSTER, "--pairs", collection, "--real", "0", "--steps", "2")
    outcome = run(capsys, *words, "-o", weights)
    assert outcome.code == 0
    assert "real photographs" not in outcome.err
    assert not json.loads(weights.with_suffix(".json").read_text()).get("real_pairs")


def test_the_files_of_a_collection_are_inputs(capsys, collection):
    photograph = collection.parent / "views" / "view_1.png"
    inside, content = collection / "summary.npz", photograph.read_bytes()
    words = ("train", *POSTER, "--pairs", collection)
    for outputs, told in [
        (("--show-pairs", photograph), "view_1.png is an input; choose another file"),
        (("-o", photograph.with_suffix(".npz")), "view_1.png is an input; choose another file"),
        (("-o", inside), f"in {collection}, among the files of the collection; choose another"),
    ]:
        outcome = run(capsys, *words, *outputs)
        assert outcome.code == 2
        assert told in outcome.err
    assert photograph.read_bytes() == content
    assert not inside.exists()


@pytest.mark.usefixtures("quick")
def test_pairs_of_a_collection_are_shown(capsys, weights, collection):
    shown, others = (weights.with_name(name) for name in ("shown.png", "others.png"))
    words = ("train", *POSTER, "--show-pairs")
    assert run(capsys, *words, shown, "--pairs", collection, "--real", "1").code == 0
    assert run(capsys, *words, others).code == 0
    assert shown.read_bytes() != others.read_bytes()


@pytest.mark.usefixtures("quick")
def test_a_folder_that_is_no_collection_is_one_line_and_code_3(capsys, weights, tmp_path):
    for place in (SAMPLES, tmp_path / "missing", POSTER[0]):
        outcome = run(capsys, "train", *POSTER, "-o", weights, "--pairs", place)
        assert outcome.code == 3
        assert outcome.error.startswith(f"{place}: ")
        assert listing(weights) == []


@pytest.mark.usefixtures("quick")
def test_weights_to_begin_with_that_are_none_are_one_line_and_code_3(capsys, weights):
    outcome = run(capsys, "train", *POSTER, "-o", weights, "--start", POSTER[0])
    assert outcome.code == 3
    assert outcome.error.startswith(f"{POSTER[0]}: ")


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_same_command_gives_the_same_weights(capsys, tmp_path):
    words = ("train", SAMPLES, "--steps", "2", "--quiet")
    paths = [tmp_path / name for name in ("a.npz", "b.npz", "c.npz")]
    for path, seed in zip(paths, "001", strict=True):
        assert run(capsys, *words, "--seed", seed, "-o", path).code == 0
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()


@pytest.mark.usefixtures("quick")
def test_a_time_becomes_a_number_of_steps(capsys, weights):
    outcome = run(capsys, "train", *POSTER, "-o", weights, "--minutes", "0.01")
    assert outcome.code == 0
    assert outcome.err.startswith("Making a few steps to see how many fit into 0.01 minutes.\n")
    record = json.loads(weights.with_suffix(".json").read_text())
    assert record["minutes"] == 0.01
    num_steps = record["options"]["num_steps"]
    assert f" in each of {num_steps:,} steps.\n" in outcome.err
    assert listing(weights) == COMPLETE


@pytest.mark.usefixtures("quick")
def test_pairs_are_shown_alone_or_beside_a_training(capsys, weights):
    alone, beside = (weights.with_name(name) for name in ("alone.png", "beside.PNG"))
    outcome = run(capsys, "train", *POSTER, "--show-pairs", alone)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert listing(weights) == ["alone.png"]
    with PIL.Image.open(alone) as picture:
        assert picture.width == 1600
    words = ("--show-pairs", beside, "-o", weights, "--steps", "1")
    assert run(capsys, "train", *POSTER, *words).code == 0
    assert listing(weights) == ["alone.png", "beside.PNG", *COMPLETE]
    assert beside.read_bytes() == alone.read_bytes()


# --- any photographs


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["one", "blank", "tiny", "gray", "16 bits", "with alpha"])
def test_any_photographs_will_do(capsys, weights, tmp_path, kind):
    rng = np.random.default_rng(0)
    pixels = {
        "blank": np.full((60, 80, 3), 120, np.uint8),
        "tiny": rng.integers(0, 256, (8, 8, 3), dtype=np.uint8),
        "gray": rng.integers(0, 256, (60, 80), dtype=np.uint8),
        "16 bits": rng.integers(0, 65536, (60, 80), dtype=np.uint16),
        "with alpha": rng.integers(0, 256, (60, 80, 4), dtype=np.uint8),
    }
    path = POSTER[0]
    if kind in pixels:
        path = tmp_path / "photograph.png"
        PIL.Image.fromarray(pixels[kind]).save(path)
    outcome = run(capsys, "train", path, "-o", weights, "--steps", "2")
    assert outcome.code == 0
    assert outcome.err.startswith("Photographs: 1, to train on and to validate with; several ")
    assert listing(weights) == COMPLETE


def test_an_unreadable_photograph_is_one_line_and_code_3(capsys, weights, tmp_path):
    text, missing = tmp_path / "text.png", tmp_path / "missing.jpg"
    text.write_text("no picture")
    for path, words in (
        (text, "not an image in a known format"),
        (missing, "there is no such file; check the path"),
        (tmp_path / ("a" * 300), "name too long"),
    ):
        outcome = run(capsys, "train", POSTER[0], path, "-o", weights)
        assert outcome.code == 3
        assert outcome.error.startswith(f"{path}: ")
        assert words in outcome.error
        assert listing(weights) == []


def test_a_folder_without_photographs_is_one_line_and_code_3(capsys, weights, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    outcome = run(capsys, "train", empty, "-o", weights)
    assert outcome.code == 3
    assert outcome.error == f"{empty}: no images there; give images or folders that hold some"
    assert listing(weights) == []


# --- broken off


@pytest.mark.slow
def test_ctrl_c_is_code_130_and_says_how_to_go_on(capsys, weights, interrupted):
    words = ("train", *POSTER, "-o", weights, "--steps", "40")
    interrupted(epoch=2)
    outcome = run(capsys, *words)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err.endswith(
        f"\n\nfeatmatch: interrupted in epoch 2; {weights} has the best weights so far,"
        " and the same command goes on\n"
    )
    assert listing(weights) == BROKEN_OFF

    interrupted(epoch=3)  # there is none
    outcome = run(capsys, *words)
    assert outcome.code == 0
    checkpoint = re.escape(str(weights.with_suffix(".checkpoint.npz")))
    assert re.search(rf"^Training goes on from {checkpoint}: 2 pairs", outcome.err, re.M)
    assert listing(weights) == COMPLETE

    whole = weights.with_name("whole.npz")
    assert run(capsys, "train", *POSTER, "-o", whole, "--steps", "40").code == 0
    assert whole.read_bytes() == weights.read_bytes()


def test_ctrl_c_in_the_first_epoch_leaves_nothing(capsys, weights, interrupted):
    interrupted(epoch=1)
    outcome = run(capsys, "train", *POSTER, "-o", weights, "--steps", "40")
    assert outcome.code == 130
    assert outcome.err.endswith(
        "\nfeatmatch: interrupted in the first epoch, of which nothing is kept\n"
    )
    assert listing(weights) == []


@pytest.mark.usefixtures("quick")
def test_ctrl_c_in_the_trial_is_code_130(capsys, weights, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("featmatch.learned.training.train.pair_loss", interrupt)
    outcome = run(capsys, "train", *POSTER, "-o", weights, "--minutes", "1")
    assert outcome.code == 130
    assert outcome.err.endswith("\nfeatmatch: interrupted\n")
    assert listing(weights) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("others", "words"),
    [
        (["--steps", "60"], "(num_steps 40, not 60)"),
        (["--steps", "40", "--seed", "1"], "(seed 0, not 1)"),
        (["--minutes", "1"], "(minutes none, not 1.0)"),
        (["--steps", "40", UNRELATED[0]], "(photographs 2, not 3)"),
    ],
)
def test_another_training_does_not_go_on(capsys, weights, interrupted, others, words):
    interrupted(epoch=2)
    assert run(capsys, "train", *POSTER, "-o", weights, "--steps", "40").code == 130
    outcome = run(capsys, "train", *POSTER, "-o", weights, *others, "--quiet")
    assert outcome.code == 2
    assert outcome.error == (
        f"{weights.with_suffix('.checkpoint.npz')}: is of another training {words}; to go on with"
        " it give the same photographs and options, else remove it or choose another output"
    )
    assert listing(weights) == BROKEN_OFF


def test_a_damaged_checkpoint_is_one_line_and_code_3(capsys, weights, interrupted):
    interrupted(epoch=2)
    words = ("train", *POSTER, "-o", weights, "--steps", "40", "--quiet")
    assert run(capsys, *words[:-1]).code == 130
    checkpoint = weights.with_suffix(".checkpoint.npz")
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    outcome = run(capsys, *words)
    assert outcome.code == 3
    assert outcome.error.startswith(f"{checkpoint}: is damaged")
    assert listing(weights) == BROKEN_OFF


def test_a_signal_ends_a_process_of_its_own(weights):
    with Program(
        [sys.executable, "-m", "featmatch", "train", *POSTER, "-o", weights],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
    ) as process:
        while not weights.with_suffix(".checkpoint.npz").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("featmatch: interrupted")
    assert set(listing(weights)) <= set(BROKEN_OFF[:2])  # as early as that, they may be left


# --- wrong usage


WRONG = {
    "train": ["Missing argument 'IMAGES...'", "train --help"],
    "train a.jpg": ["Missing option '-o', a file for the weights", "train --help"],
    "train a.jpg --show-pairs p.png --steps 5": ["Missing option '-o'"],
    "train a.jpg -o w.npz --steps 5 --minutes 2": ["--minutes and --steps exclude each other"],
    "train a.jpg -o w.npz --steps 0": ["--steps", "0", "1<=x<="],
    "train a.jpg -o w.npz --steps two": ["--steps", "'two'", "integer"],
    "train a.jpg -o w.npz --steps 200000000": ["--steps", "1<=x<=100000000"],
    "train a.jpg -o w.npz --minutes 0": ["minutes: expected a number from 0.001 to 1e+06, got 0"],
    "train a.jpg -o w.npz --minutes inf": ["minutes: expected", "got inf"],
    "train a.jpg -o w.npz --minutes nan": ["minutes: expected", "got nan"],
    "train a.jpg -o w.npz --scenes 2": ["--scenes", "0<=x<=1"],
    "train a.jpg -o w.npz --scenes nan": ["--scenes", "'nan' is not a number"],
    "train a.jpg -o w.npz --real 0.2": ["Missing option '--pairs'"],
    "train a.jpg -o w.npz --pairs . --real 2": ["--real", "0<=x<=1"],
    "train a.jpg -o w.npz --pairs . --scenes 0.9": [
        "--scenes 0.9 leaves less than --real 0.2 (if not given) of the pairs; lower one of them"
    ],
    "train a.jpg -o w.npz --pairs . --scenes 0.6 --real 0.5": ["--scenes 0.6 leaves less than"],
    "train a.jpg -o w.npz --rate -1": ["--rate", "0<=x<=10"],
    "train a.jpg -o w.npz --rate nan": ["--rate", "'nan' is not a number"],
    "train a.jpg -o w.npz --seed -1": ["--seed", "-1", "x>=0"],
    "train a.jpg -o w.npz --seed 9223372036854775808": ["seed: expected", "got 9223372"],
    "train a.jpg -o w.json": ["output: expected a name ending in .npz, got 'w.json'"],
    "train a.jpg -o w.checkpoint.npz": ["output: expected the name of the weights, not of the"],
    "train a.jpg -o w.npz --show-pairs p.jpg": ["show-pairs: expected a name ending in .png"],
    "train a.jpg -o w.npz --show-pairs w.png": ["w.png is a file of the training"],
    "train a.jpg -o w.npz --activation relu": ["No such option", "--activation"],
    "train w.png -o w.npz": ["w.png is an input; choose another file for the result"],
    "train a.jpg --show-pairs nowhere/p.png": ["nowhere/p.png: there is no folder"],
    "train a.jpg -o nowhere/w.npz": ["nowhere/w.npz: there is no folder"],
    "train . -o w.npz": ["A result would lie in ., among the photographs; choose another folder"],
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_one_line_and_code_2_before_any_image_is_read(
    capsys, monkeypatch, tmp_path, words
):
    def fail(*_):
        raise AssertionError("photographs were read")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "read_photographs", fail)
    outcome = run(capsys, *words.split())
    assert outcome.code == 2
    for expected in WRONG[words]:
        assert expected in outcome.error
    assert list(tmp_path.iterdir()) == []


def test_a_place_of_any_of_the_files_has_to_be_free(capsys, weights):
    weights.with_suffix(".png").mkdir()
    outcome = run(capsys, "train", *POSTER, "-o", weights)
    assert outcome.code == 2
    assert "weights.png: is a folder" in outcome.error


@pytest.mark.usefixtures("quick")
def test_results_beside_a_folder_of_photographs_are_fine(capsys, tmp_path):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    (photographs / "a.jpg").write_bytes(POSTER[0].read_bytes())
    words = ("train", photographs, "-o", tmp_path / "w.npz", "--steps", "1", "--quiet")
    assert run(capsys, *words).code == 0
    words = ("train", photographs, "--show-pairs", photographs / "pairs.png")
    assert run(capsys, *words).code == 2
    assert [path.name for path in photographs.iterdir()] == ["a.jpg"]


def test_help_tells_the_defaults(capsys):
    words = " ".join(run(capsys, "train", "--help").out.split())
    for expected in ("[default: 30000]", "[default: 0;", "Ctrl-C breaks it off"):
        assert expected in words
