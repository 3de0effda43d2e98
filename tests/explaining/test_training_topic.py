"""Training: the record that a training leaves beside its weights, as the topic tells it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from featmatch.explaining import training as topic
from featmatch.images.image import read_image
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.network.weights import SHIPPED
from featmatch.learned.training.run import save_run
from featmatch.learned.training.train import TrainedNetwork, TrainingOptions
from featmatch.nn import Epoch, FitResult, History

NOISE = np.random.default_rng(7).integers(0, 256, (60, 70), np.uint8)


HISTORY = History(
    tuple(
        Epoch(
            number, 250, 9 / number, {"match_rate": number / 9, "matching_score": score}, 1e-3, 60
        )
        for number, score in enumerate((0.1, 0.3, 0.2), 1)
    ),
    monitor="matching_score",
    higher_is_better=True,
)


def test_the_record_of_a_training_is_read(tmp_path):
    options = TrainingOptions(batch_size=4)
    network = FeatureNetwork(options.network, np.random.default_rng(0))
    trained = TrainedNetwork(network, options, FitResult(HISTORY, "max_epochs"))
    save_run(trained, tmp_path / "run.npz", [np.repeat(NOISE[..., None], 3, axis=2)] * 2)
    shipped = topic.read_shipped_run(tmp_path / "run.json")
    assert shipped.num_photographs == 2
    assert shipped.batch_size == 4
    assert shipped.iterations_per_epoch == 250
    assert shipped.seconds == 180
    assert shipped.epochs.tolist() == [1, 2, 3]
    assert shipped.losses.tolist() == [9, 4.5, 3]
    assert shipped.match_rates.tolist() == [1 / 9, 2 / 9, 3 / 9]
    assert shipped.matching_scores.tolist() == [0.1, 0.3, 0.2]
    assert shipped.best_epoch == 2


def test_the_topic_holds_runs_and_the_record_of_the_shipped_weights():
    data = topic.training(read_image(NOISE)).data
    assert [run.name for run in data["runs"]] == ["under", "fit", "over"]
    record = json.loads(Path(SHIPPED).with_suffix(".json").read_bytes())
    assert len(data["shipped"].epochs) == len(record["history"]["epochs"])


def test_a_blank_image_leaves_nothing_to_learn():
    for run in topic.training(read_image(np.full((50, 60), 128, np.uint8))).data["runs"]:
        assert run.losses[-1] < 0.1
        assert run.held_out_losses[-1] < 0.1
