"""The arguments of `fit`: checked before any work is done."""

from __future__ import annotations

import math
from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np

from featmatch.checks import check_generator, check_integer, check_number, show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.module import Module
from featmatch.nn.optimizers import Optimizer
from featmatch.nn.training.data import DataSource

_KINDS: dict[str, tuple[Any, str]] = {
    "network": (Module, "a Module"),
    "loss": (Callable, "a function of the network and a batch"),
    "data": (DataSource, "a source of batches such as ArrayBatches(...)"),
    "optimizer": (Optimizer, "an optimizer such as Adam(network.parameters())"),
    "schedule": (Callable, "a function of the step"),
    "average": (WeightAverage, "a WeightAverage"),
    "validate": (Callable, "a function of the network"),
    "checkpoint": (str | PathLike, "the name of a file"),
    "progress": (Callable, "a function such as print_progress"),
}
_NEEDED = ("network", "loss", "data", "optimizer")


def check_arguments(**arguments: Any) -> None:
    """Check arguments of `fit`, given under their names.

    Raises
    ------
    TypeError
        One is of another kind, or a class where one of its objects is expected.
    ValueError
        A number is out of its range, the optimizer is of another network, a weight is not finite,
        or `patience` has nothing to judge by.
    """
    for name, (kind, expected) in _KINDS.items():
        value = arguments[name]
        if value is None and name not in _NEEDED:
            continue
        if isinstance(value, type) or not isinstance(value, kind):
            raise ArgumentTypeError(f"{name}: expected {expected}, got {show(value)}")
    check_generator("rng", arguments["rng"])
    _check_numbers(arguments)
    _check_network(arguments["network"], arguments["optimizer"])


def _check_numbers(arguments: dict[str, Any]) -> None:
    check_integer("max_epochs", arguments["max_epochs"], 1)
    if arguments["max_norm"] is not None:
        check_number("max_norm", arguments["max_norm"], above=0, high=math.inf)
    if arguments["max_seconds"] is not None:
        check_number("max_seconds", arguments["max_seconds"], 0, high=math.inf)
    if arguments["patience"] is not None:
        check_integer("patience", arguments["patience"], 1)
        if arguments["validate"] is None:
            raise ArgumentError("validate: expected a function, as patience needs it, got None")


def _check_network(network: Module, optimizer: Optimizer) -> None:
    own = {id(parameter) for parameter in network.parameters()}
    if any(id(parameter) not in own for parameter in optimizer.parameters):
        raise ArgumentError("optimizer: expected parameters of the network, got others")
    for name, array in network.named_arrays().items():
        if not np.isfinite(array).all():
            raise ArgumentError(f"network: expected finite numbers, got others in {name}")
