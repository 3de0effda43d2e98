"""Arrays and a JSON document in one file: a `.npz` without pickle, written whole or not at all."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from os import PathLike
from typing import Any

import numpy as np

from featmatch.errors import ArgumentError, WeightsError
from featmatch.files import read_whole, reason_of, write_whole
from featmatch.nn.tensor import Array

HEADER = "__header__"
"""Name of the array that holds the document."""

_DAMAGE = (
    OSError,  # a place in the file that cannot be
    ValueError,  # not an .npy inside, or one that only pickle can read
    KeyError,
    TypeError,
    EOFError,
    RuntimeError,  # encrypted; too deeply nested
    NotImplementedError,  # a compression that zipfile does not know
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


def write_archive(
    path: str | PathLike[str], kind: str, arrays: Mapping[str, Array], document: object
) -> None:
    """Write arrays and a document.

    Parameters
    ----------
    path : str or path
    kind : str
        What the file is, in words such as ``"weights"``; `read_archive` asks for the same.
    arrays : mapping of str to ndarray
        Of numbers; under any names but `HEADER`.
    document : object
        Anything that JSON can hold.

    Raises
    ------
    ValueError, TypeError
        `HEADER` is among the names, or JSON cannot hold the document.
    OutputError
        The file cannot be written.
    """
    if HEADER in arrays:
        raise ArgumentError(f"arrays: expected any names but {HEADER}, got it")
    header = {"featmatch": kind, "arrays": list(arrays), "document": document}
    text = np.array(json.dumps(header, allow_nan=False))
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in {HEADER: text, **arrays}.items():
            member = BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getbuffer())
    write_whole(path, content.getvalue())


def read_archive(path: str | PathLike[str], kind: str) -> tuple[dict[str, Array], Any]:
    """Read what `write_archive` wrote: the arrays and the document.

    Raises
    ------
    WeightsError
        The file is missing, damaged, or of another kind.
    """
    content = read_whole(path, WeightsError)
    try:
        arrays = _parse(content)
    except _DAMAGE as error:
        raise WeightsError(
            f"{path}: is damaged, or does not hold {kind} ({reason_of(error)}); use another copy,"
            " or save it again"
        ) from error
    header = _read_header(arrays.pop(HEADER, None))
    if header.get("featmatch") != kind:
        found = header.get("featmatch", "something else")
        raise WeightsError(
            f"{path}: expected {kind} saved by featmatch, got {found}; give another file"
        )
    if header.get("arrays") != list(arrays):
        raise WeightsError(
            f"{path}: is damaged (its arrays are not those that were saved); use another copy, or"
            " save it again"
        )
    return arrays, header.get("document")


def _parse(content: bytes) -> dict[str, Array]:
    """Read all arrays; `ZipFile.read` compares the checksum before any of them is believed."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: BytesIO(archive.read(name)) for name in archive.namelist()}
    return {
        name.removesuffix(".npy"): np.lib.format.read_array(member, allow_pickle=False)
        for name, member in members.items()
    }


def _read_header(text: Array | None) -> dict[str, Any]:
    """Read what `write_archive` adds to every file; nothing from a file of others."""
    try:
        header = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}
