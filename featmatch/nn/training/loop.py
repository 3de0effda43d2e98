"""Training: epoch after epoch, until the network gets no better or time is up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from featmatch.nn.module import Module, keep_modes
from featmatch.nn.optimizers import Optimizer
from featmatch.nn.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from featmatch.nn.training.data import DataSource
from featmatch.nn.training.epoch import EpochTrainer
from featmatch.nn.training.history import History
from featmatch.nn.training.options import FitOptions, Loss, check_trained
from featmatch.nn.training.progress import Clock

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
    options: FitOptions,
    *,
    rng: np.random.Generator,
) -> FitResult:
    """Train a network.

    However training ends, by itself, by an error or by Ctrl-C (which is no error here: the result
    says ``interrupted``), the network has the weights of its best epoch; without validation, those
    of the last whole epoch, averaged if there is an average. An epoch that was broken off leaves
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
    options : FitOptions
        For how long, at what rate, with what validation, checkpoint and progress.
    rng : Generator
        What `data` draws from. All other chance has to come from `Module.generators`.

    Returns
    -------
    FitResult

    Raises
    ------
    ValueError, TypeError
        An argument is of another kind or out of its range, `loss`, ``schedule`` or ``validate``
        returns something else, or there is no data.
    TrainingError
        The loss, a gradient, a weight or a validation value is not finite.
    WeightsError
        The checkpoint is damaged or of another training.
    OutputError
        The checkpoint cannot be written.

    Examples
    --------
    >>> from featmatch import nn
    >>> options = nn.FitOptions(max_epochs=20, validate=validate, patience=5)
    >>> result = nn.fit(network, loss, data, nn.Adam(network.parameters()), options, rng=rng)
    """
    check_trained(network, loss, data, optimizer, options, rng)
    monitor = options.monitor if options.validate else None
    history = History(monitor=monitor, higher_is_better=options.higher_is_better)
    state = TrainingState(network, optimizer, options.average, rng, history)
    checkpoint = options.checkpoint
    if checkpoint is not None and Path(checkpoint).exists():
        lr = optimizer.lr
        load_checkpoint(checkpoint, state)
        if options.schedule is None:  # then the rate is an option of this call
            optimizer.lr = lr
    elif checkpoint is not None:
        save_checkpoint(checkpoint, state.snapshot())
    good = state.snapshot()
    clock = Clock(options.max_seconds)
    trainer = EpochTrainer(state, loss, data, options, clock)
    with keep_modes(network):
        try:
            while not (stopped_by := _reason_to_stop(state.history, options, clock)):
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


def _reason_to_stop(history: History, options: FitOptions, clock: Clock) -> Stop | None:
    if len(history) >= options.max_epochs:
        return "max_epochs"
    if not history.epochs:
        return None
    last, best, patience = history.epochs[-1], history.best, options.patience
    if patience is not None and best is not None and last.number - best.number >= patience:
        return "patience"
    return None if clock.leaves(last.seconds) else "max_seconds"
