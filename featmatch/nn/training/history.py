"""What happened in training, epoch by epoch."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from numbers import Real
from os import PathLike
from typing import Any, Self

from featmatch.checks import check_integer, show
from featmatch.errors import ArgumentError, FeatmatchError
from featmatch.files import check_ending, read_whole, write_whole
from featmatch.plain import plain


@dataclass(frozen=True)
class Epoch:
    """One pass over the data.

    Attributes
    ----------
    number : int
        Counted from 1.
    num_steps : int
        Batches, and changes of the weights.
    loss : float
        Mean of the training loss over the steps; the weights changed all the while, so that it
        belongs to the middle of the epoch.
    validation : mapping of str to float
        What was measured at the end of the epoch; empty without validation.
    lr : float
        Learning rate of the last step.
    seconds : float
        Duration with validation.

    Raises
    ------
    ValueError
        A value is of another kind.
    """

    number: int
    num_steps: int = 0
    loss: float = 0.0
    validation: Mapping[str, float] = field(default_factory=dict)
    lr: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        check_integer("number", self.number, 1)
        check_integer("num_steps", self.num_steps, 0)
        if not isinstance(self.validation, Mapping):
            raise ArgumentError(
                f"validation: expected names and their values, got {show(self.validation)}"
            )
        numbers = {"loss": self.loss, "lr": self.lr, "seconds": self.seconds}
        for name, value in [*numbers.items(), *self.validation.items()]:
            if not isinstance(name, str):
                raise ArgumentError(f"validation: expected words as names, got {show(name)}")
            if not isinstance(value, Real) or isinstance(value, bool):
                raise ArgumentError(f"{name}: expected a number, got {show(value)}")


@dataclass(frozen=True)
class History:
    """The epochs of a training.

    Attributes
    ----------
    epochs : tuple of Epoch
    monitor : str or None
        Name of the validation value that tells which epoch is best; None without validation.
    higher_is_better : bool
        Whether its highest value is best, as of an accuracy; else its lowest, as of a loss.

    Raises
    ------
    ValueError
        A value is of another kind.
    """

    epochs: tuple[Epoch, ...] = ()
    monitor: str | None = "loss"
    higher_is_better: bool = False

    def __post_init__(self) -> None:
        if not all(isinstance(epoch, Epoch) for epoch in self.epochs):
            raise ArgumentError(f"epochs: expected a tuple of Epoch, got {show(self.epochs)}")
        if not isinstance(self.monitor, str | None):
            raise ArgumentError(f"monitor: expected a name or None, got {show(self.monitor)}")
        if not isinstance(self.higher_is_better, bool):
            raise ArgumentError(
                f"higher_is_better: expected True or False, got {show(self.higher_is_better)}"
            )

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def num_steps(self) -> int:
        """Steps in all epochs."""
        return sum(epoch.num_steps for epoch in self.epochs)

    @property
    def best(self) -> Epoch | None:
        """The epoch with the best value of `monitor`, the first of equals; None without any."""
        values = {
            place: value
            for place, epoch in enumerate(self.epochs)
            if (value := epoch.validation.get(self.monitor or "")) is not None
        }
        best = max if self.higher_is_better else min
        return self.epochs[best(values, key=values.__getitem__)] if values else None

    @property
    def measured(self) -> list[str]:
        """Names of all validation values, in the order in which they came."""
        return list(dict.fromkeys(name for epoch in self.epochs for name in epoch.validation))

    def then(self, epoch: Epoch) -> Self:
        """Return the history with one more epoch."""
        return replace(self, epochs=(*self.epochs, epoch))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        values: dict[str, Any] = plain(self, not_finite="keep")
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a history of what `to_dict` returned.

        Raises
        ------
        ValueError
            The values are others.
        """
        try:
            epochs = tuple(Epoch(**epoch) for epoch in values["epochs"])
            return cls(**{**values, "epochs": epochs})
        except (KeyError, TypeError):  # a name that is missing or unknown, or no mapping at all
            raise ArgumentError(
                f"history: expected what History.to_dict returns, got {show(values)}"
            ) from None

    def save(self, path: str | PathLike[str]) -> None:
        """Write the history into a file, whole or not at all.

        Parameters
        ----------
        path : str or path
            Ending in .json, for `load`, or in .csv, a line an epoch.

        Raises
        ------
        ValueError
            The ending is another.
        OutputError
            The file cannot be written.
        """
        ending = check_ending("path", path, (".json", ".csv"))
        text = self._csv() if ending == ".csv" else json.dumps(self.to_dict(), indent=1) + "\n"
        write_whole(path, text.encode())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a .json file of `save`.

        Raises
        ------
        FeatmatchError
            There is no such file, or it is another.
        """
        content = read_whole(path)
        try:
            return cls.from_dict(json.loads(content))
        except (ValueError, RecursionError) as error:
            raise FeatmatchError(
                f"{path}: is no history of a training; give a .json file that History.save wrote"
            ) from error

    def _csv(self) -> str:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        names = self.measured
        validation = [f"validation_{name}" for name in names]
        writer.writerow(["epoch", "num_steps", "loss", *validation, "lr", "seconds"])
        for epoch in self.epochs:
            values = [epoch.validation.get(name, "") for name in names]
            writer.writerow(
                [epoch.number, epoch.num_steps, epoch.loss, *values, epoch.lr, epoch.seconds]
            )
        return text.getvalue()
