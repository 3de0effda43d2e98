"""All that training changes: put aside, brought back, kept in a file."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from featmatch.archives import read_archive, write_archive
from featmatch.checks import show
from featmatch.errors import ArgumentError, WeightsError
from featmatch.nn.averaging import WeightAverage
from featmatch.nn.module import Module, state_differences
from featmatch.nn.optimizers import Optimizer
from featmatch.nn.tensor import Array
from featmatch.nn.training.history import Epoch, History

_KIND = "a training checkpoint"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A state of training.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Named after what they belong to, as in ``"network/layers.0.weight"``.
    best : dict of str to ndarray
        `Module.state_dict` of the best epoch; empty before there is one.
    document : dict
        The rest, in a form for JSON: what is trained and how, random states, history.
    """

    arrays: dict[str, Array]
    best: dict[str, Array]
    document: dict[str, Any]


@dataclass(eq=False)
class TrainingState:
    """All that training changes.

    Attributes
    ----------
    network : Module
    optimizer : Optimizer
    average : WeightAverage or None
    rng : Generator
    history : History
    best : dict of str to ndarray
        `Module.state_dict` of the best epoch; empty before there is one.
    """

    network: Module
    optimizer: Optimizer
    average: WeightAverage | None
    rng: np.random.Generator
    history: History
    best: dict[str, Array] = field(default_factory=dict)

    @property
    def judged(self) -> Module:
        """The network that is validated: the averaged one if there is an average."""
        return self.network if self.average is None else self.average.network

    def add(self, epoch: Epoch) -> None:
        """Note an epoch, and its weights if they are the best so far."""
        self.history = self.history.then(epoch)
        if self.history.best is epoch:
            self.best = self.judged.state_dict()

    def snapshot(self) -> Snapshot:
        """Copy everything."""
        average = {} if self.average is None else self.average.state_dict()
        arrays = (
            _prefixed("network/", self.network.state_dict())
            | _prefixed("optimizer/", self.optimizer.state_dict())
            | _prefixed("average/", average)
        )
        document = {
            "kind": self._kind(),
            "generators": [_plain(rng.bit_generator.state) for rng in self._generators()],
            "history": self.history.to_dict(),
        }
        return Snapshot(arrays, self.best, document)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this training.

        Raises
        ------
        ValueError
            It is one of another training (the message lists what differs), or holds what no
            training leaves behind. Nothing is changed.
        """
        _check_document(snapshot.document)
        differences = _differences(self.snapshot(), snapshot)
        if differences:
            raise ArgumentError(f"snapshot: expected one of this training, got {differences}")
        owners: dict[str, Module | Optimizer | WeightAverage] = {
            "network/": self.network,
            "optimizer/": self.optimizer,
        }
        if self.average is not None:
            owners["average/"] = self.average
        checked = [
            (owner, owner.check_state_dict(_group(prefix, snapshot.arrays)))
            for prefix, owner in owners.items()
        ]
        best = snapshot.best and self.network.check_state_dict(snapshot.best)
        states = _check_generators(self._generators(), snapshot.document["generators"])
        history = History.from_dict(snapshot.document["history"])
        for owner, arrays in checked:
            owner.load_state_dict(arrays)
        for rng, state in zip(self._generators(), states, strict=True):
            rng.bit_generator.state = state
        self.history, self.best = history, best

    def load_result(self) -> None:
        """Put the best weights into the network; without any, the average or the present ones."""
        if self.best:
            self.network.load_state_dict(self.best)
        elif self.average is not None:
            self.average.copy_to(self.network)

    def _kind(self) -> dict[str, str]:
        """Describe what the names and shapes of the arrays do not tell."""
        numbers = sorted({array.dtype.name for array in self.network.named_arrays().values()})
        kind = {
            "optimizer": type(self.optimizer).__name__,
            "monitor": str(self.history.monitor),
            "higher_is_better": str(self.history.higher_is_better),
            "numbers": " and ".join(numbers),
        }
        for place, module in enumerate(self.network.modules()):
            kind[f"module {place}"] = type(module).__name__
        for place, rng in enumerate(self._generators()):
            kind[f"generator {place}"] = type(rng.bit_generator).__name__
        return kind

    def _generators(self) -> list[np.random.Generator]:
        """List the random generators, each once."""
        found = {id(rng): rng for rng in [self.rng, *self.network.generators()]}
        return list(found.values())


def save_checkpoint(path: str | PathLike[str], snapshot: Snapshot) -> None:
    """Write a snapshot into one `.npz` file without pickle, whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    arrays = snapshot.arrays | _prefixed("best/", snapshot.best)
    write_archive(path, _KIND, arrays, snapshot.document)


def load_checkpoint(path: str | PathLike[str], state: TrainingState) -> None:
    """Bring a training into the state that a file of `save_checkpoint` holds.

    Raises
    ------
    WeightsError
        The file is missing, damaged or of another training; the message lists what differs.
    """
    arrays, document = read_archive(path, _KIND, WeightsError)
    best = _group("best/", arrays)
    others = {name: array for name, array in arrays.items() if not name.startswith("best/")}
    try:
        state.restore(Snapshot(others, best, document))
    except ValueError as error:
        reason = str(error).removeprefix("snapshot: ").removeprefix("state: ")
        raise WeightsError(
            f"{path}: {reason}; give another name, or delete the file to begin anew"
        ) from error


def _check_document(document: object) -> None:
    """Refuse what is not built as the document of a `Snapshot`."""
    parts = {"kind": dict, "generators": list, "history": dict}
    found = document if isinstance(document, dict) else {}
    for name, kind in parts.items():
        if not isinstance(found.get(name), kind):
            raise ArgumentError(
                f"snapshot: expected a document with {', '.join(parts)}, got {show(document)}"
            )


def _check_generators(generators: Sequence[np.random.Generator], states: list[Any]) -> list[Any]:
    """Return the states, after copies of the generators have taken them."""
    if len(states) != len(generators):
        raise ArgumentError(
            f"snapshot: expected states of {len(generators)} random generators, got {len(states)}"
        )
    for rng, state in zip(generators, states, strict=True):
        copied = copy.deepcopy(rng.bit_generator)
        try:
            copied.state = state
            taken = _plain(copied.state) == state
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
            taken = False
        if not taken:
            name = type(copied).__name__
            raise ArgumentError(f"snapshot: expected a state of {name}, got {show(state)}")
    return states


def _differences(own: Snapshot, other: Snapshot) -> str:
    """Say in what another snapshot is not of the same training; nothing if it is."""
    kind, found = own.document["kind"], other.document["kind"]
    parts = [
        f"{name} {found.get(name, 'none')} instead of {kind.get(name, 'none')}"
        for name in kind | found
        if found.get(name) != kind.get(name)
    ]
    return "; ".join(parts[:6]) or state_differences(own.arrays, other.arrays)


def _prefixed(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {prefix + name: array for name, array in arrays.items()}


def _group(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _plain(value: Any) -> Any:
    """Make dictionaries and arrays into what JSON can hold."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value
