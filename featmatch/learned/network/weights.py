"""The file that a network is kept in: its weights, its plan, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from featmatch import nn
from featmatch.checks import check_integer, check_path, check_type, show
from featmatch.errors import ArgumentError, ArgumentTypeError, WeightsError
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions

SHIPPED = Path(__file__).parents[1] / "cnn.npz"
"""The weights that come with the package."""

_PLAN = "network"


def save_network(
    path: str | PathLike[str], network: FeatureNetwork, metadata: Mapping[str, Any] | None = None
) -> None:
    """Write a network into a file of half precision, whole or not at all.

    Parameters
    ----------
    path : str or path
        Ending in .npz.
    network : FeatureNetwork
    metadata : mapping, optional
        What else to keep, in forms that JSON can hold.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    check_type("network", network, FeatureNetwork)
    if metadata is not None and not isinstance(metadata, Mapping):
        raise ArgumentTypeError(f"metadata: expected a mapping, got {show(metadata)}")
    arrays = {
        name: array.astype(np.float16) if array.ndim > 1 else array
        for name, array in network.state_dict().items()
    }
    nn.save_weights(path, arrays, {**(metadata or {}), _PLAN: asdict(network.options)})


def load_network(
    path: str | PathLike[str] | None = None, num_turns: int | None = None
) -> FeatureNetwork:
    """Read a network that `save_network` wrote.

    Parameters
    ----------
    path : str or path, optional
        None takes the weights that come with the package.
    num_turns : int, optional
        Turns that its descriptors have to take; None takes any.

    Returns
    -------
    FeatureNetwork
        In evaluation mode, its batch normalizations folded into the convolutions before them. The
        same object for the same file, until the file changes: not to be trained.

    Raises
    ------
    WeightsError
        The file is missing, damaged, or holds another network.
    """
    if num_turns is not None:
        check_integer("num_turns", num_turns, 1)
    path = SHIPPED if path is None else Path(check_path("weights", path))
    network = _load(path, _version(path))
    found = network.options.num_turns
    if num_turns is not None and found != num_turns:
        raise WeightsError(
            f"{path}: its descriptors take {found} turns, expected {num_turns}; "
            "give num_turns to the extractor and to the matcher"
        )
    return network


def _version(path: Path) -> tuple[int, int] | None:
    """Tell files of one name apart; None if there is none, of which reading it will tell."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _load(path: Path, version: tuple[int, int] | None) -> FeatureNetwork:
    return nn.fold(read_network(path).eval())


def read_network(path: str | PathLike[str]) -> FeatureNetwork:
    """Read a network that `save_network` wrote, with all its layers, to train it further.

    Raises
    ------
    WeightsError
        The file is missing, damaged, or holds another network.
    """
    arrays, metadata = nn.read_weights(path)
    try:
        options = NetworkOptions(**_plan_in(metadata))
        network = FeatureNetwork(options, np.random.default_rng(0))
        network.load_state_dict(arrays)
    except (TypeError, ValueError) as error:
        reason = str(error).removeprefix("state: ")
        raise WeightsError(
            f"{path}: holds no network that finds features ({reason}); "
            "give a file that featmatch train wrote"
        ) from error
    return network


def _plan_in(metadata: object) -> dict[str, Any]:
    """Find what `save_network` noted of a network's options."""
    plan = metadata.get(_PLAN) if isinstance(metadata, dict) else None
    if not isinstance(plan, dict):
        raise ArgumentError("it does not say how one is built")
    unknown = plan.keys() - {option.name for option in fields(NetworkOptions)}
    if unknown:
        raise ArgumentError(f"one is built with unknown options: {', '.join(sorted(unknown))}")
    return plan
