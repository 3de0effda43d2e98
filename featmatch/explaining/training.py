"""Training: epochs and iterations, what went well and what went wrong, in real histories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining import edge_task, small_runs
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.epochs import RECORDS, best_epoch

_SUMMARY = (
    "Training repeats one step: take a batch of examples, compute the loss and its gradients, and "
    "change every weight a little. Below are three small networks that were trained on patches of "
    "your image just now, to say from a noisy patch how strong the edge in its middle is. One is "
    "too small for that, one is right, and one has so many weights and so few examples that it "
    "learns them by heart. The history of the network that comes with featmatch follows."
)
_CODE = """\
import featmatch
import numpy as np
from featmatch import nn
from featmatch.explaining import edge_task

page = featmatch.explain("training", "photo.jpg").data  # the numbers of this page
run = page["runs"][1]  # the good fit
task = edge_task.make_task(featmatch.read_image("photo.jpg", max_size=640))
rng = np.random.default_rng(1)
patches, strengths = task.patches(run.num_patches, False, rng)  # (N, 7, 7, 1) and (N, 1, 1, 1)
others, truth = task.patches(800, True, np.random.default_rng(2))  # held out
network = nn.Sequential(
    nn.Conv2d(1, run.num_filters, 7, rng=rng),
    nn.LeakyReLU(0.1),
    nn.Conv2d(run.num_filters, 1, 1, rng=rng),
)
batches = nn.ArrayBatches(patches, strengths, batch_size=run.batch_size)
print(len(batches), "on the page:", run.iterations_per_epoch)
print(sum(p.data.size for p in network.parameters()), "on the page:", run.num_parameters)
print(np.var(truth), "on the page:", run.average_loss)  # of answering the average

network.parameters()[0].data *= 0.1  # so that what is learned shows in the kernels
result = nn.fit(
    network,
    lambda network, batch: nn.mse_loss(network(batch[0]), batch[1]),
    batches,
    nn.Adam(network.parameters(), lr=0.01),
    nn.FitOptions(
        max_epochs=3,
        validate=lambda network: nn.mse_loss(network(others), truth).item(),
    ),
    rng=rng,
)
held_out = [epoch.validation["loss"] for epoch in result.history.epochs]
print(held_out[-1], "on the page:", run.held_out_losses[3])
"""
_NOTES = (
    "An iteration is one batch: a forward pass, a backward pass and a change of the weights. An "
    "epoch is one pass over all examples, so as many iterations as there are batches: a forward "
    "and a backward pass are an epoch only if the whole data set is a single batch.",
    "Where examples are made without end, as for the network of featmatch, there is no pass over "
    "all of them: an epoch then is an agreed number of iterations.",
    "One epoch is not always too little, and many are not always too much: what tells is the loss "
    "on examples that are held out. Where it has stopped falling, training may stop.",
    "Over-fitting is no matter of time alone. With enough examples, or a smaller network, the "
    "same number of epochs does no harm; and a network that is too small does not get good by "
    "training it for longer.",
)


@dataclass(frozen=True, eq=False)
class ShippedRun:
    """How the network that comes with the package was trained.

    Attributes
    ----------
    num_photographs : int
    batch_size : int
        Pairs of views an iteration.
    iterations_per_epoch : int
    seconds : float
    epochs : (E,) int64
    losses : (E,) float64
        Mean training loss of each epoch.
    match_rates, matching_scores : (E,) float64
        See `featmatch.learned.training.validation.validate`; on photographs that are held out.
    best_epoch : int
        The one whose weights were kept.
    num_before : int
        Epochs of an earlier training, whose weights this one began with.
    """

    num_photographs: int
    batch_size: int
    iterations_per_epoch: int
    seconds: float
    epochs: npt.NDArray[np.int64]
    losses: npt.NDArray[np.float64]
    match_rates: npt.NDArray[np.float64]
    matching_scores: npt.NDArray[np.float64]
    best_epoch: int
    num_before: int


def training(image: Image) -> Topic:
    """Show how training goes, with the shipped run and with small runs on this image.

    Parameters
    ----------
    image : Image

    Returns
    -------
    Topic
    """
    task = edge_task.make_task(image)
    *before, last = RECORDS
    data = {
        "shipped": read_shipped_run(last, before),
        "runs": small_runs.run_all(task),
        "view": edge_task.view_pictures(task),
        "patch_size": edge_task.PATCH,
        "noise": edge_task.NOISE,
        "picture": edge_task.learned_from(image),
        "strip": task.strip,
    }
    return Topic("training", "Training: iterations, epochs, fit", _SUMMARY, data, _CODE, _NOTES)


def read_shipped_run(path: Path, before: Sequence[Path] = ()) -> ShippedRun:
    """Read the record that `featmatch.learned.training.run.save_run` wrote beside weights.

    Parameters
    ----------
    path : Path
    before : sequence of Path
        Records of the trainings that it went on from.

    Returns
    -------
    ShippedRun
    """
    record = json.loads(path.read_bytes())
    history = nn.History.from_dict(record["history"])
    epochs = history.epochs
    match_rates, matching_scores = (
        np.array([epoch.validation[name] for epoch in epochs])
        for name in ("match_rate", "matching_score")
    )
    return ShippedRun(
        record["photographs"]["number"],
        record["options"]["batch_size"],
        epochs[0].num_steps,
        record["seconds"],
        np.array([epoch.number for epoch in epochs]),
        np.array([epoch.loss for epoch in epochs]),
        match_rates,
        matching_scores,
        best_epoch(path),
        sum(map(best_epoch, before)),
    )
