"""Weights of a network in a file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from featmatch.archives import read_archive, write_archive
from featmatch.errors import ArgumentError, WeightsError
from featmatch.nn.module import Module
from featmatch.nn.tensor import Array

_KIND = "weights"


def save_weights(
    path: str | PathLike[str],
    network: Module | Mapping[str, Array],
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write all parameters and buffers into one `.npz` file, whole or not at all.

    NumPy alone can read it (`numpy.load`); nothing in it is pickled. Half the size, at a precision
    of three digits, is ``{name: array.astype(np.float16) for ...}`` of ``network.state_dict()``.

    Parameters
    ----------
    path : str or path
        Usually ends in .npz; a file that is there is replaced.
    network : Module or mapping of str to ndarray
        The network, or arrays under the names of its `Module.state_dict`.
    metadata : mapping, optional
        What else to keep: anything that JSON can hold.

    Raises
    ------
    ValueError, TypeError
        An array holds something else than finite numbers, or JSON cannot hold the metadata.
    OutputError
        The file cannot be written.
    """
    state = network.named_arrays() if isinstance(network, Module) else network
    for name, array in state.items():
        if np.asarray(array).dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise ArgumentError(f"{name}: expected an array of finite numbers, got others")
    write_archive(path, _KIND, state, dict(metadata or {}))


def read_weights(path: str | PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read a file of `save_weights`: the arrays under their names, and the metadata.

    Raises
    ------
    WeightsError
        The file is missing, damaged or not one of `save_weights`.
    """
    return read_archive(path, _KIND, WeightsError)


def load_weights(path: str | PathLike[str], network: Module) -> dict[str, Any]:
    """Read a file of `save_weights` into a network, all or nothing.

    Parameters
    ----------
    path : str or path
    network : Module
        It keeps its own precision, float32 or float64, whatever that of the file.

    Returns
    -------
    dict
        The metadata.

    Raises
    ------
    WeightsError
        The file is missing, damaged, not one of `save_weights` or of another network: the message
        lists the names and shapes that differ. Or a number is not finite in the network's
        precision.
    """
    state, metadata = read_weights(path)
    try:
        network.load_state_dict(state)
    except ValueError as error:
        reason = str(error).removeprefix("state: ")
        raise WeightsError(
            f"{path}: {reason}; load it into a network made with the same options"
        ) from error
    return metadata
