"""Training: epoch after epoch, until the network gets no better or time is up."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from featmatch.nn.averaging import WeightAverage
from featmatch.nn.module import Module, keep_modes
from featmatch.nn.optimizers import Optimizer
from featmatch.nn.schedules import Schedule
from featmatch.nn.training.arguments import check_arguments
from featmatch.nn.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from featmatch.nn.training.data import DataSource
from featmatch.nn.training.epoch import EpochTrainer, Loss, Validate
from featmatch.nn.training.history import History
from featmatch.nn.training.progress import Clock, Report

Stop: TypeAlias = Literal["max_epochs", "patience", "max_seconds", "interrupted"]


@dataclass(frozen=True)
class FitResult:
    """How a training went.

    Attributes
    ----------
    history : History
    stopped_by : {"max_epochs", "patience", "max_seconds", "interrupted"}
        What ended it.
    """

    history: History
    stopped_by: Stop

    @property
    def interrupted(self) -> bool:
        """Whether it was ended by Ctrl-C."""
        return self.stopped_by == "interrupted"


def fit(
    network: Module,
    loss: Loss,
    data: DataSource,
    optimizer: Optimizer,
    *,
    max_epochs: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    max_norm: float | None = None,
    average: WeightAverage | None = None,
    validate: Validate | None = None,
    monitor: str = "loss",
    higher_is_better: bool = False,
    patience: int | None = None,
    max_seconds: float | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: Report | None = None,
) -> FitResult:
    """Train a network.

    However training ends, by itself, by an error or by Ctrl-C (which is no error here: the result
    says ``interrupted``), the network has the weights of its best epoch; without `validate`, those
    of the last whole epoch, averaged if there is an `average`. An epoch that was broken off leaves
    no trace. The modes, training or evaluation, are those from before.

    Parameters
    ----------
    network : Module
    loss : callable
        (network, batch) -> Tensor of one element. The network is in training mode.
    data : DataSource
        For example `ArrayBatches` or `GeneratedBatches`.
    optimizer : Optimizer
        Of parameters of `network`.
    max_epochs : int
        How many epochs there are at most, with those of the checkpoint.
    rng : Generator
        What `data` draws from. All other chance has to come from `Module.generators`.
    schedule : callable, optional
        Step, counted from 0 -> learning rate; without, it stays as it is.
    max_norm : float, optional
        See `clip_grad_norm`; without, gradients are not clipped.
    average : WeightAverage, optional
        An average of the weights of `network`: it is validated and kept instead of them.
    validate : callable, optional
        (network) -> loss, or a mapping of names to values. Called after each epoch, without
        recording; the network is in evaluation mode.
    monitor : str
        Name of the validation value that tells which epoch is best; a single value is ``"loss"``.
    higher_is_better : bool
        Whether the highest value of `monitor` is best, as of an accuracy; else the lowest.
    patience : int, optional
        Stop after so many epochs without a better one (early stopping).
    max_seconds : float, optional
        Begin no epoch that would, at the pace of the one before, end later than this.
    checkpoint : str or path, optional
        A file that is written before the first and after each epoch, whole or not at all. If it is
        there already, training goes on from it, bit for bit as if it had not been broken off: all
        that training has changed comes from the file, all options from this call.
    progress : callable, optional
        Called with a `Progress` after each step and each epoch, for example `print_progress`.

    Returns
    -------
    FitResult

    Raises
    ------
    ValueError, TypeError
        An argument is of another kind or out of its range, `loss`, `schedule` or `validate` returns
        something else, or there is no data.
    TrainingError
        The loss, a gradient, a weight or a validation value is not finite.
    WeightsError
        The checkpoint is damaged or of another training.
    OutputError
        The checkpoint cannot be written.
    """
    check_arguments(
        network=network,
        loss=loss,
        data=data,
        optimizer=optimizer,
        max_epochs=max_epochs,
        rng=rng,
        schedule=schedule,
        max_norm=max_norm,
        average=average,
        validate=validate,
        patience=patience,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        progress=progress,
    )
    history = History(monitor=monitor if validate else None, higher_is_better=higher_is_better)
    state = TrainingState(network, optimizer, average, rng, history)
    if checkpoint is not None and Path(checkpoint).exists():
        lr = optimizer.lr
        load_checkpoint(checkpoint, state)
        if schedule is None:  # then the rate is an option of this call
            optimizer.lr = lr
    elif checkpoint is not None:
        save_checkpoint(checkpoint, state.snapshot())
    good = state.snapshot()
    clock = Clock(max_seconds)
    trainer = EpochTrainer(
        state=state,
        loss=loss,
        data=data,
        schedule=schedule,
        max_norm=max_norm,
        validate=validate,
        max_epochs=max_epochs,
        clock=clock,
        progress=progress,
    )
    with keep_modes(network):
        try:
            while not (stopped_by := _reason_to_stop(state.history, max_epochs, patience, clock)):
                epoch = trainer.run()
                state.add(epoch)
                good = state.snapshot()
                if checkpoint is not None:
                    save_checkpoint(checkpoint, good)
                trainer.report(epoch, ended=True)
        except KeyboardInterrupt:
            stopped_by = "interrupted"
        finally:
            state.restore(good)
            state.load_result()
    return FitResult(state.history, stopped_by)


def _reason_to_stop(
    history: History, max_epochs: int, patience: int | None, clock: Clock
) -> Stop | None:
    if len(history) >= max_epochs:
        return "max_epochs"
    if not history.epochs:
        return None
    last, best = history.epochs[-1], history.best
    if patience is not None and best is not None and last.number - best.number >= patience:
        return "patience"
    return None if clock.leaves(last.seconds) else "max_seconds"
