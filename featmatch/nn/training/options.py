"""The options of `fit`, checked when they are made, and the check of what is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, TypeAlias

import numpy as np

from featmatch.checks import check_flag, check_generator, check_integer, check_number, show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.module import Module
from featmatch.nn.optimizers import Optimizer
from featmatch.nn.schedules import Schedule
from featmatch.nn.tensor import Tensor
from featmatch.nn.training.data import DataSource
from featmatch.nn.training.progress import Report

Loss: TypeAlias = Callable[[Any, Any], Tensor]
"""(network, batch) -> Tensor of one element."""

Validate: TypeAlias = Callable[[Any], float | Mapping[str, float]]
"""(network) -> loss, or a mapping of names to values."""

_OPTIONS: dict[str, tuple[Any, str]] = {
    "schedule": (Callable, "a function of the step"),
    "average": (WeightAverage, "a WeightAverage"),
    "validate": (Callable, "a function of the network"),
    "checkpoint": (str | PathLike, "the name of a file"),
    "progress": (Callable, "a function such as print_progress"),
}
_TRAINED: dict[str, tuple[Any, str]] = {
    "network": (Module, "a Module"),
    "loss": (Callable, "a function of the network and a batch"),
    "data": (DataSource, "a source of batches such as ArrayBatches(...)"),
    "optimizer": (Optimizer, "an optimizer such as Adam(network.parameters())"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class FitOptions:
    """How `fit` trains: for how long, how fast, and how it is told which epoch is best.

    Parameters
    ----------
    max_epochs : int
        How many epochs there are at most, with those of the checkpoint.
    schedule : callable, optional
        Step, counted from 0 -> learning rate; without, it stays as it is.
    max_norm : float, optional
        See `clip_grad_norm`; without, gradients are not clipped.
    average : WeightAverage, optional
        An average of the weights of the network: it is validated and kept instead of them.
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
        that training has changed comes from the file, all options from this object.
    progress : callable, optional
        Called with a `Progress` after each step and each epoch, for example `print_progress`.

    Raises
    ------
    ValueError, TypeError
        An option is of another kind, or a class where one of its objects is expected, a number is
        out of its range, or `patience` has nothing to judge by.
    """

    max_epochs: int
    schedule: Schedule | None = None
    max_norm: float | None = None
    average: WeightAverage | None = None
    validate: Validate | None = None
    monitor: str = "loss"
    higher_is_better: bool = False
    patience: int | None = None
    max_seconds: float | None = None
    checkpoint: str | PathLike[str] | None = None
    progress: Report | None = None

    def __post_init__(self) -> None:
        for name, (kind, expected) in _OPTIONS.items():
            value = getattr(self, name)
            if value is not None:
                _check_kind(name, value, kind, expected)
        check_flag("higher_is_better", self.higher_is_better)
        check_integer("max_epochs", self.max_epochs, 1)
        if self.max_norm is not None:
            check_number("max_norm", self.max_norm, above=0, high=math.inf)
        if self.max_seconds is not None:
            check_number("max_seconds", self.max_seconds, 0, high=math.inf)
        if self.patience is not None:
            check_integer("patience", self.patience, 1)
            if self.validate is None:
                raise ArgumentError("validate: expected a function, as patience needs it, got None")


def check_trained(
    network: Module,
    loss: Loss,
    data: DataSource,
    optimizer: Optimizer,
    options: FitOptions,
    rng: np.random.Generator,
) -> None:
    """Check the arguments of `fit`.

    Raises
    ------
    TypeError
        One is of another kind, or a class where one of its objects is expected.
    ValueError
        The optimizer is of another network, or a weight is not finite.
    """
    given = {"network": network, "loss": loss, "data": data, "optimizer": optimizer}
    for name, (kind, expected) in _TRAINED.items():
        _check_kind(name, given[name], kind, expected)
    _check_kind("options", options, FitOptions, "FitOptions(max_epochs=...)")
    check_generator("rng", rng)
    own = {id(parameter) for parameter in network.parameters()}
    if any(id(parameter) not in own for parameter in optimizer.parameters):
        raise ArgumentError("optimizer: expected parameters of the network, got others")
    for name, array in network.named_arrays().items():
        if not np.isfinite(array).all():
            raise ArgumentError(f"network: expected finite numbers, got others in {name}")


def _check_kind(name: str, value: Any, kind: Any, expected: str) -> None:
    if isinstance(value, type) or not isinstance(value, kind):
        raise ArgumentTypeError(f"{name}: expected {expected}, got {show(value)}")
