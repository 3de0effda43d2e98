"""A training kept in files: it may be broken off and gone on with, and tells where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from featmatch.checks import check_number
from featmatch.errors import ArgumentError, OutputError
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.network.weights import save_network
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.run_files import RunFiles
from featmatch.learned.training.run_record import differences, origin, read_origin, write_json
from featmatch.learned.training.train import TrainedNetwork, TrainingOptions, train
from featmatch.learned.training.trial import steps_within
from featmatch.nn.training.progress import Report


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A training that is kept in files; made by `prepare_run`.

    Attributes
    ----------
    files : RunFiles
    photographs : sequence of (H, W, 3) or (H, W) uint8
    options : TrainingOptions
    minutes : float or None
        The time that `num_steps` was chosen for.
    resumed : bool
        Whether it goes on from a checkpoint.
    start : FeatureNetwork or None
        What it begins with, if not with weights drawn at random.
    real_pairs : sequence of RealPair
        Of two photographs each, to train on, too.
    """

    files: RunFiles
    photographs: Sequence[Photograph]
    options: TrainingOptions
    minutes: float | None
    resumed: bool
    start: FeatureNetwork | None = None
    real_pairs: Sequence[RealPair] = ()

    def train(self, progress: Report | None = None) -> TrainedNetwork:
        """Train, and write the files of `save_run`.

        The checkpoint is removed when training is complete. If it was broken off by Ctrl-C, the
        checkpoint stays, and the weights are those of the best epoch so far; before the end of the
        first epoch nothing is left.

        Parameters
        ----------
        progress : callable, optional
            See `nn.fit`.

        Returns
        -------
        TrainedNetwork

        Raises
        ------
        TrainingError, WeightsError, OutputError
            As `featmatch.learned.training.train.train` does; the checkpoint stays.
        """
        photographs, options, minutes = self.photographs, self.options, self.minutes
        made_from = origin(photographs, options, minutes, self.start, self.real_pairs)
        write_json(self.files.checkpoint_record, made_from)
        trained = train(
            photographs,
            options,
            real_pairs=self.real_pairs,
            start=self.start,
            checkpoint=self.files.checkpoint,
            progress=progress,
        )
        if trained.result.history.epochs:
            save_run(
                *(trained, self.files.weights, photographs),
                minutes=minutes,
                start=self.start,
                real_pairs=self.real_pairs,
            )
        if not (trained.result.interrupted and trained.result.history.epochs):
            self.files.remove_checkpoint()
        return trained


def prepare_run(
    path: str | PathLike[str],
    photographs: Sequence[Photograph],
    options: TrainingOptions | None = None,
    *,
    minutes: float | None = None,
    start: FeatureNetwork | None = None,
    real_pairs: Sequence[RealPair] = (),
) -> TrainingRun:
    """Prepare a training, or see whether one that was broken off can go on.

    Parameters
    ----------
    path : str or path
        For the weights; ending in .npz.
    photographs : sequence of (H, W, 3) or (H, W) uint8
    options : TrainingOptions, optional
        None for the defaults.
    minutes : float, optional
        Choose the number of steps such that training takes about so long; see `steps_within` and
        `TrainingOptions.lasting`. None leaves it as it is.
    start : FeatureNetwork, optional
        What training begins with, see `train`.
    real_pairs : sequence of RealPair
        See `train`.

    Returns
    -------
    TrainingRun

    Raises
    ------
    ValueError, TypeError
        The path has another ending, or `minutes` is no number from 0 to 10 million.
    OutputError
        A file cannot be written, or the checkpoint there belongs to another training.
    WeightsError
        There is a checkpoint, but its record is missing or damaged.
    """
    files, options = RunFiles(Path(path)), options or TrainingOptions()
    if minutes is not None:
        check_number("minutes", minutes, 0, 1e7)
    files.check_places()
    resumed = files.checkpoint.exists()
    if resumed:
        there = read_origin(files.checkpoint_record)
        if minutes is not None:
            options = options.lasting(there["options"]["num_steps"])
        _check_origin(files, there, origin(photographs, options, minutes, start, real_pairs))
    elif minutes is not None:
        options = options.lasting(steps_within(60 * minutes, photographs, options, real_pairs))
    return TrainingRun(files, photographs, options, minutes, resumed, start, real_pairs)


def save_run(
    trained: TrainedNetwork,
    path: str | PathLike[str],
    photographs: Sequence[Photograph],
    *,
    minutes: float | None = None,
    start: FeatureNetwork | None = None,
    real_pairs: Sequence[RealPair] = (),
) -> None:
    """Write a trained network and the record of its training, each whole or not at all.

    The same training gives the same file of weights, byte for byte; times are in the record alone.

    Parameters
    ----------
    trained : TrainedNetwork
        Of one epoch at least.
    path : str or path
        For the weights, ending in .npz; the record ends in .json.
    photographs : sequence of (H, W, 3) or (H, W) uint8
        What it was trained on.
    minutes, start, real_pairs
        See `prepare_run`.

    Raises
    ------
    ValueError
        The path has another ending, or there was no epoch.
    OutputError
        A file cannot be written.
    """
    files, history = RunFiles(Path(path)), trained.result.history
    if not history.epochs:
        raise ArgumentError("history: expected at least one epoch, got none")
    made_from = origin(photographs, trained.options, minutes, start, real_pairs)
    save_network(files.weights, trained.network, made_from)
    outcome = {
        "stopped_by": trained.result.stopped_by,
        "seconds": sum(epoch.seconds for epoch in history.epochs),
        "history": history.to_dict(),
    }
    write_json(files.record, made_from | outcome)


def _check_origin(files: RunFiles, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Refuse to go on with another training."""
    found = differences(there, here)
    if found:
        raise OutputError(
            f"{files.checkpoint}: is of another training ({', '.join(found)}); to go on with it"
            " give the same photographs and options, else remove it or choose another output"
        )
