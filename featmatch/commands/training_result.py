"""What ``featmatch train`` says: the plan, and what came of it."""

from __future__ import annotations

import numpy as np

from featmatch import nn
from featmatch.escaping import printable
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.training.run import TrainingRun
from featmatch.learned.training.train import TrainedNetwork
from featmatch.learned.training.training_data import split


def plan(run: TrainingRun) -> str:
    """Say what will be trained, on what and for how long."""
    options = run.options
    for_training, for_validation = split(run.photographs, options.validation_share)
    network = FeatureNetwork(options.network, np.random.default_rng(0))
    side = 64
    graph = nn.trace(network, (1, side, side, 1))
    fields = nn.receptive_fields(graph)
    scores, *maps = (
        max(fields[graph.operations[place].name].size) for place in graph.outputs.values()
    )
    summary = nn.summarize(network, (1, side, side, 1))
    cost = summary.num_multiply_adds / side**2
    start = f"goes on from {printable(str(run.files.checkpoint))}" if run.resumed else "begins"
    real = len(run.real_pairs)
    pairs = f"Pairs of real photographs: {real:,}, for training alone.\n" if real else ""
    if len(run.photographs) == 1:
        division = "1, to train on and to validate with; several tell more of how well it learns"
    else:
        division = f"{len(for_training)} to train on, {len(for_validation)} to validate with"
    return (
        f"Photographs: {division}.\n"
        f"{pairs}"
        f"Network: {summary.num_parameters:,} parameters, {cost:,.0f} multiply-adds a pixel;"
        f" receptive fields: {', '.join(map(str, maps))} pixels of the maps, {scores} of the"
        " scores.\n"
        f"Training {start}: {options.batch_size} pairs of {options.pairs.size} x"
        f" {options.pairs.size} pixels in each of {options.num_steps:,} steps."
    )


def interruption(run: TrainingRun, trained: TrainedNetwork) -> str:
    """Say what is left of a training that was broken off, and how it goes on."""
    num_epochs = len(trained.result.history)
    if not num_epochs:
        return "interrupted in the first epoch, of which nothing is kept"
    return (
        f"interrupted in epoch {num_epochs + 1}; {run.files.weights} has the best weights so far,"
        " and the same command goes on"
    )


def outcome(run: TrainingRun, trained: TrainedNetwork) -> str:
    """Say what was reached, how long it took and where it is."""
    history, files = trained.result.history, run.files
    best = history.best or history.epochs[-1]
    reached = ", ".join(f"{name} {value:.3f}" for name, value in best.validation.items())
    minutes = sum(epoch.seconds for epoch in history.epochs) / 60
    return printable(
        f"{files.weights}: {reached} after {minutes:.1f} minutes; record in {files.record},"
        f" curves in {files.curves}"
    )
