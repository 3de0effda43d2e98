"""One epoch of training: batch after batch down the gradient of a loss, then validation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from operator import length_hint
from typing import Any

import numpy as np

from featmatch.checks import check_number, show
from featmatch.errors import ArgumentError, ArgumentTypeError, TrainingError
from featmatch.nn.autograd import grad
from featmatch.nn.clipping import clip_grad_norm
from featmatch.nn.tensor import Tensor, no_grad
from featmatch.nn.training.checkpoint import TrainingState
from featmatch.nn.training.data import DataSource
from featmatch.nn.training.history import Epoch
from featmatch.nn.training.options import FitOptions, Loss
from featmatch.nn.training.progress import Clock, Progress
from featmatch.threads import one_blas_thread


def loss_of(loss: Loss, network: Any, batch: Any) -> Tensor:
    """Call `loss`, and refuse what it must not return."""
    value = loss(network, batch)
    if not isinstance(value, Tensor) or value.data.size != 1:
        raise ArgumentTypeError(f"loss: expected a Tensor of one element, got {show(value)}")
    return value


@dataclass(frozen=True, eq=False)
class EpochTrainer:
    """What an epoch of `fit` needs: the state that it changes, and options."""

    state: TrainingState
    loss: Loss
    data: DataSource
    options: FitOptions
    clock: Clock

    def run(self) -> Epoch:
        """Make a step with each batch, then validate."""
        state, start = self.state, self.clock.seconds
        epoch = Epoch(len(state.history) + 1)
        total = 0.0
        state.network.train()
        for step, batch in enumerate(self.data.batches(state.rng), 1):
            total += self.make_step(batch, epoch.number, step)
            epoch = replace(epoch, num_steps=step, loss=total / step, lr=float(state.optimizer.lr))
            self.report(epoch)
        if not epoch.num_steps:
            raise ArgumentError("data: expected at least one batch an epoch, got none")
        validation = self.measure(epoch.number)
        return replace(epoch, validation=validation, seconds=self.clock.seconds - start)

    @one_blas_thread()  # others would be left waiting, busily, while the next step begins
    def make_step(self, batch: Any, epoch: int, step: int) -> float:
        """Go one step down the gradient of the loss of a batch."""
        state, optimizer = self.state, self.state.optimizer
        if self.options.schedule is not None:
            lr = self.options.schedule(state.history.num_steps + step - 1)
            optimizer.lr = check_number("schedule", lr, 0)
        with np.errstate(all="ignore"):  # what is not finite is told better below
            loss = loss_of(self.loss, state.network, batch)
            if not np.isfinite(loss.data):
                raise self.diverged("the loss", epoch, step)
            gradients = grad(loss, optimizer.parameters, allow_unused=True)
            if not all(np.isfinite(gradient).all() for gradient in gradients):
                raise self.diverged("a gradient", epoch, step)
            if self.options.max_norm is not None:
                gradients, _ = clip_grad_norm(gradients, self.options.max_norm)
            optimizer.step(gradients)
            for what, changed in (
                ("a weight", state.network),
                ("the optimizer's state", optimizer),
            ):
                if not all(np.isfinite(array).all() for array in changed.named_arrays().values()):
                    raise self.diverged(what, epoch, step)
            if state.average is not None:
                state.average.update(state.network)
        self.clock.count_step()
        return loss.item()

    def measure(self, epoch: int) -> dict[str, float]:
        """Validate the weights that an epoch has led to."""
        if self.options.validate is None:
            return {}
        with no_grad(), np.errstate(all="ignore"):
            measured = self.options.validate(self.state.judged.eval())
        values = measured if isinstance(measured, Mapping) else {"loss": measured}
        if not all(isinstance(value, Real) for value in values.values()):
            raise ArgumentTypeError(
                "validate: expected a number, or a mapping of names to numbers, got"
                f" {show(measured)}"
            )
        values = {name: float(value) for name, value in values.items()}
        if self.state.history.monitor not in values:
            raise ArgumentError(
                f"validate: expected a value named {self.state.history.monitor!r}, as monitor"
                f" says, got {list(values)}"
            )
        for name, value in values.items():
            if not math.isfinite(value):
                raise self.diverged(f"validation {name}", epoch)
        return values

    def diverged(self, what: str, epoch: int, step: int | None = None) -> TrainingError:
        """Make the error that says where training went wrong, and what may help."""
        place = f"epoch {epoch}" if step is None else f"epoch {epoch}, step {step}"
        return TrainingError(
            f"{place}: {what} is not a finite number any more; lower the learning rate (it is"
            f" {self.state.optimizer.lr:g}) or max_norm ({self.options.max_norm}), and check the"
            " data; the network has its last good weights"
        )

    def report(self, epoch: Epoch, *, ended: bool = False) -> None:
        """Tell how far training has come."""
        if self.options.progress is None:
            return
        before = self.state.history.epochs
        num_steps = length_hint(self.data) or (before[-1].num_steps if before else None)
        left = None
        if num_steps is not None:
            left = (self.options.max_epochs - epoch.number + 1) * num_steps - epoch.num_steps
        self.options.progress(
            Progress(
                epoch=epoch.number,
                max_epochs=self.options.max_epochs,
                step=epoch.num_steps,
                num_steps=num_steps,
                loss=epoch.loss,
                lr=epoch.lr,
                seconds=self.clock.seconds,
                seconds_left=None if left is None else self.clock.seconds_left(left),
                validation=epoch.validation if ended else None,
            )
        )
